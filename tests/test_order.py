"""A log in any order of its records counts as the same log in order of time."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples
from tuner import pipeline
from tuner.execution import engine, planning, units
from tuner.execution.engine import ReadOptions
from tuner.execution.units import Job
from tuner.exports import order_check
from tuner.exports.entries import ExportEntry
from tuner.exports.ordering import Order, by_time
from tuner.lines.layouts import NONE
from tuner.model import Report

LINES = samples.data("cut-offs.jsonl.gz").splitlines()[:900]
DEV = samples.data("slow-model.dev.log").splitlines()[:400]


def report(tmp_path: Path, lines: list[bytes]) -> Report:
    path = tmp_path / "input.log"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return pipeline.analyze([path], environ={})


def wrapped(lines: list[bytes]) -> list[bytes]:
    """The lines as Kubernetes writes them."""
    stamps = [json.loads(line)["timestamp"].replace("+00:00", "Z").encode() for line in lines]
    return [b"%s stdout F %s" % pair for pair in zip(stamps, lines, strict=True)]


@pytest.mark.parametrize(
    "lines", [LINES, wrapped(LINES), DEV], ids=["json", "kubernetes", "dev text"]
)
@pytest.mark.parametrize("how", ["newest first", "shuffled", "halves swapped", "mixed"])
def test_any_order_counts_the_same(lines: list[bytes], how: str, tmp_path: Path) -> None:
    half = len(lines) // 2
    orders = {
        "newest first": lines[::-1],
        "shuffled": random.Random(7).sample(lines, len(lines)),
        "halves swapped": lines[half:] + lines[:half],
        "mixed": lines[:half][::-1] + lines[half:],
    }
    plain, found = report(tmp_path, lines), report(tmp_path, orders[how])
    assert samples.headline(found) == samples.headline(plain)
    assert found.inputs[0].lines == found.inputs[0].understood == len(lines)
    assert found.signals.keys() == plain.signals.keys()
    assert "put in order of time" in found.inputs[0].wrappers


def test_a_log_in_order_is_read_as_it_stands(tmp_path: Path) -> None:
    (info,) = report(tmp_path, LINES).inputs
    assert info.wrappers == ()
    assert not any("in order of time" in note for note in info.notes)


def test_evidence_names_the_lines_as_they_stand(tmp_path: Path) -> None:
    newest = LINES[::-1]
    found = report(tmp_path, newest)
    places = [place for finding in found.findings for place in finding.evidence]
    assert places
    for place in places:
        stamp = json.loads(newest[place.line - 1])["timestamp"][:23]
        assert place.text.startswith(stamp)


def test_a_state_never_counts_a_sorted_log_twice(tmp_path: Path) -> None:
    path, state = tmp_path / "input.log", tmp_path / "state"
    path.write_bytes(b"\n".join(LINES[300:600]) + b"\n")
    engine.read([path], Job(), ReadOptions(1, state))
    with path.open("ab") as file:
        file.write(b"\n".join(LINES[:300]) + b"\n")
    for _ in range(2):
        (read,), _ = engine.read([path], Job(), ReadOptions(1, state))
        assert (read.summary.lines, read.summary.records) == (600, 600)


# --- the sort itself -----------------------------------------------------------------------------

TIMES = st.lists(st.none() | st.integers(0, 20), max_size=60)


@settings(max_examples=200)
@given(times=TIMES, run_bytes=st.sampled_from([1, 700, 5000, 1 << 20]))
def test_entries_are_sorted_with_what_follows_them(times: list[int | None], run_bytes: int) -> None:
    entries = [
        ExportEntry(b"%d" % at, None if time is None else float(time), at + 1)
        for at, time in enumerate(times)
    ]
    found = list(by_time(entries, run_bytes))
    assert sorted(found, key=lambda e: e.line) == entries
    dated = [entry.time for entry in found if entry.time is not None]
    assert dated == sorted(dated)
    before: dict[int, int] = {b.line: a.line for a, b in pairwise(found)}
    for entry in entries[1:]:
        if entry.time is None:
            assert before[entry.line] == entry.line - 1


def test_lines_of_one_time_are_reversed_where_the_newest_come_first() -> None:
    oldest = [ExportEntry(b"%d" % at, float(at // 3), 0) for at in range(30)]
    assert [entry.text for entry in by_time(oldest)] == [entry.text for entry in oldest]
    assert [entry.text for entry in by_time(oldest[::-1])] == [entry.text for entry in oldest]
    assert [e.text for e in by_time(oldest[::-1], 500)] == [entry.text for entry in oldest]


def test_runs_that_do_not_overlap_and_runs_that_do() -> None:
    times = [*range(400), *range(200, 600), *range(1000, 700, -1)]
    entries = [ExportEntry(b"x" * 90, float(time), at) for at, time in enumerate(times)]
    assert [entry.time for entry in by_time(entries, 9000)] == sorted(map(float, times))


def test_a_step_back_of_a_thread_is_no_disorder() -> None:
    order = Order()
    for time in (1.0, 2.0, 1.5, 3.0):
        order.add(time, "a")
    order.add(0.0, "b")  # another call
    assert not order.broken
    order.add(1.9, "a")
    assert order.broken


def long(lines: list[bytes]) -> list[bytes]:
    """A log that the scan reads, some 2 MB."""
    copies = []
    for day in range(1, 29):
        copies += [line.replace(b"2026-11-20", b"2026-10-%02d" % day) for line in lines]
    return copies


@pytest.mark.parametrize("make", [list, wrapped], ids=["json", "kubernetes"])
@pytest.mark.parametrize("at", [0.3, 0.5, 0.81])
def test_one_line_out_of_order_anywhere_is_noticed(
    make: Callable[[list[bytes]], list[bytes]], at: float, tmp_path: Path
) -> None:
    lines = make(long(LINES[:300]))
    assert sum(map(len, lines)) > units.SMALL_BYTES
    whole = report(tmp_path, lines)
    assert "put in order of time" not in whole.inputs[0].wrappers
    copy = int(28 * at) * 300
    job = next(named[0] for line in lines[copy:] if (named := re.search(rb"AJ_\w+", line)))
    place, *_, later = [n for n in range(copy, copy + 300) if job in lines[n]]
    moved = [*lines[:place], *lines[place + 1 : later + 1], lines[place], *lines[later + 1 :]]
    found = report(tmp_path, moved)
    assert "put in order of time" in found.inputs[0].wrappers
    assert samples.headline(found) == samples.headline(whole)


def test_chunks_in_the_wrong_order_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each half is in order."""
    lines = long(LINES[:300])
    data = [b"\n".join(part) + b"\n" for part in (lines[4000:], lines[:4000])]
    monkeypatch.setattr(planning, "UNIT_BYTES", len(data[0]))
    path = tmp_path / "input.log"
    path.write_bytes(b"".join(data))
    (read,), _ = engine.read([path], Job(), ReadOptions(1))
    assert "put in order of time" in read.summary.wrappers


def test_stdin_out_of_order_beyond_its_beginning_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = long(LINES[:300])
    data = b"\n".join((*lines[4000:], *lines[:4000])) + b"\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    (read,), _ = engine.read(["-"], Job(), ReadOptions(1))
    assert any("not in order of time" in note for note in read.notes)


@settings(max_examples=50)
@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_times_compared_as_written_give_the_same_order(source: random.Random, swaps: int) -> None:
    lines = [line.rstrip(b"\n") for line in LINES[:200]]
    for _ in range(swaps):
        a, b = source.randrange(len(lines)), source.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    fast, slow = order_check._of_bare(lines), order_check._of_any(lines, NONE)
    assert fast is not None
    counts = ("_up", "_down", "_back")
    assert [getattr(fast, name) for name in counts] == [getattr(slow, name) for name in counts]


def test_a_time_that_is_none_is_left_to_the_slower_way() -> None:
    line = LINES[0].rstrip(b"\n")
    odd = re.sub(rb"T[\d:]{8}(?=[^T]*$)", b"T99:00:00", line)
    assert order_check._of_bare([line, line]) is not None
    assert order_check._of_bare([odd, line]) is None
    assert order_check._of_bare([line, b"a line of another layout"]) is None


@pytest.mark.parametrize(
    ("size", "workers", "units"), [(30 << 20, 2, 1), (125 << 20, 2, 6), (8 << 30, 2, 171)]
)
def test_a_large_log_gives_every_process_as_much(size: int, workers: int, units: int) -> None:
    assert -(-size // planning.unit_bytes(size, workers)) == units
