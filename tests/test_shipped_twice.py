"""What ships a log does not matter, whatever shipped or wrote it before: counts stay the same."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests import export_shapes, field_logs, rich_screens, samples
from tuner import pipeline

LINES = [line.decode() for line in samples.two_calls()]
RECORDS = [json.loads(line) for line in LINES]
Wrap = Callable[[Sequence[str]], str]


def text(record: dict[str, Any]) -> str:
    """A line as an app's own format writes it: some have quotes, none has fields."""
    return f"{record['timestamp']} {record['level']} [{record['name']}] {record['message']}"


LOGS: dict[str, Callable[[], str]] = {
    "JSON behind Heroku's prefix": lambda: "\n".join(
        f"{r['timestamp']} app[worker.1]: {line}" for r, line in zip(RECORDS, LINES, strict=True)
    ),
    "JSON behind a name": lambda: "\n".join(f"agent-7d9f5c-x2 agent {line}" for line in LINES),
    "JSON behind PM2's time": lambda: "\n".join(
        f"0|agent    | {r['timestamp'][:19]}: {line}"
        for r, line in zip(RECORDS, LINES, strict=True)
    ),
    "Rich screen": lambda: rich_screens.screen(RECORDS, rich_screens.VERSIONS["1.5.8"], 120),
    "an app's own format": lambda: "\n".join(map(text, RECORDS)),
    "pino-pretty": lambda: "\n".join(field_logs.NODE["pino-pretty, fields below"][0]),
}
DOCUMENTS = ("gcp_array", "filter_log_events", "grafana", "insights_json", "jq", "viewer_csv")


def column(lines: Sequence[str], *header: str) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([header] * bool(header) + [[x] for x in lines])
    return out.getvalue()


MARGINS: dict[str, Wrap] = {
    "quoted": lambda lines: "\n".join(f"> {line}" for line in lines),
    "quoted twice": lambda lines: "\n".join(f">> {line}" for line in lines),
    "cat -n": lambda lines: "\n".join(f"{n:6}\t{line}" for n, line in enumerate(lines, 1)),
    "grep -n": lambda lines: "\n".join(f"{n}:{line}" for n, line in enumerate(lines, 1)),
    "grep -Hn": lambda lines: "\n".join(f"logs/a.log:{n}:{x}" for n, x in enumerate(lines, 1)),
    "Compose": lambda lines: "\n".join(f"agent-1  | {line}" for line in lines),
    "behind blanks": lambda lines: "\n".join(f"    {line}" for line in lines),
    "behind tabs": lambda lines: "\n".join(f"\t{line}" for line in lines),
}
SIGNS: dict[str, Wrap] = {
    "CRLF": "\r\n".join,
    "double-spaced": "\n\n".join,
    "a page": lambda lines: f"<html><body><pre>\n{html.escape(chr(10).join(lines))}\n</pre>",
    "curly quotes": lambda lines: re.sub(r'"([^"\n]*)"', "\u201c\\1\u201d", "\n".join(lines)),
    "blanks that do not break": lambda lines: "\n".join(lines).replace(" ", "\xa0"),
}
STORES: dict[str, Wrap] = {
    "column of CSV": lambda lines: column(lines, "message"),
    "CSV without names": column,
    "records": lambda lines: "\n".join(json.dumps({"message": x, "level": "info"}) for x in lines),
    "array of records": lambda lines: json.dumps([{"line": line} for line in lines]),
    "array of texts": lambda lines: json.dumps(list(lines), indent=1),
}


def counted(data: bytes) -> dict[str, Any]:
    """The headline counts, and what could have been shown."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "agent.log"
        path.write_bytes(data)
        report = pipeline.analyze([path], environ={})
    seen: dict[str, Any] = {name: signal.observable for name, signal in report.signals.items()}
    return {**samples.headline(report), **seen}


@cache
def lines_of(name: str) -> tuple[str, ...]:
    if name in DOCUMENTS:
        return tuple(export_shapes.SHAPES[name](RECORDS).decode().splitlines())
    return tuple(LOGS[name]().splitlines())


@cache
def as_it_is(name: str) -> dict[str, Any]:
    return counted("\n".join(lines_of(name)).encode())


@pytest.mark.parametrize("name", LOGS)
def test_the_logs_show_something(name: str) -> None:
    found = as_it_is(name)
    assert found["false interruptions"]
    assert found["openai calls"] or name == "pino-pretty"


@pytest.mark.parametrize("how", [*MARGINS, *SIGNS, *STORES])
@pytest.mark.parametrize("name", LOGS)
def test_a_log_that_is_shipped_again(name: str, how: str) -> None:
    wrap = {**MARGINS, **SIGNS, **STORES}[how]
    assert counted(wrap(lines_of(name)).encode()) == as_it_is(name)


@pytest.mark.parametrize("how", [*MARGINS, "CRLF"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_export_that_somebody_quotes(name: str, how: str) -> None:
    wrap = {**MARGINS, **SIGNS}[how]
    assert counted(wrap(lines_of(name)).encode()) == as_it_is(name)
