"""A request of Twilio, believed only after its signature was checked over all of it."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request
from twilio.request_validator import RequestValidator

from agent.phone.settings import E164, PhoneSettings

MAX_BODY = 64 * 1024
MAX_FIELDS = 200
_CALL = re.compile(r"CA[0-9a-f]{32}")


class RefusedError(Exception):
    """Not from Twilio, or not for us. `reason` is for counting; the sender gets no word of it."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Fields(dict[str, list[str]]):
    """Fields with all their values; `getall` is how Twilio's validator asks for them."""

    def getall(self, name: str) -> list[str]:
        """Every value of a field."""
        return self[name]


@dataclass(frozen=True, slots=True)
class TwilioRequest:
    """The fields of one request, those of the body and those of the query."""

    form: Fields
    query: dict[str, list[str]]

    def field(self, name: str) -> str:
        """A field of the body; "" when it is not there."""
        return self.form.get(name, [""])[0]

    @property
    def call(self) -> str:
        """The SID of the caller's call, also in reports on the leg to LiveKit.

        Raises:
            RefusedError: it is not the SID of a call.
        """
        [named] = self.query.get("call", [""])[:1]
        call = named or self.field("ParentCallSid") or self.field("CallSid")
        if not _CALL.fullmatch(call):
            raise RefusedError("no call", 400)
        return call

    @property
    def number(self) -> str:
        """The number that was dialled, in E.164; "" when it is something else."""
        return self.field("To") if E164.fullmatch(self.field("To")) else ""


async def read(
    request: Request, settings: PhoneSettings, validator: RequestValidator
) -> TwilioRequest:
    """Read and check a request. The URL is the configured one: a proxy may have changed ours.

    Raises:
        RefusedError: too large, not signed, wrongly signed, or of another account.
    """
    body = await read_body(request)
    try:
        form = Fields(parse_qs(body, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise RefusedError("unreadable") from None
    query = request.scope["query_string"].decode("latin-1")
    url = f"{settings.public_url}{request.scope['path']}" + (f"?{query}" if query else "")
    signature = request.headers.get("x-twilio-signature", "")
    # Twilio's `validate` tries the address with and without its port; nearly always this is it
    if not (
        hmac.compare_digest(validator.compute_signature(url, form).encode(), signature.encode())
        or validator.validate(url, form, signature)
    ):
        raise RefusedError("signature")
    if settings.twilio_account_sid not in ("", form.get("AccountSid", [""])[0]):
        raise RefusedError("account")
    return TwilioRequest(form, parse_qs(query))


async def read_body(request: Request) -> str:
    """The body, and never more of it than MAX_BODY bytes.

    Raises:
        RefusedError: it is larger.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise RefusedError("too large", 413)
        chunks.append(chunk)
    return b"".join(chunks).decode("utf-8", "replace")
