"""The profile that the logs were made under: as named, as stamped, or as in the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tuner.model import Current
from tuner.settings.candidates import has_own, named_in_environment
from tuner.summary.summary import Summary


def running_profile(
    named: str | None, summaries: Sequence[Summary], environ: Mapping[str, str], cwd: Path
) -> Current:
    """Find out the profile and its settings.

    `named` (of --current) counts first, then the stamp in the log, then AGENT_PROFILE in `environ`
    or in `.env`; but a setting that the log stamps was in force, whatever profile is named.
    Profiles are looked for where the agent does: AGENT_PROFILES_DIR, ./profiles, the shipped ones.
    Raises SettingsError for an unknown profile, or one with mistakes.
    """
    stamped = sorted({name for summary in summaries for name in summary.profiles})
    settings = next((summary.settings for summary in summaries if summary.settings), {})
    if named is not None:
        return _checked(_as_stamped(_loaded(named, "--current", environ, cwd), settings))
    if stamped:
        mixed = tuple(stamped) if len(stamped) > 1 else ()
        return _checked(Current(stamped[0], "log", settings, mixed))
    if name := named_in_environment(environ, cwd):
        _refuse_path(name)
        return _checked(_loaded(name, "AGENT_PROFILE", environ, cwd))
    return Current(None, "unknown")


def _loaded(name: str, source: str, environ: Mapping[str, str], cwd: Path) -> Current:
    from tuner.settings import profiles, stamp  # pydantic takes longer to load than a small log

    where = profiles.folders(environ, cwd) if has_own(environ, cwd) else ()
    path = profiles.path_of(name, where, cwd)
    return Current(path.stem, source, stamp.shown(profiles.load(name, where, cwd)))


def _as_stamped(current: Current, stamped: Mapping[str, Any]) -> Current:
    """The settings of the profile with those of the log on top, and which of them differed."""
    from tuner.settings import stamp

    if not stamped:
        return current
    was = current.settings
    now = {**was, **stamped, **stamp.read(stamped)[1]}
    changed = tuple(name for name in was if was[name] != now[name])
    return msgspec.structs.replace(current, settings=now, contradicted=changed)


def _refuse_path(name: str) -> None:
    from tuner.settings import profiles

    profiles.refuse_path(name)


def _checked(current: Current) -> Current:
    """Add what is wrong with the settings themselves, and make numbers of stamped texts."""
    if not current.settings:  # pydantic is not loaded for them
        return current
    from tuner.settings import checks, stamp
    from tuner.settings.knob_table import KNOBS

    if not current.settings.keys() & KNOBS.keys():
        return current
    settings, numbers = stamp.read(current.settings)
    return msgspec.structs.replace(
        current,
        problems=tuple(
            problem
            for problem in checks.check(settings)
            if set(problem.settings) <= current.settings.keys()  # a default is not the agent's
        ),
        settings={**current.settings, **numbers},
    )
