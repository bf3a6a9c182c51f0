"""Text or number in, seconds since the epoch out, with how far the clock can be trusted."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

DAY_S = 86_400.0
YEARLESS = 1972
"""Stands for the year in syslog times, which have none (a leap year, so that 29 Feb exists)."""
_LIVEKIT = len("2026-11-20T09:36:05.904371+00:00")
_LOGGING = len("2026-11-20 09:36:05,904")
_MS_FROM, _US_FROM, _NS_FROM = 1e11, 1e14, 1e17


def parse(value: Any) -> tuple[float | None, str]:
    """Return (epoch seconds, clock) of a log's time; clock is "utc", "naive", "day" or "".

    Takes ISO 8601 (space or T, comma or point, any fraction, Z or offset or none), HH:MM:SS, and
    numbers of seconds, milliseconds, microseconds or nanoseconds since the epoch.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value))
    return None, ""


def _text(text: str) -> tuple[float | None, str]:
    # A log has few distinct seconds: the costly calendar arithmetic is done once for each.
    base = _second(text[:19]) if text[4:5] == "-" else None
    if len(text) == _LIVEKIT and base is not None and text.endswith("+00:00"):
        fraction = text[20:26]
        if fraction.isdecimal():
            return base + int(fraction) / 1e6, "utc"
    if base is not None and len(text) == _LOGGING and text[19] in ",." and text[20:].isdecimal():
        return base + int(text[20:]) / 1e3, "naive"
    if base is not None:
        rest = text[19:]
        if rest[:1] in (".", ","):
            digits = len(rest) - len(rest[1:].lstrip("0123456789")) - 1
            base += float("0." + rest[1 : 1 + digits]) if digits else 0.0
            rest = rest[1 + digits :]
        return _zone(base, rest)
    if text[2:3] == ":" and text[5:6] == ":":
        return _time_of_day(text), "day"
    try:
        return _number(float(text))
    except ValueError:
        return None, ""


@lru_cache(maxsize=4096)
def _second(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _offset_s(zone: str) -> float | None:
    if zone in ("Z", "z", "+00:00", "+0000", "+00", " UTC", "UTC", " +0000"):
        return 0.0
    digits = zone.strip()[1:].replace(":", "").ljust(4, "0")
    if zone.strip()[:1] not in ("+", "-") or not digits.isdigit() or len(digits) != 4:
        return None
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return float(-seconds if zone.strip()[0] == "-" else seconds)


def _zone(base: float, zone: str) -> tuple[float, str]:
    offset = _offset_s(zone) if zone else None
    return (base, "naive") if offset is None else (base - offset, "utc")


def _time_of_day(text: str) -> float | None:
    try:
        hours, minutes, seconds = text.replace(",", ".").split(":")[:3]
        value = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None
    return value if 0 <= value <= DAY_S else None


def _number(value: float) -> tuple[float | None, str]:
    for limit, unit in ((_NS_FROM, 1e9), (_US_FROM, 1e6), (_MS_FROM, 1e3)):
        if value > limit:
            value /= unit
            break
    return (value, "utc") if 0 < value < _MS_FROM else (None, "")


@lru_cache(maxsize=4096)
def syslog(text: str) -> float | None:
    """Seconds of a syslog time ("Nov 20 08:44:13") in the year YEARLESS; None if it is none."""
    try:
        when = datetime.strptime(f"{YEARLESS} {text}", "%Y %b %d %H:%M:%S")
    except ValueError:
        return None
    return when.replace(tzinfo=UTC).timestamp()


def iso(seconds: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC with milliseconds; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
