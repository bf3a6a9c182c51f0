"""Intervals and posteriors against published figures and their own symmetries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.stats.intervals import (
    dispersion,
    effective_spread,
    growth_to_settle,
    p_rate_above,
    p_share_above,
    poisson_interval,
    wilson_interval,
)


def test_poisson_interval_is_garwoods() -> None:
    assert poisson_interval(0, 1) == pytest.approx((0.0, 3.689), abs=1e-3)
    assert poisson_interval(10, 1) == pytest.approx((4.795, 18.390), abs=1e-3)
    assert poisson_interval(18, 12.4) == pytest.approx((0.860, 2.294), abs=1e-3)


def test_no_exposure_says_nothing() -> None:
    assert poisson_interval(3, 0) == (0.0, float("inf"))
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert p_rate_above(1, 3, 0) == 0.5
    assert p_share_above(0.1, 0, 0) == 0.5


def test_wilson_interval_is_wilsons() -> None:
    assert wilson_interval(22, 170) == pytest.approx((0.0871, 0.1881), abs=1e-3)
    assert wilson_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert wilson_interval(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-3)


def test_zero_events_leave_about_three_in_n() -> None:
    """The rule of three: nothing seen in n leaves at most 3/n (one-sided 95 %)."""
    assert poisson_interval(0, 60, level=0.9)[1] == pytest.approx(3 / 60, rel=0.01)


def test_posteriors_agree_with_jeffreys() -> None:
    assert p_rate_above(1.0, 27, 14.0) == pytest.approx(0.9988, abs=1e-3)
    assert p_rate_above(1.0, 18, 12.4) == pytest.approx(0.935, abs=5e-3)
    assert p_share_above(0.05, 7, 283) == pytest.approx(0.02, abs=0.01)
    assert p_share_above(0.5, 5, 10) == pytest.approx(0.5, abs=1e-9)


@given(st.integers(0, 60), st.floats(0.5, 60), st.floats(1, 30))
def test_a_rate_is_less_likely_above_with_more_exposure(
    events: int, minutes: float, spread: float
) -> None:
    now = p_rate_above(1.0, events, minutes, spread)
    assert p_rate_above(1.0, events, minutes * 1.5, spread) <= now + 1e-12


@given(st.integers(0, 40), st.integers(1, 200), st.floats(1, 30))
def test_a_share_is_less_likely_above_with_more_turns(hits: int, more: int, spread: float) -> None:
    n = hits + 10
    now = p_share_above(0.1, hits, n, spread)
    assert p_share_above(0.1, hits, n + more, spread) <= now + 1e-9


def test_spread_moves_towards_doubt() -> None:
    assert p_rate_above(1.0, 27, 14.0, 4.0) < p_rate_above(1.0, 27, 14.0)
    assert p_rate_above(1.0, 3, 14.0, 3.0) > p_rate_above(1.0, 3, 14.0)


def test_one_call_with_all_the_events_is_no_proof() -> None:
    """Twenty in one of two calls: without the cap the prior alone would say 0.82."""
    spread = dispersion([20, 0], [1.0, 10.0])
    assert spread == 20
    assert p_rate_above(1.0, 20, 11.0, spread) < 0.8


def test_what_was_not_exposed_tells_nothing_of_the_spread() -> None:
    assert dispersion([4, 0, 0, 0], [1, 1, 0, 0]) == dispersion([4, 0], [1, 1]) > 1


def test_dispersion_of_even_and_uneven_counts() -> None:
    assert dispersion([2, 2, 2, 2], [1, 1, 1, 1]) == 1.0
    assert dispersion([8, 0, 0, 0], [1, 1, 1, 1]) == pytest.approx(8.0)
    assert dispersion([8], [1]) == 1.0
    assert dispersion([0, 0], [1, 1]) == 1.0


def test_effective_spread_leaves_one_event() -> None:
    assert effective_spread(0.2, 5) == 1.0
    assert effective_spread(3.0, 5) == 3.0
    assert effective_spread(30.0, 5) == 5
    assert effective_spread(30.0, 0) == 1.0


def test_growth_finds_the_first_sure_amount() -> None:
    def p(times: float) -> float:
        return p_rate_above(1.0, 12 * times, 10 * times)

    grown = growth_to_settle(p, 0.8)
    assert grown is not None and grown > 1
    assert p(grown) >= 0.8
    assert p(grown / 2 ** (1 / 8)) < 0.8


def test_growth_knows_sure_and_hopeless() -> None:
    assert growth_to_settle(lambda _: 0.9, 0.8) == 1.0
    assert growth_to_settle(lambda _: 0.1, 0.8) == 1.0
    assert growth_to_settle(lambda _: 0.5, 0.8) is None
