"""Logs that pages, terminals, tables and stores changed count as the agent wrote them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.test_posted_logs import DEV, RECORDS, analyzed, counted
from tuner.exports import terminal_recordings
from tuner.exports.rewritten_lines import rewriting
from tuner.lines.unwrap import unmarked, without_wrappers

OBJECTS: list[dict[str, Any]] = [json.loads(line) for line in RECORDS]
COLUMNS = ("timestamp", "level", "name", "message", "job_id", "timeout", "ttft")
RED, END = "\x1b[01;31m\x1b[K", "\x1b[m\x1b[K"


REQUEST = 'HTTP Request: POST https://api.openai.com/v1/chat/completions "HTTP/1.1 200 OK"'


def lines(wrap: Callable[[Any], str], log: Sequence[Any] = DEV) -> str:
    return "".join(wrap(line) + "\n" for line in log)


def renamed(time: str) -> str:
    """As a formatter of the app's own names the time."""
    kept = [{time: each.pop("timestamp"), **each} for each in map(dict, OBJECTS)]
    return "\n".join(map(json.dumps, kept)) + "\n"


def elastic(record: dict[str, Any]) -> str:
    """As Elastic's formatter writes it, in the schema of that store."""
    rest = {k: v for k, v in record.items() if k not in ("timestamp", "level", "name", "pid")}
    origin = {"file": {"line": 7, "name": "a.py"}, "function": "run"}
    return json.dumps(
        {"@timestamp": record["timestamp"], "log.level": record["level"].lower(), **rest,
         "ecs": {"version": "1.6.0"},
         "log": {"logger": record["name"], "origin": origin, "original": record["message"]},
         "process": {"name": "MainProcess", "pid": 5, "thread": {"id": 1, "name": "MainThread"}}}
    )  # fmt: skip


def table(nothing: str) -> str:
    """A table in which a record without a field has this in its cell."""
    out = io.StringIO()
    started = {**OBJECTS[0], "message": "starting worker", "job_id": nothing}
    rows = [[each.get(key, nothing) for key in COLUMNS] for each in [started, *OBJECTS]]
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
    return out.getvalue()


def mail(log: Sequence[str], encoding: str, attached: bool = False) -> str:
    """As a mail program keeps it, with a second text for those who show pages."""
    found, text = EmailMessage(), "\n".join(log) + "\n"
    found["From"], found["Subject"] = "a@example.com", "The agent stops"
    found.set_content("" if attached else text, cte=encoding)
    found.add_alternative(f"<pre>{text}</pre>", subtype="html", cte=encoding)
    if attached:
        found.add_attachment(text.encode(), "application", "octet-stream", filename="a.log")
    return found.as_string()


def sent_together(size: int) -> str:
    """As Azure's diagnostic settings send what a container wrote."""
    events = [{"time": o["timestamp"], "properties": {"Log": json.dumps(o)}} for o in OBJECTS]
    parts = [events[at : at + size] for at in range(0, len(events), size)]
    return "".join(json.dumps({"records": part}) + "\n" for part in parts)


SYSLOG = {"DEBUG": 7, "INFO": 6, "WARNING": 4}


def graylog(record: dict[str, Any]) -> str:
    """As a handler for Graylog writes it."""
    head = {"version": "1.1", "host": "h", "short_message": record["message"]}
    level = {"timestamp": epoch(record), "level": SYSLOG[record["level"]]}
    return json.dumps(head | level | {f"_{key}": value for key, value in rest(record).items()})


def seq(record: dict[str, Any]) -> str:
    """As a handler for Seq writes it."""
    head = {"@t": record["timestamp"], "@mt": record["message"], "@l": record["level"].title()}
    return json.dumps({**head, "SourceContext": record["name"], **rest(record)})


def signoz(record: dict[str, Any]) -> dict[str, Any]:
    """As SigNoz exports it: fields of each type by themselves."""
    texts = {key: value for key, value in rest(record).items() if isinstance(value, str)}
    numbers = {key: value for key, value in rest(record).items() if key not in texts}
    head = {"timestamp": record["timestamp"], "body": record["message"], "id": "x"}
    level = {"severity_text": record["level"], "resources_string": {"service.name": "a"}}
    return {**head, **level, "attributes_string": texts, "attributes_number": numbers}


def rest(record: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if k not in ("message", "level", "timestamp")}


def epoch(record: dict[str, Any]) -> float:
    return datetime.fromisoformat(record["timestamp"]).timestamp()


def driver(line: str) -> str:
    """As Docker keeps what was written to a terminal."""
    return json.dumps({"log": line, "stream": "stdout", "time": "2026-01-02T03:04:09Z"})


def recorded(size: int, header: dict[str, Any]) -> str:
    """A terminal's recording; it got so many characters at once."""
    text = "\r\n".join(DEV) + "\r\n"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    events = [json.dumps([at / 10, "o", part]) for at, part in enumerate(parts)]
    return "\n".join([json.dumps(header), json.dumps([0, "i", "x"]), *events]) + "\n"


def rows(delimiter: str, *header: str) -> str:
    """Records as a formatter of an app's own writes them, who has no names for the columns."""
    out = io.StringIO()
    write = csv.writer(out, delimiter=delimiter).writerow
    if header:
        write(header)
    for found in map(json.loads, RECORDS):
        at = datetime.fromisoformat(found["timestamp"])
        write([f"{at:%Y-%m-%d %H:%M:%S,000}", found["level"], found["name"], found["message"]])
    write(["2026-01-02 03:04:09,000", "INFO", "httpx", REQUEST])
    return out.getvalue()


CARRIED: dict[str, str | bytes] = {
    "breaks of a page": lines(lambda line: f"{line}<br>"),
    "backslashes at the ends": lines(lambda line: f"{line} \\"),
    "cells of a table": "| log |\n|---|\n" + lines(lambda line: f"| `{line}` |"),
    "carriage returns shown": lines(lambda line: f"{line}^M"),
    "Markdown's backslashes": lines(lambda line: line.replace("_", "\\_")),
    "Python's bytes": lines(lambda line: repr(f"{line}\n".encode())),
    "Python's texts": lines(repr, RECORDS),
    "a search of a pager": lines(lambda line: line.replace("job_id", "\x1b[7mjob_id\x1b[27m")),
    "key=value with JSON": lines(
        lambda line: f"ts=2026 level=info line={json.dumps(line)}", RECORDS
    ),
    "a name and JSON": lines(lambda line: f"msg={json.dumps(line)}", RECORDS),
    "backslashes in cells": "time,line,pod\n"
    + lines(lambda line: f'"1",{json.dumps(line)},a', RECORDS),
    "a mail": mail(DEV, "quoted-printable"),
    "a mail in base64": mail(RECORDS, "base64"),
    "attached to a mail": mail(RECORDS, "quoted-printable", attached=True),
    "fields behind a semicolon": lines(lambda line: line.replace(' {"', ';{"')),
    "matches that grep coloured": lines(lambda line: line.replace("livekit", f"{RED}livekit{END}")),
    "a search in grey fields": lines(
        lambda line: (
            line.replace(" {", " \x1b[90m{").replace("job_id", "\x1b[7mjob_id\x1b[27m") + "\x1b[0m"
        )
    ),
    "JSON in colours": lines(lambda line: line.replace('"', '\x1b[32m"\x1b[39m'), RECORDS),
    "the end of colours by tput": lines(lambda line: f"{line}\x1b(B\x1b[m"),
    "wiped lines": lines(lambda line: f"\x1b[2K\x1b[1G{line}\x1b[K"),
    "a hidden cursor": lines(lambda line: f"\x1b[?25l{line}\x1b[?25h"),
    "a shell's paste mode": "\x1b[?2004l\r" + lines(str),
    "wiped lines that Docker kept": lines(lambda line: driver(f"\x1b[2K\r{line}\x1b[K\r\n")),
    "JSON texts with a traceback": lines(lambda line: json.dumps(f"{line}\nValueError: no")),
    "JSON texts of two records": lines(json.dumps, ["\n".join(DEV[:2]), "\n".join(DEV[2:])]),
    "escape signs as less shows them": lines(lambda line: line.replace("- INFO", "- ESC[32mINFO")),
    "Elastic's formatter": lines(elastic, OBJECTS),
    "Graylog's format": lines(graylog, OBJECTS),
    "Seq's format": lines(seq, OBJECTS),
    "SigNoz's export": json.dumps(list(map(signoz, OBJECTS))),
    "a pane of tmux": lines(lambda line: f"│ {line:<200} │"),
    **{f"the time under {key}": renamed(key) for key in ("_time", "when", "dt", "_timestamp")},
    **{f"{sign} for nothing": table(sign) for sign in ("-", "NaN", "null", "(null)", "None")},
    **{f"{size} records in a line": sent_together(size) for size in (1, 3)},
    "blanks of a page before rows": lines(lambda line: f"\u00a0 {line}"),
    "one JSON text": json.dumps("\n".join(DEV)),
    "a recording": recorded(700, {"version": 2, "width": 80, "height": 24}),
    "a recording of few at once": recorded(30, {"version": 3, "term": {"cols": 80}}),
}


@pytest.mark.parametrize("name", CARRIED)
def test_it_counts_as_the_agent_wrote_it(name: str, tmp_path: Path) -> None:
    found = analyzed(tmp_path, CARRIED[name])
    assert counted(found) == (2, 1, 1, 1, 1)
    assert (found.inputs[0].first or 0) == pytest.approx(1767323040.0)
    assert sum(found.inputs[0].unread.values()) == 2 * (name == "cells of a table")


@pytest.mark.parametrize("header", [(), ("Zeit", "Stufe", "Logger", "Meldung")])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\n"], ids=["", "its delimiter named"])
def test_columns_are_known_by_what_stands_in_them(
    first: str, delimiter: str, header: tuple[str, ...], tmp_path: Path
) -> None:
    report = analyzed(tmp_path, first.format(delimiter) + rows(delimiter, *header))
    assert (counted(report)[0], counted(report)[2]) == (2, 1)
    assert report.signals["openai_calls"].count == 1
    assert not report.inputs[0].unread


def test_a_duration_is_no_time(tmp_path: Path) -> None:
    text = "".join(json.dumps({"msg": "resumed false interrupted speech", "dt": 0.4}) + "\n" * 2)
    found = analyzed(tmp_path, text)
    assert found.signals["false_interruptions"].count == 1
    assert found.inputs[0].first is None


def test_quotes_of_bytes_that_a_page_made_curly(tmp_path: Path) -> None:
    head = "2026-01-02 03:04:05,000 - DEBUG httpcore.http11 - receive_response_headers.complete"
    value = "(b’HTTP/1.1’, 200, b’OK’, [(b’openai-processing-ms’, b’1544’)])"
    found = analyzed(tmp_path, f"{head} return_value={value}\n")
    assert found.signals["openai_calls"].more["slow"] == 1


def test_metrics_objects_that_an_app_wrote_as_lines(tmp_path: Path) -> None:
    same = {"label": "x", "timestamp": 1767323041.0, "request_id": "r", "duration": 1.5}
    objects = [
        {"type": "eou_metrics", "timestamp": 1767323040.0, "end_of_utterance_delay": 0.7},
        {"type": "llm_metrics", "ttft": 0.5, **same},
        {"type": "tts_metrics", "ttfb": 0.2, **same},
    ]
    found = analyzed(tmp_path, "\n".join(map(json.dumps, objects)) + '\n{"type": "x_metrics"}\n')
    figures = [found.latency[name].p50 for name in ("end_of_turn_delay", "llm_ttft", "tts_ttfb")]
    assert figures == [0.7, 0.5, 0.2]
    assert found.inputs[0].unread == {"JSON without a message": 1}
    assert found.inputs[0].first == 1767323040.0


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        (b"\x1b[?2004l\rx", b"x"),
        (b"x\x1b[0m\x1b[K\r", b"x\x1b[0m"),
        (b"\x1b[36mx\x1b[0m", b"\x1b[36mx\x1b[0m"),
        (b"\xef\xbb\xbf\x1b[2Jx\xef\xbb\xbf", b"x"),
    ],
)
def test_what_a_terminal_obeys_is_no_part_of_a_line(line: bytes, bare: bytes) -> None:
    assert unmarked(line) == bare


def test_codes_inside_of_a_wrapper_are_no_part_of_a_line() -> None:
    assert without_wrappers(driver("\x1b[2K\rx\x1b[K\r\n").encode(), ()).text == b"x"


def test_escape_signs_in_letters() -> None:
    change = rewriting(b"x - ESC[32mINFOESC[0m y\n")
    assert change is not None
    assert change.undone(b"ESC[32mINFOESC[0m y") == b"\x1b[32mINFO\x1b[0m y"


@pytest.mark.parametrize(
    "head", [b'{"version": 1, "width": 8}\n', b'{"version": 2}\n', b'{"version": "2', b"{}", b"[1]"]
)
def test_what_is_no_recording(head: bytes) -> None:
    assert not terminal_recordings.is_recording(head)
