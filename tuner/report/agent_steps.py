"""Changes of settings in, what the owner of another agent writes instead out, ready to paste."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuner.model import Change
from tuner.settings.option_names import Agent, called, named, option, scaled
from tuner.settings.option_table import NODE


def steps(changes: Iterable[Change], agent: Agent) -> list[str]:
    """What to write in the agent; settings that its version does not have are named as such."""
    calls: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    for change in changes:
        found = option(change.setting, agent)
        if found is None or found.since:  # no older version takes it
            missing.append(named(change.setting, agent))
            continue
        owner, *path = found.path
        _put(calls.setdefault(owner, {}), path, scaled(change.setting, change.to, agent))
    texts = [f"in your agent: {_call(o, options, agent)}" for o, options in calls.items()]
    return texts + [f"not in {called(agent)}: {', '.join(missing)}"] * bool(missing)


def _put(group: dict[str, Any], path: Iterable[str], value: Any) -> None:
    """The value at its place in nested groups."""
    *outer, name = path
    for each in outer:
        group = group.setdefault(each, {})
    group[name] = value


def _call(owner: str, options: Mapping[str, Any], agent: Agent) -> str:
    """As the agent's language writes it."""
    if agent.package != NODE:
        return f"{owner}({', '.join(f'{name}={value!r}' for name, value in options.items())})"
    new = "" if owner.endswith(".load") else "new "
    return f"{new}{owner}({_object(options)})"


def _object(fields: Mapping[str, Any]) -> str:
    """As TypeScript writes it."""
    return "{ " + ", ".join(f"{key}: {_written(value)}" for key, value in fields.items()) + " }"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else f"{value:g}"
