"""What the compiled scan counts of a Rich screen equals what is counted line by line."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import rich_screens, samples
from tests.in_turn import in_turn
from tests.rich_screens import VERSIONS
from tests.test_properties import DAMAGE
from tests.test_scan_text import both, stored
from tuner.inputs.chunks import finished
from tuner.reading import rich_regions
from tuner.reading import rich_screens as screens
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.reading.rich_lines import RichLines
from tuner.scan import ready
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

Fields = dict[str, Any]
RECORDS = [
    [json.loads(line) for line in samples.data(name).splitlines()[:200]]
    for name in ("false-interruptions.jsonl", "cut-offs.jsonl.gz", "healthy-info.jsonl")
]
RECORDS = [[r for r in records if r["name"] != "tuner.turns"] for records in RECORDS]
SHOWN = VERSIONS | {"1.3.5": VERSIONS["1.3.3"]._replace(milliseconds=True)}
WORDS = ("Hallo, wie geht's? Ich hätte gern", "INFO livekit.agents x", '{"a": 1}', "a {b", "x | y")
FILTERS = (Filter(call="AJ_axzaui0012"), Filter(until=34_920.0), Filter(since=34_920.0))
LINES = (
    *(b"INFO:     127.0.0.1:5000 - GET /health", b"12:30:00 DEBUG livekit.agents compact", b""),
    *(b"    16:19:59 INFO     livekit.agents     starting worker  ", b'    room: "x"', b"x"),
    *(b"  16:19:59.500 INFO     livekit.agents     with another margin  ", b" " * 45 + b"more"),
    *(b" " * 17 + b"INFO     livekit.agents     the same time  ", b'{"message": "half', b"`x`"),
    *(
        b"> 11:19:59.500 INFO     livekit.agents     quoted  ",
        b"Traceback (most recent call last):",
    ),
    *(b'                                         {"version": "1.5.8"}', b'"pid": 4}', b"4}"),
    *(b"2026-11-20T09:36:05.123Z stdout P     16:19:59.000 INFO", b"agent-1  | x", b"`x`"),
    *(b"    16:19:59.000 INFO     livekit.agents     user turn committed  ", b"{}", b"\xc3\x28"),
)
ODD = b'"\\{}[]=: \t|-\x1b0aZ\xc3\r\0'


@cache
def sample(n: int, version: str, width: int = 120, code: bool = False) -> bytes:
    """The records of a log on one screen, which Rich takes a second to draw."""
    return rich_screens.screen(RECORDS[n], SHOWN[version], width, code=code).encode()


def screen(records: Sequence[Fields], dice: random.Random) -> list[bytes]:
    """Records on a screen of some version and width; some say something else."""
    shown = [dict(found) for found in records]
    for _ in range(dice.choice((0, 0, 5))):
        found = dice.choice(shown)
        found[dice.choice(("message", "lk.pii.user_transcript"))] = dice.choice(WORDS)
    version = SHOWN[dice.choice(list(SHOWN))]
    width = dice.choice((80, 91, 104, 120, 160, 220))
    colour, code = dice.random() < 0.1, dice.random() < 0.3
    text = rich_screens.screen(shown, version, width, colour, code)
    return text.encode().splitlines()


def damage(lines: list[bytes], dice: random.Random) -> None:
    """Put something between the lines, or into one of them, or take one away."""
    at = dice.randrange(len(lines))
    odd = bytearray(lines[at] or b" ")
    odd[dice.randrange(len(odd))] = dice.choice(ODD)
    what = dice.randrange(6)
    if what == 0:
        lines.insert(at, dice.choice((*DAMAGE.values(), *LINES)))
    elif what == 1:
        lines[at] = bytes(odd)
    elif what == 2:
        del lines[at]
    elif what == 3:
        lines[at] += dice.choice((b"\r", b" ", b"}", b' {"a": 1}', b"\xc2\xa0", b"\xe2\x80\xa6"))
    elif what == 4:
        lines[at] = lines[at][dice.randrange(8) :]
    else:
        lines[at : at + 2] = [b" ".join(lines[at : at + 2])]


@pytest.mark.parametrize(("width", "strict"), in_turn([80, 120, 220], [False, True]))
@pytest.mark.parametrize("version", SHOWN)
def test_a_screen_is_counted_the_same(version: str, width: int, strict: bool) -> None:
    by_line, scanned = both(sample(0, version, width), strict)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert len(screens.scanner().places()) * 3 <= 700


CUT = ("resumed false", "user turn committed", "received user transcript")


@pytest.mark.parametrize(("version", "width"), [("1.5.8", 66), ("1.5.8", 73), ("1.3.3", 66)])
def test_messages_that_a_viewer_cut_are_completed(version: str, width: int) -> None:
    every = [json.loads(line) for line in samples.data("false-interruptions.jsonl").splitlines()]
    known = [found for found in every if found["message"].startswith(CUT)]
    whole = rich_screens.screen(known, SHOWN[version], 120)
    lines = [line[: width - 1] + "…" if len(line) > width else line for line in whole.splitlines()]
    by_line, scanned = both("\n".join(lines).encode() + b"\n")
    assert scanned is None or stored(scanned) == stored(by_line)
    for begins in CUT:
        assert sum(found["message"].startswith(begins) for found in known) > 1, begins
    assert by_line.counts == both(whole.encode())[0].counts
    assert by_line.counts["false_interruption"] > 1


@pytest.mark.parametrize("version", SHOWN)
def test_each_sample_is_counted_the_same(version: str) -> None:
    for n in range(len(RECORDS)):
        by_line, scanned = both(sample(n, version))
        assert scanned is not None
        assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize(("version", "strict"), in_turn(["1.3.3", "1.5.8"], [True, False]))
@pytest.mark.parametrize(
    "only",
    [
        *FILTERS,
        *(Filter(since=1795167390.0), Filter(until=1795167390.0), Filter(call="no call")),
    ],
    ids=str,
)
def test_a_filter_keeps_the_same(only: Filter, version: str, strict: bool) -> None:
    for n in range(len(RECORDS)):
        by_line, scanned = both(sample(n, version), strict, only)
        assert scanned is not None
        assert stored(scanned) == stored(by_line)


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_whatever_stands_on_a_screen_counts_the_same(seed: int) -> None:
    dice = random.Random(seed)
    records = dice.choice(RECORDS)
    start = dice.randrange(len(records) - 120)
    lines = screen(records[start : start + dice.randint(10, 120)], dice)
    for _ in range(dice.choice((0, 2, 9))):
        damage(lines, dice)
    only = dice.choice((EVERYTHING, EVERYTHING, *FILTERS))
    # not strict, damage may be missed
    by_line, scanned = both(b"\n".join(lines) + b"\n", strict=True, only=only)
    assert scanned is None or counted(scanned) == counted(by_line)


def counted(summary: Summary) -> Any:
    """What is stored but the texts of other lines: the first of those that begin alike is kept, and
    Python reads what is left to it after all that the scan has counted."""
    found = stored(summary)
    for row in found["other_lines"]:
        row[3] = ""
    return found


@given(st.integers(0, 10**9))
@settings(max_examples=15, deadline=None)
def test_a_chunk_may_begin_and_end_anywhere(seed: int) -> None:
    dice = random.Random(seed)
    data = b"\n".join(screen(dice.choice(RECORDS)[:120], dice)) + b"\n"
    begin = data.index(b"\n", dice.randrange(len(data) // 2)) + 1
    end = data.index(b"\n", dice.randrange(len(data) // 2, len(data) - 1)) + 1
    for stop in (end, finished(bytearray(data), begin, end)):
        by_line, scanned = both(data[begin:stop], strict=True)
        assert scanned is None or stored(scanned) == stored(by_line)


def test_what_is_in_doubt_is_left() -> None:
    data = rich_screens.screen(RECORDS[0][:40], VERSIONS["1.5.8"], 120).encode()
    assert rich_regions.is_screen(data)
    whole = rich_regions.regions(RichLines(), data)
    assert whole is not None
    assert whole.left == 0
    lines = data.split(b"\n")
    row = next(n for n in range(9, 40) if rich_regions.is_screen(lines[n]))
    lines.insert(row, b"another program's line")
    other = rich_regions.regions(RichLines(), b"\n".join(lines))
    assert other is not None
    assert other.left == 1
    assert other.lines[-1] == whole.lines[-1] + 1


ROW = b"    16:19:59.000 INFO     livekit.agents     user words  \n"
BELOW = ROW + b" " * 37 + b'{"text": "so it \n%b\n'


@pytest.mark.parametrize(
    "below",
    [
        *('on it goes"}', '"a": 4}', '1.5, "a": 1}', "-4}", 'information"}', 'err_1"}', '["a"]}'),
        *('The cat"}', 'Gr\u00fc\u00dfe"}', '10 days"}', '~"}'),
    ],
)
def test_fields_go_on_below(below: str) -> None:
    found = rich_regions.regions(RichLines(), BELOW % below.encode() + ROW)
    assert found is not None
    assert (len(found.lines) - 1, found.left) == (2, 0)
    assert bytes(found.text).startswith(
        b'16:19:59.000 INFO livekit.agents user words {"text": "so it %b\n' % below.encode()
    )


@pytest.mark.parametrize(
    "below",
    [
        *("12:30:00 DEBUG livekit.agents x}", "error: in it}", "Warning}", "[INFO] x}", "F x}"),
        *("[pod/a] x}", "stdout F x}", "a | x}", "`x}", "<13>1 x}", "Nov 20 08:44:13 a b: x}"),
        *("2026-11-20T08:44:13Z x}", "9:00:00 x}", "warn\u0131}", "}", "goes on", "on} \nand on}"),
    ],
)
def test_what_may_be_another_line_is_left(below: str) -> None:
    found = rich_regions.regions(RichLines(), BELOW % below.encode() + ROW)
    assert found is not None
    assert found.left


def test_a_word_longer_than_the_screen_is_put_together() -> None:
    fields = {"id": "AJ" + "x" * 300, "job_id": "AJ_" + "y" * 100, "room": "r"}
    found = {"message": "x", "level": "INFO", "name": "livekit.agents", **fields}
    records = [found | {"timestamp": f"2026-11-20T10:00:{at:02d}.000+00:00"} for at in range(20)]
    by_line, scanned = both(
        rich_screens.screen(records + RECORDS[0], VERSIONS["1.5.8"], 80).encode()
    )
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


def test_midnight_on_a_screen() -> None:
    records = [r for r in RECORDS[2] if "job_id" in r][:40]
    night = [r | {"timestamp": f"2026-11-20T23:59:{at:02d}.000"} for at, r in enumerate(records)]
    morning = [r | {"timestamp": f"2026-11-21T00:00:{at:02d}.000"} for at, r in enumerate(records)]
    text = rich_screens.screen(night + morning, VERSIONS["1.5.8"], 120)
    by_line, scanned = both(text.encode())
    assert scanned is None or scanned.days == by_line.days == 1
    assert scanned is None or stored(scanned) == stored(by_line)
