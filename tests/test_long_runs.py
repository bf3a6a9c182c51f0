"""Bounded runs of what `tools/fuzz` does at length: kills, rotations, private texts."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.in_turn import in_turn, one_in
from tools.fuzz import kills, privacy, rotations
from tuner.execution import resume_matching


@pytest.mark.parametrize(("rotation", "name"), in_turn(rotations.ROTATIONS, rotations.WRITERS, 2))
def test_a_rotation_with_kills_equals_one_run(
    rotation: rotations.Rotation, name: str, tmp_path: Path
) -> None:
    assert rotations.scenario(tmp_path, rotation, name, 1) == ""


def test_a_state_that_counts_twice_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgets = lambda _, marks: resume_matching.Resumed({}, {}, [m for m in marks if m.offset])  # noqa: E731
    monkeypatch.setattr(resume_matching, "match", forgets)
    assert rotations.scenario(tmp_path, rotations.rename, "one log", 1)


def test_kills_leave_a_whole_state(tmp_path: Path) -> None:
    assert kills.world(tmp_path, 2, Random(1), 2.0) == ""


@pytest.mark.parametrize("number", one_in(3, range(3)))
def test_private_texts_stay_in(number: int, tmp_path: Path) -> None:
    given = list(privacy.inputs(200, Random(number)))
    for each in (given[number], given[-1 - number]):
        assert privacy.leaked(each, tmp_path) == ""


def test_a_private_text_that_is_shown_would_be_found() -> None:
    given = privacy.Input(privacy.MARK, "LLM metrics", "x", privacy.MARK, "json")
    assert privacy.is_private(f"a {privacy.MARK.lower()} b", "x")
    assert privacy.is_private("call 7654321", "+1 555-765-4321")
    assert not privacy.is_private("7654321", "AJ_1")
    assert privacy.MARK.encode() in given.data()
