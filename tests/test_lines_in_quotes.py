"""Lines and messages in quotes whose writer did not mark the quotes inside of them: request lines
have some. Each response counts once, and with fields all counts as in LiveKit's JSON."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.layouts import extras
from tests.test_times_and_places import RECORDS, headline, in_json
from tuner.exports import rewritten_lines

__all__ = ["in_json"]

FORMS = {
    "lines": '"{at:%Y-%m-%d %H:%M:%S}.{ms} {level} {name}: {message}"',
    "lines with their level first": '"{level} {at:%Y-%m-%d %H:%M:%S}.{ms} {name} {message}"',
    "lines in single quotes": "'{at:%Y-%m-%d %H:%M:%S}.{ms} - {level} - {name} - {message}'",
    "lines of a list": "'{at:%Y-%m-%d %H:%M:%S}.{ms} [{level}] {name} {message}',",
    "messages": '{at:%Y-%m-%d %H:%M:%S}.{ms} {level} {name} "{message}"',
    "messages with a name": '{at:%Y-%m-%d %H:%M:%S}.{ms} {level} {name}: message="{message}"',
}


def written(form: str, fields: bool) -> list[str]:
    return [
        _line(form, found, f" {json.dumps(extras(found))}" if fields else "") for found in RECORDS
    ]


def _line(form: str, found: dict[str, Any], behind: str) -> str:
    at = datetime.fromisoformat(found["timestamp"])
    message = found["message"].replace("\n", " ") + behind
    more = {"at": at, "ms": f"{at.microsecond // 1000:03d}", "message": message}
    return form.format(**{**found, **more})


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_with_fields_they_count_as_json(form: str, in_json: dict[str, Any], tmp_path: Path) -> None:
    assert headline(tmp_path, written(form, True)) == in_json
    assert headline(tmp_path, written(form, True)[::-1]) == in_json


@pytest.mark.parametrize("end", ["-----", "a line of its own, a", "123,", "'", "b'x"])
def test_lines_between_them_that_stand_in_no_quotes_stay(end: str) -> None:
    found = {"at": datetime(2026, 11, 20), "ms": "000", "level": "INFO", "name": "x"}
    line = FORMS["lines"].format(**found, message="y")
    form = rewritten_lines.rewriting(f"{line}\n{line}\n".encode())
    assert form is not None
    assert form.undone(line.encode()) == line.strip('"').encode()
    assert form.undone(end.encode()) == end.encode()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_without_fields_each_response_counts_once(
    form: str, in_json: dict[str, Any], tmp_path: Path
) -> None:
    found = headline(tmp_path, written(form, False))
    counts = ("false interruptions", "sync warnings", "openai calls", "slow", "processing")
    assert {name: found[name] for name in counts} == {name: in_json[name] for name in counts}
    assert found["cut-offs"] is None
