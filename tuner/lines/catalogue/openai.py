"""Rows for what the OpenAI SDK and its HTTP client log. Checked against openai 2.54 and 3.51."""

from __future__ import annotations

from tuner.lines.catalogue.row import HTTPCORE, HTTPX, OPENAI, Field, LogLine, Spelling, ValueCase
from tuner.lines.message_figures import (
    exception_name,
    logfmt_response,
    request_line,
    response_headers,
    response_line,
)

_OLDEST = "message='OpenAI API response'"

ROWS: tuple[LogLine, ...] = (
    LogLine(
        "http_headers",
        "one HTTP response with its headers; openai-processing-ms where OpenAI answered",
        (
            Spelling(
                "receive_response_headers.complete", HTTPCORE, "DEBUG", figures=response_headers
            ),
        ),
    ),
    LogLine(
        "http_request",
        "which endpoint answered, and how; no time",
        (Spelling("HTTP Request: ", HTTPX, "INFO", figures=request_line),),
    ),
    LogLine(
        "openai_response",
        "openai 1 to 3.3: with URL, mostly with headers; from 3.4: method and status only",
        (
            Spelling(
                "HTTP Response: ", OPENAI, "DEBUG", versions=">=1.24.0", figures=response_line
            ),
            Spelling(
                "HTTP Request: ", OPENAI, "DEBUG", versions="1.0.0b2-1.75.0", figures=response_line
            ),
            Spelling(_OLDEST, OPENAI, "INFO", versions="0.28.0-0.28.1", figures=logfmt_response),
        ),
        fields=(Field("path"), Field("processing_ms", "ms"), Field("response_code")),
    ),
    LogLine(
        "openai_retry",
        "the SDK tries again",
        (Spelling("Retrying request", OPENAI, "INFO", versions=">=1.0.0b2"),),
        evidence="openai_retries",
    ),
    LogLine(
        "connect",
        "a new connection",
        (Spelling("connect_tcp.complete", HTTPCORE, "DEBUG"),),
        evidence="http_connections",
        extends_call=False,
    ),
    LogLine(
        "http_started",
        "an HTTP request went out on a connection",
        (Spelling("send_request_headers.started", HTTPCORE, "DEBUG"),),
        extends_call=False,
    ),
    LogLine(
        "http_timeout",
        "which time-out; PoolTimeout: no free connection",
        (
            Spelling(
                "Encountered a timeout exception: ",
                OPENAI,
                "DEBUG",
                versions=">=3.4.0",
                figures=exception_name,
            ),
            Spelling(
                "Encountered a timeout exception",
                OPENAI,
                "DEBUG",
                exact=True,
                versions="2.47.0-3.3.1",
            ),
            Spelling(
                "Encountered httpx.TimeoutException", OPENAI, "DEBUG", versions="1.7.1-2.46.0"
            ),
        ),
        cases=(ValueCase("error", "PoolTimeout", "pool_timeout", evidence="pool_timeouts"),),
        evidence="http_timeouts",
    ),
)
