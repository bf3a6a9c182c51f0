"""Every spelling of a meaning, over versions and languages, gives the same figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from packaging.version import Version

from tuner.atlas import Row, load
from tuner.facts.input_info import input_info
from tuner.inputs.chunks import Chunk
from tuner.lines import events
from tuner.lines.catalogue import failures, turn_log
from tuner.lines.catalogue.row import LogLine, Spelling
from tuner.lines.catalogue.table import LINES
from tuner.model import Record
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.redaction.redact import redact
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import Summary

FAILURES = failures.ROWS
SPELLINGS = [
    (line, spelling)
    for line in LINES
    for spelling in line.spellings
    if line not in (*FAILURES, *turn_log.ROWS) and not spelling.within
]
LANGUAGES = {"Python": "python", "Node": "javascript"}


def rows(spelling: Spelling) -> Iterator[Row]:
    """The rows of the atlas that this spelling is of; keys count where another has its text."""
    atlas = load()
    for row in atlas.rows:
        language = atlas.releases[row.package].package.language
        text = row.template == spelling.starts if spelling.exact else False
        if language != LANGUAGES[spelling.language]:
            continue
        if not (text or (not spelling.exact and row.template.startswith(spelling.starts))):
            continue
        if not row.logger.startswith(spelling.loggers) and row.logger:
            continue
        written = spelling.renamed[0].written if spelling.renamed else ""
        if row.level in ("", spelling.level) and (not written or written in row.extra):
            yield row


def order(version: str) -> Any:
    return Version(version.partition("-")[0])


def versions(found: list[Row]) -> str:
    """From the first to the last version; open when the last one that was read still has it."""
    first = min((row.first for row in found), key=order)
    last = max((row.last for row in found), key=order)
    names = {row.package: load().releases[row.package].package.versions[-1] for row in found}
    if any(row.last == names[row.package] for row in found):
        return f">={first}"
    return first if first == last else f"{first}-{last}"


def has_no_call_in_source(spelling: Spelling) -> bool:
    """agents-js writes metrics, and its VAD's own line, through a child logger: no plain call."""
    return spelling.language == "Node" and (
        spelling.starts.endswith(" metrics") or spelling.starts.startswith("inference is")
    )


@pytest.mark.parametrize(("line", "spelling"), SPELLINGS)
def test_the_atlas_has_every_spelling(line: LogLine, spelling: Spelling) -> None:
    found = list(rows(spelling))
    assert bool(found) is not has_no_call_in_source(spelling), line.kind
    if spelling.versions:
        assert spelling.versions == versions(found)


def can_begin(template: str, starts: str) -> bool:
    """Whether the template begins so, or leaves the first word open."""
    words = starts.partition(" ")[2] or starts
    return template.startswith((starts, "{} " + words))


@pytest.mark.parametrize("line", FAILURES)
def test_the_atlas_has_every_text_of_a_failure(line: LogLine) -> None:
    known = [row.template for row in load().rows]
    for spelling in line.spellings:
        is_native = spelling.starts == "livekit::rtc_engine"  # written by the native library
        assert is_native or any(can_begin(text, spelling.starts) for text in known)


def figures(message: str, logger: str = "livekit.agents", **fields: Any) -> Any:
    record = Record(message, "INFO", logger, body=json.dumps(fields).encode() if fields else b"")
    event = events.read(record)
    return None if event is None else (event.kind, dict(event.fields))


TOKENS = "input_tokens=512,  cached_input_tokens=6, output_tokens=40, tokens_per_second=21.00"
OLD_TOKENS = "input_tokens=310, output_tokens=18, tokens_per_second=33.51"
LLM = {"ttft": 0.5, "prompt_tokens": 310, "completion_tokens": 18}
OBJECT = "type='llm_metrics' label='a.LLM' duration=2.11 ttft=0.5 cancelled=False"


@pytest.mark.parametrize(
    ("message", "fields", "expected"),
    [
        ("LLM metrics", {"ttft": 0.5}, ("llm_metrics", {"ttft": 0.5})),
        (f"LLM metrics: ttft=0.5, {TOKENS}", {},
         ("llm_metrics", {"ttft": 0.5, "prompt_tokens": 512, "prompt_cached_tokens": 6,
                          "completion_tokens": 40})),
        (f"LLM metrics: ttft=0.5, {OLD_TOKENS}", {}, ("llm_metrics", LLM)),
        (f"Pipeline LLM metrics: sequence_id=a1, ttft=0.5, {OLD_TOKENS}", {}, ("llm_metrics", LLM)),
        (f"LLM metrics: ttft=-1.00, {OLD_TOKENS}", {}, ("llm_metrics", LLM | {"ttft": -1})),
        ("LLM metrics:", {"ttft": "0.5,"}, ("llm_metrics", {"ttft": 0.5})),
        ("TTS metrics: ttfb=0.33, audio_duration=4.20", {},
         ("tts_metrics", {"ttfb": 0.33, "audio_duration": 4.2})),
        ("TTS metrics: ttfb=4e-05, audio_duration=4.20", {},
         ("tts_metrics", {"ttfb": 4e-05, "audio_duration": 4.2})),
        ("STT metrics: audio_duration=5.05", {}, ("stt_metrics", {"audio_duration": 5.05})),
        ("EOU metrics: end_of_utterance_delay=0.81, transcription_delay=0.42", {},
         ("eou_metrics", {"end_of_utterance_delay": 0.81, "transcription_delay": 0.42})),
        (f"RealtimeModel metrics: ttft=0.62, {OLD_TOKENS}", {},
         ("realtime_metrics", LLM | {"ttft": 0.62})),
        ("first LLM token", {"elapsed": 0.5}, ("old_metrics", {"ttft": 0.5})),
        ("received first LLM token", {"elapsed": 0.5}, ("old_metrics", {"ttft": 0.5})),
        ("first TTS frame", {"elapsed": 0.5}, ("old_metrics", {"ttfb": 0.5})),
        ("received first TTS frame", {"elapsed": 0.5}, ("old_metrics", {"ttfb": 0.5})),
        ("AgentOutput._stream_synthesis_task: TTFB in 0.5s", {}, ("old_metrics", {"ttfb": 0.5})),
        ("playout finished", {"cancelled": True}, ("old_playout", {"interrupted": True})),
        ("playout finished", {"interrupted": True}, ("old_playout", {"interrupted": True})),
        (f"Metrics type -> llm_metrics, metrics -> {OBJECT}", {},
         ("metrics_object", {"ttft": 0.5})),
        ("Metrics type -> llm_metrics, metrics ->", {"type": "llm_metrics", "ttft": 0.5},
         ("metrics_object", {"ttft": 0.5})),
        (f"LLMMetrics({OBJECT.replace(' ', ', ')})", {}, ("metrics_object", {"ttft": 0.5})),
        ("PipelineLLMMetrics(request_id='1', ttft=0.5)", {}, ("metrics_object", {"ttft": 0.5})),
        ("got {'type': 'tts_metrics', 'ttfb': 0.4}", {}, ("metrics_object", {"ttfb": 0.4})),
        ('got {"type": "eou_metrics", "end_of_utterance_delay": 0.7}', {},
         ("metrics_object", {"end_of_utterance_delay": 0.7})),
        ("RealtimeModelMetrics(type='realtime_model_metrics', ttft=0.6)", {},
         ("metrics_object", {"realtime_ttft": 0.6})),
        ("usage of llm_metrics", {}, None),
        ("vad inference took too long - slower than realtime: 0.4", {}, ("vad_slow", {})),
        ("received user transcript", {"user_transcript": "mm hm"}, ("transcript", {"words": 2})),
        ("received user transcript", {"lk.pii.user_transcript": "a"}, ("transcript", {"words": 1})),
    ],
)  # fmt: skip
def test_spellings_of_python(message: str, fields: dict[str, Any], expected: Any) -> None:
    assert figures(message, **fields) == expected


@pytest.mark.parametrize(
    ("message", "fields", "kind", "name", "seconds"),
    [
        ("LLM metrics", {"ttftMs": 948, "inputTokens": 75}, "llm_metrics", "ttft", 0.948),
        ("LLM metrics", {"ttftMs": -1}, "llm_metrics", "ttft", -1),
        ("LLM metrics", {"ttft": 948, "inputTokens": 75}, "llm_metrics", "ttft", 0.948),
        ("Pipeline LLM metrics", {"ttft": 948, "inputTokens": 1}, "llm_metrics", "ttft", 0.948),
        ("TTS metrics", {"ttfbMs": 551}, "tts_metrics", "ttfb", 0.551),
        ("TTS metrics", {"ttfb": 551, "audioDuration": 9}, "tts_metrics", "ttfb", 0.551),
        ("EOU metrics", {"endOfUtteranceDelayMs": 879}, "eou_metrics",
         "end_of_utterance_delay", 0.879),
        ("Pipeline EOU metrics", {"endOfUtteranceDelay": 879}, "eou_metrics",
         "end_of_utterance_delay", 0.879),
        ("RealtimeModel metrics", {"ttftMs": 600}, "realtime_metrics", "ttft", 0.6),
        ("Interruption metrics", {"numInterruptions": 1, "detectionDelayMs": 90},
         "interruption_metrics", "detection_delay", 0.09),
        ("inference is slower than realtime", {"delay": 350.2}, "vad_slow", "delay", 0.3502),
        ("inference is slower than realtime", {"delay": 0.35}, "vad_slow", "delay", 0.35),
        ("VAD slower than realtime", {"extraInferenceTimeMs": 350}, "vad_slow", "delay", 0.35),
        ("VAD inference is slower than realtime", {"extraInferenceTimeMs": 5}, "vad_slow",
         "delay", 0.005),
        ("resumed false interrupted speech", {"timeout": 2000}, "false_interruption",
         "timeout", 2.0),
        ("resumed false interrupted speech", {"timeout": 0}, "false_interruption", "timeout", 0),
        ("eot prediction timed out, committing", {"timeoutMs": 500}, "eot_timeout",
         "timeout", 0.5),
        ("using preemptive generation", {"preemptiveLeadTime": 400}, "preemptive",
         "preemptive_lead_time", 0.4),
        ("eot prediction", {"endOfTurnProbability": 0.4, "endpointingDelay": 500},
         "eot_prediction", "endpointing_delay", 0.5),
    ],
)  # fmt: skip
def test_spellings_of_node_are_in_milliseconds(
    message: str, fields: dict[str, Any], kind: str, name: str, seconds: float
) -> None:
    found = figures(message, "", **fields)
    assert found[0] == kind
    assert found[1][name] == pytest.approx(seconds)


def test_a_logger_of_livekit_writes_seconds_however_many() -> None:
    found = figures("inference is slower than realtime", "livekit.plugins.silero", delay=350.2)
    assert found == ("vad_slow", {"delay": 350.2})


def test_the_oldest_openai_lines() -> None:
    message = "message='OpenAI API response'"
    rest = "path=https://api.openai.com/v1/chat/completions processing_ms=2280 response_code=200"
    expected = {"method": "POST", "status": 200, "endpoint": "chat", "processing_ms": 2280.0}
    for text, fields in ((f"{message} {rest}", {}), (message, dict(_pairs(rest)))):
        kind, found = figures(text, "openai", **fields)
        assert kind == "openai_response"
        assert found | expected == found
    url = "https://api.openai.com/v1/chat/completions"
    assert figures(f'HTTP Request: POST {url} "200 OK"', "openai._base_client") == (
        "openai_response", {"method": "POST", "status": 200, "endpoint": "chat"},
    )  # fmt: skip


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    for pair in text.split():
        key, _, value = pair.partition("=")
        yield key, int(value) if value.isdecimal() else value


# --- whole logs ----------------------------------------------------------------------------------


def record(message: str, level: str = "INFO", logger: str = "livekit.agents", **more: Any) -> str:
    """A line of LiveKit's JSON; the scan reads it, too."""
    head = {"message": message, "level": level, "name": logger}
    last = {"pid": 4, "job_id": "AJ_1", "timestamp": "2026-01-30T16:20:00.000000+00:00"}
    return json.dumps(head | more | last)


def summaries(*lines: str) -> tuple[Summary, Summary]:
    """What the careful reader and the scan make of a log: the same."""
    data = "".join(line + "\n" for line in lines).encode()
    return careful.summarize(Chunk(data), EVERYTHING, 1000.0), fast.summarize(
        Chunk(data), EVERYTHING, 1000.0, strict=True
    )


def test_each_late_transcript_counts() -> None:
    first = "transcript arrives after turn has been committed. consider raising `min_delay`"
    later = "stt transcript arrived after a turn flush, skipping eot prediction"
    for summary in summaries(record(first, "WARNING"), *[record(later, "DEBUG")] * 11):
        assert summary.counts["late_transcript"] == 12


def test_what_cannot_be_a_delay_is_set_aside_and_named() -> None:
    epoch, negative, unknown = 1769790000.0, -0.4, -1
    lines = [
        record("EOU metrics", end_of_utterance_delay=delay, transcription_delay=0.4)
        for delay in (epoch, 0.7, negative)
    ]
    for summary in summaries(*lines, record("LLM metrics", ttft=unknown)):
        assert summary.histograms["end_of_turn_delay@metrics"].n == 1
        assert summary.histograms["transcription_delay@metrics"].n == 3
        assert summary.counts["censored:llm_ttft@metrics"] == 1
        assert summary.counts["censored:end_of_turn_delay@metrics"] == 0
        notes = input_info(ReadInput("a.jsonl", summary)).notes
        assert any(note.startswith("2 x end_of_turn_delay set aside") for note in notes)


def test_the_scan_leaves_metrics_objects_of_the_app_to_python() -> None:
    lines = [record(f"got {OBJECT}", logger="demo"), record("it", "DEBUG", "demo", kind="x")]
    lines.append(record("metrics", "DEBUG", "demo", type="tts_metrics", ttfb=0.4))
    dev = f"2026-01-30 16:20:00,000 - \x1b[32mINFO\x1b[0m demo - got {OBJECT} \x1b[90m{{}}\x1b[0m"
    for summary in summaries(*lines):
        assert summary.counts["metrics_object"] == 2
        assert summary.histograms["llm_ttft@object"].n == 1
    for summary in summaries(dev):
        assert summary.counts["metrics_object"] == 1


def test_metrics_of_two_spellings_in_one_log_are_one_source() -> None:
    lines = [
        record("Pipeline LLM metrics: sequence_id=a, ttft=0.88, input_tokens=310"),
        record("LLM metrics: ttft=1.91, input_tokens=310"),
    ]
    for summary in summaries(*lines):
        assert summary.histograms["llm_ttft@metrics"].n == 2
        assert summary.counts["tokens:prompt_tokens"] == 620


def test_the_words_of_either_key_are_hidden() -> None:
    for key in ("user_transcript", "lk.pii.user_transcript"):
        text = redact(record("received user transcript", "DEBUG", **{key: "4111"}))
        assert "4111" not in text


def test_figures_of_node_are_shown() -> None:
    line = '{"level":30,"time":1769790006400,"pid":247,"ttftMs":948,"msg":"LLM metrics"}'
    assert "ttftMs=948" in redact(line)
