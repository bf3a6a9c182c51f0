"""What the requests of one call have in common: names, tags, numbers, and the far end's address."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tuner.load_test.sip import message
from tuner.load_test.sip.digest import authorization
from tuner.load_test.sip.message import Header, SipMessage
from tuner.load_test.sip.wire import Signalling

AGENT = "voice-tuner"


@dataclass(frozen=True, slots=True)
class SipLine:
    """How a call is dialled: server, address, who we are, and headers of our own."""

    host: str
    port: int
    target: str
    transport: str = "tcp"
    caller: str = "+15550000000"
    username: str = ""
    password: str = ""
    headers: tuple[Header, ...] = ()


@dataclass(slots=True)
class Dialog:
    """The state of one call's signalling."""

    line: SipLine
    wire: Signalling
    call_id: str = field(default_factory=lambda: secrets.token_hex(12))
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    sequence: int = 0
    to: str = ""
    remote: str = ""
    routes: tuple[str, ...] = ()
    branch: str = ""

    @property
    def contact(self) -> str:
        """Where the far end sends its own requests."""
        here = f"{self._host}:{self.wire.local[1]}"
        return f"<sip:{self.line.caller}@{here};transport={self.wire.name.lower()}>"

    @property
    def _host(self) -> str:
        """Our address, as SIP writes it."""
        host = self.wire.local[0]
        return f"[{host}]" if ":" in host else host

    def invite(self, body: bytes, challenge: SipMessage | None = None) -> bytes:
        """Begin the call, the second time with the proof that a challenge asks for."""
        more: list[Header] = [*self.line.headers, ("Content-Type", "application/sdp")]
        if challenge is not None:
            more.append(self._proof(challenge))
        self._next()
        return self._request("INVITE", self.line.target, more, body)

    def _proof(self, challenge: SipMessage) -> Header:
        proxy = challenge.status == 407
        asked = challenge.header("proxy-authenticate" if proxy else "www-authenticate")
        line, nonce = self.line, secrets.token_hex(8)
        value = authorization(asked, "INVITE", line.target, line.username, line.password, nonce)
        return ("Proxy-Authorization" if proxy else "Authorization"), value

    def _next(self) -> None:
        self.sequence += 1
        self.branch = f"z9hG4bK{secrets.token_hex(8)}"

    def answered(self, response: SipMessage) -> None:
        """The far end took the call: this is where it is from now on."""
        self.to = response.header("to")
        self.remote = message.address(response.header("contact")) or self.line.target
        self.routes = tuple(reversed(response.all("record-route")))

    def acknowledge(self, response: SipMessage) -> bytes:
        """The ACK of a final answer to INVITE."""
        if response.status >= 300:
            head = [("To", response.header("to"))]
            return self._request("ACK", self.line.target, [], number=response.sequence, to=head)
        self.branch = f"z9hG4bK{secrets.token_hex(8)}"
        return self._request("ACK", self.remote, [], number=response.sequence)

    def cancel(self) -> bytes:
        """Give up an INVITE that has no final answer."""
        return self._request("CANCEL", self.line.target, [])

    def bye(self) -> bytes:
        """End the call."""
        self._next()
        return self._request("BYE", self.remote, [])

    def _request(
        self,
        method: str,
        uri: str,
        more: list[Header],
        body: bytes = b"",
        *,
        number: int | None = None,
        to: list[Header] | None = None,
    ) -> bytes:
        host, port, line = self._host, self.wire.local[1], self.line
        headers = [
            ("Via", f"SIP/2.0/{self.wire.name} {host}:{port};branch={self.branch};rport"),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in self.routes),
            ("From", f"<sip:{line.caller}@{host}>;tag={self.tag}"),
            *(to or [("To", self.to or f"<{line.target}>")]),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.sequence if number is None else number} {method}"),
            ("Contact", self.contact),
            ("User-Agent", AGENT),
            *more,
        ]
        return message.render(f"{method} {uri} SIP/2.0", headers, body)

    def reply(self, request: SipMessage, status: str = "200 OK", body: bytes = b"") -> bytes:
        """Answer a request of the far end."""
        copied = [
            *(("Via", via) for via in request.all("via")),
            *((name.title(), request.header(name)) for name in ("from", "to")),
            ("Call-ID", request.header("call-id")),
            ("CSeq", request.header("cseq")),
            ("Contact", self.contact),
        ]
        kind = [("Content-Type", "application/sdp")] if body else []
        return message.render(f"SIP/2.0 {status}", [*copied, *kind], body)
