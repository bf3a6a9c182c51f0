"""Which agents wrote the log: profile, settings and versions, as their first lines name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuner.lines.message_figures import VERSION
from tuner.model import Record
from tuner.summary.call_counts import CallTotals
from tuner.summary.summary import Summary

Fields = Mapping[str, Any]
_LARGEST = 1e15
_LONGEST_NAME, _MOST_PROFILES = 80, 100
_AGENTS = ("livekit-agents", "@livekit/agents")


def session_started(s: Summary, fields: Fields, _record: Record, _call: CallTotals) -> None:
    """Count the profile of a session, and keep its settings and versions.

    Profiles beyond the first hundred names are `unknown`; settings are kept of the first session
    that has some.
    """
    name = str(fields.get("profile", "unknown"))[:_LONGEST_NAME]
    s.profiles[name if name in s.profiles or len(s.profiles) < _MOST_PROFILES else "unknown"] += 1
    settings = fields.get("settings")
    if not s.settings and isinstance(settings, Mapping):
        s.settings = {str(name): value for name, value in settings.items() if _is_setting(value)}
    for package, version in agent_versions(fields):
        s.add_version(package, version, "turn log")


def agent_versions(fields: Fields) -> Iterator[tuple[str, str]]:
    """The packages of agents that the turn log names, with their versions."""
    versions = fields.get("versions")
    for package in _AGENTS:
        version = versions.get(package) if isinstance(versions, Mapping) else None
        if isinstance(version, str) and VERSION.fullmatch(version):
            yield package, version


def _is_setting(value: Any) -> bool:
    """Whether it is what a setting can be: a switch, a number of a sane size, or a text."""
    if isinstance(value, int | float):
        return abs(value) <= _LARGEST
    return isinstance(value, str)


def worker_started(s: Summary, fields: Fields, record: Record, _call: CallTotals) -> None:
    """Keep the version of a worker.

    livekit-agents names the version of `rtc` since 0.10.1 only; agents-js names no logger.
    """
    if "package" in fields:
        of_python = record.logger.startswith("livekit")
        package = "livekit-agents" if of_python else fields["package"]
        s.add_version(package, fields["version"], "start")
