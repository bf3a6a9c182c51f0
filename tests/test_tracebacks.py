"""Tracebacks of LiveKit's jobs: the fields of the record stand behind the last line of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.in_turn import in_turn
from tests.test_scan_text import stored
from tuner import pipeline
from tuner.inputs import chunks, streams
from tuner.inputs.chunks import Chunk
from tuner.lines import look
from tuner.model import Report
from tuner.names import SignalName
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready
from tuner.summary.summary import Summary

TIME = "2026-02-03 09:%02d:%02d,000"
RETRY = "failed to generate LLM completion, retrying in 0.1s"
CLOSING = "AgentSession is closing due to unrecoverable error"
RAISED = """Traceback (most recent call last):
  File "/app/llm.py", line 1, in _run
    raise x
ValueError: x

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/agent.py", line 8, in entrypoint
livekit.agents._exceptions.APIStatusError: Error code: 429 (body={'error': 1})"""
TIMED_OUT = """Traceback (most recent call last):
  File "/app/log.py", line 16, in async_fn_logs
    return await fn(*args, **kwargs)
livekit.agents.llm.realtime.RealtimeError: generate_reply timed out waiting for [...] event."""


def head(n: int, level: str, message: str) -> str:
    return f"{TIME % (n // 60 % 60, n % 60)} - {level} livekit.agents - {message}"


def ids(call: str) -> str:
    return f'{{"attempt": 1, "pid": {len(call)}, "job_id": "{call}"}}'


def of_a_job(n: int, level: str, message: str, call: str) -> list[str]:
    return f"{head(n, level, message)}\n{RAISED} {ids(call)}".split("\n")


def of_the_worker(n: int, level: str, message: str, call: str) -> list[str]:
    return f"{head(n, level, message)} {ids(call)}\n{RAISED}".split("\n")


LOG = [
    line
    for n in range(0, 300, 5)
    for line in (
        head(n, "INFO", f"received job request {ids(f'AJ_{n % 7}')}"),
        *of_a_job(n + 1, "WARNING", RETRY, f"AJ_{n % 7}"),
        *of_a_job(n + 2, "ERROR", CLOSING, f"AJ_{n % 3}"),
        *of_the_worker(n + 3, "WARNING", RETRY, f"AJ_{n % 5}"),
        head(n + 4, "INFO", "registered worker"),
    )
]
WRAPPED = {
    "bare": "%s",
    "kubectl": "[pod/agent-7d9/agent] 2026-02-03T09:00:00.000000001Z %s",
    "compose": "agent-1  | %s",
    "carriage returns": "%s\r",
}


def analyzed(folder: Path, lines: list[str]) -> Report:
    log = folder / "job.log"
    log.write_text("\n".join(lines) + "\n")
    return pipeline.analyze([log], environ={})


def test_the_fields_behind_a_traceback_are_the_records(tmp_path: Path) -> None:
    report = analyzed(
        tmp_path,
        [
            *of_a_job(1, "WARNING", RETRY, "AJ_first"),
            *of_a_job(2, "ERROR", CLOSING, "AJ_second"),
            head(3, "INFO", f"process exiting {ids('AJ_third')}"),
        ],
    )
    assert report.exposure.calls == 3
    failed = report.signals["sessions_failed"]
    assert (failed.count, failed.more["calls"]) == (1, 1)
    assert report.inputs[0].unread == {}


ENDS = {
    "it says nothing": "TimeoutError {}",
    "of a package": "livekit.agents._exceptions.APIError {}",
    "cancelled": "asyncio.exceptions.CancelledError {}",
    "not called an error": "websockets.exceptions.ConnectionClosedOK: received 1000 (OK) {}",
    "neither": "google.api_core.exceptions.DeadlineExceeded {}",
    "of a socket": "socket.gaierror: [Errno -2] Name or service not known {}",
    "an iteration": "StopAsyncIteration {}",
    "coloured fields": "TimeoutError \x1b[90m{}\x1b[0m",
    "coloured": "TimeoutError {}\x1b[0m",
}


def ending(end: str) -> list[str]:
    """A job's record, whose traceback ends in this way."""
    below = RAISED.split("\n")[:-1]
    return [head(1, "ERROR", CLOSING), *below, end.replace("{}", ids("AJ_1"))]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("wrapper", ["%s", "agent-1  | %s", "2026-02-03T09:00:00.000Z stderr F %s"])
def test_the_fields_stand_behind_any_exception(end: str, wrapper: str, tmp_path: Path) -> None:
    lines = [*ending(end), head(4, "INFO", f"process exiting {ids('AJ_1')}")]
    report = analyzed(tmp_path, [wrapper % line for line in lines])
    assert (report.exposure.calls, report.signals["sessions_failed"].more["calls"]) == (1, 1)
    assert report.exposure.minutes == pytest.approx(3 / 60)
    assert report.inputs[0].unread == {}


@pytest.mark.parametrize("colours", ["", "\x1b[0m", " \x1b[90m\x1b[0m", " "])
def test_an_exception_that_says_nothing_has_no_fields(colours: str, tmp_path: Path) -> None:
    report = analyzed(tmp_path, [*ending("")[:-1], f"TimeoutError{colours}", head(4, "INFO", "x")])
    assert report.inputs[0].unread == {}


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_scan_counts_any_exception_the_same(end: str) -> None:
    data = "".join(f"{line}\n" for line in [*LOG[:40], *ending(end)] * 9).encode()
    layouts, chunk = look.look(data), Chunk(data, at=len(data))
    scanned = fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)
    assert stored(scanned) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, layouts))


def test_a_reply_that_raised_counts_in_its_call(tmp_path: Path) -> None:
    above = head(0, "ERROR", "Error in _realtime_reply_task")
    report = analyzed(tmp_path, [above, *f"{TIMED_OUT} {ids('AJ_1')}".split("\n")])
    late = report.signals["realtime_timeouts"]
    assert (late.count, report.exposure.calls) == (1, 1)


FORMS = {
    "dev": "2026-02-03 09:00:%02d,000 - %s %s - %s",
    "logging": "2026-02-03 09:00:%02d,000 %s %s: %s",
    "a layout of its own": "<2026-02-03 09:00:%02d> {%s} %s >> %s",
    "no time": "%.0s%s | %s: %s",
    "logger only": "%.0s%.0s%s: %s",
}
SAYS: dict[str, tuple[SignalName, str]] = {
    "failed to generate a reply: generate_reply timed out.": (
        "realtime_timeouts",
        "livekit.agents.llm.realtime.RealtimeError: generate_reply timed out.",
    ),
    "failed to recognize speech, retrying in 0.1s": (
        "stt_failures",
        "livekit.agents._exceptions.APIConnectionError: failed to recognize speech after 4 tries",
    ),
    "AgentSession is closing due to unrecoverable error": (
        "sessions_failed",
        "APIError: AgentSession is closing due to unrecoverable error",
    ),
}


@pytest.mark.parametrize(("failure", "form"), in_turn(SAYS, FORMS.values()))
@pytest.mark.parametrize(("kind", "quote"), [("Task", "('"), ("Future", "(message='")])
def test_what_asyncio_repeats_counts_once(
    kind: str, quote: str, failure: str, form: str, tmp_path: Path
) -> None:
    name, said = SAYS[failure]
    lines = [
        form % (1, "INFO", "livekit.agents", "received job request"),
        form % (2, "ERROR", "livekit.agents", failure),
        form % (3, "ERROR", "asyncio", f"{kind} exception was never retrieved"),
        f"future: <{kind} finished exception={said.replace(': ', quote, 1)}')>",
        *TIMED_OUT.split("\n")[:-1],
        said,
        form % (4, "ERROR", "app", f"that was {said}"),
        form % (5, "WARNING", "livekit.plugins.x", "event loop blocked for 900ms"),
    ]
    signals = analyzed(tmp_path, lines).signals
    assert (signals[name].count, signals["loop_blocked"].count) == (1, 1)
    data = "".join(f"{line}\n" for line in lines * 60).encode()
    layouts, chunk = look.look(data), Chunk(data, at=len(data))
    careful_one = careful.summarize(chunk, EVERYTHING, 1000.0, layouts)
    assert stored(fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)) == stored(careful_one)
    assert len(layouts.texts) <= 1


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@pytest.mark.parametrize("wrapper", WRAPPED.values(), ids=WRAPPED)
def test_the_scan_counts_the_same(wrapper: str) -> None:
    data = "".join(f"{wrapper % line}\n" for line in LOG).encode()
    layouts = look.look(data)
    chunk = Chunk(data, at=len(data))
    scanned = fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)
    assert stored(scanned) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, layouts))
    assert sum(key.startswith("job:") for key in scanned.calls) == 7


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@pytest.mark.parametrize("fields", ["", ' {"attempt": 2}'])
def test_where_no_other_line_names_a_call(fields: str) -> None:
    """An app's own formatter may print some of the fields behind the message."""
    lines = [head(n, "WARNING", RETRY + fields) for n in range(200)]
    lines += of_a_job(299, "WARNING", RETRY + fields, "AJ_late")
    text = "".join(f"{line.replace(' - ', ' ', 1).replace('s - ', 's: ', 1)}\n" for line in lines)
    chunk = Chunk(text.encode(), at=len(text))
    layouts = look.look(text.encode())
    scanned = fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)
    assert stored(scanned) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, layouts))
    assert "job:AJ_late" in scanned.calls


@pytest.mark.parametrize("size", [700, 1500, 4000])
def test_a_record_and_its_traceback_are_in_one_chunk(size: int) -> None:
    data = "\n".join(LOG).encode() + b"\n"
    whole = careful.summarize(Chunk(data, at=len(data)), EVERYTHING, 1000.0)
    together = Summary(1000.0)
    for chunk in chunks.chunks(io.BytesIO(data), lambda: 0, size):
        together.merge(careful.summarize(chunk, EVERYTHING, 1000.0))
    assert stored(together)["calls"] == stored(whole)["calls"]


def test_no_range_begins_in_a_traceback() -> None:
    data = "\n".join(LOG).encode() + b"\n"
    file = io.BytesIO(data)
    for at in range(0, 6000, 7):
        begins = streams.lines_begin(file, at)
        assert data[begins : begins + 5] == b"2026-" and (begins >= at)
