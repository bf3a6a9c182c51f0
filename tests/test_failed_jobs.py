"""Errors of the agent's own code and of its worker: they end calls, so they are the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tuner import pipeline
from tuner.model import Report
from tuner.names import SignalName

RAISED = 'Traceback (most recent call last):\n  File "/app/agent.py", line 8, in entrypoint\n'
RAISED += "KeyError: 'OPENAI_API_KEY'"
JOB = "unhandled exception while running the job task"
JOB_OF_OLD = "unhandled exception in the job entry <function entrypoint at 0x7f>"


def as_json(message: str) -> str:
    fields = {"message": message, "level": "ERROR", "name": "livekit.agents", "exc_info": RAISED}
    return json.dumps({**fields, "timestamp": "2026-11-20T09:36:01.5+00:00"})


def joined(message: str) -> str:
    """As a job hands it to the worker: the traceback is a part of the message."""
    return as_json(f"{message}\n{RAISED}")


def text(message: str) -> str:
    return f"2026-11-20 09:36:01,500 ERROR livekit.agents: {message}\n{RAISED}"


def dev(message: str) -> str:
    return f'2026-11-20 09:36:01,500 - ERROR livekit.agents - {message}\n{RAISED} {{"pid": 7}}'


def own(message: str) -> str:
    return f"<09:36:01> {{ERROR}} livekit.agents >> {message}\n{RAISED}"


def console(message: str) -> str:
    return f"ERROR:livekit.agents:{message}\n{RAISED}"


LAYOUTS: tuple[Callable[[str], str], ...] = (as_json, joined, text, dev, own, console)


def analyzed(folder: Path, lines: list[str]) -> Report:
    log = folder / "agent.log"
    log.write_text("\n".join(lines) + "\n")
    return pipeline.analyze([log], environ={})


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("message", "signal", "rule"),
    [
        (JOB, "jobs_failed", "failed-jobs"),
        (JOB_OF_OLD, "jobs_failed", "failed-jobs"),
        ("worker failed", "workers_failed", "failed-workers"),
    ],
)
def test_it_is_the_verdict(
    layout: Callable[[str], str], message: str, signal: str, rule: str, tmp_path: Path
) -> None:
    report = analyzed(tmp_path, [layout(message)])
    assert {name: s.count for name, s in report.signals.items() if s.count} == {signal: 1}
    assert report.findings[0].rule == rule
    assert report.findings[0].severity == "high"
    assert report.recommendation.why.startswith(report.findings[0].title)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_words_are_another_line(layout: Callable[[str], str], tmp_path: Path) -> None:
    lines = [layout("worker failed to say more"), layout(JOB)]
    assert not analyzed(tmp_path, lines).signals["workers_failed"].count


def test_a_log_of_errors_alone_shows_errors_and_says_that_it_has_no_warnings(
    tmp_path: Path,
) -> None:
    signals = analyzed(tmp_path, [as_json("Error in _aclose_impl")]).signals
    whole: tuple[SignalName, ...] = (
        "sessions_failed",
        "jobs_failed",
        "workers_failed",
        "processes_killed",
    )
    for name in whole:
        assert (signals[name].count, signals[name].observable) == (0, "yes")
    less: tuple[SignalName, ...] = (
        "connections_lost",
        "loop_blocked",
        "tool_errors",
        "realtime_timeouts",
    )
    for name in less:
        why = signals[name].why
        assert why is not None
        assert why.startswith("this log has no WARNING of livekit.agents, only errors;")
