"""The script: what happens in three calls, with every spelling that a version may give it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC).timestamp()
LIVEKIT = "livekit-agents"
SILERO = "livekit-plugins-silero"
ADVICE = "consider raising `min_delay` in the endpointing options to accommodate"
ONCE = "subsequent occurrences will log at debug level."
LATE = (
    f"transcript arrives after turn has been committed. {ADVICE} a slow stt. {ONCE}",
    "eou detection ran after the audio eot turn was already flushed (likely a late stt final). "
    f"{ADVICE} slow stt. {ONCE}",
)


class Wording(NamedTuple):
    """One spelling of a message: a template of the atlas and the texts for its holes."""

    template: str
    holes: tuple[str, ...] = ()
    package: str = LIVEKIT
    since: str = ""
    """The version from which on this is written, if the atlas cannot know it."""


class Event(NamedTuple):
    """Something that the agent logs; the first wording that its version has is used."""

    at: float
    call: int | None
    """Index of the call; None for a line of the worker."""
    signal: str
    """The report's name for it; "" if nothing counts it."""
    wordings: tuple[Wording, ...]
    fields: dict[str, Any]
    """Under all keys of all versions; those that its version does not write are left out."""
    serving: bool = False
    """Whether only a worker that serves rooms logs it, so that the console mode has none."""


class Measurement(NamedTuple):
    """Figures that are logged through the version's own `log_metrics`."""

    at: float
    call: int
    family: str
    """LLM, TTS, STT or EOU."""
    values: dict[str, Any]


class Turn(NamedTuple):
    """One turn of the user and the agent's answer; times in seconds, `processing` in ms."""

    end_of_turn: float
    transcription: float
    ttft: float
    ttfb: float
    processing: int


TURNS = (
    (Turn(0.61, 0.31, 0.42, 0.21, 310), Turn(0.75, 0.40, 1.35, 0.33, 1210)),
    (Turn(0.58, 0.28, 0.39, 0.19, 280), Turn(1.92, 1.44, 0.47, 0.95, 355)),
    (Turn(0.66, 0.35, 0.51, 0.24, 402), Turn(0.83, 0.52, 2.18, 0.27, 2044)),
)


def script() -> list[Event | Measurement]:
    """Everything that happens, in order of time; the second call overlaps both others."""
    happens = [*_worker(), *_call(0, START + 10), *_call(1, START + 40), *_call(2, START + 80)]
    return sorted(happens, key=lambda each: each.at)


def _worker() -> Iterator[Event]:
    about = {"version": "{version}", "rtc-version": "1.0.17"}
    yield Event(START + 0.1, None, "", (Wording("starting worker"),), about)
    server = {"id": "AW_k3Tq9", "agent_name": "", "url": "wss://demo.example", "protocol": 16}
    fields = {**server, "region": "Germany", "node_id": "N1", "deployment": ""}
    yield Event(START + 0.9, None, "", (Wording("registered worker"),), fields, serving=True)


def _call(call: int, start: float) -> Iterator[Event | Measurement]:
    yield from _beginning(call, start)
    for number, turn in enumerate(TURNS[call]):
        yield from _turn(call, start + 8 + 20 * number, turn)
    yield from (_interruptions, _noise, _failures)[call](call, start + 50)
    closed = {"reason": "participant_disconnected", "error": None}
    yield _event(start + 62, call, "", "session closed", **closed)
    left = {"reason": "room disconnected", "user_initiated": False}
    yield _event(start + 62.3, call, "", "shutting down job task", **left)


def _beginning(call: int, start: float) -> Iterator[Event]:
    """The worker's own lines about a call."""
    job = {"job_id": job_id(call), "room": room(call), "room_name": room(call)}
    job |= {"room_id": f"RM_{call}", "dispatch_id": "AD_x", "agent_name": ""}
    request = {**job, "resuming": False, "enable_recording": False}
    begun = (Wording("initializing job process"), Wording("initializing process"))
    ready = (Wording("job process initialized"), Wording("process initialized"))
    process = {"pid": pid(call)}
    elapsed = {**process, "elapsed_time": 0.2}
    yield Event(start, None, "", (Wording("received job request"),), request, serving=True)
    yield Event(start + 0.2, None, "", begun, process, serving=True)
    yield Event(start + 0.4, None, "", ready, elapsed, serving=True)


def job_id(call: int) -> str:
    """The job of a call."""
    return f"AJ_vX4m{call}Qw7"


def room(call: int) -> str:
    """The room of a call."""
    return f"demo-room-{call}"


def pid(call: int) -> int:
    """The process of a call's job."""
    return 4100 + call


def _event(at: float, call: int, signal: str, template: str, **fields: Any) -> Event:
    return Event(at, call, signal, (Wording(template),), fields)


def _turn(call: int, spoke: float, turn: Turn) -> Iterator[Event | Measurement]:
    """`spoke` is when the user stopped speaking."""
    words = "I would like to move my appointment to Thursday afternoon please"
    heard = {"user_transcript": words, "lk.pii.user_transcript": words, "language": "en"}
    at, delay = spoke + turn.transcription, turn.transcription
    yield _event(at, call, "", "received user transcript", **heard, transcript_delay=delay)
    yield from _commit(call, spoke, turn)
    answer = spoke + turn.end_of_turn + turn.ttft
    yield from _openai(call, answer - 0.01, turn.processing)
    yield from _metrics(call, answer, turn)
    said = {"role": "assistant", "text": "Thursday is free.", "lk.pii.text": "Thursday is free."}
    yield _event(answer + 4, call, "", "conversation_item_added", **said)


def _commit(call: int, spoke: float, turn: Turn) -> Iterator[Event]:
    at = spoke + turn.end_of_turn
    view = {"probability": 0.86, "unlikely_threshold": 0.15, "endpointing_delay": 0.5}
    more = {"language": "en", "trigger": "stt", "from_cache": False}
    yield _event(at - 0.1, call, "", "eot prediction", **view, **more)
    spans = {"last_speaking_time": spoke, "last_final_transcript_time": spoke + turn.transcription}
    how = {"delay_completed": True, "source": "vad", "end_of_turn_probability": 0.86}
    more = {"speech_start_time": spoke - 2.4, "unlikely_threshold": 0.15}
    yield _event(at, call, "", "user turn committed", **spans, **more, **how)
    lead = turn.end_of_turn - turn.transcription
    preemptive = "using preemptive generation"
    yield _event(at + 0.001, call, "preemptive", preemptive, preemptive_lead_time=lead)


def _openai(call: int, at: float, processing: int) -> Iterator[Event]:
    url, request = "https://api.openai.com/v1/chat/completions", f"req_{call}{processing}"
    line = ("POST", url, "HTTP/1.1", "200", "OK")
    wordings = tuple(
        Wording('HTTP Request: {} {} "{} {} {}"', line, name) for name in ("httpx", "httpx2")
    )
    yield Event(at, call, "", wordings, {})
    heads = {"openai-processing-ms": str(processing), "x-request-id": request}
    shown = f"Headers({heads})"
    old = Wording('HTTP Response: {} {} "{} {}" {}', ("POST", url, "200", "OK", shown), "openai")
    new = Wording("HTTP Response: {} {}", ("POST", "200"), "openai")
    yield Event(at + 0.001, call, "openai_calls", (old, new), {"processing_ms": processing})
    yield Event(at + 0.002, call, "", (Wording("request_id: {}", (request,), "openai"),), {})
    pairs = [(key.encode(), value.encode()) for key, value in heads.items()]
    wire = f" return_value=(b'HTTP/1.1', 200, b'OK', {pairs})"
    complete = Wording("receive_response_headers.complete{}", (wire,), "httpcore2")
    yield Event(at - 0.001, call, "", (complete,), {})


def _metrics(call: int, at: float, turn: Turn) -> Iterator[Measurement]:
    """`at` is when the first token came; the figures of a stage are logged when it ends."""
    delays = {"end_of_utterance_delay": turn.end_of_turn, "transcription_delay": turn.transcription}
    yield Measurement(at - turn.ttft + 0.002, call, "EOU", delays)
    yield Measurement(at - turn.ttft + 0.003, call, "STT", {"audio_duration": 3.05})
    tokens = {"completion_tokens": 31, "prompt_tokens": 412, "total_tokens": 443}
    rate = {"tokens_per_second": 38.75}
    yield Measurement(at + 0.8, call, "LLM", {"ttft": turn.ttft, **tokens, **rate})
    yield Measurement(at + 1.9, call, "TTS", {"ttfb": turn.ttfb, "audio_duration": 2.6})


def _interruptions(call: int, at: float) -> Iterator[Event | Measurement]:
    resumed = "resumed false interrupted speech"
    for second in (0, 3, 6):
        yield _event(at + second, call, "false_interruptions", resumed, timeout=2.0)
    unheard = (Wording(resumed, since="1.5.9"),)
    yield Event(at + 7, call, "phantom", unheard, {"timeout": 0})
    for number, method in enumerate(("push_audio", "end_audio_input", "pause")):
        warning = f"_SegmentSynchronizerImpl.{method} called after close"
        segment = "7c1e5f"
        yield _event(at + 1 + number / 100, call, "sync_warnings", warning, impl_id=segment)
    cancelled = {"ttft": -1.0, "completion_tokens": 0, "prompt_tokens": 420, "total_tokens": 420}
    yield Measurement(at + 8, call, "LLM", {**cancelled, "tokens_per_second": 0.0})
    yield _event(at + 9, call, "", "speech playout finished", speech_id="cd2", interrupted=True)


def _noise(call: int, at: float) -> Iterator[Event]:
    resumed = "resumed false interrupted speech"
    yield _event(at, call, "false_interruptions", resumed, timeout=2.0)
    for second, delay in ((1, 0.24), (2, 1.37)):
        yield Event(at + second, call, "vad_slow", _slow_vad(), {"delay": delay})
    yield Event(at + 3, call, "late_transcripts", tuple(map(Wording, LATE)), {})
    again = "stt transcript arrived after a turn flush, skipping eot prediction"
    yield _event(at + 4, call, "late_transcripts", again)
    slow = "flush audio emitter due to slow audio generation"
    yield _event(at + 5, call, "slow_flushes", slow)


def _slow_vad() -> tuple[Wording, ...]:
    texts = ("VAD inference is slower than realtime", "inference is slower than realtime")
    return tuple(Wording(text, (), name) for name in (SILERO, LIVEKIT) for text in texts)


def _failures(call: int, at: float) -> Iterator[Event]:
    work = {"llm": "generate LLM completion", "tts": "synthesize speech", "stt": "recognize speech"}
    for number, (stage, what) in enumerate(work.items()):
        label = f"livekit.plugins.openai.{stage}.{stage.upper()}"
        with_reason = Wording(f"failed to {what}: {{}}, retrying in {{}}s", ("timed out", "2.0"))
        wordings = (with_reason, Wording(f"failed to {what}, retrying in {{}}s", ("2.0",)))
        fields = {"llm": label, "tts": label, "stt": label, "attempt": 1, "streamed": True}
        for attempt in range(number + 1):
            when = at + number + attempt / 10
            yield Event(when, call, f"{stage}_failures", wordings, {**fields, "attempt": attempt})
    yield _event(at + 5, call, "eot_timeouts", EOT_TIMEOUT, timeout=1.0)


EOT_TIMEOUT = "eot prediction timed out, committing without a prediction"
