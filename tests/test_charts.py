"""The geometry of charts: where values are on an axis, what is best, what a timeline shows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import reports
from tuner.calls.model import (
    CallCost,
    CallFigures,
    CallList,
    CallTimeline,
    RequestMark,
    StopMark,
    TurnSpan,
    WaitPart,
)
from tuner.html import over_time, timeline
from tuner.html.axis import Axis, round_step
from tuner.html.content import Content
from tuner.html.distribution import distribution
from tuner.html.frontier import frontiers
from tuner.html.page import render
from tuner.limits import Limits
from tuner.report.what_if import ShownAnswer, ShownKnob
from tuner.trends.groups import groups
from tuner.whatif.draws import Figure, unchanged
from tuner.whatif.timing import FIGURES

_KNOWN = {"id": "AJ_1", "waits": 0, "failed": {}, "cost": CallCost(None, None, None, None, None)}
NOTHING = CallFigures(**dict.fromkeys(CallFigures.__struct_fields__) | _KNOWN)  # type: ignore[arg-type]
"""A call of which nothing is known."""


def call(number: int = 0, **changes: Any) -> CallFigures:
    begun = 1_795_166_559.0 + 300 * number
    known = {"id": f"AJ_{number}", "first": begun, "length_s": 180.0, "turns": 10, "cut_offs": 0}
    known |= {
        "seen_s": 180.0,
        "turns_at_risk": 10,
        "false_stops": 0,
        "wait_p50_s": 0.9,
        "profile": "balanced",
    }
    return msgspec.structs.replace(NOTHING, **{**known, **changes})


def test_a_value_beyond_an_axis_is_at_its_end() -> None:
    axis = Axis(0.1, 10.0, log=True)
    assert [axis.place(v) for v in (0.0, 0.1, 1.0, 10.0, 99.0)] == [0, 0, 50, 100, 100]
    assert [tick.label for tick in axis.ticks(lambda v: f"{v:g}")] == [
        *("0.1", "0.2", "0.5", "1", "2", "5", "10"),
    ]
    assert [tick.label for tick in Axis(0, 1).ticks(lambda v: f"{v:g}")] == [
        *("0", "0.2", "0.4", "0.6", "0.8", "1"),
    ]
    assert Axis(3.0, 3.0).place(3.0) == 50


@given(st.floats(1e-6, 1e9))
def test_a_step_is_round_and_no_smaller(least: float) -> None:
    step = round_step(least)
    assert least * (1 - 1e-6) <= step <= 5 * least
    assert f"{step:e}"[0] in "125"


@given(st.dictionaries(st.integers(0, 60_000), st.integers(1, 9), min_size=1, max_size=30))
def test_bars_hold_every_value_within_their_edges(counts: dict[int, int]) -> None:
    chart = distribution("llm_ttft", reports.latency(), counts)
    assert sum(bar.n for bar in chart.bars) == sum(counts.values())
    for bar in chart.bars:
        inside = [n for ms, n in counts.items() if bar.low_s <= ms / 1000 < bar.high_s]
        assert sum(inside) == bar.n
        assert 0 <= bar.x <= bar.x + bar.width <= 100.01


def test_a_change_of_the_rate_is_drawn_with_its_levels() -> None:
    calls = [call(n, false_stops=3 * (n >= 40)) for n in range(80)]
    stops, cut_offs, wait = over_time.all_series(calls, {"false_stops": 1.0})
    (change,) = stops.changes
    assert change.change.low <= calls[40].first <= change.change.high  # type: ignore[operator]
    assert [change.change.point.before, change.change.point.after] == [
        0,
        pytest.approx(1.0, rel=0.1),
    ]
    assert len(stops.levels) == 2
    assert sum(bucket.calls for bucket in stops.buckets) == 80
    assert stops.limit_y is not None
    assert not cut_offs.changes
    assert not wait.changes


def test_calls_of_years_fit_into_a_chart() -> None:
    (series, *_) = over_time.all_series([call(n * 2000) for n in range(800)], {})
    assert len(series.buckets) <= over_time.MOST_BUCKETS
    assert sum(bucket.calls for bucket in series.buckets) == 800


def test_calls_that_show_nothing_draw_nothing_and_are_no_zero() -> None:
    assert over_time.all_series([NOTHING] * 20, {}) == []
    (row,) = groups([NOTHING] * 20, "profile", Limits())
    assert (row.name, row.calls) == ("unknown", 20)
    unknown = (row.false_stops, row.cut_offs, row.wait_p50_s, row.minutes, row.turns)
    assert set(unknown) == {None}


def knob(*pairs: tuple[float, float, str]) -> ShownKnob:
    def answer(wait: float, cuts: float, label: Any) -> ShownAnswer:
        found = dict.fromkeys(FIGURES, unchanged(1.0))
        found["wait_p50_s"] = Figure(1.0, wait - 1, wait - 1, wait - 1, "estimated")
        found["cut_offs_per_turn"] = Figure(0.5, cuts - 0.5, cuts - 0.6, cuts - 0.4, label)
        return ShownAnswer({"MIN_ENDPOINTING_DELAY": wait}, found)

    return ShownKnob("MIN_ENDPOINTING_DELAY", 1.0, [answer(*pair) for pair in pairs])


def test_what_another_setting_beats_on_both_is_not_best() -> None:
    (chart,) = frontiers([knob((1.0, 0.5, "exact"), (1.2, 0.2, "exact"), (1.4, 0.3, "exact"))])
    assert [one.best for one in chart.candidates] == [True, True, False]
    assert [one.logged for one in chart.candidates] == [True, False, False]
    assert chart.candidates[1].low == pytest.approx(0.1)


def test_where_only_bounds_are_known_nothing_is_called_best() -> None:
    (chart,) = frontiers([knob((1.0, 0.5, "exact"), (1.2, 0.2, "bounds only"))])
    assert chart.candidates[1].gain is None
    assert not chart.candidates[1].best


def test_one_setting_alone_is_no_chart() -> None:
    assert frontiers([knob((1.0, 0.5, "exact"))]) == []


def spoken(number: int) -> TurnSpan:
    start = 10.0 * number
    parts = (WaitPart("vad", 0.3), WaitPart("model", 0.5))
    return TurnSpan(
        start, start, start + 3, start + 3.4, start + 3.8, (), 0.8, parts, number == 1, False
    )


def test_the_parts_of_a_wait_follow_each_other_from_the_last_word() -> None:
    drawn = timeline.drawn(CallTimeline(call(), (spoken(0), spoken(1)), (), (), (), {}, ()))
    first, second = [shape for shape in drawn.shapes if shape.what.startswith("part")][:2]
    assert first.title == "waits for vad: 3.00 to 3.30 s"
    assert second.title == "waits for model: 3.30 to 3.80 s"
    assert first.x + first.width == pytest.approx(second.x, abs=0.02)
    assert [shape.title for shape in drawn.shapes if shape.what == "cut"] == [
        "cut off: the caller went on"
    ]


def test_a_very_long_call_is_cut_and_says_so() -> None:
    turns = tuple(spoken(n) for n in range(1000))
    drawn = timeline.drawn(CallTimeline(call(), turns, (), (), (), {}, ()))
    assert len(drawn.shapes) == timeline.MOST_SHAPES
    assert drawn.left_out == 4001 - timeline.MOST_SHAPES


def test_a_million_turns_make_a_small_page() -> None:
    """Calls of 1,000 turns, each with everything that a timeline can hold."""
    stop = StopMark(5.0, "false", True, 0.4, 2.0, 1, "a sound of 0.4 s")
    request = RequestMark(4.0, "chat", 500, 900.0, 800.0, 1, True, True)
    calls = [call(n, turns=1000) for n in range(1000)]
    lines = [
        CallTimeline(
            each, tuple(map(spoken, range(1000))), (stop,) * 500, (request,) * 500, (), {}, ()
        )
        for each in calls[:10]
    ]
    listed = CallList(tuple(calls), "job_id")
    counts = dict.fromkeys(range(20000), 50)
    report = reports.noisy(distributions=dict.fromkeys(reports.noisy().latency, counts))
    assert len(render(Content(report, Limits(), listed, lines, "no turn log"))) < 2_000_000
