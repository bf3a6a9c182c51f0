"""Advice against false stops: priced by replay, and words that pass where they come in time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tuner import pipeline
from tuner.limits import Limits
from tuner.model import Recommendation
from tuner.settings.candidates import candidates
from tuner.whatif.predict import Replay
from tuner.whatif.price import replay_price
from tuner.whatif.timing import SWEEPS

LOGS = Path(__file__).parent / "whatif" / "stops"
LISTENER = LOGS / "back-channelling-listener.base.jsonl.gz"
Line = dict[str, Any]
SAME_S = 0.05
"""Two prices this near are the same to a caller."""
OTHERS = sorted(LOGS.glob("*.jsonl.gz"))


def advised(path: Path) -> Recommendation:
    return pipeline.analyze([path], environ={}).recommendation


@cache
def replay(path: Path) -> Replay:
    return pipeline.replay([path])


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_no_advice_costs_callers_more_in_a_replay_of_the_other_runs(path: Path) -> None:
    """Each run has its own settings; the advice on one is tried on the callers of all others."""
    advice, log = advised(path), replay(path)
    profile = candidates({}, LOGS)[advice.profile or ""] if advice.verdict == "switch" else {}
    wanted = {**log.values, **profile, **{one.setting: one.to for one in advice.changes}}
    dearer = []
    for there in map(replay, OTHERS):
        before, after = (
            replay_price(there.predict({name: values[name] for name in SWEEPS}), there, Limits())
            for values in (log.values, wanted)
        )
        if before is not None and after is not None:
            dearer.append(after.value - before.value)
    assert dearer
    assert max(dearer) <= SAME_S


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Callable[[Line], None]], Path]:
    """The log of the listener, every line of it changed."""

    def write(change: Callable[[Line], None]) -> Path:
        lines = [json.loads(line) for line in gzip.decompress(LISTENER.read_bytes()).splitlines()]
        for line in lines:
            change(line)
        path = tmp_path / "log.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return path

    return write


def _stream(line: Line) -> None:
    if line["message"] == "session started":
        line["settings"]["STT_MODEL"] = "gpt-live-transcribe"


def test_the_profile_against_noise_is_priced_by_the_sounds_of_the_log() -> None:
    advice = advised(LISTENER)
    assert (advice.verdict, advice.profile) == ("switch", "noisy")
    changes = {change.setting: change for change in advice.changes}
    assert "false stops a minute 3.38 →" in changes["MIN_INTERRUPTION_DURATION"].effect
    assert changes["MIN_INTERRUPTION_DURATION"].label == "estimated"
    assert changes["INTERRUPTION_THRESHOLD"].effect == "counted in above"


def test_words_that_pass_are_advised_where_they_are_transcribed_in_time(
    written: Callable[[Callable[[Line], None]], Path],
) -> None:
    advice = advised(written(_stream))
    assert (advice.verdict, advice.profile) == ("keep", "balanced")
    (change,) = advice.changes
    assert (change.setting, change.to, change.label) == ("BACKCHANNEL_WORDS", "auto", "estimated")
    assert "3.38 → 0.00" in change.effect
    assert next(one.why for one in advice.against if one.profile == "noisy").startswith("to let")


def test_words_that_are_not_counted_cannot_be_priced(
    written: Callable[[Callable[[Line], None]], Path],
) -> None:
    def change(line: Line) -> None:
        _stream(line)
        if line["message"] == "interruption":
            line["words"] = None

    advice = advised(written(change))
    assert (advice.verdict, advice.profile) == ("switch", "noisy")


def test_where_words_pass_already_the_advice_is_not_to_let_them(
    written: Callable[[Callable[[Line], None]], Path],
) -> None:
    def change(line: Line) -> None:
        _stream(line)
        if line["message"] == "session started":
            line["settings"]["BACKCHANNEL_WORDS"] = "auto"

    changes = advised(written(change)).changes
    assert ("BACKCHANNEL_WORDS", "auto") not in {(one.setting, one.to) for one in changes}


def test_a_setting_that_the_agent_does_not_have_is_not_advised(
    written: Callable[[Callable[[Line], None]], Path],
) -> None:
    def change(line: Line) -> None:
        _stream(line)
        if line["message"] == "session started":
            line["settings"].pop("BACKCHANNEL_WORDS", None)
            del line["profile"]

    assert "BACKCHANNEL_WORDS" not in {one.setting for one in advised(written(change)).changes}
