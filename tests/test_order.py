"""A log in any order of its records counts as the same log in order of time."""

from __future__ import annotations

import io
import json
import random
import re
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples
from tuner import pipeline
from tuner.execution import engine, planning, units
from tuner.execution.engine import ReadOptions
from tuner.execution.units import Job
from tuner.exports import order_check, plain_lines, response_pairs, sorted_lines, sorting
from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import one_by_one
from tuner.exports.ordering import Order
from tuner.exports.sorting import by_time
from tuner.inputs.chunks import MAX_LINE
from tuner.lines.layouts import NONE, Layouts
from tuner.model import Report
from tuner.scan.export_lines import TakenLines

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


@settings(max_examples=100)
@given(times=TIMES, run_bytes=st.sampled_from([1, 700, 5000, 1 << 20]))
def test_entries_are_sorted_with_what_follows_them(times: list[int | None], run_bytes: int) -> None:
    entries = [
        ExportEntry(b"%d" % at, None if time is None else float(time), at + 1)
        for at, time in enumerate(times)
    ]
    found = list(one_by_one(by_time(entries, run_bytes)))
    assert sorted(found, key=lambda e: e.line) == entries
    dated = [entry.time for entry in found if entry.time is not None]
    assert dated == sorted(dated)
    before: dict[int, int] = {b.line: a.line for a, b in pairwise(found)}
    for entry in entries[1:]:
        if entry.time is None:
            assert before[entry.line] == entry.line - 1


def test_lines_of_one_time_are_reversed_where_the_newest_come_first() -> None:
    oldest = [ExportEntry(b"%d" % at, float(at // 3), at + 1) for at in range(30)]
    for run_bytes in (500, 1 << 20):
        assert list(one_by_one(by_time(oldest, run_bytes))) == oldest
        assert list(one_by_one(by_time(oldest[::-1], run_bytes))) == oldest


def at_once(entries: Sequence[ExportEntry]) -> TakenLines:
    """The same, as the scan gives them."""
    text, time, line, lines, stamped, _ = zip(*entries, strict=True)
    steps = [later - before for before, later in pairwise(time)]
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    columns = (array("q", line), array("q", lines), array("d", time))
    return TakenLines(
        *(b"\n".join(text), *columns, sum(lines), sum(stamped), up, down),
        *(sum(step < -1 for step in steps), 1, 1, 1),
    )


TEXTS = (b"x", b"HTTP Request: POST", b"receive_response_headers.complete", b"a\nb")
ORDERS: dict[str, Callable[[int], float]] = {
    "rising": lambda at: at / 7,
    "falling": lambda at: 1000 - at / 7,
    "falling, of one time": lambda at: 1000.0 - at // 3,
    "rising, of one time": lambda at: float(at // 40),
    "of any": lambda at: float(at * 7919 % 50),
    "two streams": lambda at: 1000 - at % 300 / 3,
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("run_bytes", [20_000, 1 << 20])
def test_many_lines_are_sorted_as_one_by_one(name: str, run_bytes: int) -> None:
    for seed in range(12):
        dice = random.Random(seed)
        found, singly = list[ExportEntry | TakenLines](), list[ExportEntry]()
        while len(singly) < 600:
            n = dice.choice((1, 2, 40, 300))
            stamped = n < 40 and dice.random() < 0.3
            part = [
                ExportEntry(
                    dice.choices(TEXTS[:3], (9, 1, 1))[0],
                    ORDERS[name](at),
                    at + 1,
                    dice.randrange(1, 3),
                    stamped,
                )
                for at in range(len(singly), len(singly) + n)
            ]
            odd = [ExportEntry(b"below", None, 0), part[-1]._replace(text=TEXTS[3])]
            odd = dice.sample([*odd, part[-1]._replace(reason="why")], dice.randrange(3))
            singly += [*part, *odd]
            found += [at_once(part), *odd]
        sorted_singly = list(one_by_one(by_time(singly, run_bytes)))
        assert list(one_by_one(by_time(found, run_bytes))) == sorted_singly
        kept = Counter(entry._replace(lines=max(entry.lines, 1)) for entry in singly)
        assert kept == Counter(e._replace(lines=max(e.lines, 1)) for e in sorted_singly)
        taken = [each for each in by_time(found, 1 << 20) if isinstance(each, TakenLines)]
        assert taken
        assert all(
            each == at_once(list(one_by_one([each])))._replace(size=0, next_line=0, last_line=0)
            for each in taken
        )


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
def test_a_request_is_put_behind_its_headers_wherever_they_stand(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(3)
    entries = [ExportEntry(dice.choice(TEXTS[:3]), float(at // 4), at + 1) for at in range(2_000)]
    usual = list(by_time(entries))
    monkeypatch.setattr(sorting, "_BATCH", size)
    monkeypatch.setattr(sorted_lines, "_FEWEST", 1 << 30)
    found = list(by_time(entries))
    assert found == list(one_by_one(usual))
    assert found != entries


def test_a_line_that_is_too_long_stays_alone() -> None:
    entries = [ExportEntry(b"x", float(at), at + 1) for at in range(200)]
    entries[150] = entries[150]._replace(text=b"x" * (MAX_LINE + 1))
    alone = [each for each in by_time(entries[::-1]) if isinstance(each, ExportEntry)]
    assert entries[150] in alone


def test_runs_that_do_not_overlap_and_runs_that_do() -> None:
    times = [*range(400), *range(200, 600), *range(1000, 700, -1)]
    entries = [ExportEntry(b"x" * 90, float(time), at) for at, time in enumerate(times)]
    assert [entry.time for entry in one_by_one(by_time(entries, 9000))] == sorted(map(float, times))


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


@settings(max_examples=25)
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
    ("size", "workers", "units"),
    [(15 << 20, 2, 1), (30 << 20, 2, 2), (125 << 20, 2, 6), (8 << 30, 2, 171)],
)
def test_a_large_log_gives_every_process_as_much(size: int, workers: int, units: int) -> None:
    assert -(-size // planning.unit_bytes(size, workers)) == units


def test_a_log_that_surely_goes_back_is_not_looked_at_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [f"2026-11-20 09:{m:02d}:00,000 INFO app - turn taken".encode() for m in range(60)]
    read: list[bytes] = []
    taken = plain_lines.time_or_time_of_day

    def counted(line: bytes, layouts: Layouts) -> tuple[float | None, bool]:
        read.append(line)
        return taken(line, layouts)

    monkeypatch.setattr(order_check, "time_or_time_of_day", counted)
    assert order_check.broken(b"\n".join(reversed(lines)))
    assert len(read) == 2
    assert not order_check.broken(b"\n".join(lines))
    assert len(read) == 62


@pytest.mark.parametrize(
    "named",
    ['{"job_id": "AJ_%s"}', '{"job_id": "job-%s"}', "jobID=%s", '{"room": "%s"}', "pid: 1%s"],
)
def test_responses_of_calls_at_one_time_stay_apart(named: str) -> None:
    """However a line names its call."""
    rows: list[response_pairs.Row] = [
        (1.0, f"{text} {named % number}".encode(), at, 1, False, [])
        for number in (1, 2)
        for at, text in enumerate(
            ("receive_response_headers.complete", 'HTTP Request: POST "HTTP/1.1 200 OK"')
        )
    ]
    for mixed in permutations(rows):
        (found, rest) = response_pairs.ResponsePairs().paired([mixed])
        for call in (rows[:2], rows[2:]):
            assert [row for row in (*found, *rest) if row in call] == call
