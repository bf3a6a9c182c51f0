"""Lines of other programs between the lines of a record: the record keeps what stands below it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import formats, rich_screens, samples
from tests.rich_screens import VERSIONS
from tests.test_rich_screens import summary
from tests.test_scan_text import both, stored
from tuner.lines import programs
from tuner.lines.look import look
from tuner.reading import careful
from tuner.scan import ready
from tuner.summary.summary import Summary

Prefix = Callable[[str], str]
RECORDS = [
    json.loads(line) for line in samples.data("false-interruptions.jsonl").splitlines()[2360:2540]
]
PREFIXES: dict[str, Prefix] = {
    "compose": lambda name: f"{name}-1  | ",
    "compose, coloured": lambda name: f"\x1b[36m{name}-1  | \x1b[0m",
    "PM2": lambda name: f"{len(name)}|{name}    | ",
    "honcho": lambda name: f"12:00:01 {name}.1   | ",
    "turbo": lambda name: f"{name}:dev: ",
    "concurrently": lambda name: f"[{name}] ",
    "concurrently, coloured": lambda name: f"\x1b[34m[{name}]\x1b[39m ",
    "kubectl": lambda name: f"[pod/{name}-7d4f/{name}] ",
    "syslog": lambda name: f"Nov 20 09:36:05 host {name}[{len(name)}]: ",
    "CRI": lambda name: f"2026-11-20T09:36:05.12Z std{'out' if name == 'web' else 'err'} F ",
}
FOREIGN = ("GET /health 200 3ms", " ✓ Compiled /api in 212ms", "listening: yes", "  ready: 5")
PRETTY = "\n".join(map(formats.pino_pretty, RECORDS)).split("\n")


def mixed(prefix: Prefix, lines: list[str], others: list[str]) -> bytes:
    """Lines of an agent, each with one of another program behind it."""
    pairs = zip(lines, others * len(lines), strict=False)
    agent, web = prefix("agent"), prefix("web")
    return "".join(f"{agent}{line}\n{web}{other}\n" for line, other in pairs).encode()


def bare(_: str) -> str:
    """Nothing stands before the lines."""
    return ""


def alone(prefix: Prefix, lines: list[str]) -> bytes:
    return "".join(f"{prefix('agent')}{line}\n" for line in lines).encode()


def counted(found: Summary) -> Any:
    """What was counted of the records."""
    calls = {key: str(call) for key, call in found.calls.items()}
    figures = {name: dict(h.counts) for name, h in found.histograms.items()}
    return (
        {kind: n for kind, n in found.counts.items() if n and kind != "unread_bytes"},
        calls,
        {name: counts for name, counts in figures.items() if counts},
    )


@pytest.mark.parametrize("name", PREFIXES)
def test_fields_belong_to_the_record_of_their_program(name: str) -> None:
    found = summary(mixed(PREFIXES[name], PRETTY, list(FOREIGN[:3])))
    assert counted(found) == counted(summary(alone(PREFIXES[name], PRETTY)))
    assert set(found.unread) <= {"no known shape"}


@pytest.mark.parametrize("name", ["compose", "kubectl", "CRI"])
@pytest.mark.parametrize("version", VERSIONS)
def test_lines_of_a_screen_belong_to_the_row_of_their_program(name: str, version: str) -> None:
    rows = rich_screens.screen(RECORDS, VERSIONS[version], 80).splitlines()
    found = summary(mixed(PREFIXES[name], rows, list(FOREIGN[:3])))
    assert counted(found) == counted(summary(alone(PREFIXES[name], rows)))


@pytest.mark.parametrize("name", [each for each in PREFIXES if each != "CRI"])
def test_two_agents_write_at_once(name: str) -> None:
    other = [{**found, "job_id": "AJ_other", "room": "other", "pid": 7} for found in RECORDS]
    second = "\n".join(map(formats.pino_pretty, other)).split("\n")
    prefix = PREFIXES[name]
    pairs = zip(PRETTY, second[3:] + second[:3], strict=False)
    lines = [f"{prefix('agent')}{one}\n{prefix('web')}{two}\n" for one, two in pairs]
    found, single = summary("".join(lines).encode()), summary(alone(prefix, PRETTY))
    assert len([call for call in found.calls if "AJ_other" in call]) == 1
    assert single.counts["false_interruption"] > 2
    assert found.counts["false_interruption"] == 2 * single.counts["false_interruption"]


def phantoms(log: bytes) -> int:
    return summary(log).counts["phantom"]


def test_an_indented_line_of_another_program_is_no_field() -> None:
    log = b"agent-1 | [10:00:00.000] DEBUG (5): resumed false interrupted speech\n"
    log += b"web-1   | GET /\nweb-1   |     timeout: 0\n"
    assert phantoms(log) == 0
    assert phantoms(log + b"agent-1 |     timeout: 0\n") == 1


def records(data: bytes) -> list[str]:
    return [each.record.message for each in careful.read(data, Summary(1000.0), look(data))]


def test_records_come_in_the_order_in_which_they_began() -> None:
    lines = [f"{'ab'[n % 2]}-1 | 2026-01-30 16:20:{n:02d},000 INFO x: m{n}" for n in range(60)]
    lines.insert(1, "c-1 | 2026-01-30 16:20:00,500 INFO x: first")
    assert records("\n".join(lines).encode()) == ["m0", "first", *(f"m{n}" for n in range(1, 60))]


def test_of_more_programs_than_are_told_apart_all_records_count() -> None:
    most = 3 * programs.MOST_PROGRAMS
    lines = [f"p{n}-1 | 2026-01-30 16:20:01,000 INFO x: m{n}" for n in range(most)]
    assert records("\n".join(lines).encode()) == [f"m{n}" for n in range(most)]


def test_a_record_that_waits_for_long_is_given() -> None:
    quiet = "quiet | 2026-01-30 16:20:00,000 INFO x: quiet\n"
    loud = "loud | 2026-01-30 16:20:01,000 INFO x: loud\n" * 3_000
    found = careful.read((quiet + loud).encode(), Summary(1000.0))
    assert next(found).record.message == "quiet"
    assert next(found).line < 1_100


def test_a_name_before_the_first_line_of_a_record_only() -> None:
    log = b"".join(
        b"[agent] [10:00:0%d.000] DEBUG (5): resumed false interrupted speech\n    timeout: 0\n" % n
        for n in range(3)
    )
    assert phantoms(log) == 3


PRINTS = ("USER: hello", "\U0001f464 USER: hello", "GET /health 200", "=" * 40)


@pytest.mark.parametrize("printed", PRINTS)
def test_what_an_app_prints_ends_no_record(printed: str) -> None:
    lines = [line for each in PRETTY for line in (each, printed)]
    found = summary("\n".join(lines).encode())
    assert counted(found) == counted(summary("\n".join(PRETTY).encode()))


@pytest.mark.parametrize("width", [90, 200])
@pytest.mark.parametrize("printed", PRINTS)
@pytest.mark.parametrize("version", ["1.3.6", "1.5.8"])
def test_what_an_app_prints_ends_no_row(version: str, printed: str, width: int) -> None:
    rows = rich_screens.screen(RECORDS, VERSIONS[version], width).splitlines()
    above = [n for n, row in enumerate(rows) if row.lstrip()[:2] == '{"']
    lines = [
        line for n, row in enumerate(rows) for line in ([printed, row] if n in above else [row])
    ]
    assert len(above) > 20
    assert counted(summary("\n".join(lines).encode())) == counted(summary("\n".join(rows).encode()))


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_scan_counts_the_same(dice: random.Random) -> None:
    text = formats.basic if dice.random() < 0.3 else formats.pino_pretty
    lines = "\n".join(map(text, RECORDS)).split("\n")
    prefix = dice.choice([*PREFIXES.values(), bare])
    out = [prefix("agent") + line for line in lines]
    trace = ("Traceback (most recent call last):", 'ValueError: x {"job_id": "AJ_q", "pid": 4}')
    for _ in range(dice.choice((1, 3, 20))):
        who = prefix(dice.choice(("web", "agent", "agent2")))
        odd = dice.choice((*FOREIGN, *PRINTS, *trace, lines[dice.randrange(len(lines))]))
        out.insert(dice.randrange(len(out)), who + odd)
    by_line, scanned = both("\n".join(out).encode() + b"\n", strict=True)
    assert scanned is None or stored(scanned) == stored(by_line)
