"""The ordinary log of an agent: levels from the profile, and nothing private in it.

LiveKit writes the text of a refused request into its log, and OpenAI's text quotes a part of the
key. Both are taken out here, before any handler sees the line.
"""

from __future__ import annotations

import logging

from livekit.agents import APIError

from tuner.lazy_patterns import lazy_pattern
from tuner.settings.knob_table import Settings

LIBRARIES = ("openai", "httpx2", "httpcore2")
"""Loggers that LIB_LOG_LEVEL governs."""

_WATCHED = ("livekit", "livekit.agents", "livekit.plugins.openai", "asyncio", "agent")
_HIDDEN = (
    (lazy_pattern(r"body=.*"), "body=(hidden)"),
    (lazy_pattern(r"message=(['\"]).*?\1(?=, status_code)"), "message=(hidden)"),
    (lazy_pattern(r"(Error code: \d+) - .*"), r"\1"),
    (lazy_pattern(r"\b(sk-|Bearer )[\w*.\-]+"), r"\1(hidden)"),
)
_log = logging.getLogger("agent")


def set_levels(settings: Settings) -> None:
    """Levels of the loggers that the profile names; before LiveKit sets up its own logging."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(settings.lib_log_level)


def livekit_level(settings: Settings) -> str:
    """LOG_LEVEL as LiveKit spells it."""
    return "WARN" if settings.log_level == "WARNING" else settings.log_level


def hide_private() -> None:
    """Take keys and bodies out of what LiveKit and its plugins log; safe to call again."""
    for name in _WATCHED:
        logger = logging.getLogger(name)
        if not any(isinstance(one, _Hide) for one in logger.filters):
            logger.addFilter(_Hide())


class _Hide(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        note = ""
        if record.exc_info:
            # as text from here on: a formatter would print the exception's own words
            kind, error, _ = record.exc_info
            if isinstance(error, APIError) and not _log.isEnabledFor(logging.DEBUG):
                # a fault of the network: where in our code it surfaced helps nobody
                note = f" ({kind.__name__})" if kind else ""
            else:
                record.exc_text = hidden(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        error = getattr(record, "error", None)
        if error is not None and not isinstance(error, str):
            record.error = type(error).__name__
        record.msg, record.args = hidden(record.getMessage()) + note, None
        return True


def hidden(text: str) -> str:
    """`text` without request bodies and keys."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text
