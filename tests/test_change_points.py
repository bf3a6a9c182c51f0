"""Changes of a rate or a level: found where they are, with an honest range, and not invented."""

from __future__ import annotations

import numpy as np
import pytest

from tuner.stats.change_points import MIN_CALLS, level_changes, rate_changes

MINUTES = 3.0


def counts(rng: np.random.Generator, *stretches: tuple[int, float]) -> list[float]:
    return [float(n) for calls, rate in stretches for n in rng.poisson(rate * MINUTES, calls)]


def test_a_change_of_a_rate_is_found_with_its_rates() -> None:
    events = counts(np.random.default_rng(1), (100, 0.3), (60, 2.0))
    (change,) = rate_changes(events, [MINUTES] * 160)
    assert change.low <= 100 <= change.high
    assert change.high - change.low < 10
    assert change.before == sum(events[: change.at]) / (MINUTES * change.at)
    assert change.after > 5 * change.before
    assert change.probability > 0.999


def test_two_changes_are_found_in_order() -> None:
    events = counts(np.random.default_rng(2), (80, 0.3), (80, 1.5), (80, 0.3))
    first, second = rate_changes(events, [MINUTES] * 240)
    assert first.low <= 80 <= first.high < second.low <= 160 <= second.high
    assert first.after == second.before


def test_more_calls_than_places_change_at_the_same_time() -> None:
    events = counts(np.random.default_rng(3), (6000, 0.3), (4000, 0.6))
    (change,) = rate_changes(events, [MINUTES] * 10_000)
    assert abs(change.at - 6000) < 100


def test_a_level_changes_and_a_few_extremes_do_not_make_one() -> None:
    rng = np.random.default_rng(4)
    values = [*rng.normal(0.8, 0.1, 50), *rng.normal(1.1, 0.1, 50)]
    (change,) = level_changes(values)
    assert change.low <= 50 <= change.high
    assert 0.75 < change.before < 0.85 < 1.05 < change.after < 1.15
    spiked = [*rng.normal(0.8, 0.1, 50), 40.0, 60.0, *rng.normal(0.8, 0.1, 50)]
    assert level_changes(spiked) == []


@pytest.mark.parametrize("kind", ["rate", "clustered", "level"])
def test_a_steady_log_hardly_ever_shows_a_change(kind: str) -> None:
    rng = np.random.default_rng(5)

    def alarm() -> bool:
        if kind == "level":
            return bool(level_changes(rng.lognormal(0, 0.5, 100).tolist()))
        rates = rng.gamma(0.7, 1, 100) if kind == "clustered" else np.ones(100)
        return bool(rate_changes(rng.poisson(rates * MINUTES).tolist(), [MINUTES] * 100))

    assert sum(alarm() for _ in range(200)) <= 10


@pytest.mark.parametrize("n", [0, 1, 2 * MIN_CALLS - 1])
def test_few_calls_show_nothing(n: int) -> None:
    assert rate_changes([9.0] * n, [1.0] * n) == level_changes([1.0] * n) == []


def test_no_events_no_exposure_and_equal_values_are_no_change() -> None:
    assert rate_changes([0.0] * 50, [1.0] * 50) == []
    assert rate_changes([1.0] * 50, [0.0] * 50) == []
    assert level_changes([0.7] * 50) == []
