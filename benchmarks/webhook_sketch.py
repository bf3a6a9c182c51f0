"""The webhook as the performance guide sketches it, for comparison: slowapi, a counter in memory.

It checks no signature. The guide's limit of 10 a second for each address would turn nearly every
request of a benchmark away with 429, so the limit here is one that is never reached.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from slowapi import Limiter
from slowapi.util import get_remote_address
from twilio.twiml.voice_response import Dial, VoiceResponse

MAX_CALLS = 150
limiter = Limiter(key_func=get_remote_address)
app = FastAPI()
app.state.limiter = limiter
active: set[str] = set()


@app.post("/incoming-call")
@limiter.limit("1000000/second")  # type: ignore[untyped-decorator, unused-ignore]
async def incoming_call(request: Request) -> Response:
    """Dial, or say that all lines are busy."""
    form = await request.form()
    response = VoiceResponse()
    if len(active) >= MAX_CALLS:
        response.say("All lines are busy.")
        return Response(str(response), media_type="application/xml")
    active.add(str(form["CallSid"]))
    dial = Dial()
    dial.sip(f"sip:{form['To']}@ours.sip.livekit.cloud")
    return Response(str(response.append(dial)), media_type="application/xml")


@app.post("/twilio/dial-done")
async def dial_done(request: Request) -> Response:
    """The call is over."""
    form = await request.form()
    active.discard(str(form["CallSid"]))
    return Response("<Response/>", media_type="application/xml")


@app.get("/metrics")
async def metrics() -> dict[str, float]:
    """As the guide shows them."""
    used = len(active)
    return {"active_calls": used, "max_concurrent_calls": MAX_CALLS}
