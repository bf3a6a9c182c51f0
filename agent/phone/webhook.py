"""What the web server answers; `app.py` has its addresses."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from urllib.parse import unquote

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from livekit.api import TokenVerifier, WebhookReceiver
from twilio.request_validator import RequestValidator

from agent.phone import livekit_events, monitoring, twilio_request, twiml
from agent.phone.gate import Answer, Gate
from agent.phone.profile_rules import ProfileRules
from agent.phone.settings import E164, PhoneSettings
from agent.phone.twilio_request import RefusedError, TwilioRequest

FAILED = ("busy", "no-answer", "failed", "canceled")
OVER = (*FAILED, "completed")
"""What Twilio calls a call, or a leg of it, that has ended."""

_log = logging.getLogger("agent.phone")


class Webhook:
    """What the requests share: settings, rules, slots, and the secrets that prove the sender."""

    def __init__(self, settings: PhoneSettings, rules: ProfileRules, gate: Gate) -> None:
        self.settings = settings
        self.rules = rules
        self.gate = gate
        self._twilio = RequestValidator(settings.twilio_auth_token.get_secret_value())
        key, secret = settings.livekit_api_key, settings.livekit_api_secret.get_secret_value()
        self._livekit = WebhookReceiver(TokenVerifier(key, secret)) if key and secret else None

    async def incoming_call(self, request: Request) -> Response:
        """A caller dials: admit, and dial LiveKit; or say why not."""
        began = time.perf_counter()
        asked = await self._read(request)
        call = asked.call
        if not self._is_ours(asked.number):
            answer, text = "unknown number", twiml.sentence(self.settings.unknown_number_sentence)
        else:
            answer = await self.gate.acquire(call)
            text = self._answer(answer, asked)
        monitoring.CALLS.labels(answer).inc()
        monitoring.ANSWER_SECONDS.observe(time.perf_counter() - began)
        _log.info("call %s: %s", call, answer)
        return _xml(text)

    async def dial_done(self, request: Request) -> Response:
        """The leg to LiveKit is over, or never came about; the caller may still be there."""
        asked = await self._read(request)
        await self._release(asked.call, "dial-done")
        status = asked.field("DialCallStatus")
        known = status if status in OVER else "other"
        monitoring.DIALS.labels(known).inc()
        _log.info("call %s: dialled leg %s", asked.call, known)
        ended_well = status == "completed"
        return _xml(twiml.hang_up() if ended_well else twiml.sentence(self.settings.sorry_sentence))

    async def refer(self, request: Request) -> Response:
        """The agent hands the caller over: no agent serves the call any more, so its slot is free.

        Only numbers of the settings are dialled, whatever the REFER names.
        """
        asked = await self._read(request)
        await self._release(asked.call, "refer")
        target = E164.search(unquote(asked.field("ReferTransferTarget")))
        number = target[0] if target else ""
        known = number in self.settings.transfers.values()
        monitoring.TRANSFERS.labels("dialled" if known else "unknown destination").inc()
        _log.info("call %s: transfer, %s", asked.call, "dialled" if known else "unknown number")
        if known:
            return _xml(twiml.transferred(self.settings, number))
        return _xml(twiml.sentence(self.settings.sorry_sentence))

    async def sip_status(self, request: Request) -> Response:
        """A report on the leg to LiveKit, or on the caller's own call."""
        asked = await self._read(request)
        if asked.field("CallStatus") in OVER:
            await self._release(asked.call, "sip-status")
        elif asked.field("CallStatus") in ("in-progress", "answered"):
            await self.gate.renew(asked.call)
        return Response(status_code=204)

    async def livekit(self, request: Request) -> Response:
        """LiveKit reports that a caller came or left."""
        if self._livekit is None:
            raise RefusedError("livekit key not set")
        body = await twilio_request.read_body(request)
        event = livekit_events.read(self._livekit, body, request.headers.get("authorization", ""))
        if event is not None and event.over:
            await self._release(event.call, "livekit")
        elif event is not None:
            await self.gate.renew(event.call)
        return Response(status_code=204)

    async def ready(self, _: Request) -> Response:
        """Whether calls can be admitted: the slot store answers."""
        answers = await self.gate.count() is not None
        return PlainTextResponse(
            "ready" if answers else "the slot store does not answer", 200 if answers else 503
        )

    async def metrics(self, _: Request) -> Response:
        """Running calls against the limit; 503 while the slot store does not answer."""
        active = await self.gate.count()
        if active is None:
            return JSONResponse({"error": "the slot store does not answer"}, 503)
        return JSONResponse(monitoring.usage(active, self.settings.max_calls))

    async def prometheus(self, _: Request) -> Response:
        """All figures."""
        text = monitoring.exposition(await self.gate.count(), self.settings.max_calls)
        return Response(text, media_type=monitoring.CONTENT_TYPE)

    async def _read(self, request: Request) -> TwilioRequest:
        return await twilio_request.read(request, self.settings, self._twilio)

    def _is_ours(self, number: str) -> bool:
        return number != "" and (not self.settings.numbers or number in self.settings.numbers)

    def _answer(self, answer: Answer, asked: TwilioRequest) -> str:
        settings = self.settings
        if answer == "ended":
            return twiml.hang_up()
        if answer == "admitted" or (answer == "store down" and settings.when_store_down == "admit"):
            # others may have waited for longer than this caller, and get the next agent
            waits = settings.when_full == "ring"
            return self._dial(asked, settings.ring_when_full_s if waits else settings.ring_s)
        if answer == "store down":
            return twiml.sentence(settings.sorry_sentence)
        if settings.when_full == "ring":
            return self._dial(asked, settings.ring_when_full_s)
        return twiml.full(settings)

    def _dial(self, asked: TwilioRequest, ring_s: int) -> str:
        country = asked.field("FromCountry")
        profile = self.rules.choose(asked.call, asked.number, country, datetime.now(UTC))
        return twiml.dial(self.settings, asked.call, asked.number, profile, ring_s)

    async def _release(self, call: str, source: str) -> None:
        await self.gate.release(call)
        monitoring.RELEASES.labels(source).inc()


def _xml(text: str) -> Response:
    return Response(text, media_type="application/xml")
