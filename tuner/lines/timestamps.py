"""Text or number in, seconds since the epoch out, with how far the clock can be trusted."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import lru_cache
from typing import Any

from tuner.lazy_patterns import lazy_pattern

DAY_S = 86_400.0
YEARLESS = 1972
"""Stands for the year in syslog times, which have none (a leap year, so that 29 Feb exists)."""
_LIVEKIT = len("2026-11-20T09:36:05.904371+00:00")
_SPAN = len("2026-11-25T22:29:28.579065Z")
_LOGGING = len("2026-11-20 09:36:05,904")
_MS_FROM, _US_FROM, _NS_FROM = 1e11, 1e14, 1e17


def parse(value: Any, day_first: bool = False) -> tuple[float | None, str]:
    """Return (epoch seconds, clock) of a log's time; clock is "utc", "naive", "day" or "".

    Takes ISO 8601 (space or T, comma or point, any fraction, Z or offset or none), HH:MM:SS, and
    numbers of seconds, milliseconds, microseconds or nanoseconds since the epoch. `day_first` says
    how to read a date like 05/12/2026 (`date_orders`).
    """
    if isinstance(value, str):
        return _text(value, day_first)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return None, ""


def _text(text: str, day_first: bool = False) -> tuple[float | None, str]:
    # A log has few distinct seconds: the costly calendar arithmetic is done once for each.
    base = _second(text[:19]) if text[4:5] == "-" else None
    if len(text) == _LIVEKIT and base is not None and text.endswith("+00:00"):
        fraction = text[20:26]
        if fraction.isdecimal():
            return base + int(fraction) / 1e6, "utc"
    if len(text) == _SPAN and base is not None and text[19] == "." and text[26] == "Z":
        fraction = text[20:26]
        if fraction.isdecimal() and fraction.isascii():
            return base + int(fraction) / 1e6, "utc"
    if base is not None and len(text) == _LOGGING and text[19] in ",." and text[20:].isdecimal():
        return base + int(text[20:]) / 1e3, "naive"
    if base is not None:
        rest = text[19:]
        if rest[:1] in (".", ","):
            digits = len(rest) - len(rest[1:].lstrip("0123456789")) - 1
            base += float("0." + rest[1 : 1 + digits]) if digits else 0.0
            rest = rest[1 + digits :]
        return _other_order(text) if rest[-1:] in ("M", "m") else _zone(base, rest)
    if (closed_up := _CLOSED_UP.match(text)) is not None:
        return _text("{}-{}-{} {}:{}:{}{}".format(*closed_up.groups()))
    if text[2:3] == ":" and text[5:6] == ":" and (of_day := _time_of_day(text)) is not None:
        return of_day, "day"
    try:
        return (None, "") if "_" in text else _number(float(text))
    except ValueError:
        return _other_order(text, day_first)


_NAMES_OF_HOURS = (
    *((-10, "HST"), (-9, "AKST"), (-8, "PST AKDT"), (-7, "MST PDT"), (-6, "MDT"), (-5, "EST CDT")),
    *((-4, "EDT"), (0, "UTC GMT WET"), (1, "WEST CET"), (2, "CEST EET"), (3, "EEST MSK")),
    *((5, "PKT"), (7, "WIB"), (8, "SGT HKT AWST"), (9, "JST KST"), (9.5, "ACST"), (10, "AEST")),
    *((11, "AEDT"), (12, "NZST"), (13, "NZDT"), (None, "IST CST BST AST ADT GST SST WST")),
)
ZONES_H = {name: hours for hours, names in _NAMES_OF_HOURS for name in names.split()}
"""Zones by the names that `date`, `%Z` and journald write. Some names are those of several zones
(IST of India, Israel and Ireland, CST of Chicago and Shanghai): they tell none."""
_CLOSED_UP = lazy_pattern(
    r"((?:19|20)\d\d)(\d\d)(\d\d)[-_T ]?(\d\d)(\d\d)(\d\d)((?:[.,]\d{1,9})?(?:Z|[+-]\d{4})?)$"
)
_OTHER = lazy_pattern(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
    r"(?:(?P<year>\d{4})[-/.]?(?P<month>\d\d)[-/.]?(?P<day>\d\d)[T ,_-]{1,2}"
    r"|(?P<day1>\d\d?)[/ -](?P<name1>[A-Z][a-z]{2})[a-z]*[/ -](?P<year1>\d{4}|\d\d(?!\d))[:, ]{1,2}"
    r"|(?P<name2>[A-Z][a-z]{2})[a-z.]* (?P<day2> ?\d\d?),? (?:(?P<year2>\d{4}),? )?(?:at )?"
    r"|(?P<a>\d\d?)(?P<sign>[-/.])(?P<b>\d\d?)[-/.](?P<year3>\d{4}),? "
    r"|(?P<month4>\d\d)-?(?P<day4>\d\d) )?"
    r"(?P<h>\d\d?):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"
    r"(?:[ \u202f]?(?P<am>[AaPp])\.?[Mm]\.?)?"
    r"(?P<zone> ?(?:Z|[+-]\d\d:?\d\d))?(?P<named> ?[A-Z]{3,4})?(?: (?P<year5>\d{4}))?$"
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _other_order(text: str, day_first: bool = False) -> tuple[float | None, str]:
    """Times that other programs write: 30/Jan/2026:16:20:00 +0000, Jan 30 04:20:00 PM, and so on.

    Of two numbers before a year the one above 12 is the day; if neither is, the month stands first
    unless `day_first`, and behind the day where points stand between them (05.12.2026).
    """
    match = _OTHER.match(text.strip())
    if match is None:
        return None, ""
    part = match.groupdict()
    of_day = _hour(part) * 3600.0 + int(part["m"]) * 60 + int(part["s"])
    of_day += float("0." + part["f"]) if part["f"] else 0.0
    month, day = _month_and_day(part, day_first)
    if not match.start("h"):
        return (of_day, "day") if of_day <= DAY_S else (None, "")
    year = next(filter(None, map(part.get, ("year", "year1", "year2", "year3", "year5"))), None)
    if year and len(year) == 2:
        year = "20" + year
    date = _second(f"{year or YEARLESS}-{month:02d}-{day:02d} 00:00:00")
    if date is None:
        return None, ""
    zone = part["zone"] or part["named"] or ""
    return _zone(date + of_day, zone) if year else (date + of_day, "yearless")


def _hour(part: dict[str, str | None]) -> int:
    hour = int(part["h"] or 0)
    if part["am"] is None:
        return hour
    return hour % 12 + (12 if part["am"] in "Pp" else 0)


def _month_and_day(part: dict[str, str | None], day_first: bool) -> tuple[int, int]:
    """Month and day, (0, 0) where they are none."""
    if part["a"] and part["b"]:
        a, b = int(part["a"]), int(part["b"])
        is_day = day_first or part["sign"] == "."
        return (b, a) if a > 12 or (is_day and b <= 12) else (a, b)
    for name, number in (("name1", "day1"), ("name2", "day2")):
        if part[name] in MONTHS:
            return MONTHS.index(part[name] or "") + 1, int(part[number] or 0)
    month, day = part["month"] or part["month4"], part["day"] or part["day4"]
    return (int(month), int(day)) if month and day else (0, 0)


@lru_cache(maxsize=4096)
def _second(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _offset_s(zone: str) -> float | None:
    if zone.strip() in ("Z", "z", "+00:00", "+0000", "+00"):
        return 0.0
    if (hours := ZONES_H.get(zone.strip())) is not None:
        return hours * 3600.0
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


def _number(number: float) -> tuple[float | None, str]:
    try:
        value = float(number)
    except OverflowError:  # an integer of more than 308 digits
        return None, ""
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


def year_of(seconds: float) -> int:
    """The year of a time; of one outside of the calendar the nearest year in it."""
    return within_calendar(seconds).year


def in_year(seconds: float, year: int) -> float:
    """The same month, day and time in another year; 29 February is 1 March where there is none."""
    when, year = within_calendar(seconds), min(max(year, MINYEAR), MAXYEAR)
    try:
        return when.replace(year=year).timestamp()
    except ValueError:
        return when.replace(year=year, month=3, day=1).timestamp()


_FIRST_S, _LAST_S = (
    datetime(MINYEAR, 1, 1, tzinfo=UTC).timestamp(),
    datetime(MAXYEAR, 12, 31, tzinfo=UTC).timestamp(),
)


def within_calendar(seconds: float) -> datetime:
    """Epoch seconds as a time in UTC. A log may name times that are none: the last of the year
    9999, rounded, and those of broken clocks are the first or last day that there is."""
    return datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), UTC)


def iso(seconds: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC with milliseconds; None stays None."""
    if seconds is None:
        return None
    return within_calendar(seconds).isoformat(timespec="milliseconds")


UNDATED_S = 1e7
"""Times below are times of day: of a log whose first day is not known."""


def extended(
    span: tuple[float | None, float | None], time: float
) -> tuple[float | None, float | None]:
    """The span extended to a time. A time of day says nothing of a span that has a date."""
    first, last = span
    if first is None or last is None or first < UNDATED_S <= time:
        return time, time
    if time < UNDATED_S <= first:
        return span
    return (time if time < first else first), (time if time > last else last)


def on_nearest_day(time: float, near: float | None) -> float:
    """A time of day, in seconds, on the day on which it is nearest to another time."""
    if near is None:
        return time
    return near + (time - near + DAY_S / 2) % DAY_S - DAY_S / 2
