"""agents-js in development behind what ships it: fields below a record are its own there, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.field_logs import at
from tests.in_turn import in_turn
from tuner import pipeline
from tuner.execution import units

RECORDS = (
    ("INFO", "starting worker", ['version: "1.4.6"']),
    ("INFO", "received job request", ["job: {", '  "id": "AJ_1"', "}"]),
    ("INFO", "LLM metrics", ["ttftMs: 948", "outputTokens: 16"]),
    ("DEBUG", "resumed false interrupted speech", ["timeout: 2000"]),
    ("DEBUG", "resumed false interrupted speech", ["timeout: 0"]),
    ("WARN", "failed to generate LLM completion, retrying in 100ms", ["attempt: 1", 'llm: "x"']),
)


def pretty(dated: bool, times: int = 1) -> list[str]:
    """What pino-pretty prints: a line a record, and its fields below."""
    lines: list[str] = []
    for second, (level, message, fields) in enumerate(RECORDS * times):
        time = (
            f"{at(second):%Y-%m-%d %H:%M:%S}.000 +0000" if dated else f"{at(second):%H:%M:%S}.000"
        )
        lines += [f"[{time}] {level} (247): {message}", *(f"    {field}" for field in fields)]
    return lines


SHIPPED = {
    "Heroku": "2026-01-30T16:20:00.123456+00:00 app[worker.1]: {}",
    "Fly": "2026-01-30T16:20:00Z app[148e21] fra [info]{}",
    "Railway": "2026-01-30T16:20:00.000000000Z [inf]  {}",
    "Render": "Jan 30 04:20:00 PM  {}",
    "pnpm": "agent dev: {}",
    "logcli": '2026-01-30T16:20:00Z {{app="agent"}} {}',
}


def figures(log: Path) -> tuple[object, ...]:
    report = pipeline.analyze([log], environ={})
    stops, failures = report.signals["false_interruptions"], report.signals["llm_failures"].count
    read = report.inputs[0]
    first = report.latency["llm_ttft"]
    return (
        stops.count,
        stops.more["phantom"],
        failures,
        first.n,
        first.p50,
        sum(read.unread.values()),
    )


@pytest.mark.parametrize(("times", "dated"), in_turn([1, 90], [False, True]))
@pytest.mark.parametrize("shipper", SHIPPED)
def test_fields_stand_below(
    shipper: str, dated: bool, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if times > 1:  # as a log that is large enough for the scan
        monkeypatch.setattr(units, "SMALL_BYTES", 0)
    log = tmp_path / "a.log"
    lines = [SHIPPED[shipper].format(line) for line in pretty(dated, times)]
    log.write_text("\n".join(lines) + "\n")
    assert figures(log) == (2 * times, times, times, times, 0.948, 0)


@pytest.mark.parametrize("dated", [False, True], ids=["", "dated"])
def test_each_line_is_an_entry_of_an_export(dated: bool, tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    entries = [
        {"textPayload": line, "timestamp": f"{at(n / 10):%Y-%m-%dT%H:%M:%S.%fZ}"}
        for n, line in enumerate(pretty(dated))
    ]
    log.write_text("\n".join(map(json.dumps, entries)) + "\n")
    assert figures(log) == (2, 1, 1, 1, 0.948, 0)
