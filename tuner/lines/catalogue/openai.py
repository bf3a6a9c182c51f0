"""Rows for what the OpenAI SDK and its HTTP client log. Checked against openai 2.54 and 3.51."""

from __future__ import annotations

from tuner.lines.catalogue.row import HTTPCORE, HTTPX, OPENAI, Case, LogLine, Spelling
from tuner.lines.message_figures import (
    exception_name,
    request_line,
    response_headers,
    response_line,
)

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
        "openai <= 3.3: with URL and headers; >= 3.6: method and status only",
        (Spelling("HTTP Response: ", OPENAI, "DEBUG", figures=response_line),),
    ),
    LogLine(
        "openai_retry",
        "the SDK tries again",
        (Spelling("Retrying request", OPENAI, "INFO"),),
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
                versions=">=3.6",
                figures=exception_name,
            ),
        ),
        cases=(Case("error", "PoolTimeout", "pool_timeout", evidence="pool_timeouts"),),
        evidence="http_timeouts",
    ),
)
