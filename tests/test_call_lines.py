"""The lines of a call record are those that the turn log would have, written sooner."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.turns import line as turn_line

TIMES = (1.0, 1795645774.0, 1795645774.166, 1795645777.2256289, 99_999_999_999.5)
TEXTS = st.text(st.characters()) | st.text(st.sampled_from('\ud800\udfff\x00\x1f\x7f"\\/\u2028Z}é'))
NUMBERS = st.integers() | st.floats() | st.sampled_from((10**40, 1e16, 1e-5, -0.0, 5e-324))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@given(fields=st.dictionaries(TEXTS, VALUES, max_size=4), zoned=st.booleans())
@pytest.mark.parametrize("at", TIMES)
def test_a_line_of_a_call_record_is_that_of_the_turn_log(
    fields: dict[str, Any], zoned: bool, at: float
) -> None:
    made = turn_line.as_bytes("turn", fields, at, zoned=zoned)
    careful = turn_line.as_line("turn", fields, at, zoned=zoned).encode(errors="replace")
    assert repr(json.loads(made)) == repr(json.loads(careful))


@pytest.mark.parametrize("zoned", [True, False])
def test_it_is_written_to_the_byte(zoned: bool) -> None:
    fields = {
        "started": 1795645774.166,
        "words": 3,
        "outcome": 'Z"}',
        "pauses": [0.5, 1.0],
        "x": None,
    }
    for at in TIMES:
        careful = turn_line.as_line("turn", fields, at, zoned=zoned)
        assert turn_line.as_bytes("turn", fields, at, zoned=zoned) == careful.encode()
