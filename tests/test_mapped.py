"""Files that are mapped: the same chunks as of a stream, and what happens when they shrink."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import FOLDER
from tuner.execution import engine, planning, tasks, units
from tuner.execution.engine import ReadOptions
from tuner.execution.parts import Part
from tuner.execution.units import Job, Unit
from tuner.inputs import mapped_chunks
from tuner.inputs.chunks import MAX_LINE, Chunk
from tuner.lines.layouts import NONE, Layouts
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not tasks.LINUX, reason="files are mapped on Linux only")
LOG = FOLDER / "false-interruptions.jsonl"
PARTIAL = b"2026-11-20T09:36:05.5Z stdout P half\n"


def cut(path: Path, start: int, end: int, size: int) -> list[tuple[bytes, int]]:
    with path.open("rb") as file:
        found = mapped_chunks.chunks(file.fileno(), start, end, size)
        return [(bytes(chunk.data), chunk.at) for chunk in found]


@given(
    st.lists(st.sampled_from([b"a line\n", b"\n", PARTIAL, b"x" * 5000 + b"\n"]), max_size=12),
    st.binary(max_size=3),
    st.integers(1, 9000),
    st.integers(0, 100),
    st.sampled_from([0, 1, 9000]),
)
def test_chunks_are_finished_lines_one_behind_the_other(
    lines: list[bytes], rest: bytes, size: int, start: int, beyond: int
) -> None:
    data = b"".join(lines) + rest
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(data)
        found = cut(path, start, len(data) + beyond, size)
    done = b"".join(chunk for chunk, _ in found)
    assert data[start:].startswith(done)
    assert all(chunk.endswith(b"\n") and not chunk.endswith(PARTIAL) for chunk, _ in found)
    assert [at for _, at in found] == [
        sum(len(chunk) for chunk, _ in found[: n + 1]) for n in range(len(found))
    ]
    longest = max(map(len, data.splitlines(keepends=True)), default=0)
    if size > 2 * longest and PARTIAL not in data and not beyond:
        assert b"\n" not in data[start + len(done) :]


def whole(path: Path, start: int, end: int, may_die: bool) -> tuple[bytes, int, list[object]]:
    """All bytes of a unit, how many lines were dropped, and what is told in the end."""
    found = [
        piece.chunk._replace(data=bytes(piece.chunk.data))
        for piece in units.pieces(Unit(str(path), start, end), may_die)
    ]
    data = b"".join(bytes(chunk.data) for chunk in found)
    ends: list[object] = [(last.at, last.raw, last.waiting) for last in found[-1:]]
    return data, sum(chunk.dropped for chunk in found), ends


@pytest.mark.parametrize(
    "data",
    [
        b"one\ntwo\n",
        b"one\ntwo\nhalf",
        b"",
        b"one\n" + PARTIAL,
        b"one\n" + b"x" * (18 * MAX_LINE) + b"\ntwo\n",
        b"x" * (18 * MAX_LINE),
        LOG.read_bytes(),
    ],
    ids=["lines", "half", "empty", "partial", "endless", "endless-only", "sample"],
)
@pytest.mark.parametrize("start", [0, 5, 70_000])
def test_a_mapped_unit_is_the_same_as_a_read_one(data: bytes, start: int, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(data)
    first = min(start, len(data))
    told = whole(path, first, len(data), may_die=True)
    assert told == whole(path, first, len(data), may_die=False)


def test_a_mapped_unit_ends_where_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"1\n22\n" * 4)
    for end in range(1, 20):
        told = whole(path, 0, end, may_die=True)
        assert told == whole(path, 0, end, may_die=False)
        assert end <= len(told[0]) <= end + 2


def test_only_processes_that_may_die_map(monkeypatch: pytest.MonkeyPatch) -> None:
    mapped: list[tuple[int, ...]] = []

    def nothing(*place: int) -> Iterator[Chunk]:
        mapped.append(place)
        return iter(())

    monkeypatch.setattr(mapped_chunks, "chunks", nothing)
    size = LOG.stat().st_size
    assert units.whole(Unit(str(LOG), 0, size), Job()).summary.lines > 0
    assert not mapped
    assert units.whole(Unit(str(LOG), 0, size), Job(may_die=True)).summary.lines > 0
    assert mapped


def shrinking(unit: Unit, job: Job, log: Path) -> Part:
    """Read a unit of a log whose end is there before, and goes for a moment when it is mapped."""
    summarize, last = units._summarize, unit.path == str(log) and unit.end == LOG.stat().st_size

    def shrink(chunk: Chunk, job: Job, layouts: Layouts = NONE) -> Summary:
        if job.may_die and last:
            faulthandler.disable()  # pytest's own would tell of the death
            os.truncate(log, unit.start + 20_000)  # what other units read stays
        return summarize(chunk, job, layouts)

    if last:
        with log.open("r+b") as file:
            file.write(LOG.read_bytes())
    units._summarize = shrink
    try:
        return units.whole(unit, job)
    finally:
        units._summarize = summarize


def test_what_a_process_died_of_is_read_again_without_a_map(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A log that shrinks while it is mapped ends the process (SIGBUS), however often it tries."""
    log, other, task = tmp_path / "a.log", tmp_path / "b.log", engine._task
    log.write_bytes(LOG.read_bytes())
    other.write_bytes(LOG.read_bytes()[:250_000])
    alone = [engine.read([path], Job())[0][0].summary for path in (log, other)]

    def deadly(unit: Unit, job: Job) -> tasks.Task:
        first, again = task(unit, job).arguments, task(unit, job).again
        return tasks.Task(unit, shrinking, (*first, log), (*again, log))

    monkeypatch.setattr(engine, "_task", deadly)
    monkeypatch.setattr(planning, "UNIT_BYTES", 200_000)
    monkeypatch.setattr(planning, "ALONE_BYTES", 0)
    found = engine.read([log, other], Job(), ReadOptions(jobs=2))[0]
    assert found[0].problem in ("", "it shrank while it was read")  # it did, for a moment
    assert found[1].problem == ""
    told = [(one.summary.lines, one.summary.counts) for one in found]
    assert told == [(summary.lines, summary.counts) for summary in alone]


def test_a_process_that_may_die_leaves_no_core() -> None:
    code = """
import resource
from tuner.execution import processes

most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
processes._begin()
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "0"
