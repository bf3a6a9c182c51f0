"""Calls read by several processes, in ranges of files, are those that one process reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.pages import DEBUG, REPLAYED, TURNS
from tuner import pipeline
from tuner.calls import read
from tuner.execution import planning, processes

DEV = samples.FOLDER / "slow-model.dev.log"


@pytest.mark.parametrize("paths", [[TURNS], [DEBUG], [DEV], [DEV, REPLAYED, TURNS]])
def test_ranges_of_files_give_the_same_calls(
    paths: Sequence[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    units, mapped = [0], processes.mapped

    def noted(work: Any, items: Sequence[Any], workers: int) -> Iterator[Any]:
        units.append(len(items))
        return mapped(work, items, workers)

    monkeypatch.setattr(processes, "mapped", noted)
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
    assert list(processes.mapped(_dies_at_three, range(20), 2)) == [n * n for n in range(20)]
    assert list(processes.mapped(_dies_at_three, range(20), 1)) == [n * n for n in range(20)]
