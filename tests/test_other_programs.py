"""Logs of programs that are no voice agent, although they speak of one: refused, not counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.in_turn import in_turn
from tests.rich_screens import VERSIONS, AsLiveKit, drawn
from tests.test_second_prints import SAID
from tuner import errors, pipeline
from tuner.lines.rich_records import RICH
from tuner.model import Record
from tuner.reading import careful
from tuner.reading.careful import ParsedLine
from tuner.summary.summary import Summary

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


OTHERS = {
    "python": "2026-11-20 09:36:09,913 INFO uvicorn.access: GET /health 200",
    "bare": "INFO:werkzeug:GET /health",
    "JSON": json.dumps(_BACKEND | {"message": "token issued"}),
    "uvicorn": 'INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK',
    "loguru": "2026-11-20 09:36:09.913 | INFO     | app:run:12 - hello",
}
CALL = [record for record in SAID if record.get("job_id") == SAID[30].get("job_id")][:40]


def said(parsed: ParsedLine) -> tuple[object, ...]:
    """All of a record but its time, which dates beside it make another one."""
    record = parsed.record
    assert isinstance(record, Record)
    return record.message, record.level, record.logger, record.job, record.room, record.body


@pytest.mark.parametrize(("version", "other"), in_turn([*VERSIONS], [*OTHERS]))
@pytest.mark.parametrize("step", [2, 3, 7])
def test_a_record_of_another_program_takes_nothing_from_the_one_that_it_stands_in(
    step: int, version: str, other: str
) -> None:
    """Both write to one terminal, and a screen prints a row and the fields below it one by one."""
    rows = drawn(AsLiveKit(VERSIONS[version]), CALL).splitlines()
    mixed = [
        line for n, row in enumerate(rows) for line in (row, OTHERS[other])[: 1 + (n % step == 0)]
    ]
    alone, both = (
        [*careful.read("\n".join([*lines, ""]).encode(), Summary())] for lines in (rows, mixed)
    )
    mine = [each for each in both if each.record.shape == RICH]
    assert [*map(said, mine)] == [*map(said, alone)]
    assert len(both) - len(mine) == len(mixed) - len(rows)
    assert [each.line for each in both] == sorted(each.line for each in both)
