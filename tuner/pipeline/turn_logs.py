"""Turn logs in, replays and comparisons of their calls out."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.errors import InputError
from tuner.execution.event_rows import OnProblem, refuse
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.reading.record_filter import EVERYTHING, Filter

if TYPE_CHECKING:
    from tuner.report.compared import Compared
    from tuner.whatif.calls import LoggedCall, LoggedRow
    from tuner.whatif.groups import By, TwoGroups
    from tuner.whatif.predict import Replay

MOST_ROWS = 200_000
"""A comparison takes so many events of the turn log, some 15,000 calls, and no more."""
MOST_CALLS = 400
"""A replay takes a sample of so many calls, spread over the whole log."""


def replay(
    paths: Sequence[str | Path],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
    kept: KeptTurnLogs | None = None,
) -> Replay:
    """Read the turn log of the paths; `predict` of the result answers for other settings.

    Takes the options of `analyze`, and `on_problem` as `rows` does; `kept` holds what a reading of
    the same paths took of their call records. Raises InputError for logs that cannot be replayed:
    without turn log, without settings, with several settings, with too few calls.
    """
    from tuner.execution.turn_log_rows import sampled_rows
    from tuner.whatif import predict
    from tuner.whatif.calls import LoggedRow

    kept = kept or KeptTurnLogs(MOST_CALLS)
    found_rows = sampled_rows(paths, Filter(since, until, call), kept, on_problem)
    rows = [LoggedRow(*row) for row in found_rows]
    found, stamps = _enough(rows), _stamps(rows)
    environ = os.environ if environ is None else environ
    return predict.Replay(found, settings_behind(stamps, current, environ))


def settings_behind(
    stamps: Sequence[Mapping[str, Any]], current: str | None, environ: Mapping[str, str]
) -> dict[str, Any]:
    """The settings that a replay starts from. Raises InputError where nobody knows them."""
    from tuner.settings.logged_values import logged_values
    from tuner.whatif import timing

    return logged_values(stamps, timing.NEEDED, current, environ, Path.cwd())


def stamped_number(paths: Sequence[str | Path], name: str) -> float | None:
    """A setting that is a number, from the first call whose turn log stamps it; None without."""
    from tuner.execution.turn_log_rows import turn_log_rows
    from tuner.plain_numbers import plain_number

    for _, _, kind, fields, _ in turn_log_rows(paths, EVERYTHING):
        settings = fields.get("settings")
        if kind == "session_started" and isinstance(settings, Mapping) and name in settings:
            found = plain_number(str(settings[name]))
            return None if math.isnan(found) else found
    return None


def compare(
    before: Sequence[str | Path],
    after: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
) -> Compared:
    """Compare the turn logs of two groups of calls: each figure better, worse or cannot tell.

    Raises InputError for logs without turn log, or with too few calls.
    """
    from tuner.whatif.groups import TwoGroups

    only = Filter(since, until, call)
    old, new = (_all_rows(paths, only, on_problem) for paths in (before, after))
    return _compared(TwoGroups(old, new))


def compare_groups(
    paths: Sequence[str | Path],
    by: By,
    *,
    before: str = "",
    after: str = "",
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
) -> Compared:
    """Compare two groups of calls of one log: by profile, day (UTC), room or version of LiveKit.

    `before` and `after` name the groups where there are more than two. Raises UsageError where it
    is not clear which are meant, InputError as `compare` does.
    """
    from tuner.whatif.groups import two_groups

    rows = _all_rows(paths, Filter(since, until, call), on_problem)
    return _compared(two_groups(rows, by, before, after))


def _compared(groups: TwoGroups) -> Compared:
    from tuner.report.compared import Compared
    from tuner.settings.logged_values import stamped_differences
    from tuner.whatif import compare as comparison
    from tuner.whatif.pairs import pairs

    sides = groups.before, groups.after
    old, new = (_enough(rows, name) for rows, name in zip(sides, groups.names, strict=True))
    settings, versions = (
        stamped_differences(_stamps(groups.before, what), _stamps(groups.after, what))
        for what in ("settings", "versions")
    )
    profiles = [_profiles(rows) for rows in sides]
    same = pairs(old, new, (profiles[0], profiles[1]))
    differences = comparison.compare(*(same or (old, new)), paired=same is not None)
    return Compared(old, new, settings, versions, differences, same is not None, groups.names)


def _profiles(rows: Sequence[LoggedRow]) -> str:
    """The name of the profile behind all of these calls, "" if there are several."""
    names = {str(row.fields.get("profile")) for row in rows if row.kind == "session_started"}
    return names.pop() if len(names) == 1 else ""


def _turn_log_rows(
    paths: Sequence[str | Path], only: Filter, on_problem: OnProblem, most: int = MOST_ROWS
) -> list[LoggedRow]:
    """The events of a turn log, as many as a replay takes."""
    from tuner.execution.turn_log_rows import turn_log_rows
    from tuner.whatif import calls

    found = islice(turn_log_rows(paths, only, on_problem), most)
    return [calls.LoggedRow(*row) for row in found]


def _all_rows(paths: Sequence[str | Path], only: Filter, on_problem: OnProblem) -> list[LoggedRow]:
    """All events of a turn log: a part of them would compare what nobody asked for."""
    rows = _turn_log_rows(paths, only, on_problem, MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise InputError(
            f"the turn log holds more than {MOST_ROWS:,} events", "Choose a part: --since, --until."
        )
    return rows


def _stamps(rows: Sequence[LoggedRow], what: str = "settings") -> list[Mapping[str, Any]]:
    """What the first line of each call stamps: its settings, or the versions of packages."""
    started = (row.fields for row in rows if row.kind == "session_started")
    return [stamp for fields in started if isinstance(stamp := fields.get(what), Mapping)]


def _enough(rows: Sequence[LoggedRow], name: str = "") -> Sequence[LoggedCall]:
    """The calls. Raises InputError where they are too few, naming the group they are of."""
    from tuner.whatif import calls, predict

    try:
        return predict.enough(calls.gather(rows))
    except InputError as error:
        if not name:
            raise
        raise InputError(f"{name}: {error}", error.next_step) from error
