"""Takes log records of many calls in one process, writes each into the file of its own call.

In production every call has a process and a log of its own; here a context variable separates
them. Levels are those of the call's settings, the layouts are LiveKit's: JSON (`start`), coloured
text (`dev`), the same with times of day only (`compact`), and what `console` prints.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from livekit.agents.cli.log import ColoredFormatter, JsonFormatter, _silence_noisy_loggers
from livekit.agents.log import logger as livekit_logger

from tuner.livekit.monitoring import logging as telemetry
from tuner.settings.knob_table import Settings

_TEXT = (
    "%(esc_levelcolor)s%(levelname)-4s%(esc_reset)s %(name)s {}%(message)s %(esc_gray)s%(extra)s"
)
FORMATTERS: Mapping[str, logging.Formatter] = {
    "json": JsonFormatter(),
    "dev": ColoredFormatter("%(asctime)s - " + _TEXT.format("- ")),
    "compact": ColoredFormatter("%(asctime)s " + _TEXT.format(""), datefmt="%H:%M:%S"),
    "console": ColoredFormatter("\r%(asctime)s " + _TEXT.format(""), datefmt="%H:%M:%S"),
}
"""The layouts that livekit-agents 1.8.9 sets up (`cli/log.py`), by name."""

_LIBRARIES = (*telemetry.LIBRARIES, "httpcore", "httpx")


@dataclass(frozen=True, slots=True)
class CallLog:
    """Where one call logs to, how much, and the fields that its lines carry."""

    path: str
    level: int
    lib_level: int
    job_id: str
    room: str
    layout: str

    def wants(self, record: logging.LogRecord) -> bool:
        """Whether the settings of the call let this record through."""
        library = record.name.partition(".")[0] in _LIBRARIES
        return record.levelno >= (self.lib_level if library else self.level)


_current: ContextVar[CallLog | None] = ContextVar("bench_call_log", default=None)


def log_to(path: str, settings: Settings, job_id: str, room: str, layout: str) -> None:
    """Send what this task and its children log to a file, by the levels of the settings."""
    level, lib_level = (
        int(getattr(logging, name)) for name in (settings.log_level, settings.lib_log_level)
    )
    _current.set(CallLog(path, level, lib_level, job_id, room, layout))


class PerCall(logging.Handler):
    """Appends a record to the log of the call that it belongs to; others go nowhere."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line in one piece."""
        call = _current.get()
        if call is None or not call.path or not call.wants(record):
            return
        record.job_id, record.room = call.job_id, call.room
        line = FORMATTERS[call.layout].format(record) + "\n"
        file = os.open(call.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def set_up(settings: Iterable[Settings], *, wanted: bool) -> None:
    """Route this process's logging; loggers speak as much as the most talkative call asks for."""
    telemetry.hide_private()
    root = logging.getLogger()
    root.handlers = [PerCall()] if wanted else [logging.NullHandler()]
    both = [(one.log_level, one.lib_log_level) for one in settings]
    level = min((getattr(logging, name) for name, _ in both), default=logging.INFO)
    lib_level = min((getattr(logging, name) for _, name in both), default=logging.WARNING)
    root.setLevel(level if wanted else logging.CRITICAL)
    for name in telemetry.LIBRARIES:
        logging.getLogger(name).setLevel(lib_level if wanted else logging.CRITICAL)
    _silence_noisy_loggers()
    livekit_logger.setLevel(level if wanted else logging.CRITICAL)
