"""Files that are mapped: the same chunks as of a stream, and what happens when they shrink."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import FOLDER
from tuner import engine, mapped, pool, units
from tuner.chunks import MAX_LINE, Chunk
from tuner.engine import How
from tuner.summary import Summary
from tuner.units import Job, Unit

pytestmark = pytest.mark.skipif(not pool.LINUX, reason="files are mapped on Linux only")
LOG = FOLDER / "false-interruptions.jsonl"
PARTIAL = b"2026-11-20T09:36:05.5Z stdout P half\n"


def cut(path: Path, start: int, end: int, size: int) -> list[tuple[bytes, int]]:
    with path.open("rb") as file:
        found = mapped.chunks(file.fileno(), start, end, size)
        return [(bytes(chunk.data), chunk.at) for chunk in found]


@given(
    st.lists(st.sampled_from([b"a line\n", b"\n", PARTIAL, b"x" * 5000 + b"\n"]), max_size=12),
    st.binary(max_size=3),
    st.integers(1, 9000),
    st.integers(0, 100),
)
def test_chunks_are_finished_lines_one_behind_the_other(
    lines: list[bytes], rest: bytes, size: int, start: int
) -> None:
    data = b"".join(lines) + rest
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(data)
        found = cut(path, start, len(data), size)
    done = b"".join(chunk for chunk, _ in found)
    assert data[start:].startswith(done)
    assert all(chunk.endswith(b"\n") and not chunk.endswith(PARTIAL) for chunk, _ in found)
    assert [at for _, at in found] == [
        sum(len(chunk) for chunk, _ in found[: n + 1]) for n in range(len(found))
    ]
    longest = max(map(len, data.splitlines(keepends=True)), default=0)
    if size > 2 * longest and PARTIAL not in data:
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


def test_only_processes_that_may_die_map(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("mapped")

    monkeypatch.setattr(mapped, "chunks", refuse)
    size = LOG.stat().st_size
    assert units.whole(Unit(str(LOG), 0, size), Job()).summary.lines > 0
    with pytest.raises(AssertionError, match="mapped"):
        units.whole(Unit(str(LOG), 0, size), Job(may_die=True))


def test_a_log_that_shrinks_while_it_is_mapped_is_named_and_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The process dies of it (SIGBUS); what it had is read once more, without a map."""
    log, other, dead = tmp_path / "a.log", tmp_path / "b.log", tmp_path / "pid"
    log.write_bytes(LOG.read_bytes())
    other.write_bytes(LOG.read_bytes()[:250_000])
    alone = engine.read([other], Job())[0][0].summary
    summarize = units._summarize

    def shrinking(chunk: Chunk, job: Job) -> Summary:
        if job.may_die and not dead.exists() and log.stat().st_size > 100_000:
            dead.write_text(str(os.getpid()))
            faulthandler.disable()  # pytest's own would tell of the death
            os.truncate(log, 100)
        return summarize(chunk, job)

    monkeypatch.setattr(units, "_summarize", shrinking)
    monkeypatch.setattr(engine, "UNIT_BYTES", 100_000)
    monkeypatch.setattr(engine, "ALONE_BYTES", 0)
    bad, good = engine.read([log, other], Job(), How(jobs=2))[0]
    with pytest.raises(ProcessLookupError):
        os.kill(int(dead.read_text()), 0)
    assert (bad.problem, good.problem) == ("it shrank while it was read", "")
    assert (good.summary.lines, good.summary.counts) == (alone.lines, alone.counts)


def test_a_process_that_may_die_leaves_no_core() -> None:
    code = "import resource; from tuner import pool; pool._begin(); "
    code += "print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "0"
