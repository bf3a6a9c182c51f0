"""Who reads does not matter: processes that die, Ctrl-C, files that change, inputs given twice."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.test_properties import told
from tuner import pipeline
from tuner.cli import main as cli
from tuner.execution import engine, interrupt, planning, processes, units
from tuner.execution.parts import Part
from tuner.execution.tasks import Task
from tuner.summary.read_input import ReadInput

ROOT = Path(__file__).parent.parent
NAME = "false-interruptions.jsonl"
LOG = samples.FOLDER / NAME
JOB = units.Job()


@pytest.fixture
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sample log be cut and read by processes, as a large one is."""
    monkeypatch.setattr(planning, "UNIT_BYTES", 100_000)
    monkeypatch.setattr(planning, "ALONE_BYTES", 0)


def read(*paths: Path, jobs: int = 2) -> list[ReadInput]:
    return engine.read(list(paths), JOB, engine.ReadOptions(jobs=jobs))[0]


# --- processes ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_units")
@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("packed", [False, True])
def test_any_number_of_processes_gives_the_same(jobs: int, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(LOG.read_bytes()) if packed else LOG.read_bytes())
    assert len(planning.plan(str(path))) > (0 if packed else 5)
    assert told(read(path, jobs=jobs)[0].summary) == told(read(LOG, jobs=1)[0].summary)


def dying(unit: units.Unit, job: units.Job, once: Path | None = None) -> Part:
    """Read a unit; but one kills its process: the first time, or always."""
    if unit.start == 300_000 and (once is None or not once.exists()):
        if once is not None:
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return units.whole(unit, job)


def die(monkeypatch: pytest.MonkeyPatch, once: Path | None = None) -> None:
    def task(unit: units.Unit, job: units.Job) -> Task:
        return Task(unit, dying, (unit, job, once))

    monkeypatch.setattr(engine, "_task", task)


@pytest.mark.usefixtures("small_units")
def test_a_process_that_is_killed_once_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = told(read(LOG, jobs=1)[0].summary)
    die(monkeypatch, tmp_path / "once")
    found = read(LOG)
    assert (tmp_path / "once").exists()
    assert (told(found[0].summary), found[0].problem) == (whole, "")


@pytest.mark.usefixtures("small_units")
def test_a_unit_that_always_kills_is_named_and_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(LOG.read_bytes()[:250_000])
    die(monkeypatch)
    bad, good = read(LOG, other)
    assert (bad.problem, good.problem) == (processes.DIED, "")
    assert bad.summary.bytes == LOG.stat().st_size - sum(
        len(piece.chunk.data)
        for unit in planning.plan(str(LOG))
        if unit.start == 300_000
        for piece in units.pieces(unit)
    )
    assert told(good.summary) == told(engine.read([other], JOB)[0][0].summary)


# --- Ctrl-C ------------------------------------------------------------------------------------

INTERRUPTED = """
import sys, time
from tuner.execution import planning, units
from tuner.cli.main import main

planning.UNIT_BYTES = planning.ALONE_BYTES = 50_000
part, n = units.part, 0

def slow(piece, job):
    if b"the last piece" in bytes(piece.chunk.data):
        print("reading", file=sys.stderr, flush=True)
        time.sleep(30)
    return part(piece, job)

units.part = slow
main()
"""


def interrupted(log: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the program until it is at the last piece, which takes 30 s, and press Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, "analyze", str(log), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "reading\n"
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes
    out, err = process.communicate(timeout=20)
    with pytest.raises(ProcessLookupError):  # no worker is left
        os.killpg(process.pid, 0)
    return subprocess.CompletedProcess("", process.returncode, out, err)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a group")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_reports_what_was_read_and_leaves_nobody_behind(jobs: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(LOG.read_bytes() + b"the last piece\n")
    done = interrupted(log, "--jobs", jobs)
    assert done.returncode == 2
    assert "PARTIAL" in done.stdout
    assert re.search(r"false.interruptions", done.stdout)
    assert done.stderr == "tuner: the report is partial: " + PARTIAL + "\n"


PARTIAL = "stopped by Ctrl-C: only what was read until then"


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a group")
def test_after_ctrl_c_a_run_with_a_state_goes_on(tmp_path: Path) -> None:
    log, memory = tmp_path / "log", tmp_path / "state"
    log.write_bytes(LOG.read_bytes() + b"the last piece\n")
    interrupted(log, "--jobs", "2", "--state", str(memory))
    found = engine.read([log], JOB, engine.ReadOptions(state=memory))[0][0].summary
    assert told(found) == told(engine.read([log], JOB)[0][0].summary)


def test_ctrl_c_waits_for_what_must_not_be_cut() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupt.listening() as stopper:
        with stopper.held():
            signal.raise_signal(signal.SIGINT)
            done.append("to the end")
        done.append("and no further")
    assert done == ["to the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_before_anything_was_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: Any) -> Part:
        raise KeyboardInterrupt

    monkeypatch.setattr(units, "part", stopped)
    assert cli.run(["analyze", str(LOG)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tuner: stopped before anything was read")


# --- files that change while they are read -----------------------------------------------------


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def replace(path: Path) -> None:
    path.rename(path.with_suffix(".1"))
    path.write_bytes(LOG.read_bytes()[:1000])


def shrink(path: Path) -> None:
    os.truncate(path, 100)


def touch(path: Path) -> None:
    path.write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("change", "packed", "problem"),
    [
        (grow, False, ""),
        (replace, False, "it was replaced while it was read"),
        (shrink, False, "it shrank while it was read"),
        (Path.unlink, False, "it vanished while it was read"),
        (grow, True, "it changed while it was read"),
        (replace, True, "it was replaced while it was read"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_named(
    change: Callable[[Path], None],
    packed: bool,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, other = tmp_path / "a.log", tmp_path / "b.log"
    log.write_bytes(gzip.compress(LOG.read_bytes()) if packed else LOG.read_bytes())
    other.write_bytes(LOG.read_bytes()[:100_000])
    summarize, todo = units._summarize, [log]

    def changing(*given: Any) -> Any:
        for path in todo:
            change(path)
        todo.clear()
        return summarize(*given)

    monkeypatch.setattr(units, "_summarize", changing)
    report = pipeline.analyze([log, other], environ={})
    assert [info.problem for info in report.inputs] == [problem, ""]
    assert report.inputs[1].lines > 100


# --- the same log twice ------------------------------------------------------------------------


def test_a_log_given_twice_counts_once_and_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(LOG.read_bytes())
    (tmp_path / "b.log").symlink_to("a.log")
    (tmp_path / "c.log").hardlink_to(tmp_path / "a.log")
    (tmp_path / "d.gz").write_bytes(gzip.compress(LOG.read_bytes()))
    report = pipeline.analyze([tmp_path], environ={})
    assert samples.headline(report) == samples.headline(samples.report(LOG))
    notes = {Path(info.path).name: info.notes for info in report.inputs}
    first = tmp_path / "a.log"
    assert notes == {
        "a.log": (),
        "b.log": (f"{tmp_path / 'b.log'}: the same file as {first}, counted once",),
        "c.log": (f"{tmp_path / 'c.log'}: the same file as {first}, counted once",),
        "d.gz": (f"{tmp_path / 'd.gz'}: the same log as {first}, counted once",),
    }
    assert not any(info.problem for info in report.inputs)


def test_logs_that_only_look_alike_are_both_counted(tmp_path: Path) -> None:
    data = LOG.read_bytes()
    (tmp_path / "a.log").write_bytes(data)
    (tmp_path / "b.log").write_bytes(data.replace(b"Using selector", b"Using_selector", 1))
    report = pipeline.analyze([tmp_path], environ={})
    assert [info.lines for info in report.inputs] == [data.count(b"\n")] * 2


def test_export_reads_the_same_sources(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(LOG.read_bytes()))
    rows = [dict(row, path="") for row in pipeline.rows([tmp_path])]
    assert rows == [dict(row, path="") for row in pipeline.rows([LOG])]


def test_a_path_may_stand_alone() -> None:
    path = str(samples.FOLDER / "healthy-info.jsonl")
    assert pipeline.analyze(path, environ={}).exposure.calls == 10
