"""Times as people write them in, epoch seconds out. What has no zone is UTC, as in the reports.

2026-11-20T09:30+01:00   ISO 8601, with or without time and zone
20 Nov 2026 9:30, Nov 20, 20.11.2026      without a year: the last such day
2h, 90 min, 1h30m, 3 days ago             before now
now, today, yesterday 14:00, monday       the beginning of the day, or a time of it
09:30, 2:30pm            that time of every day of the log (seconds since midnight)
1795167366               epoch seconds
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from tuner.errors import UsageError
from tuner.lazy_patterns import lazy_pattern

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AMOUNT = (
    r"(\d+(?:\.\d+)?)\s*(s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|weeks?)"
)
_AGO = lazy_pattern(rf"(?:{_AMOUNT}\s*)+(?:\s*ago)?")
_OF_DAY = lazy_pattern(
    r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:\.\d+)?))?"
    r"|(?P<hour12>1[0-2]|0?[1-9])(?::(?P<minute12>[0-5]\d))?\s*(?P<half>am|pm)"
)
_EPOCH = lazy_pattern(r"\d{10}(?:\.\d+)?")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATES = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%d")
_YEARLESS = ("%d %b", "%d %B", "%b %d", "%B %d")
NEXT = "Write it as 2026-11-20T09:30, 09:30, 2h, yesterday or 'Nov 20 9:30'."


def parse_time(text: str, option: str, now: float) -> float | None:
    """Return epoch seconds; None for "". A time of day alone gives seconds since midnight.

    Raises UsageError for what is no time.
    """
    plain = " ".join(text.lower().replace(",", " ").split())
    if not plain:
        return None
    if not plain.isascii():  # other digits and blanks are not meant
        raise UsageError(f"{option} {text!r} is not a time", NEXT)
    of_day = _OF_DAY.fullmatch(plain)
    if of_day:
        return _seconds(of_day)
    found = _before(plain, now)
    found = _iso(text.strip()) if found is None else found
    found = _day(plain, now) if found is None else found
    if found is None or not math.isfinite(found):
        raise UsageError(f"{option} {text!r} is not a time", NEXT)
    return found


def _seconds(of_day: re.Match[str]) -> float:
    """Seconds since midnight."""
    if of_day["half"]:
        hour = int(of_day["hour12"]) % 12 + 12 * (of_day["half"] == "pm")
        return hour * 3600 + int(of_day["minute12"] or 0) * 60
    return int(of_day["hour"]) * 3600 + int(of_day["minute"]) * 60 + float(of_day["second"] or 0)


def _before(plain: str, now: float) -> float | None:
    """ "now", epoch seconds, or so long before now."""
    if plain == "now":
        return now
    if _EPOCH.fullmatch(plain):
        return float(plain)
    if not _AGO.fullmatch(plain):
        return None
    amounts = re.findall(_AMOUNT, plain)
    return now - sum(float(amount) * _UNITS[unit[0]] for amount, unit in amounts)


def _iso(text: str) -> float | None:
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=time.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _day(plain: str, now: float) -> float | None:
    """A day by its name or date, with a time of it or its beginning."""
    day, _, last = plain.rpartition(" ")
    of_day = _OF_DAY.fullmatch(last)
    if of_day is None and re.search(r" \d\S* [ap]m$", plain):  # "2 pm" has a blank of its own
        day, last = plain.rsplit(" ", 2)[0], "".join(plain.rsplit(" ", 2)[1:])
        of_day = _OF_DAY.fullmatch(last)
    midnight = _midnight(day.removesuffix(" at") if of_day else plain, now)
    if midnight is None:
        return None
    return midnight.timestamp() + (_seconds(of_day) if of_day else 0.0)


def _midnight(name: str, now: float) -> datetime | None:
    try:
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    except (OverflowError, ValueError, OSError):
        return None
    if name in ("today", "yesterday"):
        return today - timedelta(days=name == "yesterday")
    weekdays = [day for day in _WEEKDAYS if name.removeprefix("last ") in (day, day[:3])]
    if weekdays:
        back = (today.weekday() - _WEEKDAYS.index(weekdays[0])) % 7
        return today - timedelta(days=back or 7 * name.startswith("last "))
    return _dated(name) or _this_year(name, today)


def _dated(name: str) -> datetime | None:
    for form in _DATES:
        try:
            return datetime.strptime(name, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _this_year(name: str, today: datetime) -> datetime | None:
    """A day without a year: the last one that is not after today."""
    for year in (today.year, today.year - 1):
        for form in _YEARLESS:
            try:
                day = datetime.strptime(f"{name} {year}", f"{form} %Y").replace(tzinfo=UTC)
            except ValueError:
                continue
            if day <= today:
                return day
    return None
