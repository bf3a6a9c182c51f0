"""A log of Pipecat: what the compiled scan counts of its lines and of those of its turns, each kind
alone, equals what is counted line by line."""

from __future__ import annotations

import io
import random
import re
from array import array
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_properties import DAMAGE
from tests.test_scan_text import stored
from tuner.call_records import pipecat, pipecat_blocks, pipecat_calls, pipecat_moments
from tuner.call_records.pipecat_layouts import in_own_layout
from tuner.call_records.pipecat_moments import SPEECH, of_row
from tuner.errors import InputError
from tuner.inputs.chunks import Chunk, ChunkOrigin
from tuner.lines import look, records, wrappers
from tuner.model import Record
from tuner.reading import careful, fast, mixed_lines
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready
from tuner.scan.pipecat_lines import PipecatLine, PipecatLookout, unpacked
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
    """The lines that genuine logs, one behind the other, become; each copy on a day of its own."""
    return by_line(b"".join(map(of_day, range(1, copies + 1)))).lines


def of_day(day: int) -> bytes:
    """The genuine logs, one behind the other, as if written on another day of the month."""
    later = (day - 25) * 86400
    dated = b"".join(SPECIMENS).replace(b"2026-11-25", b"2026-11-%02d" % day)
    return re.sub(rb"\b17956\d{5}\b", lambda found: b"%d" % (int(found[0]) + later), dated)


class Translated(NamedTuple):
    """Lines, and of each the line that it comes from."""

    numbers: list[int]
    lines: list[bytes]


def by_line(data: bytes) -> Translated:
    """What a log becomes, line by line; what was wrong with it is the last line, 0."""
    found = Translated([], [])
    try:
        for first, lines in pipecat.translate(io.BytesIO(data)):
            for below, line in enumerate(lines.split(b"\n")):
                found.numbers.append(first + below)
                found.lines.append(line)
    except InputError as error:
        found.numbers.append(0)
        found.lines.append(str(error).encode())
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
@settings(max_examples=20, deadline=None)
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
@settings(max_examples=100, deadline=None)
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
@settings(max_examples=100, deadline=None)
def test_the_scan_looks_at_the_same_lines(lines: list[bytes], seed: int) -> None:
    dice = random.Random(seed)
    block = bytearray(b"\n".join([*lines, b""]))
    for _ in range(dice.choice((0, 1, 5)) if block else 0):
        block[dice.randrange(len(block))] = dice.choice(ODD + b"\n")
    whole = bytes(block)
    found, known = looked_at(whole), [one.line for one in pipecat_blocks.by_line(whole, 7)]
    assert [line[:PLACES] for line in found] == [line and line[:PLACES] for line in known]
    for line, same in zip(found, known, strict=True):
        assert same is not None
        if line.kind:
            text = whole[line.message : line.stop]
            assert of_row(line) == pipecat_moments.of_own_line(text, line.marks, same.time)
        else:
            assert line.time == same.time


PLACES = PipecatLine._fields.index("kind")


def looked_at(block: bytes) -> list[PipecatLine]:
    """All lines that report something or may; the first of the block has number 7."""
    found = []
    for rows, line in PipecatLookout().look(block, 7):
        found += [*unpacked(rows), *([line] if line is not None and not line.kind else [])]
    return found


def test_more_lines_than_the_scan_has_room_for() -> None:
    block = b"User started speaking\n2026-11-25 22:51:44.131 | INFO | a:b:1 - plain\n" * 20_000
    block += b"2026-11-25 22:51:44.131 | INFO | a:b:1 - Bot started speaking\n" * 20_000
    stops = [one.line for one in PipecatLookout().look(block, 1) if one.line is not None]
    assert stops == [one.line for one in pipecat_blocks.by_line(block, 1)][:20_000]
    assert [line.line for line in looked_at(block)][20_000:] == list(range(40_007, 60_007))


@given(st.integers(0, 10**9))
@settings(max_examples=20, deadline=None)
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


SAID = (
    *("LLMUserAggregator#0: User started speaking (strategy: VAD#0)", "User started speaking"),
    *("LLMUserAggregator#0: User stopped speaking (after: 0.8s)", "User stopped speaking"),
    *("Bot started speaking", "Bot stopped speaking"),
    *("LLMUserAggregator#0: broadcasting interruption", "broadcasting interruption"),
    *("[OpenAILLMService#0] TTFB (gpt-4.1): {s}s at 7.5s", "CartesiaTTSService#0 TTFB: {s}"),
    "\U0001f4ca [OpenAILLMService#1] LLM TOKEN USAGE (gpt-4.1): prompt: {n}, completion: 18",
    *("PipelineTask#0: Starting. Waiting for StartFrame#0 to reach", "Linking A#0 -> B#0"),
    *("Pipeline worker PipelineWorker#0 has finished", "DeepgramSTTService#0 TTFB: 0.1"),
    "\u14da\u160f\u15e2 Pipecat 1.14.0 (Python 3.11.7)",
    *(f'{{"kind":"{kind}","timestamp":{{t}},"started_at":null}}' for kind in sorted(SPEECH)),
    '{"kind":"ttfb","processor":"OpenAILLMService#0","model":"a","timestamp":{t},"seconds":{s}}',
    '{"kind":"ttfb","processor":"XTTSService#0","timestamp":{t},"seconds":{s},"x":null}',
    '{"kind":"llm","timestamp":{t},"prompt_tokens":{n},"completion_tokens":7}',
    '{"kind":"llm","timestamp":{t},"prompt_tokens":{n},"cache_read_input_tokens":{n}}',
)
"""Messages of Pipecat, and of an app that logs its observers' events."""
LEFT = ("Bot [a] started speaking", '{"kind":"user_speech_started","x":[1],"timestamp":{t}}')
"""Messages that the scan leaves to Python, and the whole call with them."""
KINDS_OF_LOG = (
    *(SAID, (*SAID, *LEFT), [one for one in SAID if one[0] != "{"]),
    *([one for one in SAID if one[0] == "{"], [one for one in SAID if "_st" in one]),
)
RARE = ("Starting. Waiting", "has finished", "Pipecat 1")
STEPS_MS = (0, 0.5, 1, 37, 199, 200, 201, 300, 999, 1000, 1001, 1499, 1500, 1501, 4000, -300)


def any_calls(dice: random.Random, lines: int) -> bytes:
    """A log of calls in which anything may happen after anything else."""
    at, found = 1_795_646_923.0 + dice.random(), []
    said = dice.choice(KINDS_OF_LOG)
    for _ in range(lines):
        at += dice.choice(STEPS_MS) / 1000
        message = dice.choice(said)
        if any(mark in message for mark in RARE) and dice.random() < 0.7:
            continue
        digits = dice.choice((0, 3, 3, 6, 7))
        figures = {
            "t": f"{at:.{digits}f}",
            "s": f"{dice.random() * 2:.3f}",
            "n": dice.randrange(900),
        }
        for name, figure in figures.items():
            message = message.replace(f"{{{name}}}", str(figure))
        when = datetime.fromtimestamp(at, UTC).isoformat(" ", "milliseconds").removesuffix("+00:00")
        found.append(f"{when} | DEBUG    | pipecat.a.b:c:{dice.randrange(99)} - {message}")
    return "\n".join([*found, ""]).encode()


@given(st.integers(0, 10**9))
@settings(max_examples=75, deadline=None)
def test_the_scan_writes_the_turns_of_any_call_the_same(seed: int) -> None:
    data = any_calls(random.Random(seed), 400)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipecat_blocks, "_look", lambda: pipecat_blocks.by_line)
        alone = by_line(data)
    assert by_line(data) == alone


def test_calls_of_genuine_logs_are_written_by_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = by_line(b"".join(SPECIMENS))
    monkeypatch.setattr(pipecat_calls._Call, "follow", None)
    assert by_line(b"".join(SPECIMENS)) == expected


def test_a_call_with_more_sounds_than_the_scan_holds_is_followed_in_python() -> None:
    event = '2026-11-25 22:51:44.131 | INFO | a:b:1 - {{"kind":"user_speech_{}","timestamp":{}}}\n'
    spoken = [(1_795_646_923 + 2 * n, 1_795_646_924 + 2 * n) for n in range(1500)]
    log = "".join(event.format("started", a) + event.format("stopped", b) for a, b in spoken)
    sounds = [line for line in by_line(log.encode()).lines if b'"message": "sound"' in line]
    assert len(sounds) == 1000


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
