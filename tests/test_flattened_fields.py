"""Stores that write the path of a field into its name, and fields without a value."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import tuner
from tuner.model import Report

ROWS: list[dict[str, Any]] = [
    {"message": "LLM metrics", "level": "INFO", "name": "livekit.agents", "ttft": 0.35},
    {
        "message": "resumed false interrupted speech",
        "level": "DEBUG",
        "name": "livekit.agents",
        "timeout": 0,
    },
]
OWN = ("message", "level", "name")
TIME = "2026-01-30T16:20:05.904371+00:00"


def analyzed(tmp_path: Path, text: str) -> Report:
    log = tmp_path / "a.log"
    log.write_text(text)
    return tuner.analyze([str(log)])


def is_whole(report: Report) -> bool:
    found = report.signals["false_interruptions"]
    figures = report.latency["llm_ttft"].p50, found.count, found.more["phantom"]
    return figures == (0.35, 1, 1) and not report.inputs[0].unread


@pytest.mark.parametrize("container", ["labels", "attributes", "fields", "extra"])
def test_fields_under_a_flattened_container_count(container: str, tmp_path: Path) -> None:
    lines = [
        {
            "@timestamp": TIME,
            "message": row["message"],
            "log.level": row["level"],
            "log.logger": row["name"],
            **{f"{container}.{key}": row[key] for key in row if key not in OWN},
        }
        for row in ROWS
    ]
    assert is_whole(analyzed(tmp_path, "".join(json.dumps(line) + "\n" for line in lines)))


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("path", ["attributes/custom", "attributes/extra"])
def test_fields_in_a_container_of_a_container_count(
    path: str, inside: bool, tmp_path: Path
) -> None:
    lines = []
    for row in ROWS:
        fields: Any = {key: row[key] for key in row if key not in OWN}
        for key in reversed(path.split("/")):
            fields = {key: fields}
        said = {"message": row["message"], "level": row["level"], "logger": row["name"], **fields}
        lines.append({"_time": TIME, **({"data": said} if inside else said)})
    assert is_whole(analyzed(tmp_path, "".join(json.dumps(line) + "\n" for line in lines)))


def test_fields_in_a_container_of_a_flattened_one_count(tmp_path: Path) -> None:
    lines = [
        {
            "_time": TIME,
            "body": row["message"],
            "severity_text": row["level"],
            "scope.name": row["name"],
            "attributes.custom": {key: row[key] for key in row if key not in OWN},
        }
        for row in ROWS
    ]
    assert is_whole(analyzed(tmp_path, "".join(json.dumps(line) + "\n" for line in lines)))


def table(columns: dict[str, str]) -> str:
    """The rows as CSV, "-" where a row has nothing; `columns` names the fields."""
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(["@timestamp", *columns.values()])
    for row in ROWS:
        rows.writerow([TIME, *(row.get(key, "-") for key in columns)])
    return out.getvalue()


def test_flattened_columns_count(tmp_path: Path) -> None:
    columns = {"message": "message", "level": "log.level", "name": "log.logger"}
    fields = {key: f"labels.{key}" for key in ("ttft", "timeout", "prompt_tokens")}
    report = analyzed(tmp_path, table(columns | fields))
    assert is_whole(report)
    assert not report.inputs[0].notes


def test_a_column_may_have_quotes_in_its_name(tmp_path: Path) -> None:
    columns = {key: f"jsonPayload.{key}" for key in (*OWN, "ttft", "timeout")}
    assert is_whole(analyzed(tmp_path, table(columns | {"app": 'labels."k8s-pod/app"'})))


def test_a_key_without_a_value_ends_no_fields(tmp_path: Path) -> None:
    text = "".join(
        f'ts={TIME} level={row["level"]} logger={row["name"]} msg="{row["message"]}" agent_name= '
        + " ".join(f"{key}={row[key]}" for key in row if key not in OWN)
        + "\n"
        for row in ROWS
    )
    assert is_whole(analyzed(tmp_path, text))


NODE = """[15:58:27.463] INFO AgentSession: EOU metrics
  endOfUtteranceDelayMs: 879
  transcriptionDelayMs: 855

[15:58:28.601] INFO AgentSession: LLM metrics
  ttftMs: 948
  inputTokens: 75

"""


@pytest.mark.parametrize("copies", [1, 1500], ids=["small", "large"])
def test_fields_below_a_record_of_plain_text_count(copies: int, tmp_path: Path) -> None:
    report = analyzed(tmp_path, NODE * copies)
    found = report.latency["llm_ttft"], report.latency["end_of_turn_delay"]
    assert [(one.n, one.p50) for one in found] == [(copies, 0.948), (copies, 0.879)]
    assert report.inputs[0].understood == report.inputs[0].lines == 8 * copies


def test_records_on_one_line_behind_other_words_count(tmp_path: Path) -> None:
    records = [json.dumps(row | {"timestamp": TIME}) for row in ROWS]
    report = analyzed(tmp_path, f"Info: closing io. {' Info: closed. '.join(records)} Info: end\n")
    assert is_whole(report)
