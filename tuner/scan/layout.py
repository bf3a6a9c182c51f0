"""The structs of `scan.h`, for ctypes."""

from __future__ import annotations

from ctypes import Structure, c_char, c_double, c_int32, c_int64

MOST_LINES, MOST_ENTRIES, MOST_LITERALS, LITERAL_BYTES, NOTED = 1 << 18, 1 << 12, 64, 64, 10
MOST_FRAMES, CALL_BYTES, MOST_NAMES, SHORT_MS, BARE = 64, 252, 16, 1 << 14, 1
KINDS = ("", "llm_metrics", "tts_metrics", "stt_metrics", "eou_metrics", "vad_slow",
         "sync_warning", "http_request", "http_headers", "openai_response", "http_started",
         "connect")  # fmt: skip
"""What a literal may stand for; "" is any event that Python reads."""
LATENCIES = ("llm_ttft@metrics", "tts_ttfb@metrics", "transcription_delay@metrics",
             "end_of_turn_delay@metrics", "vad_slow")  # fmt: skip
NOTES = (*LATENCIES, "sync_warnings", "openai_calls")
"""What the first places are kept of."""
TOKENS = ("prompt_tokens", "prompt_cached_tokens", "completion_tokens")
GENERATIONS = ("old", "new")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
"""Of dev text; the `key` of a source is a place among them."""


class Literal(Structure):
    """How the message of an event begins."""

    _fields_ = [("kind", c_int32), ("size", c_int32), ("text", c_char * LITERAL_BYTES)]


class Entry(Structure):
    """A distinct text; see `results.Entry`."""

    _fields_ = [(name, c_int32) for name in ("at", "size", "n", "key", "logger")]
    _fields_ += [(name, c_int32) for name in ("turns", "vad_slow", "syncs", "timed", "slow")]
    _fields_ += [(name, c_int32 * len(GENERATIONS)) for name in ("touched", "open")]
    _fields_ += [("first", c_double), ("last", c_double)]


class Table(Structure):
    """Distinct texts."""

    _fields_ = [("used", c_int32), ("slots", c_int32 * (4 * MOST_ENTRIES))]
    _fields_ += [("entries", Entry * MOST_ENTRIES)]


class Place(Structure):
    """A line."""

    _fields_ = [(name, c_int32) for name in ("line", "start", "end", "body", "stop", "framed")]


class Frame(Structure):
    """A wrapper."""

    _fields_ = [("first", Place), ("before", c_int32), ("behind", c_int32), ("n", c_int32)]


class Answer(Structure):
    """A response; see `results.Answer`."""

    _fields_ = [(name, c_int32) for name in ("call", "message", "generation", "status")]
    _fields_ += [("ms", c_double)]


class Scan(Structure):
    """All that goes in and comes out."""

    _fields_ = [
        ("first", c_int32 * 256),
        ("next", c_int32 * MOST_LITERALS),
        ("literals", Literal * MOST_LITERALS),
        ("low_s", c_double * len(LATENCIES)),
        ("noted_s", c_double * len(LATENCIES)),
        ("slow_ms", c_double),
        ("longest", c_int32),
        ("in_order", c_int32),
        ("strict", c_int32),
        ("picks", c_int32),
        ("since", c_double),
        ("until", c_double),
        ("call_size", c_int32),
        ("call", c_char * CALL_BYTES),
        ("lines", c_int32),
        ("told", c_int32),
        ("ordered", c_int32),
        ("passed", c_int32),
        ("counts", c_int32 * len(KINDS)),
        ("places_n", c_int32),
        ("answers_n", c_int32),
        ("leads_n", c_int32),
        ("frames_n", c_int32),
        ("bins_n", c_int32 * len(LATENCIES)),
        ("censored", c_int32 * len(LATENCIES)),
        ("noted_n", c_int32 * len(NOTES)),
        ("shapes", c_int32 * ((3 * MOST_NAMES + 2) * (len(KINDS) + 1))),
        ("sources_of", c_int32 * (len(KINDS) + 1)),
        ("heads", c_int32 * (4 * (len(KINDS) + 1))),
        ("tokens", c_int64 * len(TOKENS)),
        ("minute", c_int64 * 3),
        ("noted", Place * NOTED * len(NOTES)),
        ("frames", Frame * MOST_FRAMES),
        *((name, Table) for name in ("sources", "calls", "models", "messages")),
        ("places", Place * MOST_LINES),
        ("answers", Answer * MOST_LINES),
        ("leads", Answer * (len(GENERATIONS) * MOST_ENTRIES)),
        ("bin_of", c_int32 * SHORT_MS * len(LATENCIES)),
        ("bins", c_int64 * 2 * MOST_LINES * len(LATENCIES)),
    ]
