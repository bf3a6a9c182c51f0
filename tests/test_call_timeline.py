"""One call on a timeline: every part adds up, every mark is one that the report counts."""

from __future__ import annotations

import functools
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from typer.testing import CliRunner

from tests import samples
from tests.in_turn import in_turn
from tests.test_call_figures import LOGS, TURNS, line, turn, written
from tests.test_leaks import MESSAGES, PRIVATE, is_leaked
from tuner import pipeline
from tuner.calls.model import CallTimeline
from tuner.calls.waits import Delays, decided_by, parts
from tuner.cli.main import app, run
from tuner.errors import InputError
from tuner.redaction.terminal import columns
from tuner.report import calls as report_calls
from tuner.report import timeline as report_timeline


@functools.cache
def every(path: Path) -> tuple[CallTimeline, ...]:
    return pipeline.timelines([path], [call.id for call in pipeline.calls([path]).calls])


def worst(path: Path) -> CallTimeline:
    return every(path)[0]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_a_timeline_shows_what_the_figures_count(path: Path) -> None:
    for timeline in every(path):
        figures = timeline.figures
        if figures.cut_offs is not None and timeline.turns:
            assert sum(turn.cut_off is True for turn in timeline.turns) == figures.cut_offs
        if figures.false_stops is not None:
            false = [s for s in timeline.stops if s.outcome in ("false", "lost") and s.audible]
            assert len(false) == figures.false_stops
        if figures.openai_slow is not None:
            assert sum(request.slow for request in timeline.requests) == figures.openai_slow
        if figures.waits:
            waits = sorted(turn.wait_s for turn in timeline.turns if turn.wait_s is not None)
            assert len(waits) == figures.waits
            assert waits[-1] == pytest.approx(figures.wait_max_s, abs=0.001)
        for each in timeline.turns:
            if each.wait_s is not None:
                assert sum(part.seconds for part in each.parts) == pytest.approx(each.wait_s)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_everything_lies_within_the_call(path: Path) -> None:
    for timeline in every(path):
        length = timeline.figures.length_s
        times = [each.at for each in timeline.turns]
        times += [stop.at for stop in timeline.stops]
        times += [request.at for request in timeline.requests]
        times += [warning.at for warning in timeline.warnings]
        assert length is not None
        assert times
        for time in times:
            assert time is not None
            assert -1.5 <= time <= length + 0.5


@pytest.mark.parametrize("hour", ["04", "14"])
def test_a_local_time_without_a_zone_does_not_move_turns_away(hour: str, tmp_path: Path) -> None:
    log = samples.FOLDER / "slow-model.dev.log"
    local = tmp_path / "local.log"
    local.write_text(log.read_text().replace("2026-11-20 09:", f"2026-11-20 {hour}:"))
    turns = worst(local).turns
    assert turns == worst(log).turns
    assert turns[0].committed is not None
    assert turns[0].stopped is not None
    assert 0 < turns[0].committed - turns[0].stopped < 1


def test_a_wait_is_cut_where_its_lines_say() -> None:
    delays = Delays(wait=1.5, end_of_turn=0.6, transcript=0.5, model=0.4, voice=0.2)
    found = {part.name: part.seconds for part in parts(delays, {"VAD_MIN_SILENCE_DURATION": "0.3"})}
    assert found == {
        "vad": 0.3, "transcript": 0.2, "commit": 0.1, "model": 0.4, "voice": 0.2, "other": 0.3,
    }  # fmt: skip
    unknown = {part.name: part.seconds for part in parts(delays, {})}
    assert unknown["transcript"] == 0.5
    assert "vad" not in unknown


def test_an_early_answer_hides_the_models_time() -> None:
    delays = Delays(wait=0.8, end_of_turn=0.6, transcript=0.1, model=2.0, voice=0.15)
    found = {part.name: part.seconds for part in parts(delays, {})}
    assert found["model"] == pytest.approx(0.05)
    assert "other" not in found


def test_without_a_whole_wait_the_parts_are_those_of_the_log() -> None:
    found = parts(Delays(model=0.4), {})
    assert [(part.name, part.seconds) for part in found] == [("model", 0.4)]
    assert parts(Delays(), {}) == ()


@pytest.mark.parametrize(
    ("delays", "why"),
    [
        (Delays(end_of_turn=0.56, transcript=0.55), "closed when its transcript came"),
        (Delays(end_of_turn=0.51, transcript=0.1), "closed by MIN_ENDPOINTING_DELAY (0.5 s)"),
        (Delays(end_of_turn=3.02, transcript=0.1), "closed by MAX_ENDPOINTING_DELAY (3 s)"),
        (Delays(end_of_turn=1.5, transcript=0.1), ""),
        (Delays(), ""),
    ],
)
def test_what_closed_a_turn(delays: Delays, why: str) -> None:
    settings = {"MIN_ENDPOINTING_DELAY": 0.5, "MAX_ENDPOINTING_DELAY": "3.0"}
    assert decided_by(delays, settings) == why


@pytest.mark.parametrize(("width", "colour"), in_turn([40, 59, 60, 80, 133, 200], [False, True]))
def test_no_line_is_wider_than_the_terminal(width: int, colour: bool) -> None:
    for name in ("false-interruptions.jsonl", "healthy-info.jsonl", "slow-model.dev.log"):
        path = samples.FOLDER / name
        shown = report_timeline.render(worst(path), [str(path)], width, colour)
        for each in shown.splitlines():
            assert columns(re.sub(r"\x1b\[[\d;]*m", "", each)) <= width
        assert ("\x1b[" in shown) is colour
        calls = pipeline.calls([path])
        listed = report_calls.render(calls, calls.calls, [str(path)], width)
        assert max(map(columns, listed.splitlines())) <= max(width, 40)


def test_colour_adds_nothing_but_colour() -> None:
    plain = report_timeline.render(worst(TURNS), ["a"], 80, colour=False)
    coloured = report_timeline.render(worst(TURNS), ["a"], 80, colour=True)
    without = [each.rstrip() for each in re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines()]
    assert without == plain.splitlines()


def test_the_text_has_the_figures_of_the_json() -> None:
    timeline = worst(TURNS)
    document = report_calls.timeline_document(timeline)
    shown = " ".join(report_timeline.render(timeline, [str(TURNS)], 200).split())
    for turn_ in document["turns"]:
        assert f"waited {turn_['wait_s']:.2f} s" in shown
        for part in turn_["parts"]:
            if part["seconds"] >= 0.005:
                assert f"{part['seconds']:.2f}" in shown
    for stop in document["stops"]:
        assert stop["cause"] in shown
        assert f"dead air {stop['dead_air_s']:.1f} s" in shown
    assert f"cost {document['call']['cost']['total_s']:.1f} s" in shown


def test_the_list_has_the_figures_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calls", str(TURNS), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert run(["calls", str(TURNS)]) == 0
    rows = [each.split() for each in capsys.readouterr().out.splitlines() if " AJ_" in each]
    titles = ["id", "cost", "time", "wait_p50_s", "wait_max_s", "false_stops", "cut_offs"]
    for row, call in zip(rows, document["calls"], strict=False):
        shown = dict(zip(titles, row, strict=True))
        assert shown["id"] == call["id"]
        assert shown["cost"] == f"{call['cost']['total_s']:.1f}"
        assert shown["wait_max_s"] == f"{call['wait_max_s']:.2f}"
        assert shown["false_stops"] == str(call["false_stops"])
    assert document["of"] == len(document["calls"]) == 3
    assert document["weights"]["cost_false_cutoff_s"] == 4.0


def test_a_beginning_of_an_id_is_enough_and_a_room_will_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = str(samples.FOLDER / "false-interruptions.jsonl")
    shown = []
    for name in ("AJ_zqifqm0001", "AJ_zq", "call-337ea3ab", "call-337"):
        assert run(["call", log, name]) == 0
        shown.append(capsys.readouterr().out)
    assert len(set(shown)) == 1
    assert "call AJ_zqifqm0001" in shown[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("AJ_zqifqm0002", "did you mean AJ_zqifqm0001"),
        ("AJ_", "14 calls begin with"),
        ("", "no call ''"),
    ],
)
def test_an_id_that_means_no_call_or_many_says_so(
    name: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["call", str(samples.FOLDER / "false-interruptions.jsonl"), name]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert not shown.out


LOG = str(samples.FOLDER / "false-interruptions.jsonl")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"tuner call {LOG} AJ_zq", ["AJ_zqifqm0001"]),
        ("tuner call - AJ_zq", []),
        ("tuner call no-such.log AJ_zq", []),
    ],
)
def test_ids_complete_on_the_command_line(words: str, expected: list[str]) -> None:
    environ = {
        "_TUNER_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    result = CliRunner().invoke(app, [], env=environ, prog_name="tuner")
    assert result.output.split() == expected


@pytest.mark.skipif(os.name == "nt", reason="no SIGTERM that a program can take")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_copy_of_stdin_is_gone_when_the_program_is_ended(
    number: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tuner", "calls", "-"]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environ) as process:
        assert process.stdin is not None
        deadline = monotonic() + 60
        while not (copies := list(tmp_path.glob("tuner-*/stdin"))):
            assert monotonic() < deadline
            sleep(0.02)
        assert copies
        process.send_signal(number)
        process.wait(60)
        assert not list(tmp_path.iterdir())
        assert process.returncode == (2 if number == signal.SIGINT else -number)


def test_a_log_from_stdin_is_read_as_a_file_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calls", str(TURNS), "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TURNS.read_bytes())))
    assert run(["calls", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == expected["calls"]


def test_rows_are_limited_filtered_and_sorted(capsys: pytest.CaptureFixture[str]) -> None:
    log = str(samples.FOLDER / "false-interruptions.jsonl")
    assert run(["calls", log, "--limit", "2", "--sort=-turns", "--where", "turns<6"]) == 0
    shown = capsys.readouterr().out
    assert len(re.findall(r"^ AJ_", shown, re.MULTILINE)) == 2
    assert "and 7 more" in shown
    assert "9 calls of 14" in shown
    assert run(["calls", log, "--where", "turns>60"]) == 0
    assert "no call is like that" in capsys.readouterr().out
    for wrong in (["--sort", "turn"], ["--where", "turn>1"], ["--limit", "cost=1"]):
        assert run(["calls", log, *wrong]) == 2
        assert not capsys.readouterr().out


def test_a_weight_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    log = str(samples.FOLDER / "cut-offs.jsonl.gz")
    assert run(["calls", log, "--json", "--limit", "cost_false_cutoff_s=0", "--limit", "1"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["calls"][0]["cost"]["cut_offs_s"] == 0.0
    assert (len(document["calls"]), document["of"]) == (1, 10)


def test_two_commands_show_the_worst_call_of_the_samples_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = str(samples.FOLDER / "cut-offs.jsonl.gz")
    assert run(["calls", log]) == 0
    listed = capsys.readouterr().out
    (command,) = re.findall(r"NEXT\n(.*)", listed, re.DOTALL)
    assert run(command.split()[1:]) == 0
    shown = capsys.readouterr().out
    assert "CUT OFF: the caller went on" in shown
    assert "tuner explain false-cutoffs" in shown


@pytest.mark.parametrize("name", ["livekit.agents", "tuner.turns", "openai", "httpx"])
def test_no_list_and_no_timeline_lets_a_private_text_out(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line("turn", **turn())]
    for private in PRIVATE.values():
        for message in MESSAGES:
            text = message.replace("{}", private)
            fields: dict[str, Any] = dict.fromkeys(
                ("reason", "profile", "outcome", "endpoint", "model", "error"), private
            )
            settings = {"INSTRUCTIONS": private, "LLM_MODEL": private, private: private}
            lines.append(line(text, name=name, level="ERROR", settings=settings, **fields))
            lines.append(line(text, name=name, call=private, room=private, **fields))
        lines.append(line(private, name=private, level="WARNING"))
    path = written(tmp_path, *lines)
    ids = [call.id for call in pipeline.calls([path]).calls]
    for arguments in (["calls", str(path)], *(["call", str(path), each] for each in ids)):
        for more in ([], ["--json"]):
            assert run([*arguments, *more]) == 0
            shown = capsys.readouterr()
            assert not is_leaked((shown.out + shown.err).replace(str(tmp_path), ""))


def test_a_call_of_which_nothing_is_known_has_an_empty_timeline(tmp_path: Path) -> None:
    path = written(tmp_path, line("LLM metrics", name="livekit.agents", ttft=-1))
    timeline = worst(path)
    assert timeline.turns == ()
    assert "nothing that this log shows" in report_timeline.render(timeline, ["a"], 80)


def test_a_log_without_times_still_shows_its_turns(tmp_path: Path) -> None:
    path = written(tmp_path, line("turn", **turn(), timestamp=None))
    timeline = worst(path)
    assert timeline.turns[0].at == 0.0
    assert "waited 1.80 s" in report_timeline.render(timeline, ["a"], 80)


def test_several_calls_come_in_the_order_asked_for() -> None:
    ids = [call.id for call in pipeline.calls([TURNS]).calls]
    found = pipeline.timelines([TURNS], ids[::-1])
    assert [timeline.figures.id for timeline in found] == ids[::-1]
    with pytest.raises(InputError):
        pipeline.timelines([TURNS], ["nobody"])


def test_an_input_that_breaks_off_is_named_and_the_rest_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_bytes(TURNS.read_bytes())
    packed = gzip.compress(samples.data("healthy-info.jsonl"))
    (tmp_path / "b.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    logs = str(tmp_path / "*")
    for arguments in (["calls", logs], ["call", logs, "AJ_noisy-street.balanced.0"]):
        assert run(arguments) == 2
        shown = capsys.readouterr()
        assert "AJ_noisy-street.balanced.0" in shown.out
        assert "b.jsonl.gz" in shown.err


def test_text_is_shown_only_to_whoever_asks_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    log, name = str(samples.FOLDER / "false-interruptions.jsonl"), "AJ_adzvmq0000"
    words = "I would like to check my order please"
    for options in ([], ["--json"]):
        assert run(["call", log, name, *options]) == 0
        assert words not in " ".join(capsys.readouterr().out.split())
        assert run(["call", log, name, "--show-text", *options]) == 0
        assert words in " ".join(capsys.readouterr().out.split())


def test_a_call_of_a_dated_log_and_one_with_times_of_day_stays_within_hours() -> None:
    dated, undated = (
        samples.FOLDER / "bench" / f"slow-thinker.evidence.plain.{layout}.gz"
        for layout in ("jsonl", "compact.log")
    )
    wanted = ["AJ_slow-thinker.evidence.2"]
    [alone] = pipeline.timelines([dated], wanted, environ={})
    for paths in ([dated, undated], [undated, dated]):
        [both] = pipeline.timelines(paths, wanted, environ={})
        at = [turn.at for turn in both.turns if turn.at is not None]
        assert at == sorted(at)
        assert len(at) == 2 * len(alone.turns)
        assert at[: len(alone.turns)] == [turn.at for turn in alone.turns]
        assert 0 <= at[-1] < 600
        assert all(0 <= (request.at or 0) < 600 for request in both.requests)
