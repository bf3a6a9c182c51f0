"""Line numbers, and what else who copies a log puts before its lines or behind them, change no
count: neither of a log that stands there once nor of one that stands there twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.test_posted_logs import analyzed
from tests.test_second_prints import EVERY, Printed, dev, usual
from tuner.exports.numbers_before import numbers
from tuner.model import Report

Lines = Sequence[str]
RECORDS = EVERY[2300:3100]


def after(lines: Lines) -> list[tuple[int, str]]:
    return [*enumerate(lines, 1)]


def bat(lines: Lines) -> list[str]:
    return [f"{n:4} \N{BOX DRAWINGS LIGHT VERTICAL} {line}" for n, line in after(lines)]


def less(lines: Lines, width: int) -> list[str]:
    """What `less -N` shows: a line that is longer than the screen goes on beside blanks."""
    room, found = width - 8, list[str]()
    for n, line in after(lines):
        rows = [line[at : at + room] for at in range(0, max(len(line), 1), room)]
        found += [f"{n if not k else '':>7} {row}" for k, row in enumerate(rows)]
    return found


NUMBERED: dict[str, Callable[[Lines], list[str]]] = {
    "cat -n": lambda lines: [f"{n:6}\t{line}" for n, line in after(lines)],
    "less -N": lambda lines: [f"{n:7} {line}" for n, line in after(lines)],
    "vim": lambda lines: [f"{n:4} {line}" for n, line in after(lines)],
    "awk, two blanks": lambda lines: [f"{n:5}  {line}" for n, line in after(lines)],
    "grep -n": lambda lines: [f"{n}:{line}" for n, line in after(lines)],
    "grep -nH": lambda lines: [f"logs/agent.log:{n}:{line}" for n, line in after(lines)],
    "findstr in C:": lambda lines: [f"C:\\logs\\a.log:{n}:{line}" for n, line in after(lines)],
    "grep -n of a pipe": lambda lines: [f"(standard input):{n}:{line}" for n, line in after(lines)],
    "grep -n of some": lambda lines: [f"{n * 3 + n % 2}:{line}" for n, line in after(lines)],
    "NR: ": lambda lines: [f"{n}: {line}" for n, line in after(lines)],
    "bat": bat,
    "less -N, 120 columns": lambda lines: less(lines, 120),
    "less -N, 97 columns": lambda lines: less(lines, 97),
    "tac": lambda lines: [f"{len(lines) - n:6}\t{line}" for n, line in after(lines)],
}


LAYOUTS: dict[str, Callable[[Sequence[dict[str, Any]]], list[str]]] = {
    "JSON": lambda records: [json.dumps(record) for record in records],
    "dev text": lambda records: [dev(record) for record in records],
    "usual text": lambda records: [usual(record) for record in records],
    "pretty JSON": lambda records: json.dumps([*records], indent=2).splitlines(),
}


def assert_counts(found: Report, wanted: Report) -> None:
    assert wanted.signals["openai_calls"].count and wanted.exposure.turns
    assert found.signals == wanted.signals
    assert found.latency == wanted.latency
    assert found.exposure == wanted.exposure
    assert found.inputs[0].unread == wanted.inputs[0].unread


def of_lines(folder: Path, lines: Lines) -> Report:
    return analyzed(folder, "\n".join(lines) + "\n")


@pytest.mark.parametrize(("number", "layout"), in_turn([*NUMBERED], [*LAYOUTS]))
def test_numbers_before_lines_change_nothing(number: str, layout: str, tmp_path: Path) -> None:
    lines = LAYOUTS[layout](RECORDS)
    assert_counts(of_lines(tmp_path, NUMBERED[number](lines)), of_lines(tmp_path, lines))


@pytest.mark.parametrize(("number", "layout"), in_turn([*NUMBERED], [*LAYOUTS][:3]))
def test_what_stands_twice_counts_once_behind_numbers(
    number: str, layout: str, tmp_path: Path
) -> None:
    lines = LAYOUTS[layout](RECORDS)
    once = of_lines(tmp_path, lines)
    twice = of_lines(tmp_path, NUMBERED[number]([*lines, *lines]))
    assert_counts(twice, once)
    assert any("twice: counted once" in note for note in twice.inputs[0].notes)
    again = of_lines(tmp_path, [*NUMBERED[number](lines), *NUMBERED[number](lines)])
    assert_counts(again, once)


AT = datetime(2026, 11, 20, 9, 7, 6, tzinfo=UTC)


def stamped(form: str, step_s: float) -> list[str]:
    return [f"{AT + timedelta(seconds=n * step_s):{form}} said {n}" for n in range(24)]


NO_NUMBERS: dict[str, Lines] = {
    "seconds of the day": stamped("%H:%M:%S DEBUG", 1),
    "a line a minute": stamped("%H:%M:%S,000", 60),
    "a line an hour": stamped("%H:%M", 3600),
    "hours alone": stamped("%H:%M:%SZ", 3600),
    "a line a day": stamped("%d-%m-%Y %H:%M:%S", 86_400),
    "a line a month": stamped("%Y-%m-%d %H:%M:%S", 86_400 * 30.5),
    "a line a minute in UTC": stamped("%Y-%m-%dT%H:%M:%SZ", 60),
    "the same with a zone": stamped("%Y-%m-%dT%H:%M:%S+00:00", 60),
    "epoch seconds": stamped("%s", 1),
    "milliseconds since the start": [f"{180 * n + n % 7} INFO said it" for n in range(24)],
    "processes": [f"{4711 + n % 2} INFO said it" for n in range(24)],
    "threads": [f"agent-{n % 3}: said it" for n in range(24)],
    "lengths": [f"{80 + n * n % 9} <14>1 said it" for n in range(24)],
    "counts": [f"{40 - n} said it" if n % 3 else "said it" for n in range(24)],
}


@pytest.mark.parametrize("kind", NO_NUMBERS)
def test_times_and_processes_are_no_numbers_of_lines(kind: str) -> None:
    assert numbers("\n".join([*NO_NUMBERS[kind], ""]).encode()) is None


COPIED: dict[str, Callable[[str], str]] = {
    "blanks behind": lambda line: line + "  ",
    "the ends of Windows": lambda line: line + "\r",
    "a colour": lambda line: f"\x1b[32m{line}\x1b[0m",
    "moved to the right": lambda line: f"    {line}",
    "quoted": lambda line: f"> {line}",
    "the name of a file": lambda line: f"agent.log:{line}",
    "the same before both": lambda line: f"[agent-1] {line}",
}


SAME = "the same before both"


@pytest.mark.parametrize(
    ("how", "printed"),
    [*in_turn([*COPIED], [json.dumps, dev, usual]), (SAME, json.dumps), (SAME, dev)],
)
def test_a_copy_that_looks_different_counts_once(
    how: str, printed: Printed, tmp_path: Path
) -> None:
    lines = [printed(record) for record in RECORDS]
    copy = [COPIED[how](line) for line in lines]
    first = copy if how == SAME else lines
    once, twice = of_lines(tmp_path, lines), of_lines(tmp_path, [*first, *copy])
    assert twice.signals == once.signals
    assert twice.exposure == once.exposure


def test_a_copy_behind_numbers_of_a_log_without_them_counts_once(tmp_path: Path) -> None:
    lines = LAYOUTS["JSON"](RECORDS)
    once = of_lines(tmp_path, lines)
    assert of_lines(tmp_path, [*lines, *NUMBERED["cat -n"](lines)]).signals == once.signals


def test_a_short_log_pasted_twice_counts_once(tmp_path: Path) -> None:
    """All of it is of one second, in which lines of a process may be out of order."""
    lines = LAYOUTS["JSON"](EVERY[600:1000])
    once, twice = of_lines(tmp_path, lines), of_lines(tmp_path, [*lines, *lines])
    assert_counts(twice, once)
