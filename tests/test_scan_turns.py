"""Turns on the fast path: the scan judges them as they are judged one line at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples, shipping
from tests.test_fast import both
from tests.test_properties import told
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING

Record = dict[str, Any]
Write = Callable[[bytes], bytes]
NOW = 1795167369.25
BESIDE = {"code.file.path": "/app/x.py", "code.line.number": 7}
STAMP = "2026-11-20T09:36:09.250000+00:00"
WHOLE = STAMP.replace(".25", ".00")


def record(message: str, job: str = "AJ_1", logger: str = "livekit.agents", **more: Any) -> Record:
    level = "INFO" if logger == "tuner.turns" else "DEBUG"
    ids = {"job_id": job, "room": "r-" + job, "pid": 7}
    head = {"message": message, "level": level, "name": logger}
    return {**head, **more, **ids, **BESIDE, "timestamp": STAMP}


def commit(job: str, start: float | None, spoken: float | None, **more: Any) -> Record:
    times: Record = {"last_speaking_time": spoken, "speech_start_time": start}
    return record("user turn committed", job, **times, end_of_turn_probability=None, **more)


def late_commit(job: str, start: Any, spoken: Any, heard: Any, stamp: str) -> Record:
    """One that waited for a transcript; its time may be of whole seconds, before all of these."""
    return commit(job, start, spoken, last_final_transcript_time=heard) | {"timestamp": stamp}


def speech(job: str, text: Any, delay: Any = 0.25) -> Record:
    words: Record = {"lk.pii.user_transcript": text, "transcript_delay": delay}
    return record("received user transcript", job, **words)


def wordless(job: str) -> Record:
    return record("received user transcript", job, transcript_delay=0.5)


def pause(job: str, timeout: Any = 2.0) -> Record:
    return record("resumed false interrupted speech", job, timeout=timeout)


def turn(job: str, **more: Any) -> Record:
    times: Record = {"llm_ttft": 0.4, "e2e_latency": 1.25, "pauses": [0.5, 1.25]}
    return record("turn", job, "tuner.turns", **(times | more))


def openai_call(job: str, **more: Any) -> Record:
    return record("openai call", job, "tuner.turns", **{"model": "gpt-5.4-mini"} | more)


def interruption(job: str, **more: Any) -> Record:
    return record("interruption", job, "tuner.turns", **{"started": NOW} | more)


def started(job: str, settings: Any, profile: Any) -> Record:
    about: Record = {"profile": profile, "mode": "pipeline", "settings": settings}
    return record("session started", job, "tuner.turns", **about)


JOBS = st.sampled_from(["AJ_1", "AJ_2"])
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "endpoint": st.sampled_from(["chat", "speech", "models", "", None, 3, "é"]),
        "status": st.sampled_from([200, 404, 500, 0, None, "200", 200.0, True]),
        "processing_ms": st.sampled_from([205.0, 999, 1000.5, 4000, -1, None, "1"]),
        "attempt": st.sampled_from([1, 2, 3.0, None, True]),
        "connection_reused": st.sampled_from([True, False, None, 0]),
        "pool_wait_ms": st.sampled_from([0.2, 100, 100.5, None]),
        "error": st.sampled_from(["cancelled", "ReadTimeout", None, 5, {"a": 1}, 'a"b']),
    },
)
OUTCOMES = st.fixed_dictionaries(
    {},
    optional={
        "outcome": st.sampled_from(["lost", "false", "answered", None, 1, "falsé", 'a"b']),
        "agent_audible": st.sampled_from([True, False, None, 0]),
        "dead_air": st.sampled_from([1.25, 0, -1.0, None, "1"]),
    },
)
TEXTS = st.one_of(
    st.sampled_from(["", " ", "yes", "mm hm", "no, I want it now", "a\u00a0b", "a\u3000b\u0085c"]),
    st.text(st.sampled_from('ab \t\n\x1c\u2003\u200b\u00e9"\\/'), max_size=12),
    st.text(st.sampled_from("a \u6211\u306e\u0e01\u1780\uff0c\u3002\ufa11*x"), max_size=14),
    st.text(st.sampled_from("*#_-xX\u2022\u2588"), max_size=44),
    st.sampled_from(["***", "[REDACTED]", "<hidden>", "Redacted", "[BLANK_AUDIO]", "(a", "[]"]),
    st.sampled_from([None, 5, True]),
)
AROUND = st.floats(-4, 4).map(lambda s: NOW + round(s, 3))
MOMENTS = st.one_of(AROUND, AROUND, st.sampled_from([None, 0, 0.0, 1e11, "x", True]))
STAMPS = st.sampled_from([STAMP, WHOLE])
PLAIN = st.one_of(
    st.builds(commit, JOBS, AROUND, AROUND),
    st.builds(commit, JOBS, st.none() | AROUND, st.none() | AROUND),
    st.builds(late_commit, JOBS, AROUND, AROUND, st.none() | AROUND, STAMPS),
    st.builds(
        speech,
        JOBS,
        st.sampled_from(
            ["", "yes", "mm hm", "no, I want it now", "é à", "***", "\u597d\u7684", "\u6211" * 5]
        ),
    ),
    st.builds(wordless, JOBS),
    st.builds(pause, JOBS, st.sampled_from([0, 2.0])),
    st.builds(turn, JOBS, resumed_after_commit=st.booleans()),
    st.builds(openai_call, JOBS, status=st.sampled_from([200, 500]), processing_ms=st.just(1200.5)),
    st.builds(interruption, JOBS, outcome=st.sampled_from(["lost", "false"])),
    st.builds(started, JOBS, st.sampled_from([{}, {"TTS_SPEED": "1.0"}]), st.just("turns")),
)
"""Lines that the scan counts, so that it judges the turns."""
LINES = st.one_of(
    st.builds(commit, JOBS, MOMENTS, MOMENTS),
    st.builds(commit, JOBS, AROUND, AROUND),
    st.builds(late_commit, JOBS, MOMENTS, MOMENTS, MOMENTS, STAMPS),
    st.builds(lambda job, text: speech(job, text) | {"user_transcript": "two words"}, JOBS, TEXTS),
    st.builds(speech, JOBS, TEXTS, st.sampled_from([0.5, -1.0, None, 1e-05, 0.016894102096557617])),
    st.builds(pause, JOBS, st.sampled_from([0, 0.0, 2.0, None, False, "0"])),
    st.builds(lambda job, reason: record("session closed", job, reason=reason), JOBS,
              st.sampled_from(["user_initiated", "é", None, 3, 'a"b'])),
    st.builds(lambda job, r, pauses: turn(job, resumed_after_commit=r, pauses=pauses), JOBS,
              st.sampled_from([True, False, None, 1, "true"]),
              st.sampled_from([[], [0.5], [[1, {"a": [None, True, "x"]}]], {}, {"k": {}}])),
    st.builds(lambda job, more: openai_call(job, **more), JOBS, CALLS),
    st.builds(lambda job, more: interruption(job, **more), JOBS, OUTCOMES),
    st.builds(lambda job: record("user turn committed", job, logger="my.app"), JOBS),
    st.builds(lambda job: record("turn", job, "tuner.turns.x"), JOBS),
    st.builds(started, JOBS, st.sampled_from([{"STT_MODEL": "é", "A": {}}, {}, None, [], "x"]),
              st.sampled_from(["balanced", "né", None, 3])),
)  # fmt: skip
MIXED = st.lists(PLAIN, max_size=20) | st.lists(LINES, max_size=30)
JSON: dict[str, Write] = {
    "json": lambda line: line,
    "cri": lambda line: shipping.LINE_WRAPPERS["cri"](line + b"\n").rstrip(b"\n"),
}


def lines_of(records: list[Record], ascii_only: bool = True) -> list[bytes]:
    return [json.dumps(record, ensure_ascii=ascii_only).encode() for record in records]


@given(MIXED, st.booleans(), st.sampled_from(list(JSON)))
@settings(max_examples=150, deadline=None)
def test_turns_in_json(records: list[Record], ascii_only: bool, wrapper: str) -> None:
    first = lines_of([record("conversation_item_added")])
    lines = [*first, *map(JSON[wrapper], lines_of(records, ascii_only))]
    quick, by_python = both(b"\n".join(lines))
    assert quick == by_python
    whole = Chunk(b"\n".join(lines))
    read = fast.summarize(whole, EVERYTHING, 1000.0), careful.summarize(whole, EVERYTHING, 1000.0)
    assert read[0].settings == read[1].settings
    assert read[0].profiles == read[1].profiles
    assert read[0].responses.turn_log.counts == read[1].responses.turn_log.counts


@given(MIXED, st.booleans())
@settings(max_examples=100, deadline=None)
def test_turns_in_dev_text(records: list[Record], ascii_only: bool) -> None:
    lines = [shipping.dev_line(line) for line in lines_of(records, ascii_only)]
    quick, by_python = both(b"\n".join([DEV_LINE, *lines]))
    assert quick == by_python


DEV_LINE = shipping.dev_line(lines_of([record("conversation_item_added")])[0])


GAPS = (-0.5, -0.25, 0.0, 1.25, 1.5, 2.75, 3.0)
SPOKEN = ("mm", "mm hm", "no I will", "", None)
ZONES_S = (0, 900, 3600, -12600)


ANSWERED: Record = {"endpoint": "chat", "status": 200, "processing_ms": 205.0}
NOTED: list[Record] = [
    {"attempt": 2},
    {"attempt": 1, "pool_wait_ms": 100.5},
    {"connection_reused": False},
    {"processing_ms": 1000.5},
    {"processing_ms": -1},
    {"status": 399, "error": "x"},
    {"status": 400},
    {"status": 100},
    {"status": 99},
    {"endpoint": "https://api.openai.com/v1/audio/speech"},
    {"endpoint": ""},
]


@pytest.mark.parametrize("more", [{}, *NOTED], ids=str)
def test_an_answered_call_counts_as_it_does_line_by_line(more: Record) -> None:
    records = [openai_call("AJ_1", **(ANSWERED | more)), openai_call("AJ_2", **ANSWERED)]
    quick, by_python = both(b"".join(json.dumps(each).encode() + b"\n" for each in records * 3))
    assert quick == by_python


@pytest.mark.parametrize("zone_s", ZONES_S)
@pytest.mark.parametrize("write", [bytes, shipping.dev_line], ids=["json", "dev"])
def test_every_rule_of_a_turn(write: Write, zone_s: int) -> None:
    """Two turns in each call, with all that can come between them."""
    records: list[Record] = []
    for number, (gap, text, paused) in enumerate(product(GAPS, SPOKEN, (False, True))):
        job, now = f"AJ_{number}", NOW + zone_s
        between = [] if text is None else [speech(job, text)]
        between += [pause(job)] * paused
        records += [commit(job, now - 2, now - 0.5), *between, commit(job, now + gap, now + 4)]
    quick, by_python = both(b"\n".join(map(write, lines_of(records))))
    assert quick == by_python
    assert sum(quick["counts"].values())


@given(MIXED, st.data())
@settings(max_examples=100, deadline=None)
def test_turns_across_chunks(records: list[Record], data: st.DataObject) -> None:
    """A log that is cut anywhere gives what the whole gives."""
    lines = lines_of([record("conversation_item_added"), *records])
    cut = data.draw(st.integers(1, len(lines)))
    first, second = (fast.summarize(Chunk(b"\n".join(part) + b"\n"), EVERYTHING, 1000.0)
                     for part in (lines[:cut], lines[cut:] or [b""]))  # fmt: skip
    first.merge(second)
    whole = careful.summarize(Chunk(b"\n".join(lines) + b"\n"), EVERYTHING, 1000.0)
    assert told(first)["calls"] == told(whole)["calls"]


NESTED = [
    *("[", "{", "[1,2]", '{"a":1}', "[1, ]", '{"a": }', "[" * 9 + "]" * 9, '["\\x"]', "[01]"),
    *('{"a": 1, "a": 2}', "{1: 2}", "[1 , 2]", "[nul]", '{"message": 1}', "[[], {}]"),
]


@pytest.mark.parametrize("value", NESTED)
def test_a_nested_value_is_read_as_python_reads_it_or_by_python(value: str) -> None:
    line = lines_of([turn("AJ_1", pauses="HERE")])[0].replace(b'"HERE"', value.encode())
    quick, by_python = both(b"\n".join([*lines_of([turn("AJ_1")]), line]))
    assert quick == by_python


EXPONENTS = ["1e-05", "1E5", "1.5e+1", "1e", "1e+", "1e100", "1e-400", "-1e1", "1e1.0", "1e05"]


@pytest.mark.parametrize("value", EXPONENTS)
@pytest.mark.parametrize("field", ["transcript_delay", "code.line.number", "pid"])
def test_an_exponent_is_read_as_python_reads_it_or_by_python(value: str, field: str) -> None:
    odd = speech("AJ_1", "yes") | {field: "HERE"}
    line = lines_of([odd])[0].replace(b'"HERE"', value.encode())
    quick, by_python = both(b"\n".join([*lines_of([speech("AJ_1", "yes")]), line]))
    assert quick == by_python


def test_no_line_of_a_genuine_log_is_left_to_python() -> None:
    scanner = fast._json_scanner()
    for name in ("false-interruptions.jsonl", "healthy-info.jsonl"):
        scanner.take(samples.data(name), strict=True)
        assert scanner.json(1000.0, in_order=False)
        assert scanner.places() == []


def test_the_turns_of_a_genuine_log_are_judged_by_the_scan_and_line_by_line_alike() -> None:
    """A line that only Python can read makes it judge all turns of the chunk."""
    log = samples.data("false-interruptions.jsonl")
    whole = fast.summarize(Chunk(log), EVERYTHING, 1000.0)
    beside = fast.summarize(Chunk(log + b"{}\n"), EVERYTHING, 1000.0)
    assert told(whole)["calls"] == told(beside)["calls"]
    assert whole.histograms["end_of_turn_delay@commit"].counts == (
        beside.histograms["end_of_turn_delay@commit"].counts
    )
    assert whole.evidence["false_cutoffs"] == beside.evidence["false_cutoffs"]
