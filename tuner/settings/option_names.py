"""A setting in, the option that does the same in somebody else's agent out, and sentences with it.

Only this project's own agent has variables such as LOAD_THRESHOLD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.settings.option_table import IN_SECONDS, IN_WORDS, NODE, PYTHON, ROWS, OptionRow, Version

_SETTING = lazy_pattern(r"\b([A-Z]+(?:_[A-Z]+)+)\b(?:=((?:\w|[.-](?=\w))+))?")
_KNOWN = frozenset(
    {*IN_WORDS, *(env for rows in ROWS.values() for row in rows for env in row.options)}
)
_CALLED = {NODE: "agents-js"}
_WORDS = {"true": "True", "false": "False"}


class Agent(NamedTuple):
    """What an agent is made of, and its version, as far as is known: the oldest that may be, for
    newer ones of the same major version still take its names."""

    package: str = PYTHON
    version: Version = ()

    @property
    def floor(self) -> Version:
        """The version whose names are used."""
        return self.version or ((1,) if self.package in (PYTHON, NODE) else (0,))


class Option(NamedTuple):
    """The path to an option: what takes it and the names down to it ("AgentSession",
    "turn_handling", "endpointing", "min_delay"); and the version that it came with, if newer."""

    path: tuple[str, ...]
    since: str = ""

    @property
    def name(self) -> str:
        """The option without what takes it: "endpointing.min_delay"."""
        return ".".join(self.path[2:] or self.path[1:])

    @property
    def owner(self) -> str:
        """What takes it: "turn_handling", "AgentServer"."""
        return self.path[1] if self.path[2:] else self.path[0]


def option(env: str, agent: Agent) -> Option | None:
    """The option of a setting in this agent, None if it has none."""
    rows = [row for row in ROWS.get(agent.package, ()) if env in row.options]
    rows = [row for row in rows if row.since[0] >= min(agent.floor[0], 1)]
    have = [row for row in rows if row.since <= agent.floor]
    if not rows:
        return None
    row = have[-1] if have else rows[0]
    return Option(_path(row, env), "" if have else _since(row, agent))


def _path(row: OptionRow, env: str) -> tuple[str, ...]:
    return (*row.owner.split("/"), *row.options[env].split("."))


def _since(row: OptionRow, agent: Agent) -> str:
    return f"{_CALLED.get(agent.package, agent.package)} {_dotted(row.since)}"


def called(agent: Agent) -> str:
    """The agent's package and version for a reader: "agents-js 1.5"."""
    name = _CALLED.get(agent.package, agent.package)
    return f"{name} {'.'.join(map(str, agent.version[:2]))}".rstrip()


def scaled(env: str, value: Any, agent: Agent) -> Any:
    """A value in the agent's unit: agents-js takes times in milliseconds."""
    is_time = agent.package == NODE and env in IN_SECONDS
    return round(float(value) * 1000, 3) if is_time and value not in (None, "") else value


def named(env: str, agent: Agent, value: str = "") -> str:
    """A setting in words, with its value if one is given: "min_words of AgentSession"."""
    found = option(env, agent)
    if found is None:
        words = IN_WORDS.get(env, env.lower().replace("_", " "))
        return f"{words} at {value}" if value and env != "TURN_LOG" else words
    text = f"{found.name}{value and '='}{_written(env, value, agent)} of {found.owner}"
    if (env, value) == ("TURN_DETECTION", "detector"):
        text = f"a turn detector as {found.name} of {found.owner}"
    return f"{text} ({found.since} and later)" if found.since else text


def _written(env: str, text: str, agent: Agent) -> str:
    """A value as the agent's language writes it."""
    if text and (own := scaled(env, text, agent)) != text:
        return f"{own:g}"
    if env == "TURN_DETECTION" and text:  # before 1.0, silence decides where there is no detector
        none = "undefined" if agent.package == NODE else "None"
        return none if agent.floor < (1,) else f"'{text}'"
    if text.isalpha() and text not in _WORDS:
        return f"'{text}'"
    return _WORDS.get(text, text) if agent.package == PYTHON else text


def everywhere(env: str) -> Iterator[tuple[str, str]]:
    """Where other agents have a setting: packages with their versions, and the option in each:
    ("livekit-agents 1.0, before 1.5", "min_endpointing_delay of AgentSession"), newest first."""
    for package, rows in ROWS.items():
        have = [row for row in rows if env in row.options]
        names = [(row.since, named(env, Agent(package, row.since))) for row in have]
        first = [next(same) for _, same in groupby(names, lambda each: each[1])]
        unit = " (ms)" if package == NODE and env in IN_SECONDS else ""
        for (since, name), (end, _) in reversed([*pairwise([*first, ((), "")])]):
            yield f"{_CALLED.get(package, package)}{_versions(since, end)}", name + unit


def _versions(since: Version, end: Version) -> str:
    """Both ends of a range in words; the table begins with 0, whichever version was the first."""
    start = f" {_dotted(since)}{',' if end else ' and later'}" if any(since) else ""
    return start + (f" before {_dotted(end)}" if end else "")


def _dotted(version: Version) -> str:
    return ".".join(map(str, (*version, 0)[: max(2, len(version))]))


def spoken(text: str, agent: Agent) -> str:
    """A sentence with the agent's options in place of this project's settings."""
    return _SETTING.sub(partial(_said, agent), text)


def _said(agent: Agent, match: re.Match[str]) -> str:
    env, value = match[1], match[2] or ""
    return named(env, agent, value) if env in _KNOWN else match[0]
