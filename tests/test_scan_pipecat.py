"""A log of Pipecat: what the compiled scan counts of its lines and of those of its turns, each kind
alone, equals what is counted line by line."""

from __future__ import annotations

import io
import random
from array import array
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_properties import DAMAGE
from tests.test_scan_text import stored
from tuner.call_records import pipecat, pipecat_moments
from tuner.call_records.pipecat_layouts import in_own_layout
from tuner.inputs.chunks import Chunk, ChunkOrigin
from tuner.lines import look, records, wrappers
from tuner.model import Record
from tuner.reading import careful, fast, mixed_lines
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready
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
    return [line.rstrip(b"\n") for _, line in pipecat.translate(io.BytesIO(data))]


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


def test_an_indented_line_below_json_may_belong_to_it() -> None:
    lines = translated(20)
    at = next(n for n, line in enumerate(lines) if line.startswith(b'{"message"'))
    lines.insert(at + 1, b"    indented")
    assert mixed_lines.split(b"\n".join([*lines, b""])) is None
