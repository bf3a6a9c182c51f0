"""The web server that Twilio asks about each call, and that hears when a call is over.

| path                      | who asks | answer                                                    |
|---------------------------|----------|-----------------------------------------------------------|
| `/incoming-call`          | Twilio   | TwiML: dial LiveKit, or what one caller too many gets     |
| `/twilio/dial-done`       | Twilio   | TwiML: hang up, after an apology if the call failed       |
| `/twilio/refer`           | Twilio   | TwiML: dial the number that the agent transfers to        |
| `/twilio/sip-status`      | Twilio   | nothing                                                   |
| `/livekit`                | LiveKit  | nothing                                                   |
| `/health`, `/ready`       | you      | 200; `ready` is 503 while the slot store does not answer  |
| `/metrics`, `/prometheus` | you      | JSON; text for Prometheus                                 |

Only the first five are for the internet. Nothing of a caller is logged: a call is named by its
SID.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from agent.phone import monitoring
from agent.phone.admission import open_quick, open_slots
from agent.phone.gate import Gate
from agent.phone.profile_rules import read_rules
from agent.phone.settings import PhoneSettings, read_settings
from agent.phone.twilio_request import RefusedError
from agent.phone.webhook import Webhook

Handler = Callable[[Request], Awaitable[Response]]

LOG_REFUSALS_EVERY_S = 60.0
"""For each reason: strangers must not be able to fill the log."""
_HINTS = {
    "signature": "signature; of Twilio, if PHONE_TWILIO_AUTH_TOKEN or PHONE_PUBLIC_URL is wrong",
    "account": "of another account than PHONE_TWILIO_ACCOUNT_SID",
    "livekit signature": "LiveKit's signature; it signs with LIVEKIT_API_KEY",
    "livekit key not set": "a report of LiveKit; LIVEKIT_API_KEY or LIVEKIT_API_SECRET is not set",
}

_log = logging.getLogger("agent.phone")


def make_app(settings: PhoneSettings | None = None) -> FastAPI:
    """The web application; uvicorn calls this once in each worker.

    Raises:
        SettingsError: settings or rules are wrong.
        SlotStoreError: the SQLite file cannot be opened.
    """
    settings = settings or read_settings()
    where, limits = settings.slots, settings.slot_limits
    gate = Gate(open_slots(where, limits), open_quick(where, limits))
    webhook = Webhook(settings, read_rules(settings.rules), gate)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        gate.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    _add_routes(app, webhook)
    app.add_exception_handler(RefusedError, _refusals())
    app.add_exception_handler(Exception, _fail)
    return app


def _add_routes(app: FastAPI, webhook: Webhook) -> None:
    posted: dict[str, Handler] = {
        "/incoming-call": webhook.incoming_call,
        "/twilio/dial-done": webhook.dial_done,
        "/twilio/refer": webhook.refer,
        "/twilio/sip-status": webhook.sip_status,
        "/livekit": webhook.livekit,
    }
    asked: dict[str, Handler] = {
        "/health": _health,
        "/ready": webhook.ready,
        "/metrics": webhook.metrics,
        "/prometheus": webhook.prometheus,
    }
    for path, handler in posted.items():
        app.add_route(path, handler, ["POST"])
    for path, handler in asked.items():
        app.add_route(path, handler, ["GET"])


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok")


def _refusals() -> Callable[[Request, Exception], Awaitable[Response]]:
    """No word to the sender; the reason is counted, and logged now and then: with a wrong token
    every call of Twilio's is refused."""
    logged: dict[str, float] = {}

    async def refuse(_: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedError)
        monitoring.REFUSED.labels(error.reason).inc()
        now = time.monotonic()
        if now - logged.get(error.reason, float("-inf")) > LOG_REFUSALS_EVERY_S:
            logged[error.reason] = now
            _log.warning("a request was refused: %s", _HINTS.get(error.reason, error.reason))
        return Response(status_code=error.status)

    return refuse


async def _fail(_: Request, error: Exception) -> Response:
    """Our own mistake. Twilio then asks the number's fallback URL, if it has one."""
    _log.error("a request failed: %s", type(error).__name__)
    return Response(status_code=500)
