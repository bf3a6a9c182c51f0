"""Scenario files: read strictly, repeatable with a seed, and new ones need no code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tuner.bench.callers import scenarios
from tuner.bench.callers.caller import CallerStyle, draw_asides, draw_turns, leaves_after
from tuner.bench.callers.sounds import SAMPLE_RATE, SoundKind, clips_of, louder, telephone, voice_of
from tuner.bench.latency import Empirical, LogNormal, SlowTail
from tuner.bench.model import Endpoint, Kind
from tuner.errors import InputError, UsageError
from tuner.settings import profiles

HEAD = 'title = "A test"\nbest = "fast"\n'
WANTED = {
    *("quiet-office", "noisy-street", "back-channelling-listener", "slow-thinker"),
    *("impatient-interrupter", "bad-phone-line"),
}


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_shipped_scenarios_are_complete_and_name_a_profile() -> None:
    assert set(scenarios.names()) >= WANTED
    for name in scenarios.names():
        one = scenarios.load(name)
        assert one.name == name
        assert one.best in profiles.names()
        assert len(one.title) < 90
        assert 25 <= one.seconds <= 45


def test_a_new_scenario_needs_a_file_and_nothing_else(tmp_path: Path) -> None:
    text = HEAD + "\n".join(
        [
            "seconds = 12",
            "reply_s = [1, 2]",
            "[caller]",
            "pause_chance = 0.5",
            "pause_s = [0.4, 0.9]",
            "telephone = true",
            "[models.chat]",
            "median_s = 0.5",
            "slow_share = 0.1",
            "slow_s = [2, 3]",
            "[failures]",
            "rate_limited = 0.2",
        ]
    )
    found = scenarios.load(str(written(tmp_path, text)))
    assert (found.name, found.title, found.seconds, found.reply_s) == ("mine", "A test", 12, (1, 2))
    assert found.caller == CallerStyle(pause_chance=0.5, pause_s=(0.4, 0.9), telephone=True)
    chat = found.plan(3).of(Endpoint.CHAT)
    assert chat.latency == SlowTail(LogNormal(0.5, 0.35), 0.1, 2, 3)
    assert chat.chances == {Kind.RATE_LIMITED: 0.2}
    assert found.plan(3).of(Endpoint.SPEECH).latency == LogNormal(0.15, 0.3)


def test_measured_latencies_take_the_place_of_those_of_the_scenario() -> None:
    slow = scenarios.load("quiet-office").with_models({"chat": Empirical((1.0, 2.0))})
    assert slow.plan(1).of(Endpoint.CHAT).latency == Empirical((1.0, 2.0))
    assert slow.plan(1).of(Endpoint.SPEECH).latency == LogNormal(0.15, 0.3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('best = "fast"', "title is missing"),
        (HEAD + "[caller]\npause_chanc = 0.5", "caller.pause_chanc is not a key here; did you"),
        (HEAD + "speed = 2", "speed is not a key here (known: title, best"),
        (
            HEAD + "[caller]\npause_chance = 1.5",
            "caller.pause_chance = 1.5: must be less than or",
        ),
        (HEAD + "[caller]\npause_chance = true", "caller.pause_chance = True: must be a number"),
        (HEAD + "[caller]\npause_s = [2, 1]", "caller.pause_s = [2, 1]: must be [low, high]"),
        (HEAD + "[caller]\npause_s = 2", "caller.pause_s = 2: must be [low, high]"),
        (HEAD + '[caller]\ntelephone = "yes"', "caller.telephone = 'yes': must be true or"),
        (HEAD + "caller = 3", "caller = 3: must be a table"),
        (
            HEAD + "[models.chatt]\nmedian_s = 1",
            "models.chatt is not a key here; did you mean chat",
        ),
        (HEAD + "[models.chat]\nmedian_s = 0", "models.chat.median_s = 0: must be greater than"),
        (HEAD + "[failures]\nreset = 0.1", "failures.reset is not a key here"),
        (HEAD + "seconds = 1e9", "seconds = 1000000000.0: must be less than or equal to 600"),
        ("title = ", "mine.toml"),
    ],
)
def test_a_mistake_names_file_key_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        scenarios.read(written(tmp_path, text))
    assert message in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert caught.value.next_step


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scenarios.read(written(tmp_path, "speed = 2\nseconds = 0"))
    assert len(str(caught.value).splitlines()) == 4


def test_an_unknown_name_is_reported_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean noisy-street"):
        scenarios.load("noisy-stret")
    with pytest.raises(InputError, match=r"none\.toml"):
        scenarios.load(str(tmp_path / "none.toml"))


def test_the_same_seed_gives_the_same_call() -> None:
    style = CallerStyle(
        pause_chance=0.5, bystanders_per_minute=20, coughs_per_minute=10, hang_up_chance=0.5
    )

    def call(seed: int) -> list[object]:
        turns = [next(draw) for draw in [draw_turns(style, seed)] for _ in range(5)]
        asides = draw_asides(style, seed, 30)
        return [
            [(t.parts, t.pause_s, t.think_s, t.overlap) for t in turns],
            [(a.at_s, a.clip.kind, a.clip.samples.tobytes()) for a in asides],
            leaves_after(style, seed, 30),
        ]

    assert call(4) == call(4)
    assert call(4) != call(5)


def test_asides_come_as_often_as_asked_and_within_the_call() -> None:
    style = CallerStyle(bystanders_per_minute=12, bystander_s=(0.5, 0.5), bystander_db=(-20, -20))
    found = [aside for seed in range(60) for aside in draw_asides(style, seed, 30)]
    assert 300 < len(found) < 420
    assert all(0 <= aside.at_s < 30 for aside in found)
    assert all(aside.clip.kind is SoundKind.BYSTANDER for aside in found)
    loudest = max(int(np.abs(clip.samples).max()) for clip in clips_of(SoundKind.SENTENCE))
    assert max(int(np.abs(aside.clip.samples).max()) for aside in found) <= loudest / 9.9
    assert draw_asides(CallerStyle(), 1, 30) == []


def test_some_callers_hang_up_in_the_middle() -> None:
    style = CallerStyle(hang_up_chance=0.25)
    left = [leaves_after(style, seed, 40) for seed in range(400)]
    assert 70 < sum(at is not None for at in left) < 130
    assert all(at is None or 16 <= at <= 38 for at in left)


def test_a_telephone_leaves_only_its_band() -> None:
    clip = clips_of(SoundKind.SENTENCE)[0].samples
    for samples, least in ((clip, 0.05), (telephone(clip), 0.0)):
        power = np.abs(np.fft.rfft(samples.astype(float))) ** 2
        frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
        low = float(power[frequency < 250].sum() / power.sum())
        assert low >= least
    assert low < 0.02
    assert len(telephone(clip)) == len(clip)


def test_louder_is_in_decibel_and_voices_last_as_long_as_their_text() -> None:
    clip = clips_of(SoundKind.SENTENCE)[0].samples
    quiet = louder(clip, -20)
    assert np.abs(quiet).max() == pytest.approx(np.abs(clip).max() / 10, rel=0.01)
    assert len(voice_of("x" * 30)) == 2 * SAMPLE_RATE * 2
