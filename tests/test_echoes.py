"""One file with text without ids beside records with ids: a second handler's print of the same
records counts once, another log counts, too; where nothing shows which it is, the report says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.test_posted_logs import analyzed
from tests.test_second_prints import EVERY, Printed, bare, loguru, stamp, usual
from tuner.execution import units
from tuner.execution.units import Job
from tuner.facts import echoes
from tuner.inputs.chunks import Chunk
from tuner.model import Report

RECORDS = EVERY[2300:]
IDS = ("job_id", "room", "room_name", "pid", "room_id")
ONCE = "records stand here twice"
OPEN = "neither times nor figures show whether they are the same: counted once"
Record = Mapping[str, Any]


def dev(record: Record) -> str:
    """LiveKit's text of an agent whose lines have no ids."""
    own = ("message", "level", "name", "timestamp", *IDS)
    more = {key: value for key, value in record.items() if key not in own}
    head = f"{stamp(dict(record))} - {record['level']:<8} {record['name']}"
    return f"{head} - {record['message']} {json.dumps(more)}"


def in_another_zone(record: Record) -> str:
    return usual({**record, "timestamp": moved(record["timestamp"], 5.5 * 3600)})


def bare_dev(record: Record) -> str:
    """Figures but no time."""
    return dev(record)[len(stamp(dict(record))) + 3 :]


def moved(time: str, seconds: float) -> str:
    return (datetime.fromisoformat(time) + timedelta(seconds=seconds)).isoformat()


def later(records: Sequence[Record], seconds: float, factor: float = 1.0) -> list[dict[str, Any]]:
    """What another call wrote: as often of each kind, at other times, with other figures."""
    first = datetime.fromisoformat(records[0]["timestamp"])

    def change(record: Record) -> dict[str, Any]:
        at = (datetime.fromisoformat(record["timestamp"]) - first).total_seconds()
        numbers = {
            key: round(value * 1.37 + 0.011, 3)
            for key, value in record.items()
            if isinstance(value, float) and 0 < value < 60
        }
        return {
            **record,
            **numbers,
            "timestamp": moved(records[0]["timestamp"], at * factor + seconds),
        }

    return [change(record) for record in records]


def counts(report: Report) -> list[int | None]:
    names = ("false_interruptions", "sync_warnings", "openai_calls")
    return [report.signals[name].count for name in names]  # type: ignore[index]


def both(folder: Path, first: Sequence[str], second: Sequence[str]) -> Report:
    return analyzed(folder, "\n".join([*first, *second]) + "\n")


JSON = [json.dumps(record) for record in RECORDS]
PRINTED: list[Printed] = [usual, loguru, in_another_zone]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[int | None]:
    return counts(analyzed(tmp_path_factory.mktemp("alone"), "\n".join(JSON) + "\n"))


@pytest.mark.parametrize(("printed", "cut"), in_turn([*PRINTED, bare_dev], [0, 1]))
def test_a_second_handlers_file_behind_the_first_counts_once(
    printed: Printed, cut: int, alone: list[int | None], tmp_path: Path
) -> None:
    text = [printed(dict(record)) for record in RECORDS][cut:]
    found = both(tmp_path, JSON, text)
    assert counts(found) == alone
    assert any(ONCE in note for note in found.inputs[0].notes)


OTHER_CALLS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "minutes later": lambda: later(RECORDS, 437.0),
    "a whole hour later": lambda: later(RECORDS, 3600.0, 1.31),
    "shorter": lambda: later(RECORDS, 3600.0, 0.77),
}


@pytest.mark.parametrize(("printed", "kind"), in_turn(PRINTED, [*OTHER_CALLS]))
def test_another_log_behind_the_first_counts_too(
    printed: Printed, kind: str, alone: list[int | None], tmp_path: Path
) -> None:
    found = both(tmp_path, JSON, [printed(record) for record in OTHER_CALLS[kind]()])
    assert counts(found) == [2 * (n or 0) for n in alone]
    assert not any(ONCE in note for note in found.inputs[0].notes)


def test_figures_tell_logs_apart_that_have_no_times(
    alone: list[int | None], tmp_path: Path
) -> None:
    found = both(tmp_path, JSON, [bare_dev(record) for record in later(RECORDS, 437.0)])
    assert counts(found)[:2] == [2 * (n or 0) for n in alone[:2]]


def test_where_nothing_shows_which_it_is_the_report_says_so(
    alone: list[int | None], tmp_path: Path
) -> None:
    found = both(tmp_path, JSON, [*map(bare, RECORDS)])
    assert counts(found) == alone
    assert any(OPEN in note for note in found.inputs[0].notes)


SAID = ("user turn committed", "received user transcript", "session closed")
TURNS = [record for record in EVERY if record["message"] in SAID]


def test_lines_of_which_only_the_number_is_kept_decide_nothing(tmp_path: Path) -> None:
    found = both(tmp_path, [json.dumps(one) for one in TURNS], [*map(usual, later(TURNS, 437.0))])
    assert found.exposure.turns == sum(record["message"] == SAID[0] for record in TURNS)
    assert any(OPEN in note for note in found.inputs[0].notes)


def test_handlers_print_by_turns() -> None:
    """As where no line has a time, and the second handler's comes behind the first one's."""
    lines = [line for record in RECORDS for line in (json.dumps(record), bare(record))]
    summary = units.part(units.Piece(Chunk("\n".join(lines).encode() + b"\n")), Job()).summary
    assert summary.echo is not None
    assert echoes.repeats(summary) is True
