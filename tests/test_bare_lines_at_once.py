"""Lines of LiveKit's JSON that have to be sorted give the same entries at once or one by one."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests import samples
from tests.export_shapes import dev
from tests.test_many_records import RECORDS, blocks, counted
from tuner import scan
from tuner.exports import many_records
from tuner.exports.entries import ExportEntry
from tuner.exports.plain_lines import PlainLines
from tuner.scan.export_lines import TakenLines

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
LINES = samples.data("cut-offs.jsonl.gz").splitlines()[:200][::-1]
PIECE, BARE = b"2026-11-20T09:36:05.1Z stdout P ", b'{"message": "'
ODD: dict[str, Callable[[bytes], bytes]] = {
    "another layout": lambda _: dev(RECORDS[0]).encode(),
    "a time of day": lambda _: b"09:36:05 INFO  agent - hello",
    "no time": lambda line: line[:-40] + b"}",
    "half a line": lambda line: line[:90],
    "an empty line": lambda _: b"",
    "a piece": lambda line: PIECE + line[:90],
    "a message like a piece": lambda line: BARE + PIECE + line[len(BARE) :],
    "a mark": lambda line: b"\xef\xbb\xbf" + line,
    "a return": lambda line: line + b"\r",
    "a code": lambda line: line + b"\x1b[K",
    "a list": lambda line: b"[" + line + b"]",
    "a time that is none": lambda line: line.replace(b"2026-11", b"2026-13"),
    "Docker's": lambda _: b'{"log":"' + b"x" * 16_500 + b'", "time": "' + LINES[0][-34:],
}


def found(data: bytes, size: int, fewest: int) -> list[ExportEntry | TakenLines]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many_records, "FEWEST_BYTES", fewest)
        return list(PlainLines(blocks(data, size)).entries())


def agrees(data: bytes, size: int) -> None:
    at_once, singly = found(data, size, 1), found(data, size, len(data) + size)
    assert counted(at_once) == counted(singly)


@pytest.mark.parametrize("name", ODD)
def test_odd_lines_are_what_they_are(name: str) -> None:
    lines = [ODD[name](line) if at % 37 > 34 else line for at, line in enumerate(LINES)]
    for size in (501, 7_001, 1 << 20):
        agrees(b"\n".join(lines), size)
        agrees(b"\n".join(lines) + b"\n", size)


def test_all_are_taken_at_once() -> None:
    entries = found(b"\n".join(LINES) + b"\n", 1 << 20, 1)
    assert not any(isinstance(entry, ExportEntry) for entry in entries)
    assert len(counted(entries)) == len(LINES)


def test_long_lines_are_taken_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_records, "MAX_LINE", 400)
    entries = found(b"\n".join(LINES) + b"\n", 1 << 20, 1)
    many = [entry.text for entry in entries if not isinstance(entry, ExportEntry)]
    assert max(map(len, b"\n".join(many).split(b"\n"))) in range(300, 401)


SIGNS = (
    *(b"", b"\n", b"\r\n", b" ", b"5", b" stderr P ", b"{", b"}", b'"', b"\\", b"\0", b"\xff"),
    *(b"\x1b[K", b"2026-11-20T09:36:05Z"),
)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_lines_give_the_same_entries(seed: int) -> None:
    dice, data = random.Random(seed), bytearray(b"\n".join(LINES[:40]))
    for _ in range(dice.randrange(1, 9)):
        at = dice.randrange(len(data))
        data[at : at + dice.choice((0, 0, 1, 1, 2, 30))] = dice.choice(SIGNS)
    agrees(bytes(data), dice.choice((500, 7_001, len(data))))
