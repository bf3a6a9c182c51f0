"""The figures of single calls: their sums are the report's, and what is not visible is not zero."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests import samples
from tuner import pipeline
from tuner.calls import choose
from tuner.calls.model import CallFigures, CallList
from tuner.calls.notes import FAILURES
from tuner.cli.main import run
from tuner.errors import InputError, UsageError
from tuner.limits import Limits
from tuner.model import Report
from tuner.report import calls as report_calls

BENCH = samples.FOLDER / "bench"
LOGS = (
    *(samples.FOLDER / name for name in samples.NAMES if name != "openai-2.54.log"),
    *sorted(path for path in BENCH.iterdir() if path.suffix != ".json"),
    Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz",
)
TURNS = BENCH / "noisy-street.balanced.turns.jsonl"


def both(path: Path) -> tuple[CallList, Report]:
    return pipeline.calls([path]), pipeline.analyze([path], environ={})


def total(calls: CallList, name: str) -> Any:
    values = [getattr(call, name) for call in calls.calls]
    return None if None in values else sum(values)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_sums_over_calls_equal_the_report(path: Path) -> None:
    calls, report = both(path)
    signals = report.signals
    assert len(calls.calls) == report.exposure.calls
    assert total(calls, "turns") == report.exposure.turns
    stops = signals["false_interruptions"]
    expected = None
    if stops.count is not None:
        expected = stops.count - stops.more["phantom"] + (stops.more["lost"] or 0)
    assert total(calls, "false_stops") == expected
    assert total(calls, "cut_offs") == signals["false_cutoffs"].count
    assert total(calls, "sync_warnings") == signals["sync_warnings"].count
    assert total(calls, "openai_slow") == signals["openai_calls"].more["slow"]
    assert total(calls, "waits") == report.latency["e2e"].n
    minutes = sum(call.length_s or 0.0 for call in calls.calls) / 60
    assert minutes == pytest.approx(report.exposure.minutes, abs=1e-3)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_failures_are_those_of_the_report(path: Path) -> None:
    calls, report = both(path)
    for name in FAILURES:
        found = sum(call.failed.get(name, 0) for call in calls.calls)
        assert found == (report.signals[name].count or 0)


def test_the_longest_wait_is_that_of_the_report() -> None:
    calls, report = both(TURNS)
    longest = max(call.wait_max_s or 0.0 for call in calls.calls)
    assert longest == report.latency["e2e"].max
    (one,) = pipeline.calls([TURNS], call=calls.calls[0].id).calls
    alone = pipeline.analyze([TURNS], environ={}, call=calls.calls[0].id).latency["e2e"]
    assert (one.wait_p50_s, one.wait_max_s) == (alone.p50, alone.max)


def test_what_is_not_visible_is_null_with_the_reason() -> None:
    calls = pipeline.calls([samples.FOLDER / "healthy-info.jsonl"])
    for call in calls.calls:
        assert call.false_stops is None
        assert call.cut_offs is None
        assert call.wait_p50_s is None
        assert call.dead_air_s is None
        assert call.cost.stops_s is None
        assert call.cost.from_parts
    hidden = dict(calls.hidden)
    assert "DEBUG" in hidden["false_interruptions"]
    assert "turn log" in hidden["e2e"]


def test_the_most_costly_call_comes_first_and_its_parts_add_up() -> None:
    for path in LOGS:
        calls = pipeline.calls([path]).calls
        costs = [call.cost.total_s for call in calls]
        known = [cost for cost in costs if cost is not None]
        assert known == sorted(known, reverse=True)
        assert costs == known + [None] * (len(costs) - len(known))
        for call in calls:
            cost = call.cost
            parts = (cost.waiting_s, cost.stops_s, cost.cut_offs_s, cost.failures_s)
            if cost.total_s is not None:
                assert cost.total_s == pytest.approx(sum(part or 0.0 for part in parts), abs=0.01)


def line(message: str, call: str = "AJ_1", room: str = "room-1", **fields: Any) -> str:
    at = fields.pop("timestamp", "2026-11-20T09:36:05.904371+00:00")
    usual = {"message": message, "level": "INFO", "name": "tuner.turns"}
    return json.dumps({**usual, **fields, "job_id": call, "room": room, "timestamp": at})


def turn(**fields: Any) -> dict[str, Any]:
    start = 1795167365.0
    usual = {
        "user_started": start,
        "user_stopped": start + 1,
        "committed": start + 1.5,
        "first_audio": start + 2.8,
        "pauses": [],
        "resumed_after_commit": False,
        "transcription_delay": 0.4,
        "end_of_turn_delay": 0.5,
        "e2e_latency": 1.8,
    }
    return usual | fields


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_cost_is_what_the_docs_say(tmp_path: Path) -> None:
    stop: dict[str, Any] = {
        "started": 1795167370.0,
        "user_speech": 0.4,
        "agent_audible": True,
        "words": 0,
    }
    path = written(
        tmp_path,
        line("turn", **turn()),
        line("turn", **turn(committed=1795167390.0, e2e_latency=0.5)),
        line("turn", **turn(committed=1795167391.0, e2e_latency=None, resumed_after_commit=True)),
        line("interruption", **stop, outcome="false", dead_air=2.25),
        line("interruption", **stop, outcome="lost", dead_air=1.0),
        line("interruption", **(stop | {"agent_audible": False}), outcome="false", dead_air=0.0),
        line(
            "AgentSession is closing due to unrecoverable error",
            level="ERROR",
            name="livekit.agents",
        ),
    )
    (call,) = pipeline.calls([path]).calls
    assert call.false_stops == 2
    assert call.dead_air_s == 3.25
    assert call.failed == {"sessions_failed": 1}
    cost = call.cost
    assert (cost.waiting_s, cost.stops_s, cost.cut_offs_s, cost.failures_s) == (1.0, 3.25, 4, 10)
    assert cost.total_s == 18.25
    dearer = Limits(cost_wait_s=2.0, cost_false_cutoff_s=1.0, cost_failure_s=0.0)
    (call,) = pipeline.calls([path], limits=dearer).calls
    assert call.cost.total_s == 2.0 + 6.5 + 1.0


def test_ids_and_rooms_hold_no_phone_number_and_differ(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        line("turn", call="", room="call-_+15557654321_x8", **turn()),
        line("turn", call="", room="call-_+15557654322_x9", **turn()),
        line("turn", call="", room="Wilhelmina Roe", **turn()),
        line("turn", call="", room="Wilhelmina-Roe", **turn()),
    )
    calls = pipeline.calls([path]).calls
    assert len({call.id for call in calls}) == 4
    shown = str(calls)
    assert not any(word in shown for word in ("7654321", "765432", "Wilhelmina", "Roe"))
    for call in calls:
        (timeline,) = pipeline.timelines([path], [call.id])
        assert timeline.figures.id == call.id


def test_a_job_id_that_looks_like_a_number_to_call_is_replaced(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        line("turn", call="AJ_15557654321", **turn()),
        line("turn", call="Wilhelmina", **turn()),
    )
    assert {call.id for call in pipeline.calls([path]).calls} == {"call1", "call2"}


def test_a_room_of_signs_alone_has_a_name_that_can_be_typed(tmp_path: Path) -> None:
    path = written(tmp_path, line("turn", call="", room="…", **turn()))
    assert [call.id for call in pipeline.calls([path]).calls] == ["call1"]


def test_calls_of_a_log_without_times(tmp_path: Path) -> None:
    path = written(tmp_path, line("turn", **turn(), timestamp=None))
    (call,) = pipeline.calls([path]).calls
    assert (call.first, call.last, call.length_s) == (None, None, None)
    assert call.wait_p50_s == 1.8


def test_a_log_given_twice_counts_once(tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(TURNS.read_bytes())
    once, twice = pipeline.calls([TURNS]), pipeline.calls([TURNS, copy])
    assert twice.calls == once.calls
    assert "counted once" in twice.notes[0]


def test_a_call_over_two_files_is_one(tmp_path: Path) -> None:
    lines = TURNS.read_text().splitlines(keepends=True)
    parts = [tmp_path / "a.1", tmp_path / "a.2"]
    parts[0].write_text("".join(lines[:30]))
    parts[1].write_text("".join(lines[30:]))
    whole = pipeline.calls([TURNS])
    assert pipeline.calls(parts).calls == whole.calls


def test_what_names_no_call_is_not_silently_left_out(tmp_path: Path) -> None:
    warning = "_SegmentSynchronizerImpl.push_text called after close"
    path = written(
        tmp_path,
        line("turn", **turn()),
        line("turn", call="", room="", **turn()),
        line(warning, call="", room="", level="WARNING", name="livekit.agents"),
    )
    found = pipeline.calls([path])
    assert len(found.calls) == 1
    assert found.notes[-1].endswith("name no call: 1 turn, 1 synchroniser warning")
    assert "1 synchroniser warning" in " ".join(
        report_calls.render(found, found.calls, ["a"]).split()
    )


def test_one_call_without_any_name(tmp_path: Path) -> None:
    closed = line("session closed", call="", room="", level="DEBUG", name="livekit.agents")
    path = written(tmp_path, line("turn", call="", room="", **turn()), closed)
    (call,) = pipeline.calls([path]).calls
    assert (call.waits, call.wait_p50_s) == (1, 1.8)


def test_only_calls_of_a_time(tmp_path: Path) -> None:
    lines = [
        line("turn", call=f"AJ_{hour}", **turn(), timestamp=f"2026-11-20T{hour:02}:00:00+00:00")
        for hour in (9, 10, 11)
    ]
    path = written(tmp_path, *lines)
    found = pipeline.calls([path], since=10 * 3600.0, until=11 * 3600.0)
    assert [call.id for call in found.calls] == ["AJ_10"]


def test_without_a_name_of_a_call_there_is_no_list() -> None:
    with pytest.raises(InputError, match="which call"):
        pipeline.calls([samples.FOLDER / "openai-2.54.log"])


CALLS = pipeline.calls([samples.FOLDER / "false-interruptions.jsonl"]).calls


def test_conditions_and_order() -> None:
    wanted = [choose.condition("false_stops>=3"), choose.condition("openai_slow = 0")]
    found = choose.chosen(CALLS, wanted, "-first")
    assert found
    assert all((call.false_stops or 0) >= 3 and call.openai_slow == 0 for call in found)
    times = [call.first or 0.0 for call in found]
    assert times == sorted(times, reverse=True)
    by_length = [call.length_s for call in choose.chosen(CALLS, sort="length_s")]
    assert by_length == sorted(by_length, key=lambda length: -(length or 0))
    ended = choose.chosen(CALLS, [choose.condition("ended=user initiated")])
    assert ended == CALLS


def test_a_figure_that_is_not_known_fulfils_no_condition_and_comes_last() -> None:
    unknown = msgspec.structs.replace(CALLS[0], false_stops=None, id="AJ_unknown")
    both_calls = (unknown, *CALLS)
    for sign in (">", "<", ">=", "<=", "=", "!="):
        assert unknown not in choose.chosen(both_calls, [choose.condition(f"false_stops{sign}0")])
    assert choose.chosen(both_calls, sort="false_stops")[-1] is unknown
    assert choose.chosen(both_calls, sort="-false_stops")[-1] is unknown


@pytest.mark.parametrize(
    ("text", "message"),
    [("false_stop>1", "did you mean false_stops"), ("false_stops", "no condition"), ("", "no co")],
)
def test_a_wrong_condition_is_named(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose.condition(text)


def test_every_figure_can_be_sorted_by() -> None:
    for name in choose.NAMES:
        assert len(choose.chosen(CALLS, sort=name)) == len(CALLS)
    assert set(CallFigures.__struct_fields__) - set(choose.NAMES) == {"failed", "cost"}


def test_the_documentation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(samples.ROOT)
    text = (samples.ROOT / "docs" / "calls.md").read_text()
    blocks = dict(re.findall(r"```(sh|python)\n(.*?)```", text, re.DOTALL))
    for command in blocks["sh"].splitlines():
        assert run(shlex.split(command, comments=True)[1:]) == 0
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(blocks["python"], "calls.md", "exec"), {})
    assert printed.getvalue().splitlines() == re.findall(r"print\(.*\)  # (.+)", blocks["python"])
    for name in choose.NAMES:
        assert f"`{name}`" in text
