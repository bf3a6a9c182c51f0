"""What a reading made of call records serves a replay in the same run, and gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner import pipeline
from tuner.call_records.detection import Source
from tuner.execution import engine, kept_turn_logs, planning, units
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.execution.turn_log_rows import sampled_rows
from tuner.execution.units import Job
from tuner.reading.record_filter import EVERYTHING

SPECIMENS = Path(__file__).parent / "specimens"
REPORT = (SPECIMENS / "session_report.json").read_text()
SPANS = (SPECIMENS / "spans.console.jsonl").read_text()
TURN_LOG = (SPECIMENS / "turns.jsonl").read_text()
CALLS = 12


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Calls as reports, each in a file of its own, and three more files: of reports, of spans among
    other output, and a turn log."""
    for number in range(CALLS):
        (tmp_path / f"report-{number:02}.json").write_text(of_call(REPORT, number))
    many = "\n".join(of_call(REPORT, 100 + number) for number in range(CALLS))
    (tmp_path / "reports.json").write_text(many)
    traces = [SPANS.replace("881224f8", f"{number:08x}") for number in range(CALLS)]
    (tmp_path / "spans.jsonl").write_text("".join(traces) + of_call(TURN_LOG, 200))
    (tmp_path / "turns.jsonl").write_text(of_call(TURN_LOG, 201))
    return tmp_path


def of_call(text: str, number: int) -> str:
    return text.replace("AJ_test", f"AJ_{number}").replace("17956", f"{17956 + number}")


def kept_of(path: Path, most: int, jobs: int = 1) -> KeptTurnLogs:
    kept = KeptTurnLogs(most)
    engine.read([path], Job(), engine.ReadOptions(jobs), kept=kept)
    return kept


@pytest.mark.parametrize("most", [3, 10, 400])
def test_a_replay_takes_the_calls_that_it_would_take_of_the_files(logs: Path, most: int) -> None:
    wanted = sampled_rows([logs], EVERYTHING, KeptTurnLogs(most))
    assert wanted
    assert sampled_rows([logs], EVERYTHING, kept_of(logs, most)) == wanted


def test_only_what_is_no_call_record_is_read_again(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = kept_of(logs, 400)
    read = units.pieces
    again: list[str] = []

    def pieces(unit: units.Unit, *given: Any) -> Iterator[units.Piece]:
        again.append(Path(unit.path).name)
        return read(unit, *given)

    monkeypatch.setattr(units, "pieces", pieces)
    sampled_rows([logs], EVERYTHING, kept)
    assert again == ["turns.jsonl"]


def test_other_processes_hand_over_what_they_made(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "ALONE_BYTES", 0)
    kept = kept_of(logs, 10, jobs=2)
    assert kept.of(str(logs / "report-00.json"))
    assert sampled_rows([logs], EVERYTHING, kept) == sampled_rows(
        [logs], EVERYTHING, KeptTurnLogs(10)
    )


def test_an_analysis_translates_each_record_once(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translated: list[str] = []
    translate = Source.__dict__["translate"].fget

    def counted(source: Source) -> Any:
        translated.append(source.name)
        return translate(source)

    monkeypatch.setattr(Source, "translate", property(counted))
    report = pipeline.analyze([logs], environ={})
    assert report.recommendation is not None
    assert len(translated) == CALLS + 2


def test_what_is_too_much_is_read_again(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_turn_logs, "MOST_BYTES", 50_000)
    kept = kept_of(logs, 400)
    assert kept.of(str(logs / "report-00.json")) is not None
    assert kept.of(str(logs / "spans.jsonl")) is None
    wanted = sampled_rows([logs], EVERYTHING, KeptTurnLogs(400))
    assert sampled_rows([logs], EVERYTHING, kept) == wanted


def test_a_process_hands_over_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (kept_turn_logs.TurnLogLines(b"x" * 10),)
    assert kept_turn_logs.joined(lines, lines) == lines * 2
    monkeypatch.setattr(kept_turn_logs, "MOST_OF_UNIT", 19)
    assert kept_turn_logs.joined(lines, lines) is None
    assert kept_turn_logs.joined(None, lines) is None


def test_of_a_pipecat_log_its_own_lines_are_not_kept(tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    log.write_bytes((SPECIMENS / "pipecat-pipeline-debug.log").read_bytes() * 3)
    kept = kept_of(log, 400)
    lines = kept.of(str(log))
    assert lines
    assert lines[0].data.count(b"tuner.turns") == lines[0].data.count(b"\n") + 1
    wanted = sampled_rows([log], EVERYTHING, KeptTurnLogs(400))
    assert wanted
    assert sampled_rows([log], EVERYTHING, kept) == wanted


_LINES = (
    *(b"", b"a line of text", b'{"job_id": "AJ_1"}', b'{"job_id": "AJ_2", "name": "tuner.turns"}'),
    *(b"tuner.turns without a job", b'"job_id""job_id"', b"tuner.turn", b"tuner.turns\r"),
)


@given(lines=st.lists(st.sampled_from(_LINES)))
def test_lines_that_are_needed_are_found_without_a_look_at_each(lines: list[bytes]) -> None:
    needed = [line for line in lines if b'"job_id"' in line or b"tuner.turns" in line]
    assert kept_turn_logs.only_needed(b"\n".join(lines)) == b"\n".join(needed)


def test_of_an_interrupted_reading_nothing_is_kept(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, seen = units.part, list[int]()

    def stopping(piece: units.Piece, job: Job) -> Any:
        seen.append(1)
        if len(seen) > 3:
            raise KeyboardInterrupt
        return part(piece, job)

    monkeypatch.setattr(units, "part", stopping)
    kept = KeptTurnLogs(400)
    _, stopped = engine.read([logs], Job(), engine.ReadOptions(1), kept=kept)
    assert stopped
    assert kept.of(str(logs / "report-00.json")) is None
