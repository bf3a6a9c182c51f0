"""Values, lines and files that no program should meet, and every log may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Lines = list[bytes]

DEEP = 1_200
NUMBERS = (
    *("9" * 310, "-" + "9" * 310, "1" + "0" * 5_000, "1e400", "1e308", "-1e308", "1e-400", "-0.0"),
    *("0", "-1", "-0.5", "NaN", "Infinity", "-Infinity", "1" + "0" * 30, "9223372036854775808"),
    *("18446744073709551616", "253402300800", "253402300800000", "-62135596801", "1e15", "0.1.2"),
)
"""As they stand in JSON, or in what claims to be JSON."""
TIMES = (
    *("0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:60Z"),
    *(
        "10000-01-01T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-13-01T25:61:61Z",
    ),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20T09:36:05+99:99"),
    *("2026-11-20T09:36:05." + "9" * 310 + "Z", "-2026-11-20T09:36:05Z", "1969-12-31T23:59:59Z"),
    *("2026-11-20T24:00:00Z", "٢٠٢٦-11-20T09:36:05Z", "9" * 310, "", " ", "Thu Nov 20", "null"),
)
TEXTS = (
    *("\0", "a\0b", "\ud800", "\udfff x", "\ufeff", "\u202eabc", "\r", "\r\r\n", "\n\n", "\x1b[2J"),
    *("стоп", "« oui »", "¿"),
    *(
        "\x1b]0;x\x07",
        "\x85",
        "\u2028",
        "{",
        "}" * 50,
        '{"a":' * DEEP,
        "[" * DEEP,
        '"' * 99,
        "\\" * 99,
    ),
    *("'" * 1_001, "=" * 1_001, "%s%n{}{0}$(x)", "x" * 100_000, "é" * 20_000, "-", "", " " * 5_000),
    *(
        "LLM metrics",
        "turn",
        "session started",
        "user turn committed",
        "event loop blocked for 1ms",
    ),
    *(
        "event loop blocked for " + "9" * 400 + "ms",
        "ttfb=0.35.",
        "ttfb=" + "1" * 5_000,
        "1.2.3 -> 4",
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, [], {}, [[]], [None], {"a": None}, {"": ""}, 0, -1, 1e308, -1e308, 0.1),
    *(10**30, -(10**30), 10**309, 2**63, 2**64, float("nan"), float("inf"), float("-inf")),
    *([1] * 1_000, {str(n): n for n in range(1_000)}),
)


def value(random: Random) -> Any:
    """Something that a field should not hold."""
    kind = random.randrange(4)
    if kind == 0:
        return random.choice(TEXTS)
    if kind == 1:
        return random.choice(TIMES)
    return random.choice(VALUES)


def record(fields: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """A record with one or two fields that hold something else, are gone, or are new."""
    changed = dict(fields)
    for _ in range(random.choice([1, 1, 2])):
        name = random.choice([*changed, "level", "name", "message", "job_id", "timestamp", "pid"])
        if random.random() < 0.1:
            changed.pop(name, None)
        else:
            changed[name] = value(random)
    return changed


def _nest(line: bytes, random: Random) -> bytes:
    """Something deep where a value stood."""
    begin, end = random.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'{"message":', b"}")])
    return _instead(line, begin * DEEP + b"1" + end * DEEP, random)


def _number(line: bytes, random: Random) -> bytes:
    return _instead(line, random.choice(NUMBERS).encode(), random)


def _instead(line: bytes, what: bytes, random: Random) -> bytes:
    """The line with another value behind one of its colons."""
    places = [at for at in range(len(line)) if line[at : at + 1] in (b":", b"=")]
    if not places:
        return line + what
    at = random.choice(places) + 1
    end = min((n for n in (line.find(b",", at), line.find(b"}", at)) if n > 0), default=len(line))
    return line[:at] + what + line[end:]


def _twice(line: bytes, _: Random) -> bytes:
    """Every key a second time."""
    return line[:-1] + b"," + line[1:] if line.startswith(b"{") else line + b" " + line


def _bytes(line: bytes, random: Random) -> bytes:
    what = random.choice(
        [
            b"\0",
            b"\xff",
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xef\xbb\xbf",
            b"\r",
            b"\r\r",
            b"\x1a",
            b'"',
        ]
    )
    at = random.randrange(len(line) + 1)
    return line[:at] + what + line[at:]


def _cut(line: bytes, random: Random) -> bytes:
    return line[: random.randrange(len(line) + 1)]


def _utf16(line: bytes, _: Random) -> bytes:
    return line.decode("utf-8", "replace").encode("utf-16-le").replace(b"\n", b"")


CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_nest, _number, _number, _twice, _bytes, _bytes, _cut, _utf16),
)


def damaged(data: bytes, random: Random, share: float) -> bytes:
    """Rendered lines, some of them changed; sometimes all of them end another way."""
    lines = [
        random.choice(CHANGES)(line, random) if random.random() < share else line
        for line in data.split(b"\n")
    ]
    end = random.choice([b"\n"] * 7 + [b"\r\n", b"\r", b"\r\r\n"])
    return end.join(lines)
