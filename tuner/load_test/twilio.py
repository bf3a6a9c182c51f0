"""The webhook, asked as Twilio asks: signed forms out, TwiML in, and what it wants done."""

from __future__ import annotations

import base64
import hmac
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

import aiohttp

from tuner.errors import UsageError
from tuner.load_test import targets
from tuner.load_test.sip.message import Header

ACCOUNT = "AC" + "0" * 32
SIP_PORT = 5060
TIMEOUT_S = 15.0
"""Twilio waits no longer either."""
Wanted = Literal["dial", "busy", "sentence", "hang up"]


class WebhookError(Exception):
    """The webhook gave no answer that Twilio could use."""


@dataclass(frozen=True, slots=True)
class TwimlAnswer:
    """What to do with a call; all but `wanted` is for `dial`."""

    wanted: Wanted
    target: str = ""
    host: str = ""
    port: int = SIP_PORT
    transport: str = "udp"
    username: str = ""
    password: str = ""
    headers: tuple[Header, ...] = ()
    ring_s: float = 30.0
    action: str = ""


def sign(url: str, fields: Mapping[str, str], token: str) -> str:
    """Twilio's signature of a form, as its documentation says."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def read(twiml: str) -> TwimlAnswer:
    """The first verb of an answer.

    Raises:
        WebhookError: it is no TwiML, or has a verb that our webhook never uses.
    """
    try:
        verb = next(iter(ElementTree.fromstring(twiml)))
    except (ElementTree.ParseError, StopIteration):
        raise WebhookError("the answer is no TwiML") from None
    if verb.tag == "Dial" and (sip := verb.find("Sip")) is not None:
        try:
            return _dial(verb, sip)
        except (UsageError, ValueError):
            raise WebhookError("the answer names no host, port and time to call") from None
    known: dict[str, Wanted] = {"Reject": "busy", "Say": "sentence", "Hangup": "hang up"}
    if verb.tag not in known:
        raise WebhookError(f"the answer begins with {verb.tag}")
    return TwimlAnswer(known[verb.tag])


def _dial(verb: ElementTree.Element, sip: ElementTree.Element) -> TwimlAnswer:
    address, _, query = (sip.text or "").strip().partition("?")
    uri, _, parameters = address.partition(";")
    server = uri.rpartition("@")[2].removeprefix("sips:").removeprefix("sip:")
    host, port = targets.host_and_port(server, SIP_PORT)
    named = dict(part.partition("=")[::2] for part in parameters.split(";"))
    return TwimlAnswer(
        "dial",
        target=uri,
        host=host,
        port=port,
        transport=named.get("transport", "udp").lower(),
        username=sip.get("username", ""),
        password=sip.get("password", ""),
        headers=tuple(parse_qsl(query)),
        ring_s=int(verb.get("timeout", "30")),
        action=verb.get("action", ""),
    )


@dataclass(frozen=True, slots=True)
class TwilioSide:
    """Where the webhook is, the address that it believes to have, and the key of signatures."""

    http: aiohttp.ClientSession
    url: str
    public_url: str
    token: str
    number: str

    async def incoming(self, call: str) -> tuple[TwimlAnswer, float]:
        """Report a call; what the webhook wants, and the seconds that it took.

        Raises:
            WebhookError: no answer that can be used.
        """
        began = time.perf_counter()
        twiml = await self._post("/incoming-call", {**self._fields(call), "CallStatus": "ringing"})
        return read(twiml), time.perf_counter() - began

    async def dial_done(self, call: str, status: str) -> None:
        """Report that the dialled leg is over; raises as `incoming`."""
        await self._post("/twilio/dial-done", {**self._fields(call), "DialCallStatus": status})

    async def active(self) -> int | None:
        """Calls that hold a slot, by `/metrics`; None when it does not say."""
        try:
            async with self.http.get(f"{self.url}/metrics") as answer:
                return int((await answer.json())["active_calls"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return None

    def _fields(self, call: str) -> dict[str, str]:
        return {
            "CallSid": call,
            "AccountSid": ACCOUNT,
            "From": "+15550000000",
            "To": self.number,
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "FromCountry": "US",
            "CallerName": "",
        }

    async def _post(self, path: str, fields: Mapping[str, str]) -> str:
        headers = {"X-Twilio-Signature": sign(f"{self.public_url}{path}", fields, self.token)}
        body, url = urlencode(fields), f"{self.url}{path}"
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            async with self.http.post(url, data=body, headers=headers) as answer:
                if answer.status != 200:
                    raise WebhookError(f"the webhook answers {answer.status}")
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise WebhookError(f"the webhook: {type(error).__name__}") from error
