"""Pipelines that make texts of all values: the report is that of the log that they were made of."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tuner
from tests.in_turn import in_turn
from tuner import pipeline
from tuner.lines.catalogue.row import Unit
from tuner.lines.texts_of_values import value_of
from tuner.report import json as report_json

ROOT = Path(__file__).parent.parent
LOGS = (
    "sample_logs/healthy-info.jsonl",
    "sample_logs/cut-offs.jsonl.gz",
    "sample_logs/bench/noisy-street.balanced.turns.jsonl",
    "sample_logs/bench/slow-thinker.realtime.turns.jsonl",
)
REPLAYED = "tests/whatif/slow-thinker.d03.jsonl.gz"
Row = dict[str, Any]
Wrap = Callable[[list[Row]], str]


def rows_of(log: str) -> list[Row]:
    raw = (ROOT / log).read_bytes()
    raw = gzip.decompress(raw) if log.endswith(".gz") else raw
    return [json.loads(line) for line in raw.splitlines()]


def as_texts(row: Row) -> Row:
    """The record with a text for every number, flag, list and object."""
    return {key: as_text(value) for key, value in row.items()}


def as_text(value: Any) -> Any:
    return value if isinstance(value, str | None) else json.dumps(value)


def lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def docker(rows: list[Row]) -> str:
    time = "2026-11-20T10:00:00.000000000Z"
    return lines([{"log": json.dumps(r) + "\n", "stream": "stdout", "time": time} for r in rows])


def datadog(rows: list[Row]) -> str:
    kept = [{"message": r["message"], "timestamp": r["timestamp"], "attributes": r} for r in rows]
    return json.dumps([{"id": str(n), "content": content} for n, content in enumerate(kept)])


def console(rows: list[Row]) -> str:
    """As structlog prints: key=value, texts in quotes."""
    return "".join(
        f"{r['timestamp']} [{r['level'].lower()}] {r['message']} [{r['name']}] {pairs(r)}\n"
        for r in rows
    )


def pairs(row: Row) -> str:
    known = ("message", "level", "name", "timestamp")
    fields = {key: value for key, value in row.items() if key not in known}
    return " ".join(f"{key}={json.dumps(value)}" for key, value in fields.items())


def both(log: str, wrap: Wrap, folder: Path, copies: int = 1) -> tuple[Path, Path]:
    """The log as it is and with texts, under the same name."""
    rows = rows_of(log)
    paths = folder / "own" / "log.jsonl", folder / "texts" / "log.jsonl"
    for path, made in zip(paths, (rows, [as_texts(row) for row in rows]), strict=True):
        path.parent.mkdir()
        path.write_text(wrap(made) * copies)
    return paths


def whole(path: Path) -> Any:
    """The whole report, but for where the log lies and how large it is."""
    text = report_json.render(pipeline.analyze([path], environ={}))
    report = json.loads(text.replace(str(path.parent), ""))
    for log in report["inputs"]:
        del log["bytes"]
    return report


@pytest.mark.parametrize(("log", "copies"), in_turn(LOGS, [12, 1]))
def test_texts_for_numbers_give_the_same_report(log: str, copies: int, tmp_path: Path) -> None:
    if log.endswith(".gz"):  # as large as twelve of the others
        copies = min(copies, 2)
    own, texts = both(log, lines, tmp_path, copies)
    assert whole(texts) == whole(own)


@pytest.mark.parametrize("wrap", [docker, datadog, console])
def test_so_they_do_when_wrapped(wrap: Wrap, tmp_path: Path) -> None:
    own, texts = both(LOGS[0], wrap, tmp_path)
    assert whole(texts) == whole(own)
    assert whole(own)["latency"]["llm_ttft"]["n"]


def test_calls_events_and_predictions_are_the_same(tmp_path: Path) -> None:
    own, texts = both(REPLAYED, lines, tmp_path)
    listed = [msgspec.json.encode(pipeline.calls([path]).calls) for path in (own, texts)]
    assert listed[0] == listed[1]
    events = [[{**e, "path": ""} for e in pipeline.rows([path])] for path in (own, texts)]
    assert events[0] == events[1]
    logs = [pipeline.replay([path], environ={}) for path in (own, texts)]
    found = [log.predict({**log.values, "MIN_ENDPOINTING_DELAY": 0.9}) for log in logs]
    assert found[0] == found[1]


def test_a_metrics_object_may_have_texts(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    for figure in (0.35, "0.35"):
        record = {"message": "got metrics", "level": "INFO", "name": "app", "time": 1795167369.5}
        log.write_text(lines([{**record, "llm_metrics": {"ttft": figure, "duration": 1.0}}]))
        assert tuner.analyze([str(log)]).latency["llm_ttft"].p50 == 0.35


def on_day(rows: list[Row], day: int) -> list[Row]:
    """The same so many days later: a log that was pasted again would count once."""
    later = timedelta(days=day)
    stamps = (datetime.fromisoformat(row["timestamp"]) + later for row in rows)
    return [{**r, "timestamp": t.isoformat()} for r, t in zip(rows, stamps, strict=True)]


@pytest.mark.parametrize(
    "value",
    ["1_0", "nan", "0.35 s", "٣", "1e3", "+0.35", "0035", "5557654", "5557654.1", "+15557654321"],
)
@pytest.mark.parametrize("copies", [1, 12], ids=["small", "scanned"])
def test_a_text_that_is_no_plain_number_is_counted_and_named(
    value: str, copies: int, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    rows = rows_of(LOGS[0])
    first = next(row for row in rows if row["message"] == "LLM metrics")
    before = len([row for row in rows if row["message"] == "LLM metrics"])
    first["ttft"] = value
    log.write_text("".join(lines(on_day(rows, day)) for day in range(copies)))
    report = tuner.analyze([str(log)])
    assert report.latency["llm_ttft"].n == (before - 1) * copies
    note = f'{copies} x ttft of "LLM metrics" not counted: a text that is no number'
    assert note in report.inputs[0].notes


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.35", "s", 0.35),
        ("-1", "s", -1),
        ("999999.5", "ms", 999999.5),
        ("1795167369.36", "epoch s", 1795167369.36),
        ("1795167369", "epoch s", "1795167369"),
        ("5557654321.5", "epoch s", "5557654321.5"),
        ("[0.4, 1]", "s", [0.4, 1]),
        ("[5557654321]", "s", "[5557654321]"),
        ("true", "flag", True),
        ("False", "flag", False),
        ("1", "flag", "1"),
        ("null", "s", None),
        ("", "flag", None),
        ('{"A": 1}', "object", {"A": 1}),
        ("[1]", "object", "[1]"),
        ("{", "object", "{"),
    ],
)
def test_what_a_text_stands_for(text: str, unit: Unit, value: Any) -> None:
    found = value_of(text, unit)
    assert (found, type(found)) == (value, type(value))
