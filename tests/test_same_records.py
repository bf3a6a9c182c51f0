"""Two files that hold the same records: counted once where that is sure, named where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.test_second_prints import EVERY, Printed, dev, docker, once, stamp, usual
from tuner import pipeline
from tuner.model import Report

RECORDS = EVERY[:2600]
INFO = [record for record in RECORDS if record["level"] != "DEBUG"]


def elsewhere(record: dict[str, Any]) -> str:
    return dev(record, 2)


def compact(record: dict[str, Any]) -> str:
    time = stamp(record)[11:19]
    return f"{time} {record['level']:<5} {record['name']} {record['message']}"


def both(folder: Path, one: list[str], other: list[str]) -> Report:
    (folder / "one.log").write_text("\n".join(one) + "\n")
    (folder / "other.log").write_text("\n".join(other) + "\n")
    return pipeline.analyze([folder / "one.log", folder / "other.log"], environ={})


def notes(report: Report) -> str:
    return " ".join(note for info in report.inputs for note in info.notes)


@pytest.mark.parametrize(
    ("other", "is_turned"), in_turn([dev, elsewhere, usual, compact, docker], [False, True])
)
def test_the_same_records_in_two_layouts_count_once(
    other: Printed, is_turned: bool, tmp_path: Path
) -> None:
    logs = [[*map(json.dumps, RECORDS)], [*map(other, RECORDS)]]
    found = both(tmp_path, *(logs[::-1] if is_turned else logs))
    wanted = once(tmp_path, json.dumps, RECORDS)
    assert found.signals == wanted.signals and found.latency == wanted.latency
    assert found.exposure == wanted.exposure
    assert "the same records as" in notes(found)
    if other is not docker:  # which says as much as the JSON in it
        assert found.inputs[not is_turned].lines == 0


def moved(seconds: float) -> Callable[[str], str]:
    """Another agent's log, which was started so much later: the same calls, but at other times."""
    from datetime import datetime, timedelta

    def move(line: str) -> str:
        record = json.loads(line)
        when = datetime.fromisoformat(record["timestamp"]) + timedelta(seconds=seconds)
        return dev({**record, "timestamp": when.isoformat()})

    return move


@pytest.mark.parametrize("seconds", [0.002, 0.4, 7.0, 450.0])
def test_another_agent_with_the_same_calls_is_another_one(seconds: float, tmp_path: Path) -> None:
    lines = [*map(json.dumps, RECORDS)]
    found = both(tmp_path, lines, [*map(moved(seconds), lines)])
    assert [info.lines for info in found.inputs] == [len(lines)] * 2
    assert "stand in" not in notes(found)


@pytest.mark.parametrize("ids", ["job_id", "pid"])
def test_agents_that_print_the_same_at_once_are_two(ids: str, tmp_path: Path) -> None:
    other = [{**record, ids: f"9{record.get(ids)}"} for record in RECORDS]
    found = both(tmp_path, [*map(json.dumps, RECORDS)], [*map(dev, other)])
    assert [info.lines for info in found.inputs] == [len(RECORDS)] * 2


def test_two_agents_of_one_layout_without_fractions_are_two(tmp_path: Path) -> None:
    lines = [*map(compact, RECORDS)]
    found = both(tmp_path, lines, [*lines[:5], f"{lines[5]} once more", *lines[6:]])
    assert [info.lines for info in found.inputs] == [len(lines)] * 2


@pytest.mark.parametrize("one", [json.dumps, usual])
@pytest.mark.parametrize("other", [json.dumps, elsewhere])
def test_what_a_file_has_at_info_and_another_at_debug_is_named(
    one: Printed, other: Printed, tmp_path: Path
) -> None:
    found = both(tmp_path, [*map(one, INFO)], [*map(other, RECORDS)])
    assert f"stand in {tmp_path / 'one.log'}, too: they are counted twice" in notes(found)
    assert ("of 14 calls" in notes(found)) == (one is json.dumps)
    assert found.inputs[0].lines == len(INFO) and found.inputs[1].lines == len(RECORDS)


@pytest.mark.parametrize("is_turned", [False, True])
def test_exports_that_overlap_are_named(is_turned: bool, tmp_path: Path) -> None:
    logs = [[*map(json.dumps, EVERY[:3000])], [*map(json.dumps, EVERY[1500:5000])]]
    found = both(tmp_path, *(logs[::-1] if is_turned else logs))
    assert "they are counted twice; give each once" in notes(found)


def test_calls_that_go_on_in_the_next_file_are_not_named(tmp_path: Path) -> None:
    lines = [*map(json.dumps, EVERY)]
    assert "stand in" not in notes(both(tmp_path, lines[:3000], lines[3000:]))


def test_calls_whose_lines_are_spread_over_two_files_are_not_named(tmp_path: Path) -> None:
    lines = [*map(json.dumps, EVERY)]
    assert "stand in" not in notes(both(tmp_path, lines[::2], lines[1::2]))
