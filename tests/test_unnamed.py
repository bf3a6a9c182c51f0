"""Formatters that show a module, a file, a function, a process or a thread, and no logger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.test_posted_logs import RECORDS, analyzed, counted
from tests.test_scan_text import stored
from tuner.inputs.chunks import Chunk
from tuner.lines import look
from tuner.lines.layouts import NONE
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING

MODULES = ("synchronizer", "agent_activity", "agent_activity", "utils")
PLACES = ("push_audio:210", "_on_false_interruption:2011", "_on_false_interruption:2011", "log:41")
FORMS = (
    *("{t} - {w} - {l} - {m}", "{t} {l} [{w}] {m}", "{t} {l} {w}: {m}", "{t} [{l}] {w}: {m}"),
    *("{t} {l} {w} - {m}", "{t} {w} {l} {m}", "{t} | {l} | {w}:{p} | {m}", "{l} {w}: {m}"),
    *("{t} {l} {w}.py:7 - {m}", "{t} - {l} - {w}.py:7 - {m}", "{t} {l} {w}.{p} {m}", "{l}:{w}:{m}"),
    *("{t} {l} MainProcess {m}", "{t} [MainThread] {l} {m}", "{t} - Thread-3 - {l} - {m}"),
    *("{t} {l} {m}", "{t} {l} - {m}", "{t} {l} livekit.agents - {m}"),
    *("{t} {l} 7 livekit.agents {m}", "{t} {l} livekit.agents [{w}] {m}"),
)
TIMES = {"clock": "03:04:{:02d}", "date": "2026-01-02 03:04:{:02d},000"}


def text(form: str, time: str, at: int) -> str:
    found = json.loads(RECORDS[at])
    fields = {key: found[key] for key in ("timeout", "ttft", "job_id") if key in found}
    message = f"{found['message']} {json.dumps(fields)}"
    words = {"w": MODULES[at], "p": PLACES[at], "l": found["level"], "m": message}
    return form.format(t=TIMES[time].format(at), **words)


def log(form: str, time: str = "clock") -> str:
    return "".join(f"{text(form, time, at)}\n" for at in range(len(RECORDS)))


@pytest.mark.parametrize(("form", "time"), in_turn(FORMS, TIMES, 2))
@pytest.mark.parametrize("wrapper", ["", "agent-1  | "])
def test_what_stands_in_the_loggers_place_may_be_none(
    form: str, time: str, wrapper: str, tmp_path: Path
) -> None:
    lines = log(form, time).splitlines()
    found = analyzed(tmp_path, "".join(f"{wrapper}{line}\n" for line in lines))
    assert counted(found) == (2, 1, 1, 1, 1)
    assert found.inputs[0].unread == {}


@pytest.mark.parametrize("form", FORMS[:6])
def test_a_line_without_any_may_stand_first(form: str, tmp_path: Path) -> None:
    worker = "```2026-01-02 03:04:00,000 - WARNING - failed to connect to livekit, retrying in 2s\n"
    assert counted(analyzed(tmp_path, worker + log(form, "date")))[:4] == (2, 1, 1, 1)


@pytest.mark.parametrize(("form", "time"), in_turn(FORMS, TIMES))
def test_the_scan_counts_the_same(form: str, time: str) -> None:
    named = log(form.replace("{w}", "livekit.agents").replace("MainThread", "httpx"), time)
    own = log(form.replace("{w}", "my-agent").replace("MainProcess", "Thread-9"), time)
    data = (log(form, time) * 60 + (named + own) * 30 + log(form, time) * 9).encode()
    layouts, chunk = look.look(data), Chunk(data, at=len(data))
    layouts = layouts._replace(unnamed=look.look(log(form, time).encode()).unnamed)
    scanned = fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)
    assert stored(scanned) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, layouts))


def own(message: str, logger: str = "my-agent", **fields: Any) -> str:
    return f"2026-01-02 03:04:05,000 {logger} INFO {message} {json.dumps(fields)}\n"


@pytest.mark.parametrize(
    "lines",
    [
        own("starting worker") + own("session closed") + own("received user transcript"),
        own("session closed")
        + own("worker failed", "livekit.agents")
        + own("starting worker", "x"),
        own("session closed", "a") + own("resumed false interrupted speech is what I count", "a"),
    ],
    ids=["one logger of the app", "beside LiveKit's", "a sentence"],
)
def test_an_apps_logger_stays_one(lines: str) -> None:
    assert not look.look(lines.encode()).unnamed


@pytest.mark.parametrize("logger", ["livekit.agents", "agent", "my-agent"])
def test_compact_text_is_read_as_before(logger: str) -> None:
    lines = [f"03:04:0{at} INFO {logger} the caller said hello {{}}" for at in range(5)]
    lines.append("03:04:09 DEBUG livekit.agents resumed false interrupted speech {}")
    assert look.look("".join(f"{line}\n" for line in lines).encode()) == NONE
