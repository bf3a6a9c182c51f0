"""Small logs as people have them, each with the figures that are right for it.

What each version and language writes was read from its source; the figures were written down
before any of these logs was analyzed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 30, 16, 20, tzinfo=UTC)
JOB = {"pid": 4242, "job_id": "AJ_exmpl0000001"}
RESUMED = "resumed false interrupted speech"
AGENTS, PIPELINE = "livekit.agents", "livekit.agents.pipeline"
REQUEST = 'HTTP Request: POST https://api.openai.com/v1/{} "HTTP/1.1 {}"'
HEADERS = (
    "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', "
    "[(b'openai-processing-ms', b'{}')])"
)
LATE = (
    "eou detection ran after the audio eot turn was already flushed (likely a late stt final). "
    "consider raising `min_delay` in the endpointing options to accommodate slow stt. subsequent "
    "occurrences will log at debug level."
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def epoch(seconds: float) -> float:
    return START.timestamp() + seconds


def line(s: float, message: str, level: str = "DEBUG", name: str = AGENTS, **more: Any) -> str:
    """A line of production: LiveKit's JSON."""
    fields = {"message": message, "level": level, "name": name, **more, **JOB}
    return json.dumps({**fields, "timestamp": at(s).isoformat(timespec="microseconds")})


def dev(s: float, message: str, level: str = "DEBUG", name: str = AGENTS, **more: Any) -> str:
    """A line of dev mode."""
    ids = {} if "version" in more else JOB
    stamp = at(s).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    return f"{stamp} - {level:<4} {name} - {message} {json.dumps({**more, **ids})}"


def node(s: float, message: str, level: int = 20, **more: Any) -> str:
    """A line of agents-js: pino."""
    fields = {"level": level, "time": int(epoch(s) * 1000), "pid": 247, "hostname": "h"}
    return json.dumps({**fields, **more, "msg": message})


def started(version: str, write: Any = dev) -> str:
    return str(write(0, "starting worker", "INFO", version=version, **{"rtc-version": "1.0.8"}))


def resumed(s: float, timeout: float = 2.0, write: Any = dev) -> str:
    return str(write(s, "resumed false interrupted speech", timeout=timeout))


def committed(s: float, write: Any = dev) -> str:
    times = {"last_speaking_time": epoch(s - 0.6), "speech_start_time": epoch(s - 3)}
    return str(write(s, "user turn committed", **times, source="vad"))


def late(s: float) -> str:
    return line(s, LATE.partition(". consider")[0] + ", skipping eot prediction")


VERSIONS: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
    "1.2.7 is the first that resumes": (
        [started("1.2.7"), resumed(5), resumed(9, 0), resumed(12)],
        {"false": 3, "phantom": 1, "false seen": "yes", "cut seen": "no", "calls": 1},
    ),
    "1.2.6 cannot write the line": (
        [started("1.2.6"), dev(1, "received user transcript", user_transcript="hi")],
        {"false": None, "false seen": "no", "cut seen": "no"},
    ),
    "1.6.0 writes commits": (
        [started("1.6.0"), committed(5.25), committed(15.25), committed(25.25)],
        {"cut": 0, "false": 0, "false seen": "yes", "eou n": 3},
    ),
    "2.0.0b1 has live sessions": (
        [
            *(started("2.0.0b1", line), resumed(5, write=line), committed(9, line)),
            line(12, "LiveSession is closing due to unrecoverable error", "ERROR"),
        ],
        {"false": 1, "failed sessions": 1, "calls": 1},
    ),
    "1.8 at INFO hides most": (
        [
            started("1.8.9", line),
            line(3, "LLM metrics", "INFO", ttft=0.5, prompt_tokens=10, completion_tokens=3),
            line(9, "EOU metrics", "INFO", end_of_utterance_delay=0.7, transcription_delay=0.3),
        ],
        {"false": None, "openai": None, "ttft n": 1, "eou n": 1, "sync": 0, "cut seen": "no"},
    ),
    "0.12 writes pipeline metrics": (
        [
            started("0.12.20"),
            dev(2, "Pipeline LLM metrics: sequence_id=s, ttft=0.80, input_tokens=10", "INFO"),
            dev(3, "Pipeline TTS metrics: sequence_id=s, ttfb=0.25, audio_duration=2.2", "INFO"),
            dev(9, "speech playout finished", name=PIPELINE, speech_id="x", interrupted=True),
        ],
        {"ttft n": 1, "ttft": 0.8, "ttfb n": 1, "false seen": "no"},
    ),
    "1.0.11 writes an epoch time": (
        [
            dev(1, "EOU metrics: end_of_utterance_delay=1769790000.00", "INFO"),
            dev(5, "EOU metrics: end_of_utterance_delay=0.81", "INFO"),
        ],
        {"eou n": 1},
    ),
    "1.6.2 names late transcripts otherwise": (
        [line(1, LATE, "WARNING"), late(2)],
        {"late": 2},
    ),
    "-1 is no time": (
        [line(1, "LLM metrics", "INFO", ttft=t) for t in (-1, 0.4, 0.6)],
        {"ttft n": 2},
    ),
}
OPENAI: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
    "two generations of httpcore": (
        [
            line(1, HEADERS.format(1200), name="httpcore2.http11"),
            line(1, REQUEST.format("chat/completions", "200 OK"), "INFO", "httpx2"),
            line(2, HEADERS.format(300), name="httpcore2.http2"),
            line(2, REQUEST.format("audio/transcriptions", "200 OK"), "INFO", "httpx2"),
        ],
        {"openai": 2, "slow": 1},
    ),
    "a retry is no call more": (
        [
            line(1, "Retrying request to /chat/completions in 0.4 seconds", "INFO", "openai._base"),
            line(2, REQUEST.format("chat/completions", "429 Too Many"), "INFO", "httpx"),
            line(4, REQUEST.format("chat/completions", "200 OK"), "INFO", "httpx"),
        ],
        {"openai": 2, "retries": 1},
    ),
    "new SDKs write no time": (
        [line(n, "HTTP Response: POST 200", name="openai._base_client") for n in (1, 2)],
        {"openai": 2, "slow": None},
    ),
}
NODE: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
    "pino names no logger": (
        [node(n * 5, "resumed false interrupted speech", timeout=2000) for n in range(3)],
        {"false": 3, "agent": "@livekit/agents"},
    ),
    "pino-pretty, fields below": (
        [
            *("[16:20:01.000] DEBUG (247): resumed false interrupted speech", "    timeout: 0"),
            "[16:20:03.000] WARN (247): SegmentSynchronizerImpl.pushAudio called after close",
            *("[16:20:04.000] INFO (247): LLM metrics", "    ttftMs: 500"),
            "[16:20:05.000] WARN (247): VAD slower than realtime",
        ],
        {"false": 1, "phantom": 1, "sync": 1, "ttft": 0.5, "vad": 1, "unread": 0},
    ),
    "pino-pretty on one line": (
        [
            '[16:20:01.000] DEBUG (247): resumed false interrupted speech {"timeout":2000}',
            '[16:20:04.000] INFO (247): LLM metrics {"ttftMs":500,"jobID":"AJ_1"}',
        ],
        {"false": 1, "ttft n": 1, "calls": 1},
    ),
    "pino-pretty in a container": (
        [f"[16:20:0{n}.000] DEBUG (1): resumed false interrupted speech" for n in range(3)],
        {"false": 3, "calls": 1},
    ),
    "a stream of speech that failed": (
        [node(n, "failed to generate TTS completion, retrying in 100ms", 40) for n in range(2)],
        {"tts failed": 2},
    ),
    "pino-pretty, level first": (
        ["DEBUG [16:20:01.000] (247): resumed false interrupted speech", "    timeout: 2000"],
        {"false": 1, "unread": 0},
    ),
    "children of pino have a name": (
        [
            "[10:04:50.936] INFO (AgentActivity.userTurnCompleted/3680): creating speech task",
            "[10:04:51.936] DEBUG (AgentActivity.x/3680): resumed false interrupted speech",
        ],
        {"false": 1, "unread": 0},
    ),
    "an error with a stack below": (
        [
            "[21:14:04.371] WARN (98): failed to generate LLM completion, retrying in 0.1ms",
            *('    llm: "openai.LLM"', "    error: {", '      "type": "APIStatusError",'),
            *(
                '      "stack":',
                "          APIStatusError: 400",
                '      "retryable": true',
                "    }",
            ),
            "[21:14:06.000] DEBUG (98): resumed false interrupted speech",
        ],
        {"llm failures": 1, "false": 1, "unread": 0},
    ),
}
TEXTS: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
    "midnight without a date": (
        [
            f"{clock} DEBUG livekit.agents resumed false interrupted speech {json.dumps(JOB)}"
            for clock in ("23:59:58", "00:00:05")
        ],
        {"false": 2, "calls": 1, "minutes": 7 / 60},
    ),
    "times cut off": (
        [
            f"DEBUG livekit.agents - resumed false interrupted speech {json.dumps({'timeout': 0})}",
            "WARNING livekit.agents - _SegmentSynchronizerImpl.push_audio called after close",
        ],
        {"false": 1, "phantom": 1, "sync": 1, "unread": 0},
    ),
    "a traceback below": (
        [
            dev(1, "failed to synthesize speech, retrying in 0.1s", "WARNING"),
            *("Traceback (most recent call last):", '  File "/app/x.py", line 3, in run'),
            *("    raise X", "livekit.agents._exceptions.APIError: boom", ""),
            resumed(2),
        ],
        {"tts failures": 1, "false": 1, "unread": 0},
    ),
    "prints between": (
        [resumed(1), "user said: hello", "------", resumed(2)],
        {"false": 2, "unread": 2},
    ),
    "a shell around": (
        ["(venv) PS C:\\agent> uv run agent.py dev", resumed(1), "^C(venv) PS C:\\agent>"],
        {"false": 1, "unread": 2},
    ),
    "half a JSON line": (
        [resumed(1, write=line), resumed(2, write=line)[:90]],
        {"false": 1, "unread": 1},
    ),
    **{
        f"cut, ending in {end!r}": (
            [
                dev(2, "LLM metrics", "INFO", ttft=0.5, reason="x" * 40)[:90] + end,
                dev(4, RESUMED, timeout=0, reason="x" * 60)[:100] + end,
            ],
            {"ttft": 0.5, "false": 1, "phantom": 1, "unread": 0},
        )
        for end in ("", "…", "...")
    },
    "levels as Python numbers them, INFO": (
        [
            json.dumps({"time": at(s).isoformat(), "level": 20, "name": AGENTS, "msg": text, **JOB})
            for s, text in enumerate(("starting worker", "LLM metrics", "session closed"))
        ],
        {"false": None, "calls": 1},
    ),
    "two clocks": (
        [resumed(1), resumed(2, write=line), resumed(3), resumed(4, write=line)],
        {"false": 4, "calls": 1},
    ),
    "the same lines twice": (
        [part for s in range(3) for part in (resumed(s), f"DEBUG:{AGENTS}:{RESUMED}")],
        {"false": 3},
    ),
    "nanoseconds": (
        [
            json.dumps({"ts": int(epoch(s)) * 10**9, "level": "debug", "msg": RESUMED, **JOB})
            for s in range(3)
        ],
        {"false": 3, "first": epoch(0)},
    ),
    "an offset without a colon": (
        [f"2026-01-30 21:50:0{s},000+0530 DEBUG {AGENTS} {RESUMED}" for s in range(3)],
        {"false": 3, "first": epoch(0)},
    ),
    "a table": (
        [f"| 2026-01-30 16:20:0{s} | DEBUG | {RESUMED} |" for s in range(3)],
        {"false": 3},
    ),
}
OBJECT = {"type": "llm_metrics", "label": "x", "ttft": 0.5, "request_id": "a"}
METRICS: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
    "an object as JSON": ([f"INFO:agent:{json.dumps(OBJECT)}"], {"ttft": 0.5}),
    "an object as a dictionary": ([dev(1, f"metrics: {OBJECT}", "INFO", "agent")], {"ttft": 0.5}),
    "an object of a class": (
        [dev(1, "metrics: LLMMetrics(type='llm_metrics', ttft=0.5, request_id='a')", "INFO", "a")],
        {"ttft": 0.5},
    ),
    "an object among the fields": (
        [line(1, "metrics collected", "INFO", "agent", metrics=OBJECT)],
        {"ttft": 0.5},
    ),
    "an object of agents-js": (
        [node(1, "metrics", 30, metrics={"type": "llm_metrics", "ttftMs": 500})],
        {"ttft": 0.5},
    ),
    "a text of log_metrics in loguru's layout": (
        [
            "2026-01-30 16:20:01.000 | INFO     | livekit.agents.metrics.utils:log_metrics:40 - "
            f"{stage}, duration=1.00"
            for stage in ("LLM metrics: ttft=0.50", "TTS metrics: ttfb=0.20")
        ],
        {"ttft": 0.5, "ttfb n": 1},
    ),
}
CASES = {**METRICS, **VERSIONS, **OPENAI, **NODE, **TEXTS}
