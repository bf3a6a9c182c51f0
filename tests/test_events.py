from __future__ import annotations

import pytest

from tuner.lines import events
from tuner.lines.catalogue.table import LINES
from tuner.model import Record


def read(
    message: str, logger: str = "livekit.agents", body: bytes = b"{}"
) -> tuple[str, dict[str, object]] | None:
    event = events.read(Record(message, "DEBUG", logger, body=body))
    return None if event is None else (event.kind, dict(event.fields))


HEADERS = (
    "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'a', b'b'), {}])"
)
OLD = 'HTTP Response: POST https://api.openai.com/v1/chat/completions "200 OK" Headers({})'


@pytest.mark.parametrize(
    ("message", "logger", "expected"),
    [
        (HEADERS.format("(b'openai-processing-ms', b'181'), (b'x-request-id', b'req_9')"),
         "httpcore2.http11", {"status": 200, "processing_ms": 181.0, "request_id": "req_9"}),
        (HEADERS.format("(b'x', b'y')"), "httpcore.http11", {"status": 200}),
        (OLD.format("{'x-request-id': 'req_1', 'openai-processing-ms': '147'}"),
         "openai._base_client", {"method": "POST", "status": 200, "endpoint": "chat",
                                 "processing_ms": 147.0, "request_id": "req_1"}),
        (OLD.format("[('openai-processing-ms', '147')]"), "openai._base_client",
         {"method": "POST", "status": 200, "endpoint": "chat", "processing_ms": 147.0}),
        ("HTTP Response: POST 429", "openai._base_client", {"method": "POST", "status": 429}),
        ('HTTP Request: POST https://x/v1/audio/speech "HTTP/1.1 200 OK"', "httpx2",
         {"method": "POST", "endpoint": "speech", "status": 200}),
        ('HTTP Request: GET https://x/v1/models "HTTP/2 200 OK"', "httpx",
         {"method": "GET", "endpoint": "models", "status": 200}),
        ("_SegmentSynchronizerImpl.push_text called after close", "livekit.agents",
         {"method": "push_text"}),
        ("_SegmentSynchronizerImpl.on_playback_started called after start_fut is set",
         "livekit.agents", {"method": "on_playback_started"}),
        ("Pipeline LLM metrics: ttft=0.41, tokens_per_second=50", "livekit.agents.pipeline",
         {"ttft": 0.41}),
    ],
)  # fmt: skip
def test_figures_are_read_from_the_text(
    message: str, logger: str, expected: dict[str, object]
) -> None:
    found = read(message, logger)
    assert found is not None
    assert found[1] == expected


@pytest.mark.parametrize(
    ("message", "logger"),
    [
        ("the caller said: resumed false interrupted speech", "livekit.agents"),
        ("resumed false interrupted speech", "my.app"),
        ("LLM metrics of yesterday", "livekit.agents"),
        ("turn", "my.app"),
        ("turn", ""),
        ("HTTP Response: POST 200", "my.proxy"),
    ],
)
def test_a_line_that_only_quotes_is_no_event(message: str, logger: str) -> None:
    assert read(message, logger) is None


def test_metrics_count_under_whatever_logger_the_app_names() -> None:
    assert read("LLM metrics", "my.app", b'{"ttft": 0.4}') == ("llm_metrics", {"ttft": 0.4})


def test_what_was_said_goes_no_further() -> None:
    body = b'{"lk.pii.user_transcript": "my card is 4111", "transcript_delay": 0.2}'
    assert read("received user transcript", body=body) == (
        "transcript", {"transcript_delay": 0.2, "words": 4},
    )  # fmt: skip


def test_every_line_of_the_table_is_found_by_its_own_beginning() -> None:
    for line in LINES:
        assert line.meaning
        for spelling in line.spellings:
            if spelling.figures is None and not spelling.renamed:
                found = read(spelling.starts, spelling.loggers[0] or "any")
                assert found is not None
                assert found[0] == line.kind


@pytest.mark.parametrize(
    "number", ["1e309", "-1e309", "1e306", "1.1e15", "-1.1e15", "9" * 30, "9" * 5000]
)
def test_a_number_beyond_all_measure_is_as_good_as_absent(number: str) -> None:
    body = f'{{"ttft": {number}, "prompt_tokens": 3, "model_name": null}}'.encode()
    assert read("LLM metrics", body=body) == ("llm_metrics", {"prompt_tokens": 3})
    timed = HEADERS.format(f"(b'openai-processing-ms', b'{'9' * 30}')")
    assert read(timed, "httpcore2.http11") == ("http_headers", {"status": 200})


def test_a_number_within_measure_is_kept() -> None:
    assert read("LLM metrics", body=b'{"ttft": 1e15}') == ("llm_metrics", {"ttft": 1e15})
