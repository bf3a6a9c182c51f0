"""Calls out of which a log shows no line at DEBUG: their time is no exposure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.samples import report
from tuner import pipeline
from tuner.calls.read import ReadCalls
from tuner.execution.units import Job
from tuner.limits import Limits
from tuner.model import Rate, Report, Signal
from tuner.report import trend
from tuner.trends.changes import FIGURES, calls_with
from tuner.trends.groups import groups
from tuner.watch.follow import FollowedFiles
from tuner.watch.live import FORGET_S, Watch
from tuner.watch.model import LiveMeasure

START = datetime(2026, 7, 14, 9, tzinfo=UTC)
PAUSE, EOU, CLOSED = "resumed false interrupted speech", "EOU metrics", "session closed"
HEARD, COMMIT = "received user transcript", "user turn committed"
INFO, DEBUG = "INFO", "DEBUG"
BLIND = "{} of {} calls have no DEBUG line of livekit.agents: not in the rate"


def line(s: float, message: str, level: str, job: str, **more: Any) -> str:
    fields = {"message": message, "level": level, "name": "livekit.agents", **more}
    ids = {"job_id": job} if job else {}
    return json.dumps({**fields, **ids, "timestamp": (START + timedelta(seconds=s)).isoformat()})


def turn(s: float, job: str, at_debug: bool = False) -> list[str]:
    shown = [line(s, HEARD, DEBUG, job), line(s + 0.1, COMMIT, DEBUG, job)] * at_debug
    return [*shown, line(s + 0.2, EOU, INFO, job, end_of_utterance_delay=0.6)]


def call(n: int, at_debug: bool = False, turns: int = 5, pauses: int = 0) -> list[str]:
    """A call of a minute, every second minute one."""
    job, s = f"AJ_{n}", n * 120.0
    lines = [line(s, "received job request", INFO, job)]
    for i in range(turns):
        lines += turn(s + 10 * i + 1, job, at_debug)
    lines += [line(s + 52 + i, PAUSE, DEBUG, job, timeout=2.0) for i in range(pauses)]
    lines += [line(s + 59, CLOSED, DEBUG, job)] * at_debug
    return [*lines, line(s + 60, "process exiting", INFO, job)]


def written(path: Path, *calls: Sequence[str]) -> Path:
    path.write_text("\n".join(one for lines in calls for one in lines) + "\n")
    return path


def analyzed(tmp_path: Path, *calls: Sequence[str]) -> Report:
    return report(written(tmp_path / "a.jsonl", *calls))


def stops(found: Report) -> Signal:
    return found.signals["false_interruptions"]


def rate(found: Report) -> Rate:
    one = stops(found).rate
    assert one is not None
    return one


NINE_AT_INFO = [call(n) for n in range(9)]


def test_calls_at_info_beside_one_at_debug_are_not_in_the_rate(tmp_path: Path) -> None:
    found = analyzed(tmp_path, *NINE_AT_INFO, call(9, at_debug=True, pauses=5))
    assert (stops(found).observable, stops(found).why) == ("partly", BLIND.format(9, 10))
    assert rate(found).events == 5
    assert rate(found).exposure == pytest.approx(1.0)
    assert rate(found).p_above > 0.95
    assert found.exposure.minutes == pytest.approx(10.0)
    (finding,) = (one for one in found.findings if one.rule == "false-interruptions")
    assert "5 in 1.0 min" in finding.measured


def test_few_minutes_that_show_it_are_no_pass_for_all(tmp_path: Path) -> None:
    seen = [call(n, at_debug=True) for n in range(9, 19)]
    found = analyzed(tmp_path, *NINE_AT_INFO, *seen)
    assert rate(found).p_above < 0.05
    (refusal,) = (one for one in found.refusals if one.rule == "false-interruptions")
    assert refusal.why == BLIND.format(9, 19)


@pytest.mark.parametrize("turns", [5, 0])
def test_calls_that_are_all_at_debug_are_all_in_the_rate(turns: int, tmp_path: Path) -> None:
    """One without a turn is closed at DEBUG."""
    calls = [call(n, at_debug=True) for n in range(9)]
    found = analyzed(tmp_path, *calls, call(9, at_debug=True, turns=turns, pauses=1))
    assert (stops(found).observable, stops(found).why) == ("yes", None)
    assert rate(found).exposure == found.exposure.minutes == pytest.approx(10.0)


def test_long_calls_without_any_line_of_a_turn_are_blind(tmp_path: Path) -> None:
    """As where the app logs no metrics."""
    silent = [call(n, turns=0) for n in range(9)]
    found = analyzed(tmp_path, *silent, call(9, at_debug=True, pauses=5))
    assert stops(found).why == BLIND.format(9, 10)
    assert rate(found).exposure == pytest.approx(1.0)


def test_selected_lines_do_not_make_calls_blind(tmp_path: Path) -> None:
    """Of calls at DEBUG only metrics and stops were kept: one without a stop has no DEBUG line."""
    kept = [call(n, pauses=n % 2) for n in range(10)]
    found = analyzed(tmp_path, *kept)
    assert stops(found).observable == "yes"
    assert rate(found).exposure == pytest.approx(10.0)


def test_the_part_of_a_call_that_is_at_debug_is_in_the_rate(tmp_path: Path) -> None:
    late = [line(600 + s, PAUSE, DEBUG, "AJ_1", timeout=2.0) for s in (1, 2, 3)]
    turns = [turn(60.0 * n, "AJ_1", at_debug=n == 9) for n in range(10)]
    found = analyzed(tmp_path, *turns, late)
    part = "this log has a DEBUG line of livekit.agents for only 1 of 10 turns"
    assert (stops(found).observable, (stops(found).why or "").partition(":")[0]) == ("partly", part)
    assert rate(found).exposure == pytest.approx((603 - 0.2) / 60 / 10)


@pytest.mark.parametrize(("turns", "hidden"), [(10, 2), (4, 2)])
def test_a_call_that_lacks_few_lines_at_debug_is_seen_whole(
    turns: int, hidden: int, tmp_path: Path
) -> None:
    lines = [turn(60.0 * n, "AJ_1", at_debug=n >= hidden) for n in range(turns)]
    assert stops(analyzed(tmp_path, *lines)).observable == "yes"


def test_calls_of_an_input_at_info_are_not_in_the_rate(tmp_path: Path) -> None:
    files = (
        written(tmp_path / "info.jsonl", *NINE_AT_INFO),
        written(tmp_path / "debug.jsonl", call(9, at_debug=True, pauses=5)),
    )
    found = report(*files)
    assert stops(found).observable == "partly"
    assert (stops(found).why or "").startswith("not in 1 of 2 inputs")
    assert "calls have no DEBUG line" not in (stops(found).why or "")
    assert rate(found).exposure == pytest.approx(1.0)


def test_the_turn_log_shows_stops_at_info(tmp_path: Path) -> None:
    def logged(n: int) -> list[str]:
        kind = {"committed": 1.0, "resumed_after_commit": False}
        return [*call(n), line(n * 120.0 + 30, "turn", INFO, f"AJ_{n}", **kind)]

    lines = [one.replace('"turn", "level": "INFO", "name": "livekit.agents"',
                         '"turn", "level": "INFO", "name": "tuner.turns"')
             for n in range(9) for one in logged(n)]  # fmt: skip
    found = analyzed(tmp_path, lines, call(9, at_debug=True, pauses=1))
    assert stops(found).observable == "yes"
    assert rate(found).exposure == pytest.approx(10.0)


def test_calls_known_by_other_ids_in_their_lines_at_debug_are_not_blind(tmp_path: Path) -> None:
    metrics = [call(n) for n in range(3)]
    shown = [line(n * 120.0 + 20, HEARD, DEBUG, "", pid=70 + n) for n in range(3)]
    assert stops(analyzed(tmp_path, *metrics, shown)).observable == "yes"


def test_agents_js_closes_sessions_at_info(tmp_path: Path) -> None:
    """So that line does not show that a call was at debug."""

    def pino(s: float, message: str, level: int, pid: int, **more: Any) -> str:
        time = int((START.timestamp() + s) * 1000)
        return json.dumps(
            {"level": level, "time": time, "pid": pid, "hostname": "h", **more, "msg": message}
        )

    lines = []
    for pid in range(4):
        s, at_debug = pid * 100.0, pid == 3
        metrics = {"endOfUtteranceDelayMs": 700, "transcriptionDelayMs": 300}
        lines += [pino(s, HEARD, 20, pid), pino(s, PAUSE, 20, pid, timeout=2000)] * at_debug
        lines += [pino(s + 1, EOU, 30, pid, **metrics)]
        lines += [pino(s + 60, "AgentSession closed", 30, pid)]
    found = analyzed(tmp_path, lines)
    assert stops(found).why == "3 of 4 calls have no DEBUG line of the agent: not in the rate"
    assert rate(found).exposure == pytest.approx(1.0)


def test_a_version_that_does_not_log_it_is_named(tmp_path: Path) -> None:
    def started(n: int, version: str) -> str:
        more = {"version": version, "rtc-version": "1.0.19"}
        return line(n * 120.0 - 1, "starting worker", INFO, "", **more)

    old = [started(0, "1.2.5"), *call(0, at_debug=True)]
    found = analyzed(tmp_path, old, [started(1, "1.2.18"), *call(1, at_debug=True, pauses=1)])
    who = "livekit-agents 1.2.5 does not log this, and which calls it took is not known"
    assert (stops(found).observable, stops(found).why) == ("partly", who)


def test_stops_and_cut_offs_of_a_blind_call_are_not_zero(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", *NINE_AT_INFO, call(9, at_debug=True, pauses=2))
    calls = ReadCalls([log], Job(), Limits()).listed().calls
    assert sorted((c.false_stops, c.id) for c in calls if c.false_stops is not None) == [
        (2, "AJ_9")
    ]


# --- the same minutes wherever a rate is taken of calls -------------------------------------------

AT_DEBUG = [call(n, at_debug=True, pauses=3) for n in range(9, 12)]
PARTLY = [*(one for n in range(9) for one in turn(6.0 * n, "AJ_0")), *turn(60.0, "AJ_0", True)]
MIXED: dict[str, tuple[list[list[str]], ...]] = {
    "one log": ([*NINE_AT_INFO, *AT_DEBUG],),
    "a log each": (NINE_AT_INFO, AT_DEBUG),
    "in part": ([PARTLY, *AT_DEBUG],),
}


def logs(folder: Path, kind: str) -> list[Path]:
    found = enumerate(MIXED[kind])
    return [written(folder / f"{number}.jsonl", *calls) for number, calls in found]


def false_stops(watch: Watch, now: float) -> LiveMeasure:
    measures = watch.snapshot(now, last=True).measures
    return next(one for one in measures if one.name == "false_interruptions")


def watched(paths: Sequence[Path], now: float = 0.0) -> Watch:
    watch, job = Watch(Limits(), 900.0), Job(resume=True)
    for summary in FollowedFiles([*map(str, paths)], job, job).all():
        watch.add(summary, now)
    return watch


@pytest.mark.parametrize("kind", MIXED)
def test_trends_and_watches_have_the_rate_of_the_report(kind: str, tmp_path: Path) -> None:
    paths = logs(tmp_path, kind)
    of_report = rate(report(*paths))
    assert of_report.events == 9
    calls = pipeline.calls(paths).calls
    rows = groups(calls, "day", Limits())
    assert rows[0].false_stops is not None
    assert rows[0].false_stops.exposure == pytest.approx(of_report.exposure, abs=1e-3)
    assert rows[0].unseen == len(MIXED[kind][0]) - len(AT_DEBUG) * (len(MIXED[kind]) == 1)
    dated = calls_with(FIGURES[0], calls)
    assert sum(one.exposure for one in dated) == pytest.approx(of_report.exposure, abs=1e-3)
    live = false_stops(watched(paths), 0.0)
    assert live.events == 9
    assert live.exposure == pytest.approx(of_report.exposure)


def test_what_a_rate_leaves_out_is_named(tmp_path: Path) -> None:
    paths = logs(tmp_path, "a log each")
    note = "9 of 12 calls could not show one: left out"
    assert false_stops(watched(paths), 0.0).note == note
    found = trend.trend(pipeline.calls(paths).calls, "day", Limits())
    assert "9 of 12 calls could not show a false stop all the time" in trend.text(found, 120)
    alone = trend.trend(pipeline.calls(paths[1:]).calls, "day", Limits())
    assert "could not show" not in trend.text(alone, 120)
    part = false_stops(watched(logs(tmp_path, "in part")), 0.0)
    assert part.note == "1 of 4 calls only at times: that part counts"


def test_calls_that_a_watch_forgot_stay_left_out_as_long_as_they_count(tmp_path: Path) -> None:
    first, second = logs(tmp_path, "a log each")
    watch = watched([first, second])
    exposure = false_stops(watch, 0.0).exposure
    watch.snapshot(FORGET_S + 1)
    assert not watch.total.calls
    assert false_stops(watch, FORGET_S + 2).exposure == exposure


NOISY = samples.FOLDER / "false-interruptions.jsonl"


def test_turns_that_could_show_no_cut_off_are_no_exposure() -> None:
    """Of 74 turns in this log 44 have a line of their end behind which another begins."""
    (row,) = groups(pipeline.calls([NOISY]).calls, "day", Limits())
    of_report = report(NOISY).signals["false_cutoffs"].rate
    assert row.cut_offs is not None
    assert of_report is not None
    assert (row.cut_offs.events, row.cut_offs.exposure) == (of_report.events, of_report.exposure)
    assert row.turns is not None
    assert row.turns > of_report.exposure
