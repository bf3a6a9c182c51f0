"""Calls read by several processes, in ranges of files, are those that one process reads."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.pages import DEBUG, REPLAYED, TURNS
from tuner import pipeline
from tuner.calls import read
from tuner.errors import InputError
from tuner.execution import planning, processes, tasks

DEV = samples.FOLDER / "slow-model.dev.log"


@pytest.mark.parametrize("paths", [[TURNS], [DEBUG], [DEV], [DEV, REPLAYED, TURNS]])
def test_ranges_of_files_give_the_same_calls(
    paths: Sequence[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    units, mapped = [0], processes.Mapped

    def noted(work: Any, items: Sequence[Any], workers: int) -> processes.Mapped[Any, Any]:
        units.append(len(items))
        return mapped(work, items, workers)

    monkeypatch.setattr(processes, "Mapped", noted)
    alone = pipeline.calls(paths, jobs=1)
    monkeypatch.setattr(planning, "ALONE_BYTES", 1)
    for size in (20_011, 100_003):
        monkeypatch.setattr(read, "_UNIT_BYTES", size)
        assert pipeline.calls(paths, jobs=2) == alone
    assert max(units) > len(paths) or DEV in paths


def _dies_at_three(number: int) -> int:
    if number == 3 and os.getpid() != PARENT:
        os._exit(1)
    return number * number


PARENT = os.getpid()


def test_what_a_dead_process_left_is_done_here() -> None:
    assert list(processes.Mapped(_dies_at_three, range(20), 2)) == [n * n for n in range(20)]
    assert list(processes.Mapped(_dies_at_three, range(20), 1)) == [n * n for n in range(20)]


def _slowly(number: int) -> int:
    time.sleep(0.05)
    return number


def test_what_is_not_wanted_any_more_is_not_done() -> None:
    begun = processes.Mapped(_slowly, range(10_000), 2)
    begun.close()
    while multiprocessing.active_children():  # 500 s of work, if it were done
        time.sleep(0.01)


def test_it_is_begun_before_it_is_asked_for(tmp_path: Path) -> None:
    begun = processes.Mapped(Path.touch, [tmp_path / "a", tmp_path / "b"], 2)
    while len([*tmp_path.iterdir()]) < 2:
        time.sleep(0.01)
    assert list(begun) == [None, None]


COPIES = """
import multiprocessing, os, time
from tuner.execution.processes import Copied

def where():
    return os.getpid(), Copied(os.getpid).result()

assert len({os.getpid(), *Copied(where).result()}) == 3
begun = Copied(lambda: time.sleep(500))
assert begun.is_begun
begun.close()
assert not multiprocessing.active_children()
"""


@pytest.mark.skipif(tasks.cores() < 2 or not tasks.LINUX, reason="nothing is copied")
def test_a_copy_of_the_process_may_have_copies_itself_and_ends_when_it_is_not_wanted() -> None:
    subprocess.run([sys.executable, "-c", COPIES], check=True, timeout=60)


def _only_here() -> int:
    if os.getpid() != PARENT:
        os._exit(1)
    return 7


def _fails() -> int:
    raise InputError("it fails", "Try another.")


def test_what_a_copy_cannot_do_is_done_here(capfd: pytest.CaptureFixture[str]) -> None:
    assert processes.Copied(_only_here).result() == 7
    with pytest.raises(InputError, match="it fails"):
        processes.Copied(_fails).result()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("worst", [0, 10])
def test_a_copy_makes_the_same_calls_and_timelines(
    worst: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = pipeline.analysis([REPLAYED], environ={}, jobs=1, worst=worst).calls()
    monkeypatch.setattr(planning, "ALONE_BYTES", 1)
    copied: list[Any] = []
    real = processes.Copied

    def noted(work: Any) -> processes.Copied[Any]:
        copied.append(work)
        return real(work)

    monkeypatch.setattr(processes, "Copied", noted)
    options: dict[str, Any] = {"environ": {}, "single_calls": True, "worst": worst}
    assert pipeline.analysis([REPLAYED], jobs=2, **options).calls() == alone
    assert len(copied) == 1
    assert pipeline.analysis([REPLAYED], jobs=1, **options).calls() == alone
    assert len(copied) == 1
    assert len(alone.worst) == worst
