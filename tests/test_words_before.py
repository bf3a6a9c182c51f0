"""An export counts the same below a command or a few words, which are no part of it."""

from __future__ import annotations

import json
import quopri
from pathlib import Path

import pytest

from tests import export_shapes
from tests.in_turn import in_turn
from tests.test_posted_logs import DEV, RECORDS, analyzed, counted

WORDS = {
    "a command": "$ tool export --last 1h\n",
    "headers": "HTTP/2 200 \ndate: Tue, 03 Nov 2026 10:00:00 GMT\nserver: x\n\n",
    "a sentence with a time": "Exported on 2026-10-26 08:00:12 UTC from the explorer:\n",
    "a post": "Hi all,\n\nhere are my logs, agents 1.8:\n\n",
}
SHAPES = {name: make for name, make in export_shapes.SHAPES.items() if name != "console"}


@pytest.mark.parametrize(("shape", "words"), in_turn(SHAPES, WORDS.values()))
def test_words_are_no_part_of_an_export(shape: str, words: str, tmp_path: Path) -> None:
    data = SHAPES[shape]([json.loads(line) for line in RECORDS])
    for before in ("", words):
        report = analyzed(tmp_path, before.encode() + data)
        assert (before, *counted(report)) == (before, 2, 1, 1, 1, 1)
        most = sum(line != "" for line in before.splitlines())
        assert sum(report.inputs[0].unread.values()) <= most


OTHERS = {
    "a record above an array of JSON": DEV[0]
    + "\n"
    + json.dumps(list(map(json.loads, RECORDS[1:]))),
    "a greeting, and the log itself": "Hi,\n\nmy log:\n" + "\n".join(DEV),
    "a header of two words": "time of day,log line\n"
    + "\n".join('2026-01-02 03:04:05,"{}"'.format(line.replace('"', '""')) for line in RECORDS),
    "a mail as it was sent": "From: a@example.com\nSubject: agent stops\n"
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    + quopri.encodestring("\n".join(RECORDS).encode()).decode(),
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_is_no_word_before_an_export_stays(text: str, tmp_path: Path) -> None:
    assert counted(analyzed(tmp_path, text)) == (2, 1, 1, 1, 1)


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    rows = "".join('2026-01-02 03:04:05,"{}"\n'.format(line.replace('"', '""')) for line in RECORDS)
    report = analyzed(tmp_path, f"$ export\n\ntime,message\n{rows}")
    found = next(each for each in report.findings if each.rule == "sync-warnings")
    assert found.evidence[0].line == 4
