"""Logs of programs that are no voice agent, although they speak of one: refused, not counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuner import errors, pipeline

_GO = {"level": "info", "ts": 1762441064.6, "caller": "agent/worker.go:511", "jobID": "AJ_1"}
_BACKEND = {"level": "INFO", "time": "2026-01-30T16:20:00Z", "logger": "calls.views"}


def _lines(fields: dict[str, object], *messages: str) -> str:
    return "".join(json.dumps({**fields, "message": message}) + "\n" for message in messages)


def _statements() -> Iterator[str]:
    sql = "SELECT * FROM calls WHERE reason = 'user turn committed'"
    for n in range(10, 30):
        yield f"2026-02-25 06:13:{n}.001 UTC [1] LOG:  duration: {n}.2 ms  statement: {sql}\n"


def _refused(tmp_path: Path, text: str, why: str) -> None:
    log = tmp_path / "x.log"
    log.write_text(text)
    with pytest.raises(errors.TunerError, match=why):
        pipeline.analyze([str(log)])


@pytest.mark.parametrize("logger", ["livekit.agents", "sip"])
def test_what_a_program_in_go_logs_is_no_agents(logger: str, tmp_path: Path) -> None:
    text = _lines({**_GO, "logger": logger}, "worker registered", "job ended")
    _refused(tmp_path, text, "no line of a voice agent.*a program in Go")


def test_ids_of_jobs_alone_make_no_agent(tmp_path: Path) -> None:
    text = _lines({**_BACKEND, "job_id": "AJ_1", "room": "sup-1"}, "token issued", "webhook read")
    _refused(tmp_path, text, "no line of a voice agent")


def test_a_message_in_a_statement_of_a_database_is_no_record(tmp_path: Path) -> None:
    _refused(tmp_path, "".join(_statements()), "nothing understood|no line of a voice agent")


def test_lines_that_nobody_understands_make_no_agent(tmp_path: Path) -> None:
    text = "   indented words\n" + "INFO:     Uvicorn running on http://127.0.0.1:8000\n" * 3
    _refused(tmp_path, text, "no line of a voice agent")


@pytest.mark.parametrize(
    "text",
    [
        'def f():\n    logger.debug("resumed false interrupted speech")\n',
        "| Message | Level |\n|---|---|\n| `resumed false interrupted speech` | DEBUG |\n" * 3,
        'Hi,\nwe often see\n"resumed false interrupted speech". Why?\n',
    ],
)
def test_who_cites_messages_is_no_agent(text: str, tmp_path: Path) -> None:
    _refused(tmp_path, text, "nothing understood|no line of a voice agent")
