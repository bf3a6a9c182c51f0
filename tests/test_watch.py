"""A watch counts what `tuner analyze` counts, however a log comes in, and forgets what is old."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import samples
from tests.in_turn import in_turn
from tests.test_call_figures import TURNS, line, turn
from tests.test_leaks import MESSAGES, PRIVATE, is_leaked
from tests.test_second_prints import EVERY, Printed, bare, usual
from tuner import pipeline
from tuner.cli.main import run
from tuner.cli.metrics_server import MetricsServer
from tuner.errors import InputError, UsageError
from tuner.execution.units import Job
from tuner.inputs import archives
from tuner.limits import Limits
from tuner.reading.record_filter import Filter
from tuner.redaction.terminal import columns
from tuner.stats.histogram import Histogram
from tuner.watch import exposition, screen
from tuner.watch.alerts import LiveAlerts, text
from tuner.watch.follow import FollowedFiles, FollowedPipe
from tuner.watch.live import FORGET_S, MOST_ALIASES, Watch
from tuner.watch.model import LiveMeasure, Snapshot
from tuner.watch.window import Window

NOW = 1_795_200_000.0
JOB = Job(resume=True)
NOISY = samples.FOLDER / "false-interruptions.jsonl"
LOGS = (
    NOISY,
    samples.FOLDER / "slow-model.dev.log",
    samples.FOLDER / "healthy-info.jsonl",
    TURNS,
    samples.FOLDER / "bench" / "slow-thinker.balanced.turns.console.log",
)


def pieces(data: bytes, seed: int, most: int) -> Iterator[bytes]:
    """The data in pieces of random length, which may end anywhere in a line."""
    rng, at = random.Random(seed), 0
    while at < len(data):
        size = rng.randint(1, most)
        yield data[at : at + size]
        at += size


def watched(source: FollowedFiles, path: Path, parts: Sequence[bytes]) -> Watch:
    """A watch of a file that grows part by part."""
    watch = Watch(Limits(), 900.0)
    for number, part in enumerate(parts):
        with path.open("ab") as file:
            file.write(part)
        for summary in source.poll():
            watch.add(summary, NOW + number / 100)
    for summary in source.rest():
        watch.add(summary, NOW)
    return watch


def follow(*paths: Path) -> FollowedFiles:
    return FollowedFiles([str(path) for path in paths], JOB, JOB)


def snapshot_of(path: Path) -> Snapshot:
    watch = Watch(Limits(), 900.0)
    for summary in follow(path).all():
        watch.add(summary, NOW)
    return watch.snapshot(NOW)


def measure(snapshot: Snapshot, name: str) -> LiveMeasure:
    return next(one for one in snapshot.measures if one.name == name)


@pytest.mark.parametrize(("path", "most"), in_turn(LOGS, [3_000, 400_000]))
def test_a_log_that_grows_counts_as_one_that_is_whole(
    path: Path, most: int, tmp_path: Path
) -> None:
    report = pipeline.analyze([path], environ={})
    log = tmp_path / "a.log"
    data = path.read_bytes()
    parts = list(pieces(data, 7, max(most, len(data) // 60)))
    watch = watched(follow(log), log, parts)
    assert watch.total.lines == sum(info.lines for info in report.inputs)
    calls = list(watch.window.calls().values())
    signals = report.signals
    stops = signals["false_interruptions"]
    assert sum(call.stops for call in calls) == (
        0
        if stops.count is None
        else stops.count - stops.more["phantom"] + (stops.more["lost"] or 0)
    )
    assert sum(call.cut_offs for call in calls) == (signals["false_cutoffs"].count or 0)
    assert sum(call.turns for call in calls) == report.exposure.turns
    assert sum(call.slow for call in calls) == (signals["openai_calls"].more["slow"] or 0)
    minutes = sum(call.minutes for call in calls)
    assert minutes == pytest.approx(report.exposure.minutes, abs=1e-3)
    for name in ("e2e", "llm_ttft", "tts_ttfb", "end_of_turn_delay"):
        latency = report.latency[name]
        window = watch.window.stage(name)
        assert window.n == latency.n
        if latency.p50 is not None:
            assert (window.quantiles(0.5)[0] or 0) / 1000 == pytest.approx(latency.p50, abs=1e-4)


def test_the_snapshot_has_the_rates_and_verdicts_of_the_report() -> None:
    snapshot, report = snapshot_of(NOISY), pipeline.analyze([NOISY], environ={})
    rate = report.signals["false_interruptions"].rate
    assert rate is not None
    found = measure(snapshot, "false_interruptions")
    assert (found.value, found.events, found.limit) == (rate.value, rate.events, rate.limit)
    assert found.p_above == pytest.approx(rate.p_above)
    assert found.state == "above"
    assert measure(snapshot, "false_cutoffs").state == "ok"
    hidden = measure(snapshot, "e2e")
    assert (hidden.state, hidden.value, hidden.why) == ("hidden", None, report.latency["e2e"].why)
    assert snapshot.totals["calls"] == report.exposure.calls


# --- files that change their names ---------------------------------------------------------------

LINES = TURNS.read_bytes().splitlines(keepends=True)


def total(watch: Watch, source: FollowedFiles) -> int:
    for summary in source.poll():
        watch.add(summary, NOW)
    return watch.total.lines


def test_a_log_that_is_renamed_is_read_to_its_end(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    source, watch = follow(log), Watch(Limits(), 900.0)
    log.write_bytes(b"".join(LINES[:20]))
    assert total(watch, source) == 20
    with log.open("ab") as writer:
        log.rename(tmp_path / "app.log.1")
        log.write_bytes(b"".join(LINES[25:40]))
        writer.write(b"".join(LINES[20:25]))
    assert total(watch, source) == 40
    with log.open("ab") as writer:
        writer.write(b"".join(LINES[40:]))
    assert total(watch, source) == len(LINES)
    assert total(watch, source) == len(LINES)


def test_a_log_that_is_copied_and_truncated_or_packed_counts_once(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    source, watch = follow(log), Watch(Limits(), 900.0)
    log.write_bytes(b"".join(LINES[:30]))
    assert total(watch, source) == 30
    (tmp_path / "app.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    os.truncate(log, 0)
    with log.open("ab") as writer:
        writer.write(b"".join(LINES[30:]))
    assert total(watch, source) == len(LINES)
    assert total(watch, source) == len(LINES)


def test_new_files_of_a_folder_are_taken_in_and_removed_ones_forgotten(tmp_path: Path) -> None:
    source, watch = follow(tmp_path), Watch(Limits(), 900.0)
    (tmp_path / "a.log").write_bytes(b"".join(LINES[:10]))
    assert total(watch, source) == 10
    (tmp_path / "b.log").write_bytes(b"".join(LINES[10:30]))
    assert total(watch, source) == 30
    (tmp_path / "a.log").unlink()
    assert total(watch, source) == 30
    (tmp_path / "b.log").unlink()
    assert total(watch, source) == 30
    assert source.problems
    (tmp_path / "c.log").write_bytes(b"".join(LINES[30:]))
    assert total(watch, source) == len(LINES)
    assert not source.problems


def test_a_hundred_rotations_leave_few_marks(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    source, watch = follow(log), Watch(Limits(), 900.0)
    for number in range(30):
        log.write_bytes(b"".join(line.replace(b"AJ_", b"AJ_%d" % number) for line in LINES[:10]))
        assert total(watch, source) == 10 * (number + 1)
        log.rename(tmp_path / f"app.log.{number}")
    assert len(source._marks) <= 5


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    source, watch = follow(log), Watch(Limits(), 900.0)
    whole = b"".join(LINES)
    log.write_bytes(whole[:-200])
    before = total(watch, source)
    assert before == len(LINES) - 1
    with log.open("ab") as writer:
        writer.write(whole[-200:-1])
    assert total(watch, source) == before
    assert not watch.total.unread
    for summary in source.rest():
        watch.add(summary, NOW)
    assert watch.total.lines == len(LINES)
    assert not watch.total.unread


def test_what_is_there_already_counts_only_from_a_time_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    hours = [
        line("turn", call=f"AJ_{hour}", **turn(), timestamp=f"2026-11-20T{hour:02}:00:00+00:00")
        for hour in (9, 10, 11)
    ]
    log.write_text("\n".join(hours) + "\n")
    since = Job(Filter(since=1795168800.0), resume=True)  # 10:00
    source, watch = FollowedFiles([str(log)], since, JOB), Watch(Limits(), 900.0)
    total(watch, source)
    assert set(watch.total.calls) == {"job:AJ_10", "job:AJ_11"}
    with log.open("a") as file:
        file.write(hours[0] + "\n")
    total(watch, source)
    assert "job:AJ_9" in watch.total.calls


def test_a_file_that_cannot_be_read_is_named_until_it_can(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(LINES))
    log = tmp_path / "a.log.gz"
    log.write_bytes(packed[:-100])
    source, watch = follow(log), Watch(Limits(), 900.0)
    for _ in range(2):
        total(watch, source)
        assert "a.log.gz: reading stopped early" in source.problems[0]
    log.write_bytes(packed)
    total(watch, source)
    assert not source.problems


# --- pipes ---------------------------------------------------------------------------------------


def test_a_pipe_counts_as_a_file_does() -> None:
    data = NOISY.read_bytes()
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as stream:
            for part in pieces(data, 3, 90_000):
                stream.write(part)

    thread = threading.Thread(target=write)
    thread.start()
    watch = Watch(Limits(), 900.0)
    with os.fdopen(reader, "rb") as stream:
        for summary in FollowedPipe(stream, JOB, 5.0).all():
            watch.add(summary, NOW)
    thread.join()
    expected = snapshot_of(NOISY)
    assert [(text(each), each.events, each.state) for each in watch.snapshot(NOW).measures] == [
        (text(each), each.events, each.state) for each in expected.measures
    ]  # sums may differ
    assert watch.total.lines == expected.totals["lines"]


def test_the_last_line_of_a_pipe_counts_without_its_end() -> None:
    data = b"".join(LINES).rstrip(b"\n")
    watch = Watch(Limits(), 900.0)
    for summary in FollowedPipe(io.BufferedReader(io.BytesIO(data)), JOB, 5.0).all():
        watch.add(summary, NOW)
    assert watch.total.lines == len(LINES)


# --- what is old goes ----------------------------------------------------------------------------


def fed(watch: Watch, lines: Sequence[str], now: float, tmp_path: Path) -> None:
    path = tmp_path / "fed.log"
    path.write_text("\n".join(lines) + "\n")
    for summary in follow(path).all():
        watch.add(summary, now)


def test_the_last_snapshot_knows_what_the_last_lines_made_visible(tmp_path: Path) -> None:
    data, log = NOISY.read_bytes(), tmp_path / "a.log"
    watch, source, first = Watch(Limits(), 900.0), follow(log), data.index(b"\n") + 1
    log.write_bytes(data[:first])  # one line, which shows nothing
    for state, rest, last in (("hidden", b"", False), ("above", data[first:], True)):
        with log.open("ab") as file:
            file.write(rest)
        for summary in source.poll():
            watch.add(summary, NOW)
        assert measure(watch.snapshot(NOW, last=last), "tts_ttfb").state == state


def test_the_window_forgets_and_the_totals_do_not(tmp_path: Path) -> None:
    watch = Watch(Limits(), 600.0)
    fed(watch, [line("turn", **turn())], NOW, tmp_path)
    assert measure(watch.snapshot(NOW + 599), "e2e").exposure == 1
    later = watch.snapshot(NOW + 700)
    assert measure(later, "e2e").value is None
    assert measure(later, "e2e").state == "open"
    assert later.totals["turns"] == 1


def test_memory_does_not_grow_with_the_calls(tmp_path: Path) -> None:
    watch = Watch(Limits(), 60.0)
    for number in range(40):
        lines = [
            line("turn", call=f"AJ_{number}x{each}", room=f"Room Name {number}", **turn())
            for each in range(20)
        ]
        lines += [
            line("received HTTP", call=f"AJ_{number}", name="httpcore"),
            line("turn", call="", room=f"Wilhelmina {number}", **turn()),
        ]
        fed(watch, lines, NOW + number * FORGET_S, tmp_path)
    assert len(watch.total.calls) <= 50
    assert len(watch._last) <= 50
    assert len(watch.window._buckets) <= 16
    assert watch._totals["calls"] == 40 * 21
    assert len(watch._aliases) <= MOST_ALIASES
    for wire in watch.total.responses.wire.values():
        assert len(wire.open) + len(wire.lead) + len(wire.touched) <= 50


def test_calls_in_progress_are_those_with_recent_lines(tmp_path: Path) -> None:
    watch = Watch(Limits(), 900.0)
    fed(watch, [line("turn", call="AJ_1", **turn())], NOW, tmp_path)
    fed(watch, [line("turn", call="AJ_2", **turn())], NOW + 50, tmp_path)
    closed = line("session closed", call="AJ_3", level="DEBUG", name="livekit.agents", reason="e")
    fed(watch, [line("turn", call="AJ_3", **turn()), closed], NOW + 50, tmp_path)
    ids = {call.id for call in watch.snapshot(NOW + 55).longest}
    assert ids == {"AJ_1", "AJ_2"}
    assert {call.id for call in watch.snapshot(NOW + 100).longest} == {"AJ_2"}


def test_what_was_visible_once_stays_so() -> None:
    watch = Watch(Limits(), 60.0)
    for summary in follow(NOISY).all():
        watch.add(summary, NOW)
    assert measure(watch.snapshot(NOW), "false_cutoffs").state == "ok"
    later = measure(watch.snapshot(NOW + 3 * FORGET_S), "false_cutoffs")
    assert (later.state, later.why) == ("open", "")


# --- alerts --------------------------------------------------------------------------------------


def stop(number: int) -> str:
    at = 1795167370.0 + number
    fields: dict[str, Any] = {"started": at, "user_speech": 0.4, "agent_audible": True, "words": 0}
    stamp = f"2026-11-20T09:36:{number % 60:02}.904371+00:00"
    return line("interruption", outcome="false", dead_air=2.0, timestamp=stamp, **fields)


def test_an_alert_is_raised_once_and_taken_back_once(tmp_path: Path) -> None:
    watch, alerts = Watch(Limits(), 600.0), LiveAlerts()
    fed(watch, [stop(number) for number in range(0, 60, 5)], NOW, tmp_path)
    (raised,) = alerts.check(watch.snapshot(NOW))
    assert (raised.name, raised.raised) == ("false_interruptions", True)
    assert raised.text.startswith("false interruptions 13.1 /min (limit 1 /min, 12 in 0.917 min)")
    assert alerts.check(watch.snapshot(NOW + 1)) == []
    (back,) = alerts.check(watch.snapshot(NOW + 700))
    assert (back.name, back.raised) == ("false_interruptions", False)
    assert alerts.check(watch.snapshot(NOW + 701)) == []


def test_a_failure_is_an_alert_at_once(tmp_path: Path) -> None:
    watch, alerts = Watch(Limits(), 600.0), LiveAlerts()
    failed = "AgentSession is closing due to unrecoverable error"
    fed(watch, [line(failed, level="ERROR", name="livekit.agents")], NOW, tmp_path)
    (raised,) = alerts.check(watch.snapshot(NOW))
    assert (raised.name, raised.text) == ("sessions_failed", "failed sessions 1")
    assert watch.snapshot(NOW).events[-1].name == "sessions_failed"


def test_few_events_are_no_alarm(tmp_path: Path) -> None:
    watch = Watch(Limits(), 600.0)
    fed(watch, [stop(0), stop(1)], NOW, tmp_path)
    assert measure(watch.snapshot(NOW), "false_interruptions").state == "open"
    assert LiveAlerts().check(watch.snapshot(NOW)) == []


# --- what is shown -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("rows", [0, 24, 50])
def test_the_screen_fits_the_terminal(width: int, rows: int) -> None:
    for path in LOGS:
        snapshot = snapshot_of(path)
        lines = screen.render(snapshot, ["a: no such file"], width, rows=rows).splitlines()
        assert max(map(columns, lines)) <= width
        if rows == 50:
            assert len(lines) <= rows
        coloured = screen.render(snapshot, ["a: no such file"], width, True, rows)
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines() == lines


def test_every_measure_of_the_screen_is_that_of_the_snapshot() -> None:
    snapshot = snapshot_of(NOISY)
    shown = screen.render(snapshot, width=200)
    for one in snapshot.measures:
        (row,) = [each for each in shown.splitlines() if f"  {one.title}  " in each + "  "][:1]
        assert row.split()[0].lower() == one.state
        if one.value is None:
            assert one.why in row or one.state != "hidden"
    assert "27 in 13.4 min" in shown
    assert "p50" in shown


def test_prometheus_gets_the_figures_of_the_snapshot_and_nothing_that_is_hidden() -> None:
    snapshot = snapshot_of(NOISY)
    shown = exposition.render(snapshot)
    found = dict(re.findall(r"^(tuner_watch_\w+(?:\{.*\})?) (\S+)$", shown, re.MULTILINE))
    for one in snapshot.measures:
        key = f'tuner_watch_measure{{name="{one.name}"}}'
        assert (key in found) is (one.value is not None)
        if one.value is not None:
            assert float(found[key]) == pytest.approx(one.value)
            above = found[f'tuner_watch_above_limit{{name="{one.name}"}}']
            assert above == str(int(one.state == "above"))
    assert found["tuner_watch_calls_total"] == "14"
    for name in {key.partition("{")[0] for key in found}:
        assert f"# TYPE {name} " in shown
    parser = pytest.importorskip("prometheus_client.parser")
    families = list(parser.text_string_to_metric_families(shown))
    assert sum(len(family.samples) for family in families) == len(found)


def test_the_server_listens_on_loopback_only_and_knows_one_page() -> None:
    server = MetricsServer(0)
    server.text = "a 1\n"
    try:
        base = f"http://127.0.0.1:{server.port}"
        with urllib.request.urlopen(f"{base}/metrics", timeout=10) as answer:
            assert answer.read() == b"a 1\n"
            assert "version=0.0.4" in answer.headers["Content-Type"]
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{base}/other", timeout=10)
        assert server._server.server_address[0] == "127.0.0.1"
        with pytest.raises(UsageError, match="--metrics"):
            MetricsServer(server.port)
    finally:
        server.close()


def test_once_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", str(NOISY), "--once", "--since", "2026-11-20"]) == 0
    assert "ABOVE   false interruptions  2.02 /min" in capsys.readouterr().out
    assert run(["watch", str(NOISY), "--once", "--since", "2026-11-20", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["type"] == "snapshot"
    values: dict[str, Any] = {one["name"]: one for one in document["measures"]}
    assert values["false_interruptions"]["events"] == 27
    assert values["e2e"]["value"] is None


def test_a_log_from_long_ago_says_how_to_count_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", str(NOISY), "--once", "--since", "2027-01-01"]) == 0
    assert "an earlier --since" in " ".join(capsys.readouterr().out.split())


def test_an_empty_log_has_nothing_older(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app.log").touch()
    assert run(["watch", str(tmp_path / "app.log"), "--once"]) == 0
    shown = capsys.readouterr().out
    assert "0 lines" in shown
    assert "--since" not in shown


def test_alerts_are_lines_where_no_terminal_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, expected in (
        ([], r" ALERT false interruptions [\d.]+ /min"),
        (["--json"], "alert"),
    ):
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(NOISY.read_bytes())))
        monkeypatch.setattr("sys.stdin", stream)
        assert run(["watch", "-", *options]) == 0
        assert re.search(expected, capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such.log"], "no such file"),
        (["-", "a.log"], "- is read alone"),
        (["https://user:pw@host.example/a.log"], "host.example/a.log: only files of this machine"),
        ([str(NOISY), "--since", "soon"], "is not a time"),
        ([str(NOISY), "--limit", "x=1"], "unknown limit"),
    ],
)
def test_what_cannot_be_watched_is_named(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", *arguments, "--once"]) == 2
    assert message in capsys.readouterr().err


def test_nothing_private_is_on_the_screen(tmp_path: Path) -> None:
    lines = [line("turn", **turn())]
    for private in PRIVATE.values():
        for message in MESSAGES:
            shown = message.replace("{}", private)
            lines.append(line(shown, call=private, room=private, level="ERROR", reason=private))
            lines.append(line(shown, call="", room=private, name="livekit.agents", level="WARNING"))
    watch = Watch(Limits(), 900.0)
    fed(watch, lines, NOW, tmp_path)
    snapshot = watch.snapshot(NOW)
    alerts = LiveAlerts().check(snapshot)
    assert snapshot.in_progress
    assert not is_leaked(screen.render(snapshot) + exposition.render(snapshot) + str(snapshot))
    assert not is_leaked(str(alerts))


def test_texts_of_measures() -> None:
    share = LiveMeasure("x", "cut-offs", 0.125, "of turns", 0.1, 3, 24.0, 0.5, "open")
    assert text(share) == "cut-offs 12.5 % of turns (limit 10 % of turns, 3 of 24)"
    assert text(LiveMeasure("x", "failures", 0.0, "", 0.0, 0, 0.0, None, "ok")) == "failures 0"


def test_a_window_adds_up_what_its_buckets_hold() -> None:
    window = Window(150.0)
    for second in range(0, 300, 10):
        bucket = window.at(float(second))
        bucket.histograms.setdefault("e2e@turn", Histogram()).add(500)
    assert 15 <= window.stage("e2e").n <= 16
    with pytest.raises(InputError):
        from tuner.watch.follow import checked

        checked([str(shutil.which("sh")) + "-not-there"])


@pytest.mark.parametrize("options", [["--json", "--every", "0.1"], []])
def test_a_reader_who_goes_ends_the_watch(options: list[str], tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(NOISY.read_bytes())
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "tuner", "watch", str(log), "--since", "2026-11-20", *options]
    done = subprocess.run(
        command, cwd=samples.ROOT, stdout=writer, stderr=subprocess.PIPE, timeout=120, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@contextmanager
def watching_on_a_terminal(kind: str, *arguments: str, **given: Any) -> Iterator[Terminal]:
    """A watch that writes to a terminal of that kind; it is ended when the block ends."""
    import pty

    first, second = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tuner", "watch", *arguments],
        **given,
        cwd=samples.ROOT,
        stdout=second,
        stderr=second,
        env={**os.environ, "TERM": kind},
    )
    os.close(second)
    try:
        yield Terminal(first, process)
    finally:
        process.kill()  # a fault must not leave one that watches for ever
        process.wait()
        os.close(first)


class Terminal(NamedTuple):
    """Our end of a terminal, and the program at its other end."""

    end: int
    process: subprocess.Popen[bytes]

    def shown(self, until: bytes = b"", within_s: float = 60) -> bytes:
        """What the program writes until that is there; with b"" all of it, until its end."""
        shown, last = b"", time.monotonic() + within_s
        while not until or until not in shown:
            ready, _, _ = select.select([self.end], [], [], max(0, last - time.monotonic()))
            assert ready, f"nothing more than {shown!r} within {within_s} s"
            try:
                shown += os.read(self.end, 65536)
            except OSError:  # the terminal has no writer any more
                break
        return shown


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo terminal")
def test_a_terminal_gets_a_screen_until_ctrl_c() -> None:
    options = (str(NOISY), "--since", "2026-11-20")
    with watching_on_a_terminal("xterm-256color", *options) as terminal:
        shown = terminal.shown(until=b"LAST EVENTS")
        terminal.process.send_signal(signal.SIGINT)
        shown += terminal.shown()
        assert terminal.process.wait(timeout=60) == 0
    assert b"ALERT false interruptions 2.02 /min" in shown
    assert b"ABOVE" in shown


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo terminal")
@pytest.mark.parametrize("kind", ["dumb", "unknown"])
def test_a_terminal_that_cannot_draw_gets_lines(kind: str) -> None:
    with NOISY.open("rb") as log, watching_on_a_terminal(kind, "-", stdin=log) as terminal:
        shown = terminal.shown()
        assert terminal.process.wait(timeout=60) == 0
    assert b"ALERT false interruptions" in shown  # at what had come by then
    assert b"ALERT first audio byte" in shown
    assert b"LAST EVENTS" not in shown
    assert b"\x1b[" not in shown


LOST = """
import os, signal, sys
from tuner.inputs.unpack import CountedStream
from tuner.cli.main import run

asked = 0
def tell(stream):  # which io.BufferedReader asks, and forgets what went wrong
    global asked
    asked += 1
    if asked == 4:  # it is read: the next poll looks into it again
        os.utime(sys.argv[1])
    if asked == 5:
        os.kill(os.getpid(), signal.SIGINT)
    return stream._total

CountedStream.tell = tell
sys.exit(run(["watch", *sys.argv[1:]]))
"""


def test_a_ctrl_c_that_c_code_swallows_ends_the_watch(tmp_path: Path) -> None:
    log = shutil.copy(NOISY, tmp_path)
    command = [sys.executable, "-c", LOST, str(log), "--since", "2026-11-20"]
    done = subprocess.run(command, cwd=samples.ROOT, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ALERT false interruptions" in done.stdout


def test_a_line_of_a_pipe_without_an_end_counts_as_one_that_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipe = FollowedPipe(io.BufferedReader(io.BytesIO()), JOB, 5.0)
    pieces = iter([b"x" * (17 << 20), b"the end of it\n"])
    monkeypatch.setattr(pipe, "_taken", lambda: next(pieces))
    (summary,) = [summary for _ in range(2) for summary in pipe.poll()]
    assert dict(summary.unread) == {"longer than 1 MiB": 1}


def test_archives_are_listed_again_only_where_they_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []
    members = archives.members

    def noted(path: str) -> archives.Members:
        listed.append(path)
        return members(path)

    monkeypatch.setattr(archives, "members", noted)
    old, log = tmp_path / "old.zip", tmp_path / "app.jsonl"
    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("a.jsonl", NOISY.read_bytes())
    log.write_bytes(b"".join(LINES[:5]))
    files = FollowedFiles([str(tmp_path)], JOB, JOB)
    first = sum(part.lines for part in files.poll())
    assert sorted(listed) == sorted([str(log), str(old)])
    with log.open("ab") as out:
        out.write(b"".join(LINES[5:7]))
    assert [part.lines for part in files.poll()] == [2]
    assert listed[2:] == [str(log)]
    with zipfile.ZipFile(old, "a") as archive:
        archive.writestr("b.jsonl", NOISY.read_bytes())
    assert sum(part.lines for part in files.poll()) >= first - 5
    assert listed[3:] == [str(old)]
    old.unlink()
    assert list(files.poll()) == []
    assert listed[4:] == []


def test_a_figure_that_is_not_known_yet_has_its_limit() -> None:
    limits = Limits(false_interruptions_per_minute=3, false_cutoff_share=0.2)
    measures = Watch(limits, 900.0).snapshot(NOW).measures
    found = {measure.name: (measure.value, measure.limit) for measure in measures}
    assert found["false_interruptions"] == (None, 3)
    assert found["false_cutoffs"] == (None, 0.2)
    assert found["openai_calls"] == (None, limits.openai_slow_share)


@pytest.mark.parametrize("printed", [usual, bare], ids=["times", "no times"])
def test_text_without_ids_counts_once_as_it_grows(printed: Printed, tmp_path: Path) -> None:
    """What waits to be compared with other records is not what was counted."""
    path, lines = tmp_path / "a.log", [printed(record) + "\n" for record in EVERY]
    parts = ["".join(lines[at : at + 500]).encode() for at in range(0, len(lines), 500)]
    watch = watched(follow(path), path, parts)
    found, report = watch.snapshot(NOW, last=True), pipeline.analyze([path], environ={})
    assert found.totals["stops"] == report.signals["false_interruptions"].count == 27
    assert found.totals["turns"] == report.exposure.turns
    assert measure(found, "false_interruptions").events == (27 if printed is usual else 0)
    assert watch.total.counts["sync_warning"] == report.signals["sync_warnings"].count
