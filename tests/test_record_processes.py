"""A log of Pipecat is translated by one process and counted by others, with the same result."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.test_properties import told
from tuner import pipeline
from tuner.execution import call_chunks, engine, planning, processes, tasks, units
from tuner.execution.parts import Part
from tuner.execution.units import Job, Piece

SPECIMENS = Path(__file__).parent / "specimens"
LOGS = ("pipecat-pipeline-debug.log", "pipecat-default-format.log")
FIRST = (SPECIMENS / LOGS[0]).read_bytes()[:40]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "ALONE_BYTES", 0)
    monkeypatch.setattr(call_chunks, "CHUNK", 2000)


def read(log: Path, jobs: int) -> tuple[object, str]:
    (found,) = engine.read([log], Job(), engine.ReadOptions(jobs=jobs))[0]
    return told(found.summary), found.problem


@pytest.mark.parametrize("name", LOGS)
def test_the_number_of_processes_does_not_matter(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / name
    data = (SPECIMENS / name).read_bytes()
    log.write_bytes(data + data.replace(b"22:4", b"23:4"))
    alone, report = read(log, 1), pipeline.analyze([log], jobs=1)
    monkeypatch.setenv("THE_FIRST", str(os.getpid()))
    monkeypatch.setattr(units, "part", _elsewhere)
    assert read(log, 2) == alone
    assert pipeline.analyze([log], jobs=2) == report


def test_spans_and_reports_are_counted_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "run", None)
    for name in ("spans.otlp.jsonl", "spans.console.jsonl", "session_report.json"):
        assert read(SPECIMENS / name, 2) == read(SPECIMENS / name, 1)


@pytest.mark.skipif(not tasks.LINUX, reason="where processes that die were tried")
def test_a_chunk_that_always_kills_is_named_and_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(units, "part", _deadly)
    (found,) = engine.read([SPECIMENS / LOGS[0]], Job(), engine.ReadOptions(jobs=2))[0]
    assert found.problem == processes.DIED
    assert found.summary.calls


_counted = units.part


def _elsewhere(piece: Piece, job: Job) -> Part:
    assert str(os.getpid()) != os.environ["THE_FIRST"]
    return _counted(piece, job)


def _deadly(piece: Piece, job: Job) -> Part:
    if bytes(piece.chunk.data[:40]) == FIRST:
        os._exit(9)
    return _counted(piece, job)
