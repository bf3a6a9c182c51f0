"""A Dask cluster of two processes gives the report of one machine, also when one of them dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.free_ports import free_port
from tests.test_properties import told
from tuner import pipeline
from tuner.cli import main as cli
from tuner.execution import dask_cluster, engine, planning, units
from tuner.execution.parts import Part
from tuner.inputs import chunks
from tuner.model import Report

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore")  # what Dask's own libraries warn of
NAME = "false-interruptions.jsonl"
LOG = samples.FOLDER / NAME
JOB = units.Job()


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two processes, which knows this folder."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    patient = {  # to start a worker takes long, on a busy machine longer than Dask waits
        "distributed.scheduler.allowed-failures": 1,
        "distributed.comm.timeouts.connect": "120s",
    }
    with dask.config.set(patient), distributed.LocalCluster(**options, silence_logs=50) as local:
        yield local.scheduler_address


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "UNIT_BYTES", 60_000)


def report(*paths: Path, **options: Any) -> Report:
    return pipeline.analyze(list(paths), environ={}, **options)


def test_two_workers_give_the_report_of_one_machine(scheduler: str) -> None:
    assert len(planning.plan(str(LOG))) > dask_cluster._BRANCHES  # a tree of more than one level
    paths = LOG, samples.FOLDER / "slow-model.dev.log"
    assert report(*paths, engine="dask", scheduler=scheduler) == report(*paths)


def test_a_state_is_kept_by_a_cluster_too(scheduler: str, tmp_path: Path) -> None:
    log, state = tmp_path / "log", tmp_path / "state"
    log.write_bytes(LOG.read_bytes()[:500_100])
    options = {"state": state, "engine": "dask", "scheduler": scheduler}
    assert report(log, **options) == report(log)
    log.write_bytes(LOG.read_bytes())
    assert report(log, **options) == report(log)


def test_joining_again_gives_the_same() -> None:
    lines = [f"{h % 24:02d}:30:00 INFO livekit.agents EOU metrics {{}}\n" for h in range(20, 60)]
    halves = [chunks.Chunk("".join(half).encode(), at=1) for half in (lines[:20], lines[20:])]
    parts = [units.part(units.Piece(half), JOB) for half in halves]
    first, again = (told(dask_cluster._joined(parts, JOB).summary) for _ in range(2))
    assert first == again


def dying(unit: units.Unit, job: units.Job, once: Path | None) -> Part:
    """Read a unit, but for one that kills its worker: the first time, or always."""
    if unit.start == 300_000 and (once is None or not once.exists()):
        if once is not None:
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return units.whole(unit, job)


def die(monkeypatch: pytest.MonkeyPatch, once: Path | None) -> None:
    def read(client: Any, unit: units.Unit, job: units.Job) -> Any:
        return client.submit(dying, unit, job, once, pure=False, retries=1)

    monkeypatch.setattr(dask_cluster, "_read", read)


def test_killing_a_worker_in_the_middle_changes_nothing(
    scheduler: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    die(monkeypatch, tmp_path / "once")
    paths = LOG, samples.FOLDER / "healthy-info.jsonl"
    found = report(*paths, engine="dask", scheduler=scheduler)
    assert (tmp_path / "once").exists()
    assert found == report(*paths)


def test_a_unit_that_kills_every_worker_is_named_and_the_rest_is_read(
    scheduler: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(LOG.read_bytes()[:250_000])
    die(monkeypatch, None)
    how = engine.ReadOptions(engine="dask", scheduler=scheduler)
    bad, good = engine.read([LOG, other], JOB, how)[0]
    assert (bad.problem, good.problem) == (dask_cluster.DIED, "")
    lost = [unit for unit in planning.plan(str(LOG)) if unit.start == 300_000]
    size = sum(len(piece.chunk.data) for unit in lost for piece in units.pieces(unit))
    assert bad.summary.bytes == LOG.stat().st_size - size
    assert told(good.summary) == told(engine.read([other], JOB)[0][0].summary)


def test_the_last_worker_goes_while_a_unit_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_cluster, "_LOOK_EVERY_S", 0.1)
    options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "processes": False}
    with (
        distributed.LocalCluster(**options, dashboard_address=None, silence_logs=50) as local,
        distributed.Client(local) as client,
    ):
        tree = dask_cluster._Tree(client, [units.Unit(str(LOG))], JOB)
        distributed.wait(tree.leaves)
        failed = client.submit(pow, 1, 0, 0)  # "pow() 3rd argument cannot be 0"
        distributed.wait(failed)
        local.scale(0)
        while client.scheduler_info()["workers"]:
            local.sync(asyncio.sleep, 0.05)
        part = tree._leaf(tree.units[0], failed)
    assert (part.problem, part.summary.records) == (dask_cluster.GONE, 0)


def test_an_input_that_cannot_be_read_is_named(scheduler: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    broken.write_bytes(b"\x1f\x8b\x08\x00broken")
    found = report(LOG, broken, engine="dask", scheduler=scheduler)
    assert [bool(info.problem) for info in found.inputs] == [False, True]
    assert found.inputs[1].problem == report(LOG, broken).inputs[1].problem


def test_without_a_scheduler_a_cluster_is_started_here() -> None:
    assert report(LOG, engine="dask", jobs=2) == report(LOG)


def test_a_scheduler_that_is_not_there_is_an_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    url = f"tcp://127.0.0.1:{free_port()}"
    assert cli.run(["analyze", str(LOG), "--engine", "dask", "--scheduler", url]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[0] == f"tuner: no Dask scheduler answers at {url}"


def test_a_scheduler_without_workers_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    options: dict[str, Any] = {"n_workers": 0, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(**options) as local:
        url = local.scheduler_address
        assert cli.run(["analyze", str(LOG), "--engine", "dask", "--scheduler", url]) == 2
    assert "has no workers" in capfd.readouterr().err
