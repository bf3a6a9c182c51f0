"""The keys under which stores and loggers keep a record's message, time, level and logger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

MESSAGES = (
    *("message", "msg", "event", "text", "log", "line", "@message", "textPayload", "MESSAGE"),
    *("_raw", "raw", "body", "content", "messages", "log_s", "logmessage", "log_message"),
)
LEVELS = (
    *("level", "levelname", "severity", "log.level", "lvl", "level_name", "loglevel"),
    *("severitytext", "severity_text", "status", "loglevel", "detected_level", "priority"),
)
LOGGERS = ("name", "logger", "logger_name", "loggerName", "log.logger")
SCOPES = ("LoggerName", "scope_name", "scope.name", "ScopeName", "otel_scope_name")
"""The logger, as Application Insights and stores of OpenTelemetry's records name it."""
TIMES = ("timestamp", "time", "ts", "@timestamp", "asctime", "date", "datetime", "created")
OTHERS = frozenset(
    ("process", "thread", "host", "service", "container", "file", "pod", "node", "agent", "cloud")
)
"""Objects around a record whose `name` is no logger: Elastic's schema is full of them."""
_LEVEL_NAMES = {
    **dict.fromkeys(("TRACE", "DEBUG", "DEV"), "DEBUG"),
    **dict.fromkeys(("INFO", "NOTICE", "INFORMATION", "INFORMATIONAL", "SUCCESS"), "INFO"),
    **dict.fromkeys(("WARN", "WARNING"), "WARNING"),
    **dict.fromkeys(("ERR", "ERROR", "EXCEPTION"), "ERROR"),
    **dict.fromkeys(("CRITICAL", "FATAL", "ALERT", "EMERGENCY"), "CRITICAL"),
    **dict.fromkeys("012", "CRITICAL"),  # syslog's numbers
    **dict(zip("34567", ("ERROR", "WARNING", "INFO", "INFO", "DEBUG"), strict=True)),
}


_SEVERITIES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@lru_cache(maxsize=4096)  # all records of an export have the same few
def plain(key: str) -> str:
    """A key without its case and what consoles write around it: "TimeGenerated [UTC]",
    "Timestamp (UTC+00:00)"."""
    return key.partition(" [")[0].partition(" (")[0].strip("@_ ").lower()


_MESSAGE_RANK = {plain(key): rank for rank, key in enumerate(reversed(MESSAGES), 1)}
"""Of keys that are alike but for their case the first one counts."""
_LEVEL_KEYS = {plain(key) for key in LEVELS}
_LOGGER_KEYS = {plain(key) for key in LOGGERS}


@lru_cache(maxsize=4096)
def message_rank(key: str) -> int:
    """How much a key looks like that of the message: 0 if it does not."""
    return _MESSAGE_RANK.get(plain(key).rpartition(".")[2], 0)


def time_rank(key: str) -> int:
    """How much a key looks like that of the record's time: 0 if it does not."""
    name = plain(key)
    if name.rpartition(".")[2] in ("timestamp", "time", "ts", "realtime_timestamp"):
        return 3
    if not any(word in name for word in ("time", "date", "stamp")):
        return 0
    if any(word in name for word in ("speaking", "speech", "transcript")):
        return 0  # figures of LiveKit's records
    later = ("ingest", "receive", "observed", "index", "created", "updated", "monotonic", "zone")
    return 1 if any(word in name for word in later) else 2


def is_level(key: str) -> bool:
    """Whether a record's level stands under this key."""
    return plain(key).rpartition(".")[2] in _LEVEL_KEYS


def is_severity(key: str) -> bool:
    """Whether a level of Application Insights stands under this key, by name or by number."""
    return plain(key) in ("logginglevel", "severitylevel")


def severity(fields: Mapping[str, Any]) -> str:
    """The level that Application Insights gives a record; "" if it gives none."""
    found = [str(value) for key, value in fields.items() if is_severity(key)]
    words = [level(value) for value in found if not value.isdigit()]
    numbers = [_SEVERITIES[int(value)] for value in found if value in {*"01234"}]
    return next(filter(None, (*words, *numbers)), "")


def level(value: Any) -> str:
    """The level that a store gives a record, as Python names it; "" if it is none."""
    return _LEVEL_NAMES.get(str(value).strip().upper(), "") if value is not None else ""


def logger(fields: Mapping[str, Any]) -> str:
    """The logger of a record; "" if it names none."""
    return next((fields[key] for key in LOGGERS if isinstance(fields.get(key), str)), "")


def message(fields: Mapping[str, Any]) -> str:
    """The key of a record's message; "" if it has none."""
    ranked = [(message_rank(key), key) for key in fields if isinstance(fields[key], str)]
    rank, key = max(ranked, default=(0, ""))
    return key if rank else ""


def has_message(fields: Mapping[str, Any]) -> bool:
    """Whether a record has a message."""
    return any(isinstance(value, str) and message_rank(key) for key, value in fields.items())


def has_level(keys: Iterable[str]) -> bool:
    """Whether one of the keys is that of a level."""
    return any(map(is_level, keys))
