"""Rows of a Rich screen that a mail broke, or whose lines lost the blanks that they began with."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests import rich_screens
from tests.rich_screens import VERSIONS
from tests.test_posted_logs import analyzed
from tests.test_rich_screens import HEADERS, SYNC, seen, summary, told
from tests.test_scan_text import both, stored
from tuner.execution import units
from tuner.execution.parts import join
from tuner.summary.summary import Summary

FALSE = "resumed false interrupted speech"
REQUEST = 'HTTP Request: POST https://api.openai.com/v1/chat/completions "HTTP/1.1 200 OK"'
ROWS = [
    seen(1, "DEBUG", "httpcore.http11", HEADERS),
    seen(2, "INFO", "httpx", REQUEST),
    seen(3, "WARNING", "livekit.agents", SYNC),
    seen(4, "DEBUG", "livekit.agents", FALSE) | {"timeout": 0},
    seen(5, "INFO", "livekit.agents", "LLM metrics") | {"ttft": 0.5},
]
BELOW = [version for version in VERSIONS if VERSIONS[version].fields_below]


def trimmed(version: str, width: int) -> str:
    """A screen of which every line lost the blanks around it."""
    rows = rich_screens.screen(ROWS, VERSIONS[version], width).splitlines()
    return "\n".join(row.strip() for row in rows) + "\n"


def broken(version: str, width: int) -> str:
    """A screen of which a mail broke every line that was longer than 72 signs."""
    lines: list[str] = []
    for row in rich_screens.screen(ROWS, VERSIONS[version], width).splitlines():
        rest = row.rstrip()
        while (at := rest.rfind(" ", 0, 72)) > 45 and len(rest) > 72:
            lines.append(rest[:at])
            rest = rest[at:].lstrip()
        lines.append(rest)
    return "\n".join(lines) + "\n"


def counted(found: Summary) -> tuple[int, ...]:
    kinds = ("http_headers", "http_request", "sync_warning", "false_interruption", "phantom")
    return tuple(found.counts.get(kind, 0) for kind in kinds)


@pytest.mark.parametrize("width", [95, 100, 120])
@pytest.mark.parametrize("version", BELOW)
def test_every_line_was_trimmed(version: str, width: int) -> None:
    assert counted(summary(trimmed(version, width).encode())) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize("version", BELOW)
def test_a_mail_broke_the_lines(version: str) -> None:
    assert counted(summary(broken(version, 100).encode())) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize("version", BELOW)
@pytest.mark.parametrize("make", [trimmed, broken])
def test_the_scan_counts_the_same(make: object, version: str) -> None:
    whole = rich_screens.screen(ROWS, VERSIONS[version], 100)
    data = ((whole * 3 + (trimmed if make is trimmed else broken)(version, 100)) * 40).encode()
    by_line, scanned = both(data)
    assert scanned is None or stored(scanned) == stored(by_line)
    assert counted(by_line) == (160,) * 5


@pytest.mark.parametrize("step", [1_001, 1_501])
@pytest.mark.parametrize("make", [trimmed, broken])
def test_no_record_is_split(make: object, step: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text((trimmed if make is trimmed else broken)("1.5.8", 100) * 20)
    size = log.stat().st_size
    parts = [
        units.whole(units.Unit(str(log), at, min(at + step, size)), units.Job())
        for at in range(0, size, step)
    ]
    whole = units.whole(units.Unit(str(log)), units.Job()).summary
    assert told(functools.reduce(join, parts).summary) == told(whole)


def test_what_a_program_prints_below_a_row_is_no_part_of_it() -> None:
    prints = ["speech", "user said (hello", '{"timeout": 0}', "LLM metrics"]
    row = "    16:20:04.000 DEBUG    livekit.agents     resumed false interrupted speech  "
    found = summary("\n".join([row, *prints, row, ""]).encode())
    assert counted(found)[3:] == (2, 0)


STREAMS = (
    "agent/agent/9f86d081884c4d639e0d1f2a3b4c5d6e",
    "2026/08/21/[$LATEST]9f86d081884c4d639e0d1f2a3b4c5d6e",
    "2026/08/21/agent[7]9f86d081884c4d639e0d1f2a3b4c5d6e",
)


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("figure", ["0.62", "1", "true-ish, 0.62"])
def test_a_row_that_begins_with_any_word_behind_a_log_stream(
    stream: str, figure: str, tmp_path: Path
) -> None:
    """`aws logs tail` of a screen whose fields are broken before a figure."""
    row = f"    21:01:0%d.818 INFO   livekit.agents     %s  \n{' ' * 42}"
    record = row + '{"model_name": "a", "note": "x", "ttft": \n0.62, "pid": 7, "job_id": "AJ_1"}\n'
    if figure != "0.62":
        record = record.replace('"x"', f'"x \n{figure}"')
    screen = "".join(record % (n, "LLM metrics") for n in range(4))
    stamp = "2026-08-21T21:01:07.818000+00:00"
    shipped = "".join(f"{stamp} {stream} {line}\n" for line in screen.splitlines())
    plain, tailed = analyzed(tmp_path, screen), analyzed(tmp_path, shipped)
    assert tailed.latency["llm_ttft"].n == plain.latency["llm_ttft"].n == 4
