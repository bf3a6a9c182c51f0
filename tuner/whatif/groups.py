"""The rows of one log in, two groups of its calls out: A against B.

Groups have names that may be shown, because rooms and profiles may be named after somebody; the
name itself is understood, too.

A room usually serves one call and carries a number of its own: rooms that differ in numbers alone
are one group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from tuner.errors import UsageError, did_you_mean
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.timestamps import within_calendar
from tuner.redaction.shown import room, shown
from tuner.whatif.calls import LoggedRow

By = Literal["profile", "day", "room", "version"]
BY: tuple[By, ...] = get_args(By)
PACKAGE = "livekit-agents"
MOST_NAMES = 20
"""So many groups are named in an error, and no more."""
_NUMBER = lazy_pattern(r"(?:[-_.][^-_.]*\d[^-_.]*)+$")

_VERSION = lazy_pattern(r"[0-9a-z.+]{1,30}")

Rows = list[LoggedRow]


class TwoGroups(NamedTuple):
    """The rows of both groups and what they are called."""

    before: Rows
    after: Rows
    names: tuple[str, str] = ("", "")


def two_groups(rows: Iterable[LoggedRow], by: By, before: str = "", after: str = "") -> TwoGroups:
    """The rows of the calls of both groups, the group that came first as `before`.

    Where there are more than two, `before` and `after` name them; of days the last one is compared
    with all before it. Raises UsageError where that is not clear.
    """
    groups = _groups(rows, by)
    names = shown_names(groups, by)
    if before or after:
        first, second = _named(before, names, "--before"), _named(after, names, "--after")
    elif by == "day" and len(groups) > 2:
        *earlier, second = sorted(groups)
        first = f"{earlier[0]} to {earlier[-1]}"
        groups[first] = [row for name in earlier for row in groups[name]]
    elif len(groups) == 2:
        first, second = groups
    else:
        raise UsageError(f"--by {by}: {_count(groups)}", _advice(names))
    shown_pair = names.get(first, first), names.get(second, second)
    return TwoGroups(groups[first], groups[second], shown_pair)


def _groups(rows: Iterable[LoggedRow], by: By) -> dict[str, Rows]:
    """The rows by the group of their call, in the order of the first call of each."""
    by_call: dict[str, Rows] = {}
    for row in rows:
        by_call.setdefault(row.call, []).append(row)
    calls = sorted((mine for key, mine in by_call.items() if key), key=_began)
    groups: dict[str, Rows] = {}
    for mine in calls:
        if name := _NAMES[by](mine):
            groups.setdefault(name, []).extend(mine)
    return groups


def shown_names(names: Iterable[str], by: By) -> dict[str, str]:
    """What each group is called in a report: without what may be a person's name or number."""
    known: dict[tuple[str, str], str] = {}

    def stand_in(kind: str, text: str) -> str:
        return known.setdefault((kind, text), f"[{kind} {len(known) + 1}]")

    if by == "room":
        return {name: room(name, stand_in) for name in names}
    if by == "profile":
        return {name: shown("profile", name) or stand_in("profile", name) for name in names}
    return {name: name for name in names}


def _began(rows: Sequence[LoggedRow]) -> float:
    return min((row.time for row in rows if row.time is not None), default=0.0)


def _started(rows: Sequence[LoggedRow]) -> Mapping[str, object]:
    return next((row.fields for row in rows if row.kind == "session_started"), {})


def _profile(rows: Sequence[LoggedRow]) -> str:
    return str(_started(rows).get("profile") or "")


def _day(rows: Sequence[LoggedRow]) -> str:
    began = _began(rows)
    return within_calendar(began).strftime("%Y-%m-%d") if began else ""


def _room(rows: Sequence[LoggedRow]) -> str:
    name = next((row.room for row in rows if row.room), "")
    return _NUMBER.sub("", name) or name


def _version(rows: Sequence[LoggedRow]) -> str:
    versions = _started(rows).get("versions")
    found = versions.get(PACKAGE) if isinstance(versions, Mapping) else None
    return f"{PACKAGE} {found}" if isinstance(found, str) and _VERSION.fullmatch(found) else ""


_NAMES: dict[By, Callable[[Sequence[LoggedRow]], str]] = {
    "profile": _profile,
    "day": _day,
    "room": _room,
    "version": _version,
}


def _named(name: str, names: Mapping[str, str], option: str) -> str:
    """The group that is called so, by its own name or by the one that reports show."""
    own = {shown_name: group for group, shown_name in names.items()} | {
        group: group for group in names
    }
    if name in own:
        return own[name]
    wrong = f"no such group{did_you_mean(name, names.values())}" if name else "is missing"
    raise UsageError(f"{option}: {wrong}", _advice(names))


def _count(groups: Mapping[str, Rows]) -> str:
    if not groups:
        return "no call of the turn log names one"
    return "only one group is in the logs" if len(groups) == 1 else f"{len(groups)} groups"


def _advice(names: Mapping[str, str]) -> str:
    if len(names) < 2:
        return "Give logs that hold both groups, or BEFORE and AFTER without --by."
    some = ", ".join(list(names.values())[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"--before NAME --after NAME choose two of: {some}{more}."
