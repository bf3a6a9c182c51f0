"""What is looked for the quick way is found as it was by trying everything."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tuner.call_records import detection
from tuner.lines import records
from tuner.lines.message_starts import find_message, message_starts
from tuner.model import Record


def test_each_known_message_is_found_where_it_stands() -> None:
    for spelling in message_starts():
        found = find_message(f"[12] {spelling.starts}")
        assert found is not None
        assert (found[0], found[1].starts) == (5, spelling.starts)


def test_of_two_messages_that_begin_alike_the_longer_is_found() -> None:
    texts = sorted(spelling.starts for spelling in message_starts())
    pairs = [(a, b) for a, b in pairwise(texts) if b.startswith(a)]
    for shorter, longer in pairs:
        first, second = find_message(f"{shorter} "), find_message(longer)
        assert first is not None and first[1].starts == shorter
        assert second is not None and second[1].starts == longer


@pytest.mark.parametrize(
    "sample",
    [
        b"2026-01-30 16:20:00.123 | DEBUG    | pipecat.services.llm:run:1 - x",
        b'{"name": "pipecat.pipeline", "message": "x"}',
        b'{"kind": "user_speech_started", "at": 1}',
        b'{"kind": "bot_turn_stopped", "at": 1}',
        b"16:20:00 pipecat.frames:push:12 x",
        b"16:20:00 OpenAILLMService#0 TTFB: 0.4",
        b"16:20:00 *Bot started speaking*\n",
    ],
)
def test_a_log_of_pipecat_is_known_by_any_of_its_marks(sample: bytes) -> None:
    found = detection.detect(sample)
    assert found is not None and found.agent == detection.PIPECAT


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b"info:     closing io", "INFO"),
        (b"[warning] livekit.agents: late", "WARNING"),
        (b"Error:livekit.agents:lost", "ERROR"),
        (b"[16:20:00] warn  slow", "WARNING"),
        (b"16:20:00.123 livekit.agents INFO closed", "INFO"),
    ],
)
def test_a_level_may_be_written_in_any_case_and_in_brackets(line: bytes, level: str) -> None:
    found = records.parse(line)
    assert isinstance(found, Record) and found.level == level
