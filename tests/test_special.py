from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special as scipy_special

from tuner.stats import special_functions

SHAPES = st.floats(0.05, 5000)


@given(SHAPES, st.floats(0, 3))
def test_incomplete_gamma_equals_scipy(a: float, ratio: float) -> None:
    x = a * ratio
    assert special_functions.gamma_p(a, x) == pytest.approx(scipy_special.gammainc(a, x), abs=1e-9)


@given(SHAPES, SHAPES, st.floats(0, 1))
def test_incomplete_beta_equals_scipy(a: float, b: float, x: float) -> None:
    assert special_functions.beta_i(a, b, x) == pytest.approx(
        scipy_special.betainc(a, b, x), abs=1e-9
    )


@given(st.floats(0.5, 1e5), st.floats(1e-9, 1 - 1e-9))
def test_inverse_gamma_equals_scipy(a: float, p: float) -> None:
    assert special_functions.gamma_p_inverse(a, p) == pytest.approx(
        scipy_special.gammaincinv(a, p), rel=1e-7
    )
