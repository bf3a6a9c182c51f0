"""The profile that the logs were made under: as named, as stamped, or as in the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tuner.model import Current
from tuner.summary.summary import Summary


def running_profile(
    named: str | None, summaries: Sequence[Summary], environ: Mapping[str, str]
) -> Current:
    """Find out the profile and its settings.

    `named` (of --current) counts first, then the stamp in the log, then AGENT_PROFILE in
    `environ`. Raises SettingsError for an unknown profile, or one with mistakes.
    """
    stamped = sorted({name for summary in summaries for name in summary.profiles})
    if named is not None:
        return _checked(Current(named, "--current", _loaded(named)))
    if stamped:
        settings = next((summary.settings for summary in summaries if summary.settings), {})
        mixed = tuple(stamped) if len(stamped) > 1 else ()
        return _checked(Current(stamped[0], "log", settings, mixed))
    if name := environ.get("AGENT_PROFILE"):
        return _checked(Current(name, "AGENT_PROFILE", _of_environment(name)))
    return Current(None, "unknown")


def _loaded(name: str) -> dict[str, Any]:
    from tuner.settings import profiles, stamp  # pydantic takes longer to load than a small log

    return stamp.shown(profiles.load(name))


def _of_environment(name: str) -> dict[str, Any]:
    from tuner.settings import profiles

    profiles.refuse_path(name)
    return _loaded(name)


def _checked(current: Current) -> Current:
    """Add what is wrong with the settings themselves, and make numbers of stamped texts."""
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
