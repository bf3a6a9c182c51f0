"""Tracebacks below records that the scan counted count the same as line by line."""

from __future__ import annotations

import json

import pytest

from tests import export_shapes
from tests.in_turn import in_turn
from tests.test_scan_text import RECORDS, stored
from tuner.inputs.chunks import Chunk
from tuner.lines.layouts import NONE
from tuner.reading import careful, fast, plain_tracebacks
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")
USUAL = (
    "Traceback (most recent call last):",
    '  File "/app/a.py", line 12, in <module>',
    "    await run(x)",
    "          ^^^^^^",
    '  File "a.py", line 3',
    "ValueError: x, y",
)
FIELDS = json.dumps({"job_id": "AJ_x", "room": "r", "pid": 5})
OTHERS: tuple[tuple[str, ...], ...] = (
    (*USUAL[:-1], f"ValueError: x {FIELDS}"),
    (*USUAL[:-1], "ValueError: 2026-11-20 09:36:06,047 - ERROR livekit.agents - x"),
    (*USUAL[:-1], "asyncio.CancelledError"),
    (*USUAL[:-1], "livekit.agents._exceptions.APITimeoutError: Request timed out."),
    (*USUAL[:-1], "ValueError:"),
    (*USUAL, ""),
    (*USUAL, "More of it"),
    (*USUAL, "    timeout: 2.0"),
    (*USUAL[:-1], "    timeout: 2.0", USUAL[-1]),
    (*USUAL, "", "During handling of the above exception, another exception occurred:", "", *USUAL),
    USUAL[:-1],
    USUAL[1:],
    (USUAL[0], USUAL[-1]),
    (*USUAL[:2], "    f({1: 2})", USUAL[-1]),
    ("future: <Task finished>", *USUAL),
    (*USUAL[:-1], "\tValueError: x"),
    (*(f"{line}\r" for line in USUAL),),
    (*USUAL[:-1], "ValueError: \0"),
    (*USUAL[:-1], "ValueError: x\0y"),
    (*USUAL[:-1], "ValueError: \udcff"),
    (*USUAL[:-1], "ValueError: \u00fc"),
    (*USUAL[:2], "            09:36:06 INFO x", *USUAL[2:]),
    (*USUAL[:-1], "ValueError: resumed false interrupted speech"),
    (*USUAL[:-1], "ERROR: x"),
    (*USUAL, *USUAL),
)


def shipped(text: str, way: str) -> str:
    stamp = "2026-11-20T09:36:06.047935Z stdout F "
    return {"bare": text, "stamped": stamp + text, "compose": f"agent-1  | {text}"}[way]


def with_below(every: tuple[tuple[str, ...], ...], way: str) -> bytes:
    found = []
    for n, record in enumerate(RECORDS[0][:300]):
        found += [export_shapes.dev(record), *(every[n // 3 % len(every)] if n % 3 == 1 else ())]
    return "".join(shipped(line, way) + "\n" for line in found).encode(errors="surrogateescape")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("below", "way"), in_turn((USUAL, *OTHERS), ("bare", "stamped", "compose"))
)
def test_what_stands_below_records_counts_the_same(
    below: tuple[str, ...], way: str, strict: bool
) -> None:
    for every in ((below,), (USUAL, below)):
        data = with_below(every, way)
        chunk = Chunk(data, at=len(data))
        found = fast._scanned(chunk, EVERYTHING, 1000.0, strict, NONE)
        by_line = careful.summarize(chunk, EVERYTHING, 1000.0)
        assert found is None or stored(found) == stored(by_line)


@pytest.mark.parametrize("way", ["bare", "stamped"])
def test_tracebacks_are_not_read_line_by_line(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_below((USUAL,), way)
    read: list[bytes] = []
    usual = careful.read

    def noted(lines: bytes, *rest: object, **named: object) -> object:
        read.append(lines)
        return usual(lines, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(careful, "read", noted)
    assert fast._scanned(Chunk(data, at=len(data)), EVERYTHING, 1000.0, False, NONE) is not None
    assert b"Traceback" not in b"".join(read)
    assert plain_tracebacks.left_out([], data, NONE) == ([], 0)
