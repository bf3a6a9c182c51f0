"""What a log could have shown, by the versions that wrote it; warnings that no rule judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tuner import atlas, pipeline
from tuner.atlas import version_order
from tuner.facts import other_lines, writer
from tuner.facts.combined import CombinedLogs
from tuner.facts.writer import Writer
from tuner.inputs.chunks import Chunk
from tuner.model import OtherLine, Report
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.report import figures, gaps
from tuner.report import json as report_json
from tuner.summary import serialization
from tuner.summary.other_lines import MOST_MESSAGES, OtherLines
from tuner.summary.summary import Summary

FOLDER = Path(__file__).parent / "version_logs"
TRUTH = json.loads((FOLDER / "truth.json").read_text())


def report_of(path: Path) -> Report:
    return pipeline.analyze([path], environ={})


@pytest.mark.parametrize("name", TRUTH)
def test_each_version_is_named_and_shows_what_it_can(name: str) -> None:
    report = report_of(FOLDER / name)
    version = name.rpartition(".log")[0].rsplit(".", 1)[0]
    assert report.inputs[0].versions == f"livekit-agents {version}, as logged at its start"
    truth = TRUTH[name]["signals"]
    hidden = {s for s in truth if report.signals[s].observable == "no"}
    assert hidden == {s for s, n in truth.items() if n is None}


def line(message: str, level: str = "INFO", job: str = "", name: str = "livekit.agents") -> str:
    ids = f', "job_id": "{job}"' if job else ""
    return (
        f'{{"message": "{message}", "level": "{level}", "name": "{name}"{ids}, '
        '"timestamp": "2026-03-02T09:00:00.100000+00:00"}\n'
    )


def node(message: str, level: int = 30, fields: str = "") -> str:
    return f'{{"level": {level}, "time": 1769790000000, "pid": 7{fields}, "msg": "{message}"}}\n'


def written(tmp_path: Path, *lines: str) -> Report:
    log = tmp_path / "a.log"
    log.write_text("".join(lines))
    return report_of(log)


def summary_of(*lines: str) -> Summary:
    return careful.summarize(Chunk("".join(lines).encode()), EVERYTHING, 1000.0)


# --- versions ------------------------------------------------------------------------------------


def test_without_a_version_it_is_known_by_its_lines(tmp_path: Path) -> None:
    versions = written(tmp_path, line("eot prediction", "DEBUG")).inputs[0].versions
    assert versions.startswith("livekit-agents 1.6.")
    assert versions.endswith(" by its lines")


def test_lines_of_two_versions_give_none(tmp_path: Path) -> None:
    old, new = line("initializing job process"), line("eot prediction", "DEBUG")
    assert written(tmp_path, old, new).inputs[0].versions == ""


def test_a_plugins_line_does_not_tell_the_version_of_the_agent(tmp_path: Path) -> None:
    """silero wrote this from 0.6.4 on, livekit-agents itself only from 1.6 on."""
    old = line("first LLM token", "DEBUG", name="livekit.agents.voice_assistant")
    slow = line("inference is slower than realtime", "WARNING", name="livekit.plugins.silero")
    found = written(tmp_path, old, slow)
    assert found.inputs[0].versions.endswith("–0.9.1 by its lines")
    assert found.signals["false_interruptions"].observable == "no"
    assert found.signals["vad_slow"].count == 1


def test_a_logger_below_the_agents_own_tells_its_versions(tmp_path: Path) -> None:
    found = written(tmp_path, line("x", "DEBUG", name="livekit.agents.pipeline"))
    assert found.inputs[0].versions == "livekit-agents 0.10.0–0.12.21 by its lines"


@pytest.mark.parametrize("name", ["livekit", "livekit.api", "livekit.plugins.openai"])
def test_what_others_log_at_debug_is_not_the_agents_debug(name: str, tmp_path: Path) -> None:
    lines = line("received job request"), line("initializing ffi server", "DEBUG", name=name)
    found = written(tmp_path, *lines).signals["false_interruptions"]
    assert (found.count, found.observable) == (None, "no")


PAUSED = "resumed false interrupted speech"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"level":"debug","time":"2026-06-02T08:14:08.120Z","jobID":"AJ_1","msg":"{PAUSED}"}}\n',
        f"[2026-06-02 10:14:08.120 +0200] DEBUG (247): {PAUSED}\n    timeout: 1500\n",
        '{"level":40,"time":1769790000000,"msg":"SegmentSynchronizerImpl.x called after close"}\n',
    ],
    ids=["pino with words for levels", "pino-pretty with dates", "a class without its underscore"],
)
def test_agents_js_is_known_by_what_only_it_writes(text: str, tmp_path: Path) -> None:
    found = written(tmp_path, *[text] * 3)
    assert found.inputs[0].versions.startswith("@livekit/agents ")
    assert "tuner.turn_log" not in str(found.recommendation)


def test_two_starts_are_two_versions(tmp_path: Path) -> None:
    start = line("starting worker").replace(', "timestamp"', ', "rtc-version": "1", %s "timestamp"')
    report = written(tmp_path, start % '"version": "1.2.6",', start % '"version": "1.8.9",')
    assert report.inputs[0].versions == "livekit-agents 1.2.6, 1.8.9, as logged at its start"
    assert report.signals["full_capacity"].observable == "yes"


def test_the_turn_log_names_its_version(tmp_path: Path) -> None:
    fields = '"versions": {"livekit-agents": "1.8.9"}, "profile": "balanced", "timestamp"'
    text = line("session started", name="tuner.turns").replace('"timestamp"', fields)
    expected = "livekit-agents 1.8.9, as its turn log says"
    assert written(tmp_path, text).inputs[0].versions == expected


def test_a_version_that_the_atlas_does_not_have_hides_nothing() -> None:
    assert Writer(writer.PYTHON, ("9.9.9",)).can_write("false_interruption")


@pytest.mark.parametrize(
    ("version", "count"),
    [("1.2.7.dev1", None), ("1.2.3.post1", None), ("1.6.12", 0), ("1.5.99", 0), ("3.0.0", 0)],
)
def test_a_version_that_was_not_read_is_like_those_beside_it(
    version: str, count: int | None, tmp_path: Path
) -> None:
    start = line("starting worker").replace(
        '"timestamp"', f'"version": "{version}", "rtc-version": "1", "timestamp"'
    )
    report = written(tmp_path, start, line("hello", "DEBUG"))
    assert report.inputs[0].versions == f"livekit-agents {version}, as logged at its start"
    assert report.signals["false_interruptions"].count == count
    assert report.next_log


def test_node_workers_that_call_themselves_0_1_0_are_known_by_their_lines(tmp_path: Path) -> None:
    start = node("starting worker", fields=', "hostname": "h", "version": "0.1.0"')
    old = node("first LLM token", 20, ', "hostname": "h"')
    assert "0.1.0" not in written(tmp_path, start, old).inputs[0].versions


def test_the_order_of_versions_is_that_of_the_atlas() -> None:
    for releases in atlas.load().releases.values():
        versions = releases.package.versions
        assert sorted(versions, key=version_order.place) == list(versions)


def test_an_old_version_is_told_to_upgrade_to_the_one_that_has_the_line(tmp_path: Path) -> None:
    start = line("starting worker").replace(
        '"timestamp"', '"version": "1.2.5", "rtc-version": "1", "timestamp"'
    )
    report = written(tmp_path, start, line("hello", "DEBUG"))
    signal = report.signals["false_interruptions"]
    assert signal.count is None
    assert "livekit-agents 1.2.5 does not log this" in (signal.why or "")
    assert "upgrade to livekit-agents 1.2.7 or later" in (signal.why or "")
    assert "attach" not in (signal.why or "") and "turn_log" not in report.next_log


def test_a_plugin_at_debug_is_not_the_agent_at_debug(tmp_path: Path) -> None:
    plugin = line("connecting", "DEBUG", name="livekit.plugins.google")
    signal = written(tmp_path, line("process exiting"), plugin).signals["false_interruptions"]
    assert (signal.count, signal.observable) == (None, "no")
    assert "set the logger livekit.agents to DEBUG in your agent" in (signal.why or "")


def test_an_owner_of_a_node_agent_gets_steps_for_node(tmp_path: Path) -> None:
    report = written(tmp_path, node("starting worker", fields=', "version": "1.0.31"'))
    assert report.inputs[0].versions == "@livekit/agents 1.0.31, as logged at its start"
    whys = [signal.why or "" for signal in report.signals.values()]
    assert not [why for why in whys if "TURN_LOG" in why or "attach" in why or "LIB_LOG" in why]
    assert "python" not in report.next_log
    assert "--log-level debug" in report.next_log


# --- lines that no rule judges -------------------------------------------------------------------

REPLY = "skipping reply to user input, current speech generation cannot be interrupted"


def test_a_warning_that_no_rule_judges_is_listed_by_its_source_text(tmp_path: Path) -> None:
    lines = [line(REPLY, "WARNING", job) for job in ("AJ_1", "AJ_1", "AJ_2")]
    report = written(tmp_path, *lines)
    assert report.also == (OtherLine(REPLY, "livekit.agents", "WARNING", 3, 2),)
    assert gaps.also(report) == [f"3 x in 2 calls: {REPLY} (WARNING, livekit.agents)"]
    assert json.loads(report_json.render(report))["also"][0]["count"] == 3


def test_of_an_unknown_warning_only_logger_and_count_are_shown(tmp_path: Path) -> None:
    secret = [line(f"caller {n} said my name is Ada", "ERROR", name="my.app") for n in range(3)]
    report = written(tmp_path, *secret)
    assert report.also == (OtherLine("", "my.app", "ERROR", 3, None),)
    assert "Ada" not in report_json.render(report)


def test_many_messages_are_counted_without_their_texts() -> None:
    lines = [line(f"{n} went wrong", "ERROR") for n in range(MOST_MESSAGES + 50)]
    summary = summary_of(*lines)
    assert len(summary.other_lines) == MOST_MESSAGES + 1
    assert summary.other_lines["livekit.agents", "ERROR", ""].n == 50


def test_many_loggers_are_counted_without_their_names() -> None:
    lines = [line("it went wrong", "ERROR", name=f"app.{n}") for n in range(3 * MOST_MESSAGES)]
    summary = summary_of(*lines)
    assert len(summary.other_lines) == 2 * MOST_MESSAGES + 1
    assert sum(one.n for one in summary.other_lines.values()) == len(lines)


def test_the_list_is_bounded_and_loses_no_line() -> None:
    lines = [line("x", "ERROR", name=f"app.{n}") for n in range(3 * other_lines.MOST)]
    rows = other_lines.other_lines(CombinedLogs([summary_of(*lines)], 1000.0))
    assert len(rows) == other_lines.MOST
    assert sum(row.count for row in rows) == len(lines)


def test_the_scan_counts_them_as_the_careful_path_does() -> None:
    lines = [
        line(f"{what} went wrong", level, f"AJ_{n % 7}")
        for n in range(400)
        for what in ("this \\u00e9", "that", "a" * 60 + str(n % 2))
        for level in ("WARNING", "ERROR", "INFO")
    ]
    data = "".join(lines).encode()
    quick = fast.summarize(Chunk(data), EVERYTHING, 1000.0)
    slow = careful.summarize(Chunk(data), EVERYTHING, 1000.0)
    assert quick.other_lines == slow.other_lines
    assert sum(each.n for each in quick.other_lines.values()) == len(lines)


def test_beyond_its_table_the_scan_counts_by_source() -> None:
    lines = [line(f"{n} went wrong", "ERROR") for n in range(5000)]
    quick = fast.summarize(Chunk("".join(lines).encode()), EVERYTHING, 1000.0)
    assert sum(each.n for each in quick.other_lines.values()) == len(lines)


def test_they_are_stored_and_merged() -> None:
    summary = summary_of(line(REPLY, "WARNING", "AJ_1"))
    stored = serialization.load(serialization.dump(summary))
    assert stored.other_lines == summary.other_lines
    stored.merge(summary_of(line(REPLY, "WARNING", "AJ_2")))
    (merged,) = stored.other_lines.values()
    assert (merged.n, merged.calls) == (2, {"job:AJ_1", "job:AJ_2"})
    assert isinstance(stored.other_lines, OtherLines)


def test_no_turn_and_turns_without_figures_have_reasons_of_their_own(tmp_path: Path) -> None:
    resumed = line("resumed false interrupted speech", "DEBUG", "AJ_1")
    none = written(tmp_path, resumed).signals["false_cutoffs"]
    assert str(none.why).startswith("no line of this log says that a caller's turn ended; attach")
    bare = written(tmp_path, resumed, line("user turn committed", "DEBUG", "AJ_1"))
    assert str(bare.signals["false_cutoffs"].why).startswith("the figures beside")


@pytest.mark.parametrize(
    ("fields", "phantom"),
    [("", None), (' {"job_id": "AJ_1"}', None), (' {"timeout": 0}', 2), (' {"timeout": 1.5}', 0)],
)
def test_what_nobody_heard_is_not_zero_where_no_line_says_how_long_it_was(
    fields: str, phantom: int | None, tmp_path: Path
) -> None:
    log, line = tmp_path / "log", "2026-01-02 03:04:%02d,000 - DEBUG livekit.agents - %s%s\n"
    said = "resumed false interrupted speech"
    log.write_text("".join(line % (second, said, fields) for second in (5, 9)))
    signal = report_of(log).signals["false_interruptions"]
    assert (signal.count, signal.more["phantom"]) == (2, phantom)
    assert ("not visible" in ", ".join(figures.details(signal))) == (phantom is None)
