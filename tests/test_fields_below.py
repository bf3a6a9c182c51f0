"""A log whose records have their fields below them is cut so that both stay together."""

from __future__ import annotations

import io
import json

import pytest

from tests import formats, samples
from tuner.inputs import chunks, streams

RECORDS = [json.loads(line) for line in samples.data("healthy-info.jsonl").splitlines()[:300]]
OBJECT = '    error: {\n      "type": "x",\n      "at": {\n        "n": 5\n      }\n    }\n'


def coloured(text: str) -> str:
    """The same with the colours of pino-pretty."""
    lines = (line.partition(": ") for line in text.split("\n"))
    return "\n".join(
        f"    \x1b[35m{name.strip()}\x1b[39m: {value}"
        if name[:1] == " "
        else f"{name}{sign}{value}"
        for name, sign, value in lines
    )


PLAIN = "".join(
    f"{formats.pino_pretty(found)}\n{OBJECT * (n % 3 == 0)}" for n, found in enumerate(RECORDS)
)
LOGS = {
    "plain": PLAIN.encode(),
    "coloured": "".join(f"{coloured(formats.pino_pretty(found))}\n" for found in RECORDS).encode(),
    "Windows": PLAIN.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("size", [600, 1_000, 3_333, 10_007])
def test_chunks_begin_with_a_record(name: str, size: int) -> None:
    found = [bytes(c.data) for c in chunks.chunks(io.BytesIO(LOGS[name]), lambda: 0, size=size)]
    assert b"".join(found) == LOGS[name]
    assert len(found) > 5
    assert all(each.startswith(b"[") for each in found if each)


@pytest.mark.parametrize("name", LOGS)
def test_ranges_begin_with_a_record(name: str) -> None:
    log = LOGS[name]
    for at in range(1, len(log), 97):
        place = streams.lines_begin(io.BytesIO(log), at)
        assert place == len(log) or log[place : place + 1] == b"["


def test_what_is_indented_throughout_is_cut_anywhere() -> None:
    log = b"    a: 5\n" * 20_000
    assert streams.lines_begin(io.BytesIO(log), 90) == 90
    assert (
        b"".join(bytes(c.data) for c in chunks.chunks(io.BytesIO(log), lambda: 0, size=900)) == log
    )
