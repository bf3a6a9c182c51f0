"""A log of Pipecat: what the compiled scan counts of its lines and of those of its turns, each kind
alone, equals what is counted line by line."""

from __future__ import annotations

import io
import random
from array import array
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_properties import DAMAGE
from tests.test_scan_text import stored
from tuner.call_records import pipecat, pipecat_blocks, pipecat_moments
from tuner.call_records.pipecat_layouts import in_own_layout
from tuner.inputs.chunks import Chunk, ChunkOrigin
from tuner.lines import look, records, wrappers
from tuner.model import Record
from tuner.reading import careful, fast, mixed_lines
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready
from tuner.scan.pipecat_lines import PipecatLookout
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

SPECIMENS = [
    (Path(__file__).parent / "specimens" / name).read_bytes()
    for name in ("pipecat-pipeline-debug.log", "pipecat-default-format.log")
]
LINES = (
    *(b"Traceback (most recent call last):", b"    indented", b"", b"x", b"\tx", b"\x1b[1m x"),
    *(b'{"message": "half', b'{"message": "a", "level": "INFO", "name": "x", "pid": 4}'),
    *(b"12:30:00 DEBUG livekit.agents compact", b"2026-11-25T22:51:44Z stdout P {"),
    *(b'2026-11-25 22:51:44.131 | INFO     | __main__:_:23 - {"a":{"b":1},"c=d":" {e"}',),
    *(b'2026-11-25 22:51:44.131 | WARNING  | __main__:_:23 - {"a":[1]}', b"INFO:     x [y]"),
    b"2026-11-25 22:51:44.131 | INFO     | __main__:_:23 - a {'job_id': 'AJ_x'}",
)
ODD = b'"\\{}[]=: \t|-\x1b0aZ\xc3\r\0'


def translated(copies: int) -> list[bytes]:
    """The lines that genuine logs, one behind the other, become."""
    data = b"".join(SPECIMENS) * copies
    return by_line(data).lines


class Translated(NamedTuple):
    """Lines, and of each the line that it comes from."""

    numbers: list[int]
    lines: list[bytes]


def by_line(data: bytes) -> Translated:
    """What a log becomes, line by line."""
    found = Translated([], [])
    for first, lines in pipecat.translate(io.BytesIO(data)):
        for below, line in enumerate(lines.split(b"\n")):
            found.numbers.append(first + below)
            found.lines.append(line)
    return found


def both(lines: list[bytes]) -> tuple[Summary, Summary | None]:
    """What is counted line by line, and by the scan; None if it leaves the chunk to the other."""
    data, n = b"\n".join([*lines, b""]), len(lines)
    ones = array("L", [1]) * n
    origin = ChunkOrigin(("Pipecat log",), array("Q", range(n)), ones, n, n, 0, Counter())
    chunk, known = Chunk(data, at=len(data), origin=origin), look.look(data)
    return (
        careful.summarize(chunk, EVERYTHING, 1000.0, known),
        fast._scanned(chunk, EVERYTHING, 1000.0, True, known),
    )


def damage(lines: list[bytes], dice: random.Random) -> None:
    """Put something between the lines, or into one of them."""
    at = dice.randrange(len(lines))
    odd = bytearray(lines[at] or b" ")
    odd[dice.randrange(len(odd))] = dice.choice(ODD)
    lines.insert(at, dice.choice((bytes(odd), *LINES, *DAMAGE.values())))
    if dice.random() < 0.5:
        del lines[at + 1]


def test_both_kinds_are_counted_the_same() -> None:
    lines = translated(20)
    assert mixed_lines.split(b"\n".join([*lines, b""])) is not None
    by_line, scanned = both(lines)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert scanned.evidence == by_line.evidence


def test_events_of_an_observer_are_messages_as_they_stand() -> None:
    text = [line for line in translated(9) if not line.startswith(b'{"message"')]
    data = b"\n".join([*text, b""])
    chunk, known = Chunk(data, at=len(data)), look.look(data)
    assert not known.texts
    scanned = fast._scanned(chunk, EVERYTHING, 1000.0, True, known)
    assert scanned is not None
    assert stored(scanned) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, known))
    left = [data[place.start : place.end] for place in fast._text_scanner().places()]
    assert len(left) < len(text) / 6
    assert not any(b' - {"kind"' in line for line in left)


@pytest.mark.parametrize(
    "message",
    [
        '{"a": "b", job_id=AJ_x}',
        '{"a" job_id="AJ_x" room=r}',
        '{"a":{"job_id":"AJ_x"}',
        '{"a", "b":{"job_id":"AJ_x"}',
        '{"message": "a", "level": "INFO", "name": "x"}',
    ],
)
def test_an_object_in_which_fields_may_stand_is_in_doubt(message: str) -> None:
    text = [line for line in translated(9) if not line.startswith(b'{"message"')]
    text[300] = f"2026-11-25 22:51:44.131 | INFO     | __main__:_:23 - {message}".encode()
    data = b"\n".join([*text, b""])
    chunk, known = Chunk(data, at=len(data)), look.look(data[: 1 << 15])
    scanned = fast._scanned(chunk, EVERYTHING, 1000.0, True, known)
    assert scanned is not None
    assert stored(scanned) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, known))


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_whatever_stands_in_it_counts_the_same(seed: int) -> None:
    dice = random.Random(seed)
    lines = list(TRANSLATED)
    del lines[: dice.randrange(len(lines) // 2)]
    for _ in range(dice.choice((0, 1, 5))):
        damage(lines, dice)
    by_line, scanned = both(lines)
    assert scanned is None or stored(scanned) == stored(by_line)


TRANSLATED = translated(9)


@given(st.sampled_from([*SPECIMENS[0].splitlines(True), *SPECIMENS[1].splitlines(True)]), st.data())
@settings(max_examples=400, deadline=None)
def test_a_plain_line_is_a_record_that_reports_nothing(line: bytes, data: st.DataObject) -> None:
    odd = bytearray(line)
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(odd) - 1))
        odd[place] = data.draw(st.sampled_from(list(ODD)))
    if pipecat_moments.is_plain(bytes(odd)):
        assert pipecat_moments.moment(bytes(odd)) is None
        text = bytes(odd).rstrip(b"\r\n")
        is_read = isinstance(records.parse(wrappers.peel(text).text), Record)
        assert is_read or in_own_layout(bytes(odd)) is None  # else it would be written anew


LOOKED_AT = [
    *(line for data in SPECIMENS for line in data.splitlines()),
    *LINES,
    b"2026-11-25 22:51:44.131 | INFO     | __main__:_:23 -   0.2s  endpointing [a: b]",
    b"2026-11-25 22:51:44.131 | SUCCESS  | a:<b>.c:23 - \xe1\x93\x9a Pipecat 1 \xe1\x97\xa2",
    b"2026-02-30 22:51:44.131 | DEBUG | a - User started speaking",
    b"2026-11-25 22:51:44.131 | DEBUG | a:b:1 - **User started speaking**",
]


@given(st.lists(st.sampled_from(LOOKED_AT), min_size=1, max_size=9), st.integers(0, 10**9))
@settings(max_examples=400, deadline=None)
def test_the_scan_looks_at_the_same_lines(lines: list[bytes], seed: int) -> None:
    dice = random.Random(seed)
    block = bytearray(b"\n".join([*lines, b""]))
    for _ in range(dice.choice((0, 1, 5)) if block else 0):
        block[dice.randrange(len(block))] = dice.choice(ODD + b"\n")
    whole = bytes(block)
    assert list(PipecatLookout().look(whole)) == list(pipecat_blocks.by_line(whole))


def test_more_lines_than_the_scan_has_room_for() -> None:
    block = b"User started speaking\n2026-11-25 22:51:44.131 | INFO | a:b:1 - plain\n" * 20_000
    assert list(PipecatLookout().look(block)) == list(pipecat_blocks.by_line(block))


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_a_log_becomes_the_same_without_the_scan(seed: int) -> None:
    dice = random.Random(seed)
    lines = b"".join(SPECIMENS).split(b"\n")
    for _ in range(dice.choice((0, 1, 5))):
        damage(lines, dice)
    data = dice.choice((b"\n", b"\r\n")).join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipecat_blocks, "_look", lambda: pipecat_blocks.by_line)
        alone = by_line(data)
    assert by_line(data) == alone


def test_lines_keep_their_numbers() -> None:
    data = b"".join(SPECIMENS) * 3
    given_lines, found = data.split(b"\n"), by_line(data)
    own = [(n, line) for n, line in zip(*found, strict=True) if not line.startswith(b'{"message"')]
    assert own == list(enumerate(given_lines[:-1], 1))


def test_an_indented_line_below_json_may_belong_to_it() -> None:
    lines = translated(20)
    at = next(n for n, line in enumerate(lines) if line.startswith(b'{"message"'))
    lines.insert(at + 1, b"    indented")
    assert mixed_lines.split(b"\n".join([*lines, b""])) is None
