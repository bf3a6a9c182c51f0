"""What was copied from the middle of a document or of a screen is read from its next record on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import export_shapes, samples
from tests.rich_screens import VERSIONS, Screen
from tests.test_exports import RECORDS, report
from tuner.exports.json_documents import HALF

SOME = RECORDS[350:420]
DOCUMENTS = {
    name: export_shapes.SHAPES[name](SOME)
    for name in ("jq", "gcp_array", "filter_log_events", "datadog")
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("before", [0, 9], ids=["a line", "a word"])
def test_a_document_may_begin_inside_a_record(name: str, before: int, tmp_path: Path) -> None:
    data = DOCUMENTS[name]
    piece = data[data.index(b"\n", data.index(b"message") + 20) + 1 - before :]
    whole = report(tmp_path, export_shapes.SHAPES[name](SOME[1:]))
    found = report(tmp_path, piece)
    assert samples.headline(found) == samples.headline(whole)
    [(reason, lines)] = found.inputs[0].unread.items()
    assert reason == HALF
    assert 0 < lines < 25
    assert found.inputs[0].lines == piece.count(b"\n") + (not piece.endswith(b"\n"))


@pytest.mark.parametrize("version", ["1.3.6", "1.5.8"])
def test_a_screen_may_begin_inside_the_fields_of_a_record(version: str, tmp_path: Path) -> None:
    screen = Screen(VERSIONS[version])
    rest = "".join(
        screen.printed(r, {k: v for k, v in r.items() if k not in ("message", "level", "name")})
        for r in SOME
    )
    begun = '{"user_transcript": "Yes exactly, I \nwould like", "room": "a"}\n'
    found, whole = report(tmp_path, (begun + rest).encode()), report(tmp_path, rest.encode())
    assert samples.headline(found) == samples.headline(whole)
    assert sum(found.inputs[0].unread.values()) == 2


@pytest.mark.parametrize("name", DOCUMENTS)
def test_lines_of_a_log_may_follow_a_document(name: str, tmp_path: Path) -> None:
    """Two exports that were joined to one file."""
    behind = RECORDS[420:470]
    lines = "".join(export_shapes.dev(r) + "\n" for r in behind).encode()
    found = report(tmp_path, DOCUMENTS[name] + b"\n" + lines)
    both = report(tmp_path, export_shapes.SHAPES[name]([*SOME, *behind]))
    assert samples.headline(found) == samples.headline(both)
    assert found.inputs[0].unread == {}


def test_a_title_above_the_lines_makes_no_column_of_them(tmp_path: Path) -> None:
    lines = "".join(export_shapes.dev(r) + "\n" for r in SOME).encode()
    found = report(tmp_path, b"logs/agent.log\n" + lines)
    assert samples.headline(found) == samples.headline(report(tmp_path, lines))
    assert sum(found.inputs[0].unread.values()) == 1


def test_jq_may_print_in_colours(tmp_path: Path) -> None:
    data = re.sub(rb'("(?:[^"\\]|\\.)*")', b"\x1b[0;32m\\1\x1b[1;39m", DOCUMENTS["jq"])
    data = data.replace(b"\n{", b"\x1b[0m\n\x1b[1;39m{")
    found = report(tmp_path, b"\x1b[1;39m" + data)
    assert samples.headline(found) == samples.headline(report(tmp_path, DOCUMENTS["jq"]))
    assert found.inputs[0].unread == {}
