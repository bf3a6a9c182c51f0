"""The stamps of a log in, the settings that its calls ran with out: typed, by environment name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuner.errors import InputError
from tuner.settings import profiles, stamp
from tuner.settings.candidates import named_in_environment
from tuner.settings.knob_table import KNOBS, as_values, parse

NEXT = "Name the profile of the log with --current PROFILE."
ONE_AT_A_TIME = "Choose the calls of one of them with --since, --until or --call."


def logged_values(
    stamps: Sequence[Mapping[str, Any]],
    needed: Sequence[str],
    named: str | None,
    environ: Mapping[str, str],
    cwd: Path,
) -> dict[str, Any]:
    """The settings behind the logs: stamped, else of the profile `named`, else of AGENT_PROFILE.

    `needed` are the settings that must be known and the same in all calls.
    Raises InputError when they are not, SettingsError for an unknown profile.
    """
    known = [each for each in stamps if all(name in each for name in needed)]
    if named is not None:
        profiles.path_of(named, profiles.folders(environ, cwd), cwd)
    if not known:
        if not (named := named or named_in_environment(environ, cwd)):
            raise InputError("the log does not hold the settings of its calls", NEXT)
        return as_values(profiles.load(named, profiles.folders(environ, cwd), cwd))
    values = [_readable(each, needed) for each in _distinct(known)]
    for name in needed:
        different = sorted({str(each[name]) for each in values})
        if len(different) > 1:
            mixed = f"the log mixes calls with {name} {' and '.join(different)}"
            raise InputError(mixed, ONE_AT_A_TIME)
    return values[0]


def _readable(stamped: Mapping[str, Any], needed: Sequence[str]) -> dict[str, Any]:
    """All values of a stamp. Raises InputError for one that is needed and cannot be read: LiveKit
    takes more than a profile may hold, and the default in its place would be made up."""
    settings, numbers = stamp.read(stamped)
    for name in needed:
        if name not in numbers:
            raise InputError(
                f"the log was made with {name}={stamped[name]} (known here: {KNOBS[name].allowed})",
                "Such calls cannot be replayed: leave them out with --since, --until or --call.",
            )
    return as_values(settings)


def _distinct(stamps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each stamp once: 10,000 calls have the same, and to read one takes milliseconds."""
    return list({repr(sorted(each.items())): each for each in stamps}.values())


def with_changes(values: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """The settings with changes (texts by environment name) on top, checked and typed.

    Raises SettingsError for a value out of range.
    """
    return as_values(parse({**values, **changes}))


def stamped_differences(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[str, str]]:
    """The settings that two logs stamp otherwise; a log that mixes values shows them all."""
    found = {}
    for name in dict.fromkeys(name for each in (*before, *after) for name in each):
        old, new = (_values(name, stamps) for stamps in (before, after))
        if old and new and old != new:
            found[name] = (old, new)
    return found


def _values(name: str, stamps: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(sorted({str(each[name]) for each in stamps if name in each}))
