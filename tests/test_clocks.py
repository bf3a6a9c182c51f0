"""Times without a date, a year or a zone stand where the lines around them say."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests import samples
from tuner.inputs.chunks import Chunk
from tuner.lines import look, timestamps
from tuner.lines.timestamps import extended
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.summary import Summary

DAY_S = 86_400
START = datetime(2026, 1, 30, 16, 20, tzinfo=UTC).timestamp()
RESUMED = 'resumed false interrupted speech {"job_id": "AJ_1"}'


def summary(*lines: str) -> Summary:
    data = "\n".join(lines).encode()
    return careful.summarize(Chunk(data), EVERYTHING, 1000.0, look.look(data))


def compact(time: str) -> str:
    return f"{time} DEBUG livekit.agents {RESUMED}"


def turn_log(seconds: float) -> str:
    stamp = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    head = {"message": "session ended", "level": "INFO", "name": "tuner.turns", "job_id": "AJ_1"}
    return json.dumps({**head, "timestamp": stamp})


def span(found: Summary) -> tuple[float, float]:
    assert found.first is not None and found.last is not None
    return found.first - START, found.last - START


def test_undated_lines_take_the_date_of_their_neighbours() -> None:
    assert span(summary(compact("16:19:50"), turn_log(START), compact("16:20:15"))) == (-10, 15)


def test_undated_lines_pass_midnight_beside_dated_ones() -> None:
    night = START - 16 * 3600 - 20 * 60 + DAY_S - 5
    found = summary(turn_log(night), compact("23:59:58"), compact("00:00:03"), turn_log(night + 9))
    assert span(found) == (night - START, night - START + 9)


def test_undated_lines_of_another_zone_are_moved() -> None:
    lines = [line for n in range(5) for line in (turn_log(START + n), compact(f"21:50:0{n}"))]
    assert span(summary(*lines)) == (0, 4)


def test_two_zones_in_one_file() -> None:
    local = [f"2026-01-30 21:50:0{n},000 - DEBUG livekit.agents - {RESUMED}" for n in range(5)]
    found = summary(*(line for n in range(5) for line in (turn_log(START + n), local[n])))
    assert span(found) == (0, 4)
    assert found.clocks["moved"] == 5


def test_a_stamp_without_a_zone_has_that_of_its_wrapper() -> None:
    line = (
        "2026-01-30T16:20:00.000499964Z stdout F 2026-01-30 21:50:00,000 - DEBUG livekit.agents - "
    )
    assert span(summary(line + RESUMED)) == (0, 0)


def test_a_wrapper_s_time_counts_where_the_two_are_no_zone_apart() -> None:
    line = "2026-01-30T16:20:00Z stdout F 2026-01-30 16:27:30,000 - DEBUG livekit.agents - "
    assert span(summary(line + RESUMED)) == (0, 0)


def test_times_without_a_year_take_that_of_their_neighbours() -> None:
    found = summary(turn_log(START), "Jan 30 16:20:07 vm1 uv[991]: INFO:livekit.agents:hello")
    assert span(found) == (0, 7)


def test_a_time_of_day_never_extends_a_span_with_a_date() -> None:
    assert extended((START, START), 60.0) == (START, START)
    assert extended((60.0, 90.0), START) == (START, START)
    assert extended((None, None), 60.0) == (60.0, 60.0)


def test_a_log_with_a_turn_log_and_undated_lines_is_as_long_as_its_calls() -> None:
    report = samples.report(samples.FOLDER / "bench/slow-thinker.balanced.turns.console.log")
    assert report.first is not None and report.last is not None
    assert report.last - report.first < 120


@pytest.mark.parametrize(
    ("text", "expected", "clock"),
    [
        ("Jan 30 2026 16:20:00", START, "naive"),
        ("30/Jan/2026:16:20:00 +0000", START, "utc"),
        ("2026/01/30 16:20:00", START, "naive"),
        ("01/30/2026 04:20:00 PM", START, "naive"),
        ("30.01.2026 16:20:00", START, "naive"),
        ("30-Jan-26 16:20:00", START, "naive"),
        ("30 January 26, 16:20:00", START, "naive"),
        ("2026-01-30 04:20:00 PM", START, "naive"),
        ("20260130 16:20:00", START, "naive"),
        ("20260130-162000", START, "naive"),
        ("20260130T162000.000Z", START, "utc"),
        ("20260130162000", START, "naive"),
        ("2026-01-30_16:20:00", START, "naive"),
        ("1/30/2026, 4:20:00\u202fPM", START, "naive"),
        ("Fri Jan 30 16:20:00 2026", START, "naive"),
        ("Fri, 30 Jan 2026 16:20:00 +0000", START, "utc"),
        ("Friday 16:20:00", None, ""),
        ("20261399-162000", None, ""),
        ("4:20:00 PM", 16 * 3600 + 20 * 60, "day"),
        ("12:00:00 AM", 0, "day"),
        ("31/Feb/2026:16:20:00 +0000", None, ""),
    ],
)
def test_times_that_other_programs_write(text: str, expected: float | None, clock: str) -> None:
    assert timestamps.parse(text) == (expected, clock)


def test_a_line_in_pieces_has_the_clock_of_its_wrapper() -> None:
    text, cri = (
        f"2026-01-30 08:20:00,000 - DEBUG livekit.agents - {RESUMED}",
        "2026-01-30T16:20:00Z",
    )
    found = summary(f"{cri} stdout P {text[:60]}", f"{cri} stdout F {text[60:]}")
    assert span(found) == (0, 0)
