"""What the first line of a turn log stamps: the profile, the settings, and who runs the call."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Any, NamedTuple, Protocol

from tuner.errors import SettingsError, did_you_mean
from tuner.settings.knob_table import KNOBS, Settings, faults
from tuner.settings.stamp import public, stamped
from tuner.turn_log.line_file import STDOUT
from tuner.turn_log.session_options import of_session

NEXT = "`tuner profiles show balanced` lists all settings"
_PACKAGES = ("livekit-agents", "livekit-plugins-openai", "openai", "voice-tuner")


class ResolvedProfile(Protocol):
    """What `resolution.resolve` gives."""

    @property
    def name(self) -> str:
        """The profile's name."""

    @property
    def settings(self) -> Settings:
        """Its settings."""


Given = Settings | Mapping[str, Any] | ResolvedProfile | None


class Stamp(NamedTuple):
    """The profile's name ("" if it has none), its values by environment name, and TURN_LOG."""

    profile: str
    values: dict[str, Any]
    target: str


def stamp(given: Given, session: object = None) -> Stamp:
    """What is stamped: the settings given, and those of the session that are not among them.

    Raises SettingsError for a name that is no setting, a text where a number belongs, and for
    something that holds no settings, as the name of a profile.
    """
    if isinstance(given, str):
        raise SettingsError(
            f"{given!r} given as settings",
            "Give tuner.settings.Settings, or names and values; a profile's name is profile=.",
        )
    own = of_session(session)
    if given is None:
        return Stamp("", own, os.environ.get("TURN_LOG", STDOUT))
    if isinstance(given, Mapping):
        values = public(_known(given))
        return Stamp("", {**own, **values}, str(values.get("TURN_LOG", STDOUT)))
    if isinstance(given, Settings):
        return Stamp("", {**own, **stamped(given)}, given.turn_log)
    settings = given.settings
    return Stamp(given.name, {**own, **stamped(settings)}, settings.turn_log)


def _known(given: Mapping[Any, Any]) -> dict[str, Any]:
    wrong = [str(name) for name in given if name not in KNOBS]
    if wrong:
        unknown = "; ".join(f"{name} is not a setting{did_you_mean(name, KNOBS)}" for name in wrong)
        raise SettingsError(unknown, NEXT)
    faulty = {name: why for name, why in faults(given).items() if not _is_a_number(given[name])}
    numbers = [why for name, why in faulty.items() if KNOBS[name].low is not None]
    if numbers:
        raise SettingsError("; ".join(numbers), NEXT)
    return dict(given)


def _is_a_number(value: object) -> bool:
    """Whether it is one, if out of range: LiveKit may take more than a profile may hold."""
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False


def started(profile: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the first line."""
    return {
        "profile": profile or "unknown",
        "mode": values.get("AGENT_MODE", "unknown"),
        "settings": dict(values),
        "versions": {"python": sys.version.split()[0], **_versions()},
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def running_job() -> tuple[str, str]:
    """Job id and room of the LiveKit job that runs here, if LiveKit is there at all."""
    agents = sys.modules.get("livekit.agents")
    context = agents.get_job_context(required=False) if agents else None
    return (context.job.id, context.job.room.name) if context else ("", "")
