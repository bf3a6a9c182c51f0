"""Lines of the turn log that are decoded once give what they give when read as any line is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.pages import DEBUG, TURNS
from tests.test_scan_turns import LINES, interruption, openai_call, record, started, turn
from tuner import pipeline
from tuner.calls.notes import KINDS, READ_LINE
from tuner.execution import bare_lines, call_lines, units
from tuner.inputs.chunks import MAX_LINE, Chunk
from tuner.lines import bare_turn_log
from tuner.lines.catalogue.table import BY_KIND
from tuner.model import Event, Record
from tuner.reading.record_filter import EVERYTHING, Filter

ALL = bare_turn_log.reader(
    {
        kind: [field.name for field in BY_KIND[kind].fields]
        for kind in ("session_started", "turn", "interruption", "openai_call", "session_ended")
    }
)
TURN = json.dumps(turn("AJ_1")).encode()


def one_by_one(data: bytes, only: Filter = EVERYTHING) -> list[tuple[Record, Event]]:
    found, _ = call_lines.lines_of(units.Piece(Chunk(data)), only, lambda _line: True)
    return [(line.record, line.event) for line in found if line.event is not None]


def quickly(data: bytes, only: Filter = EVERYTHING) -> list[tuple[Record, Event]]:
    piece = units.Piece(Chunk(data))
    return list(bare_lines.reported(piece, only, lambda _line: True, ALL))


def test_most_lines_of_a_turn_log_are_decoded_once() -> None:
    lines = TURNS.read_bytes().splitlines()
    mine = [line for line in lines if b'"tuner.turns"' in line]
    assert sum(ALL(line) is not None for line in mine) > len(mine) * 0.9
    assert ALL(TURN) is not None
    assert READ_LINE(TURN) is not None


@pytest.mark.parametrize("path", [TURNS, DEBUG])
def test_a_log_reports_the_same(path: Path) -> None:
    data = path.read_bytes()
    assert quickly(data) == one_by_one(data)
    half = one_by_one(data)[len(one_by_one(data)) // 2][0].time
    later = Filter(half, None, None)
    assert quickly(data, later) == one_by_one(data, later) != one_by_one(data)


@given(st.lists(LINES, max_size=12))
def test_any_lines_report_the_same(lines: list[dict[str, Any]]) -> None:
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    assert quickly(data) == one_by_one(data)


ODD = [
    json.dumps(turn("AJ_1") | {"pid": "7"}),
    json.dumps(turn("AJ_1") | {"pid": True}),
    json.dumps(turn("AJ_1") | {"pid": None, "room": None}),
    json.dumps(turn("AJ_1") | {"job_id": 5}),
    json.dumps(turn("AJ_1") | {"timestamp": 1795167369.25}),
    json.dumps(turn("AJ_1") | {"name": "my.app"}),
    json.dumps(turn("AJ_1", e2e_latency=1e16, llm_ttft=None)),
    json.dumps(turn("AJ_1") | {"level": None}),
    json.dumps(record("turns", logger="tuner.turns")),
    json.dumps(started("AJ_1", {"A": "b"}, "x") | {"versions": {"livekit-agents": "1.8.9"}}),
    json.dumps(interruption("AJ_1", outcome="false", agent_audible=False)),
    json.dumps(openai_call("AJ_1", status=200)),
    TURN.decode().replace('"pauses"', '"e2e_latency": 9, "pauses"'),
    TURN.decode().replace("1.25,", "1e999,", 1),
    TURN.decode().replace('"pid"', '"message": "session ended", "pid"'),
    TURN.decode() + "\r",
    TURN.decode() + " ",
    TURN.decode()[:-1],
    TURN.decode() + TURN.decode(),
    TURN.decode().replace('"pid": 7', '"pid": 7, "x": "\x00"'),
    "a line of something else",
    "  below",
]


@given(st.lists(st.sampled_from(ODD), max_size=6))
@example(ODD)
def test_odd_lines_report_the_same(lines: list[str]) -> None:
    data = "\n".join(lines).encode() + b"\n"
    assert quickly(data) == one_by_one(data)


def test_a_line_that_is_no_text_reports_the_same() -> None:
    data = TURN + b"\n" + TURN.replace(b"AJ_1", b"AJ_\xff") + b"\n"
    assert quickly(data) == one_by_one(data)


def test_calls_take_the_same_notes_without_the_other_fields() -> None:
    keep = call_lines.reports(KINDS)
    piece = units.Piece(Chunk(TURNS.read_bytes()))
    quick = list(bare_lines.reported(piece, EVERYTHING, keep, READ_LINE))
    slow = one_by_one(TURNS.read_bytes())
    assert [event.kind for _, event in quick] == [e.kind for _, e in slow if e.kind in KINDS]
    assert all("settings" not in event.fields for _, event in quick)


def test_a_line_too_long_to_hold_costs_no_call(tmp_path: Path) -> None:
    lines = TURNS.read_bytes().splitlines(keepends=True)
    log, plain = tmp_path / "long.jsonl", tmp_path / "plain.jsonl"
    plain.write_bytes(b"".join(lines))
    log.write_bytes(b"x" * (MAX_LINE * 40) + b"\n" + b"".join(lines))
    listed = pipeline.calls([log], jobs=1).calls
    assert msgspec.json.encode(listed) == msgspec.json.encode(pipeline.calls([plain]).calls)
    worst = listed[0].id
    [found], [same] = pipeline.timelines([log], [worst]), pipeline.timelines([plain], [worst])
    assert [w.at for w in found.warnings] == [w.at for w in same.warnings]
    assert found.turns == same.turns


@given(
    st.lists(st.sampled_from(["AJ_1", "AJ_12", "AJ_2", "AJ_3 AJ_1", "x"]), max_size=12), st.data()
)
def test_lines_that_name_a_call_are_found_in_the_whole_as_they_are_one_by_one(
    jobs: list[str], data: st.DataObject
) -> None:
    lines = [json.dumps(record("turn", job, "tuner.turns")).encode() for job in jobs]
    chunk = b"\n".join(lines) + data.draw(st.sampled_from([b"", b"\n", b"\nplain AJ_1", b"\n\n"]))
    keep = call_lines.mentions(["AJ_1", "AJ_3"])
    piece = units.Piece(Chunk(chunk, dropped=2))
    found = call_lines.lines_of(piece, EVERYTHING, keep)
    assert found == call_lines.lines_of(piece, EVERYTHING, lambda line: keep(line))
