"""An answer of an API on one line (`jq -c`, a post): what stands around it makes it no log."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.export_shapes import Fields, dev, line, nanos, zulu
from tests.test_exports import RECORDS
from tests.test_posted_logs import analyzed, counted

SOME = RECORDS[350:420]


def loki(records: Sequence[Fields]) -> Any:
    values = [["1", "a line of the app"], *([nanos(record), dev(record)] for record in records)]
    return {"status": "success", "data": {"result": [{"stream": {"app": "a"}, "values": values}]}}


def elastic(records: Sequence[Fields]) -> Any:
    hits = [{"_source": {"@timestamp": zulu(r), "message": line(r)}} for r in records]
    return {"took": 4, "hits": {"total": {"value": len(hits)}, "hits": hits}}


def deep(records: Sequence[Fields]) -> Any:
    rows = [{"time": zulu(r), "line": dev(r)} for r in records]
    return {"a": {"b": [{"c": {"d": rows}}]}}


AROUND: dict[str, Callable[[str], str]] = {
    "alone": lambda text: text,
    "newline": lambda text: text + "\n",
    "blank lines": lambda text: f"\n\n{text}\n\n",
    "prompt": lambda text: f"$ curl -s host:3100/query | jq -c\n{text}\n",
    "fence": lambda text: f"Hello,\n\n```json\n{text}\n```\n\nPython 3.12\n",
    "words behind": lambda text: f"{text}\n\nThat is all that I have.\n",
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("made", [loki, elastic, deep])
def test_a_document_on_one_line(
    made: Callable[[Sequence[Fields]], Any], around: str, tmp_path: Path
) -> None:
    plain = analyzed(tmp_path, "".join(dev(record) + "\n" for record in SOME))
    found = analyzed(tmp_path, AROUND[around](json.dumps(made(SOME))))
    assert counted(found) == counted(plain)


def test_objects_of_an_app_between_the_lines_of_a_log_are_no_document(tmp_path: Path) -> None:
    logged = "".join(dev(record) + "\n" for record in SOME)
    own = json.dumps({"event": "cart", "items": [{"id": 1, "name": "tea"}, [1, "x"]]}) + "\n"
    assert counted(analyzed(tmp_path, own + logged)) == counted(analyzed(tmp_path, logged))
