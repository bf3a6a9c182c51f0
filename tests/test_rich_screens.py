"""What LiveKit's Rich screens show gives the same counts as the JSON of the same records."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from tests import rich_screens, samples
from tests.in_turn import in_turn
from tests.rich_screens import VERSIONS
from tuner.execution import planning, units
from tuner.execution.parts import join
from tuner.inputs.chunks import Chunk
from tuner.lines import look, rich_rows
from tuner.model import Record
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.summary import Summary

RECORDS = [
    json.loads(line)
    for name in ("false-interruptions.jsonl", "cut-offs.jsonl.gz")
    for line in samples.data(name).splitlines()[:120]
]


@functools.cache  # most tests ship one screen in several ways, and Rich takes a second to draw it
def screen(version: str, width: int, colour: bool = False) -> str:
    return rich_screens.screen(RECORDS, VERSIONS[version], width, colour)


def summary(data: bytes) -> Summary:
    return careful.summarize(Chunk(data), EVERYTHING, 1000.0, look.look(data))


def told(found: Summary) -> dict[str, Any]:
    return {
        "counts": {kind: n for kind, n in found.counts.items() if n},
        "records": found.records,
        "calls": set(found.calls),
        "levels": {level for _, level in found.levels},
        "unread": dict(found.unread),
    }


WHOLE = told(summary("\n".join(map(json.dumps, RECORDS)).encode()))


ODD = RECORDS[0] | {"message": "Wie geht's?\nzwei  Zeilen 中文字 b\x0bz\u2028q  "}


@pytest.mark.parametrize("width", [30, 80, 220])
@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_screens_are_drawn_as_livekits_grid_is(version: rich_screens.Version, width: int) -> None:
    for colour in (False, True):
        grid = rich_screens.AsLiveKit(version, width, colour)
        quick = rich_screens.Screen(version, width, colour)
        some = [ODD, *RECORDS[:240:25], ODD]
        assert rich_screens.drawn(quick, some, code=True) == rich_screens.drawn(grid, some, True)


@pytest.mark.parametrize(("width", "version"), in_turn([80, 91, 104, 120, 160, 220], VERSIONS))
def test_a_screen_of_any_width_counts_like_json(version: str, width: int) -> None:
    data = screen(version, width).encode()
    found = summary(data)
    assert told(found) == WHOLE
    assert found.lines == found.understood == data.count(b"\n")


HEADERS = (
    "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'Date', "
    "b'Fri, 30 Jan 2026 16:20:05 GMT'), (b'openai-processing-ms', b'1432')])"
)
SYNC = "_SegmentSynchronizerImpl.push_audio called after close"


def seen(second: int, level: str, name: str, message: str) -> dict[str, Any]:
    """A record of a call."""
    stamp = f"2026-01-30T16:20:{second:02d}.000000+00:00"
    ids = {"room": "room-demo-1", "pid": 4242, "job_id": "AJ_exmpl0000001"}
    return {"message": message, "level": level, "name": name, **ids, "timestamp": stamp}


@pytest.mark.parametrize("version", VERSIONS)
def test_words_that_a_column_cuts_or_folds_count_at_any_width(version: str) -> None:
    rows = [
        seen(1, "DEBUG", "httpcore.http11", HEADERS),
        seen(2, "WARNING", "livekit.agents", SYNC),
        seen(3, "DEBUG", "livekit.agents", "resumed false interrupted speech"),
    ]
    for width in range(73, 120):
        data = rich_screens.screen(rows, VERSIONS[version], width).encode()
        found = summary(data)
        kinds = ("http_headers", "sync_warning", "false_interruption")
        assert (width, *map(found.counts.get, kinds)) == (width, 1, 1, 1)


@pytest.mark.parametrize("before", ["", "agent-1  | ", "> ", "agent-7d9fb6c5d8-x2x9p agent "])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_screen_may_have_colours_and_stand_in_wrappers(version: str, before: str) -> None:
    text = screen(version, 110, colour=True)
    data = "".join(before + line + "\n" for line in text.splitlines()).encode()
    assert told(summary(data)) == WHOLE


@pytest.mark.parametrize("version", VERSIONS)
def test_a_row_copied_without_its_margin_is_read(version: str) -> None:
    text = screen(version, 100)
    rows = [
        line[4:] if rich_rows.row(line) and line[4] != " " else line for line in text.splitlines()
    ]
    assert told(summary("\n".join(rows).encode())) == WHOLE


SHIPPED = ("", "agent-1  | ", "2026-01-02T03:04:05.000Z ", "2026-01-02T03:04:05Z stdout F ", "> ")


@pytest.mark.parametrize(("before", "step"), in_turn(SHIPPED, [4_001, 40_001]))
@pytest.mark.parametrize("version", VERSIONS)
def test_no_record_is_split_between_units(
    version: str, before: str, step: int, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    text = screen(version, 100)
    log.write_text("".join(f"{before}{line}\n" for line in text.splitlines()))
    todo = planning.plan(str(log), unit_bytes=step)
    assert len(todo) == -(-log.stat().st_size // step)
    joined = functools.reduce(join, [units.whole(unit, units.Job()) for unit in todo]).summary
    whole = units.whole(units.Unit(str(log)), units.Job()).summary
    assert told(joined) == told(whole)
    # a shipper's one time for all rows makes waits that cannot be, and says so
    assert told(whole) == WHOLE or before.startswith("2026")
    assert (joined.first, joined.last) == (whole.first, whole.last)


def test_blank_times_repeat_the_time_above() -> None:
    text = rich_screens.screen(RECORDS[:120], VERSIONS["1.5.8"], 120)
    found = careful.read(text.encode(), Summary())
    times = [row.record.time or 0.0 for row in found]
    assert min(times) > 0
    assert times == sorted(times)


def test_a_record_whose_fields_are_cut_off_keeps_what_is_whole() -> None:
    text = (
        "    16:20:15.200 WARNING  livekit.agents     resumed false interrupted speech  \n"
        '                                         {"timeout": 2.0, "pid": 4242, "job_id": \n'
        "INFO:app:the program goes on\n"
    )
    first, second = careful.read(text.encode(), Summary())
    assert (first.record.pid, first.record.job, first.lines) == ("4242", "", 2)
    assert second.record.message == "the program goes on"


@pytest.mark.parametrize(
    "line",
    [
        "16:20:15 DEBUG livekit.agents compact lines have no columns",
        "    16:20:15 this is a sentence, INFO in it",
        "    indented words",
    ],
)
def test_what_is_no_row_is_taken_for_none(line: str) -> None:
    assert rich_rows.row(line) is None


def test_levels_and_loggers_that_are_cut() -> None:
    text = "    16:20:15 WARNI… livekit.plugins… inference is slower than realtime\n"
    (found,) = careful.read(text.encode(), Summary())
    assert isinstance(found.record, Record)
    assert (found.record.level, found.record.logger) == ("WARNING", "livekit.plugins…")
    assert found.event is not None and found.event.kind == "vad_slow"
