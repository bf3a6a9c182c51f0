"""Reading on: whatever happened to the files between runs, the report is that of one run."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples, shipping
from tests.test_properties import told
from tools.fuzz.rotations import LogFile
from tuner import pipeline
from tuner.errors import InputError, UsageError
from tuner.execution import engine, planning, state_file, units
from tuner.execution.parts import Part
from tuner.facts import build as facts
from tuner.inputs import streams
from tuner.limits import Limits
from tuner.model import Current, Report
from tuner.summary import serialization
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import Summary

TALK = samples.data("false-interruptions.jsonl")
LINES = TALK.splitlines(keepends=True)[:400]
CUT = shipping.LINE_WRAPPERS["cri_split"](b"".join(LINES[:60])).splitlines(keepends=True)
JOB = units.Job()


def run(*paths: Path, remembered: Path | None = None) -> tuple[dict[str, Any], list[ReadInput]]:
    """All that the summaries say, and the inputs."""
    inputs, _ = engine.read(list(paths), JOB, engine.ReadOptions(state=remembered))
    seen = facts.build([i.summary for i in inputs], Limits(), Current(None, "unknown"), {})
    counted = [i.summary for i in inputs if i.summary.lines]
    lines = sum(summary.lines for summary in counted)
    unread = sum((summary.unread for summary in counted), start=Summary().unread)
    evidence = sorted(
        (kind, raw) for i in inputs for kind, kept in i.summary.evidence.items() for _, raw in kept
    )
    return {"facts": seen, "lines": lines, "unread": unread, "evidence": evidence}, inputs


def report(path: Path, remembered: Path | None = None) -> Report:
    return pipeline.analyze([path], environ={}, state=remembered)


# --- a summary survives being stored -----------------------------------------------------------


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_stored_summary_is_the_same(name: str) -> None:
    found = engine.read([samples.FOLDER / name], JOB)[0][0].summary
    again = serialization.load(serialization.dump(found))
    assert told(again) == told(found)
    assert again.evidence == found.evidence
    assert serialization.dump(again) == serialization.dump(found)


def test_nothing_of_a_summary_is_forgotten() -> None:
    others = {
        "responses",
        "settings",
        "levels",
        "evidence",
        "histograms",
        "calls",
        "echo",
        "other_lines",
    }
    assert vars(Summary()).keys() == {
        *(*serialization.NUMBERS, *serialization.TIMES, *serialization.COUNTERS),
        *others,
    }


# --- the world between two runs ----------------------------------------------------------------


def options() -> dict[str, float | str | None]:
    return {"--since": None, "--until": None, "--call": None, "--slow-ms": 1000.0}


class World(LogFile):
    """A log that grows, is rotated in every way, and is read on now and then."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        super().__init__(folder / "logs")
        self.all, self.memory = folder / "all", folder / "state"
        self.all.mkdir()

    def remembers(self, path: Path) -> bool:
        """Whether something of the file was read: else only its inode tells what it was."""
        marks = state_file.load(self.memory, options())
        return any(mark.path == str(path) and mark.offset for mark in marks)

    def rename(self) -> None:
        self.log.rename(self.shifted())
        self.log.touch()
        self.generations.append(b"")

    def copy_truncate(self) -> None:
        if not self.remembers(self.log):
            return
        shutil.copy(self.log, self.shifted())
        with self.log.open("r+b") as file:
            file.truncate(0)
        self.generations.append(b"")

    def pack(self) -> None:
        newest = self.folder / "app.log.1"
        if newest.exists() and self.remembers(newest):
            (self.folder / "app.log.1.gz").write_bytes(gzip.compress(newest.read_bytes()))
            newest.unlink()

    def once(self) -> dict[str, Any]:
        """One run over everything that was ever written."""
        for number, data in enumerate(self.generations):
            (self.all / f"{number:03d}").write_bytes(data)
        return run(*sorted(self.all.iterdir()))[0]


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def killed(world: World, where: str) -> None:
    """A run that dies before or after the state file is replaced."""
    replace, fsync = Path.replace, os.fsync

    def die(*args: Any) -> Any:
        if where == "after":
            replace(*args)
        raise Killed

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "replace", die)
            if where == "writing":
                patch.setattr(os, "fsync", die)
            run(world.log, remembered=world.memory)
    except Killed:
        assert os.fsync is fsync


STEPS = st.one_of(
    st.tuples(st.just("lines"), st.integers(1, 90)),
    st.tuples(st.just("bytes"), st.integers(1, 4000)),
    st.tuples(st.sampled_from(["run", "rename", "copy", "pack"]), st.none()),
    st.tuples(st.just("kill"), st.sampled_from(["before", "after", "writing"])),
)


def act(world: World, data: bytes, at: int, what: str, n: Any) -> int:
    """Do one thing to the world; return how much of the data has been written now."""
    if what == "lines":
        end = at
        for _ in range(n):
            end = data.find(b"\n", end) + 1 or len(data)
        world.append(data[at:end])
        return end
    if what == "bytes":
        end = min(at + int(n), len(data))
        world.append(data[at:end])
        return end
    if what == "kill":
        killed(world, n)
    elif what == "run":
        assert run(world.log, remembered=world.memory)[0]["lines"] >= 0
    else:
        # One rotation between two runs, as usual: the run sees all that was written before it.
        run(world.log, remembered=world.memory)
        {"rename": world.rename, "copy": world.copy_truncate, "pack": world.pack}[what]()
    return at


HISTORIES = {"json": b"".join(LINES), "cri": b"".join(CUT)}


@pytest.mark.parametrize("shape", HISTORIES)
@settings(max_examples=25)
@given(steps=st.lists(STEPS, max_size=12))
def test_any_history_read_on_is_one_run_over_everything(
    shape: str, steps: list[tuple[str, Any]], tmp_path: Path
) -> None:
    world, data, at = World(tmp_path / "world"), HISTORIES[shape], 0
    for what, n in steps:
        at = act(world, data, at, what, n)
    found = run(world.log, remembered=world.memory)[0]
    assert found == world.once()
    assert run(world.log, remembered=world.memory)[0] == found


# --- one thing at a time -----------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_only_what_is_new_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.append(b"".join(LINES[:200]))
    run(world.log, remembered=world.memory)
    world.append(b"".join(LINES[200:210]))
    sizes: list[int] = []
    part = units.part

    def spy(piece: units.Piece, job: units.Job) -> Part:
        sizes.append(len(piece.chunk.data))
        return part(piece, job)

    monkeypatch.setattr(units, "part", spy)
    assert run(world.log, remembered=world.memory)[0] == world.once()
    assert sizes[0] == len(b"".join(LINES[200:210]))
    sizes.clear()
    run(world.log, remembered=world.memory)
    assert sizes == []


def test_an_unfinished_line_counts_now_and_is_read_again(world: World) -> None:
    world.append(b"".join(LINES[:50]) + LINES[50][:40])
    first, inputs = run(world.log, remembered=world.memory)
    assert (first["lines"], inputs[0].summary.unread.total()) == (51, 1)
    world.append(LINES[50][40:] + LINES[51])
    second, inputs = run(world.log, remembered=world.memory)
    assert (second["lines"], inputs[0].summary.unread.total()) == (52, 0)


@pytest.mark.parametrize("name", ["gz", "bz2", "xz", "zst", "utf-16"])
def test_an_archive_is_read_once_and_on_when_it_grew(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, memory = tmp_path / "log", tmp_path / "state"
    log.write_bytes(shipping.ENCODINGS[name](b"".join(LINES[:300])))
    first = run(log, remembered=memory)[0]
    with monkeypatch.context() as patch:
        patch.delattr(streams, "opened")
        assert run(log, remembered=memory)[0] == first
    log.write_bytes(shipping.ENCODINGS[name](b"".join(LINES)))
    assert run(log, remembered=memory)[0]["lines"] == len(LINES)
    assert run(log, remembered=memory)[0] == run(log)[0]


def test_a_rotated_archive_is_known_by_what_is_in_it(world: World) -> None:
    world.append(b"".join(LINES[:300]))
    run(world.log, remembered=world.memory)
    world.append(b"".join(LINES[300:]))
    (world.folder / "app-20261120.log.bz2").write_bytes(bz2.compress(world.log.read_bytes()))
    world.log.unlink()
    found, inputs = run(world.folder, remembered=world.memory)
    assert found == world.once()
    assert [Path(i.path).name for i in inputs] == ["app-20261120.log.bz2"]


def test_a_truncated_log_keeps_what_it_told_and_says_so(world: World) -> None:
    world.append(b"".join(LINES[:200]))
    run(world.log, remembered=world.memory)
    world.log.write_bytes(b"".join(LINES[200:230]))
    found, inputs = run(world.log, remembered=world.memory)
    assert found["lines"] == 230
    assert any("still counts" in note for i in inputs for note in i.notes)
    assert not any(i.problem for i in inputs)


def test_a_log_of_the_same_size_under_the_old_name_is_new(world: World) -> None:
    world.append(b"".join(LINES[:10]))
    run(world.log, remembered=world.memory)
    other = b"".join(reversed(LINES[:10]))
    with world.log.open("r+b") as file:  # the same inode, the same size
        file.write(other)
    world.generations.append(other)
    assert run(world.log, remembered=world.memory)[0]["lines"] == 20


@pytest.mark.parametrize("changed", [0, 390], ids=["head", "tail"])
def test_a_log_that_differs_anywhere_where_it_is_looked_at_is_new(
    world: World, changed: int
) -> None:
    world.append(b"".join(LINES))
    assert len(b"".join(LINES[:390])) > streams.KNOWN_BYTES
    run(world.log, remembered=world.memory)
    other = [*LINES]
    other[changed] = other[changed].replace(b"2026-11-20", b"2026-11-21")
    with world.log.open("r+b") as file:
        file.write(b"".join(other))
    assert run(world.log, remembered=world.memory)[0]["lines"] == 2 * len(LINES)


def test_endless_lines_across_units_are_counted_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "UNIT_BYTES", 1 << 20)
    endless = b'{"message": "' + b"x" * (6 << 20) + b'"}\n'
    world.append(b"".join([*LINES[:100], endless, *LINES[100:]]) + endless[:-1])
    for _ in range(2):
        found = run(world.log, remembered=world.memory)[0]
        assert (found["lines"], found["unread"]["longer than 1 MiB"]) == (len(LINES) + 2, 2)
    world.append(b"\n" + LINES[0])
    assert run(world.log, remembered=world.memory)[0]["lines"] == len(LINES) + 3


def test_the_state_file_may_stand_among_the_logs(world: World) -> None:
    world.append(b"".join(LINES))
    memory = world.folder / "state"
    for _ in range(2):
        assert run(world.folder, remembered=memory)[0]["lines"] == len(LINES)


def test_the_report_is_that_of_one_run(tmp_path: Path) -> None:
    log, memory = tmp_path / "log", tmp_path / "state"
    for end in (1, 700, 1500, None):
        log.write_bytes(b"".join(TALK.splitlines(keepends=True)[:end]))
        found = report(log, memory)
        assert found == report(log)


# --- what can be wrong with the file -----------------------------------------------------------


def test_a_state_is_private(world: World) -> None:
    world.append(b"".join(LINES))
    run(world.log, remembered=world.memory)
    assert world.memory.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in world.memory.parent.iterdir()) == ["all", "logs", "state"]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: data[:-1], "damaged"),
        (lambda data: data[:-300] + bytes([data[-300] ^ 1]) + data[-299:], "damaged"),
        (lambda data: data[:40] + b"x" + data[41:], "damaged"),
        (lambda data: data.replace(b"state 5\n", b"state 99\n", 1), "another version"),
        (lambda _: b"{}\n", "no state file"),
        (lambda _: b"", "no state file"),
    ],
)
def test_a_state_that_cannot_be_used_is_an_error_that_says_what_to_do(
    world: World, damage: Callable[[bytes], bytes], told: str
) -> None:
    world.append(b"".join(LINES))
    run(world.log, remembered=world.memory)
    bad = damage(world.memory.read_bytes())
    world.memory.write_bytes(bad)
    with pytest.raises(InputError, match=told) as error:
        run(world.log, remembered=world.memory)
    assert str(world.memory) in str(error.value)
    assert error.value.next_step
    assert world.memory.read_bytes() == bad


def test_other_options_are_refused(world: World) -> None:
    world.append(b"".join(LINES))
    run(world.log, remembered=world.memory)
    with pytest.raises(UsageError, match="--slow-ms 1000"):
        engine.read([world.log], JOB._replace(slow_ms=5.0), engine.ReadOptions(state=world.memory))


def test_a_state_that_cannot_be_written_is_named(world: World) -> None:
    world.append(b"".join(LINES))
    found, inputs = run(world.log, remembered=world.memory.parent / "nowhere" / "state")
    assert found["lines"] == len(LINES)
    assert [i.problem for i in inputs] == ["", "the state was not written: " + os.strerror(2)]
    assert inputs[1].path.endswith("nowhere/state")


def test_a_full_disk_costs_the_state_and_not_the_report(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.append(b"".join(LINES))
    run(world.log, remembered=world.memory)
    before = world.memory.read_bytes()
    world.append(TALK)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        found, inputs = run(world.log, remembered=world.memory)
    assert found["lines"] == len(LINES) + len(TALK.splitlines())
    assert inputs[1].problem == "the state was not written: No space left on device"
    assert world.memory.read_bytes() == before
    assert sorted(path.name for path in world.memory.parent.iterdir()) == ["all", "logs", "state"]
    assert run(world.log, remembered=world.memory)[0] == found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_before_anything_is_read(
    make: Callable[[Path], None], world: World
) -> None:
    make(world.memory)
    with pytest.raises(UsageError, match="must be a plain file"):
        run(world.folder / "none", remembered=world.memory)


def test_a_folder_that_takes_no_file_is_named_before_anything_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    with pytest.raises(InputError, match="the state cannot be written: Permission denied"):
        run(world.folder / "none", remembered=world.memory)


def test_a_link_to_the_state_stays_a_link(world: World) -> None:
    world.append(b"".join(LINES))
    link = world.memory.parent / "link"
    link.symlink_to(world.memory)
    for _ in range(2):  # at first it leads nowhere
        run(world.log, remembered=link)
        assert link.is_symlink()
        assert len(state_file.load(world.memory, options())) == 1


def test_what_killed_runs_left_is_removed(world: World) -> None:
    world.append(b"".join(LINES))
    (world.memory.parent / ".state.abc123.new").write_bytes(b"half")
    (world.memory.parent / ".state.mine").write_bytes(b"not ours")
    run(world.log, remembered=world.memory)
    names = sorted(path.name for path in world.memory.parent.iterdir())
    assert names == [".state.mine", "all", "logs", "state"]


def test_what_another_run_is_writing_is_not_removed(world: World) -> None:
    world.append(b"".join(LINES))
    state_file.save(world.memory, options(), [])
    replace, names = Path.replace, list[Path]()

    def another_run_saves(name: Path, to: Path) -> Path:
        if not names:
            names.append(name)
            state_file.save(world.memory, options(), [])
        return replace(name, to)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", another_run_saves)
        run(world.log, remembered=world.memory)
    assert names
    assert len(state_file.load(world.memory, options())) == 1


def test_an_archive_with_the_inode_of_an_empty_log_is_not_counted_again(world: World) -> None:
    world.append(b"".join(LINES))
    run(world.log, remembered=world.memory)
    world.rename()
    run(world.log, remembered=world.memory)  # remembers the new log, empty, by its inode
    read, packed = world.folder / "app.log.1", world.folder / "app.log.1.gz"
    world.log.write_bytes(gzip.compress(read.read_bytes()))
    world.log.rename(packed)  # the file system gave the archive the inode of the empty log
    read.unlink()
    world.log.touch()
    assert run(world.log, remembered=world.memory)[0] == world.once()
    assert run(world.log, remembered=world.memory)[0]["lines"] == len(LINES)


def test_another_archive_with_that_inode_is_none_of_ours(world: World) -> None:
    run(world.log, remembered=world.memory)
    world.log.write_bytes(gzip.compress(TALK))
    world.log.rename(world.folder / "app.log.old.gz")
    world.log.touch()
    assert run(world.log, remembered=world.memory)[0]["lines"] == 0


def test_an_empty_log_that_grew_and_was_renamed_is_read(world: World) -> None:
    run(world.log, remembered=world.memory)
    world.append(b"".join(LINES))
    world.rename()
    assert run(world.log, remembered=world.memory)[0] == world.once()


def test_a_broken_archive_is_not_remembered(tmp_path: Path) -> None:
    log, memory = tmp_path / "log", tmp_path / "state"
    packed = gzip.compress(b"".join(LINES))
    log.write_bytes(packed[:-200])
    assert run(log, remembered=memory)[1][0].problem
    assert [mark.offset for mark in state_file.load(memory, options())] == []
    log.write_bytes(packed)
    assert run(log, remembered=memory)[0]["lines"] == len(LINES)


def test_a_log_that_was_put_into_an_archive_is_not_counted_again(world: World) -> None:
    world.append(b"".join(LINES[:300]))
    run(world.folder, remembered=world.memory)
    world.append(b"".join(LINES[300:]))
    with zipfile.ZipFile(world.folder / "old.zip", "w") as archive:
        archive.write(world.log, "app.log")
    world.log.unlink()
    found, inputs = run(world.folder, remembered=world.memory)
    assert found == world.once()
    assert [Path(i.path).name for i in inputs] == ["old.zip!app.log"]
    assert run(world.folder, remembered=world.memory)[0] == found


def test_a_file_inside_an_archive_is_read_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tarfile.open(world.folder / "old.tgz", "w:gz") as archive:
        world.append(b"".join(LINES))
        archive.add(world.log, "app.log")
    world.log.unlink()
    first = run(world.folder, remembered=world.memory)[0]
    monkeypatch.delattr(streams, "opened")
    assert run(world.folder, remembered=world.memory)[0] == first


def test_a_name_that_is_no_utf_8_is_remembered(tmp_path: Path) -> None:
    log = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.jsonl"))
    log.write_bytes(TALK)
    memory = tmp_path / "state"
    first, second = (run(log, remembered=memory)[0] for _ in range(2))
    assert first == second
    assert [mark.path for mark in state_file.load(memory, options())] == [str(log)]
