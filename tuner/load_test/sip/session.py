"""SDP: what we offer to send and receive, and where the other side wants it."""

from __future__ import annotations

import re
from dataclasses import dataclass

MU_LAW, KEYS = 0, 101
"""Payload types: G.711 mu-law, and our own choice for RFC 4733."""


@dataclass(frozen=True, slots=True)
class FarMedia:
    """Where sound goes, and the payload type of keys (None: the other side takes none)."""

    host: str
    port: int
    keys: int | None


def offer(host: str, port: int, number: int) -> bytes:
    """One stream of mu-law, 20 ms a packet, with keys."""
    family = "IP6" if ":" in host else "IP4"
    lines = (
        "v=0",
        f"o=- {number} {number} IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {MU_LAW} {KEYS}",
        f"a=rtpmap:{MU_LAW} PCMU/8000",
        f"a=rtpmap:{KEYS} telephone-event/8000",
        f"a=fmtp:{KEYS} 0-15",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "\r\n".join((*lines, "")).encode()


def answer(body: bytes) -> FarMedia:
    """Read the other side's answer.

    Raises:
        ValueError: it has no audio, or not in mu-law.
    """
    text = body.decode("utf-8", "replace")
    media = re.search(r"^m=audio (\d+) \S+ ([\d ]+)", text, re.MULTILINE)
    host = re.search(r"^c=IN IP[46] (\S+)", text, re.MULTILINE)
    if media is None or host is None or media[1] == "0":
        raise ValueError("the answer has no audio")
    if str(MU_LAW) not in media[2].split():
        raise ValueError("the answer has no mu-law")
    keys = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", text, re.MULTILINE)
    return FarMedia(host[1], int(media[1]), int(keys[1]) if keys else None)
