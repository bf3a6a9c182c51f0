"""Texts of the command line become values, and what cannot be read says how to write it."""

from __future__ import annotations

import time

import pytest

from tuner.cli import arguments
from tuner.cli.times import parse_time
from tuner.errors import UsageError, did_you_mean
from tuner.limits import Limits

TODAY = 1795132800.0
"""The beginning of Friday, 20 November 2026."""
NOW = TODAY + 12 * 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("2026-11-20T09:22:39.25", 1795166559.25),
        ("2026-11-20 09:22:39.25Z", 1795166559.25),
        ("2026-11-20T10:22:39.25+01:00", 1795166559.25),
        ("2026-11-20", 1795132800.0),
        ("09:30", 34200.0),
        ("9:30:01.5", 34201.5),
        ("2:30pm", 52200.0),
        ("12 am", 0.0),
        ("1795167366", 1795167366.0),
        ("now", NOW),
        ("2h", NOW - 7200),
        ("90 min", NOW - 5400),
        ("1h30m", NOW - 5400),
        ("1.5 hours ago", NOW - 5400),
        ("3 days ago", NOW - 3 * 86400),
        ("1w", NOW - 7 * 86400),
        ("today", TODAY),
        ("Yesterday", TODAY - 86400),
        ("yesterday at 14:00", TODAY - 86400 + 50400),
        ("yesterday 2 pm", TODAY - 86400 + 50400),
        ("friday", TODAY),
        ("last friday", TODAY - 7 * 86400),
        ("Wed 9:30", TODAY - 2 * 86400 + 34200),
        ("saturday", TODAY - 6 * 86400),
        ("20 Nov 2026", TODAY),
        ("Nov 19, 2026 09:30", TODAY - 86400 + 34200),
        ("November 19", TODAY - 86400),
        ("19 nov", TODAY - 86400),
        ("21 nov", TODAY - 364 * 86400),
        ("19.11.2026 9:30", TODAY - 86400 + 34200),
        ("2026/11/20", TODAY),
    ],
)
def test_times_as_people_write_them(text: str, seconds: float | None) -> None:
    assert parse_time(text, "--since", NOW) == seconds


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs tzset")
def test_a_time_without_a_zone_is_utc_wherever_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        assert parse_time("2026-11-20T09:22:39.25", "--since", NOW) == 1795166559.25
    time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        *("24:00", "2026-13-01", "9", "13pm", "2x", "h", "31 feb", "30.13.2026", "ago", "noday"),
        *("11/12/2026", "yesterday 25:00", "tomorrow", "2h3", "-2h"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--until .* is not a time"):
        parse_time(text, "--until", NOW)


def test_limits_are_put_into_the_defaults() -> None:
    limits = arguments.limits(["min_events=5", "false-interruptions-per-minute = 2"], 800)
    assert limits.min_events == 5
    assert isinstance(limits.min_events, int)
    assert limits.false_interruptions_per_minute == 2.0
    assert limits.openai_slow_ms == 800
    assert limits.probability == Limits().probability
    assert arguments.limits([], None) == Limits()


@pytest.mark.parametrize(
    ("pair", "complaint"),
    [
        ("min_evnts=5", "did you mean min_events"),
        ("min_events", "no value"),
        ("min_events=", "no value"),
        ("min_events=many", "'many' is not a number"),
        ("probability=abc", "'abc' is not a number"),
        ("probability=nan", "'nan' is not a number"),
        ("min_events=1_0", "'1_0' is not a number"),
        ("error_share=1e-400", "'1e-400' is not a number"),
        ("error_share=0.00001e-330", "'0.00001e-330' is not a number"),
        ("probability=-1", "'-1' is out of range"),
        ("probability=inf", "'inf' is not a number"),
        ("min_events=1.5", "whole number"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(pair: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        arguments.limits([pair], None)


@pytest.mark.parametrize(
    ("asked", "environ", "terminal", "colour"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"NO_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": ""}, True, True),
        (None, {"TERM": "dumb"}, True, False),
        (True, {"NO_COLOR": "1"}, False, True),
        (False, {}, True, False),
    ],
)
def test_colour(asked: bool | None, environ: dict[str, str], terminal: bool, colour: bool) -> None:
    assert arguments.colour(asked, environ, terminal) is colour


def test_did_you_mean() -> None:
    assert did_you_mean("Nosiy", ["noisy", "fast"]) == "; did you mean noisy?"
    assert did_you_mean("max_token", ["MAX_TOKENS"]) == "; did you mean MAX_TOKENS?"
    assert did_you_mean("xyz", ["noisy", "fast"]) == ""
