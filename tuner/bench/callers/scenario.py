"""Takes a scenario file (TOML), gives its value: who calls, over what line, to which models.

A scenario is distributions; with a seed and a number it becomes one call, always the same one.
A file may name each key below once; what it leaves out is the default. Unknown keys, wrong types
and values out of range are errors that name file, key and what is allowed.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from tuner.bench.callers.caller import CallerStyle
from tuner.bench.latency import Latency, LogNormal, SlowTail
from tuner.bench.model import Behaviour, Endpoint, Kind, ServerPlan
from tuner.errors import InputError, UsageError

FOLDER = Path(__file__).parent / "scenarios"

ENDPOINTS = {
    "chat": Endpoint.CHAT,
    "transcription": Endpoint.TRANSCRIPTION,
    "speech": Endpoint.SPEECH,
    "response": Endpoint.RESPONSE,
    "transcript": Endpoint.TRANSCRIPT,
}
"""Tables of `[models]`: three of the pipeline, then reply and transcript of the Realtime model."""

_USUAL = {
    "chat": LogNormal(0.35, 0.35),
    "transcription": LogNormal(0.18, 0.3),
    "speech": LogNormal(0.15, 0.3),
    "response": LogNormal(0.4, 0.3),
    "transcript": LogNormal(0.25, 0.3),
}
"""Processing times (s) of a good day: excellent to good by the guides' bands."""

_FAILURES = tuple(kind.value for kind in (Kind.RATE_LIMITED, Kind.SERVER_ERROR, Kind.STALL))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of call.

    `best` is the profile that is made for it. `seconds` is the longest that a call lasts;
    `reply_s` how long the agent's answers take to say (low, high).
    """

    name: str
    title: str
    best: str
    seconds: float = 36.0
    reply_s: tuple[float, float] = (2.5, 5.0)
    caller: CallerStyle = field(default_factory=CallerStyle)
    models: Mapping[str, Latency] = field(default_factory=lambda: dict(_USUAL))
    failures: Mapping[str, float] = field(default_factory=dict)

    def plan(self, seed: int) -> ServerPlan:
        """How the server behaves in the call with this seed."""
        chances = {Kind(name): chance for name, chance in self.failures.items()}
        behaviours = {
            endpoint: Behaviour(self.models[name], chances=chances)
            for name, endpoint in ENDPOINTS.items()
        }
        return ServerPlan(behaviours, seed=seed)

    def with_models(self, models: Mapping[str, Latency]) -> Scenario:
        """The same with other latencies for the endpoints that are named."""
        return replace(self, models={**self.models, **models})


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Every scenario that can be named."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load(name: str, folder: Path = FOLDER) -> Scenario:
    """Read a scenario by its name, or by the path of a `.toml` file.

    Raises:
        UsageError: there is none of this name.
        InputError: the file has a mistake.
    """
    if name.endswith(".toml"):
        return read(Path(name))
    known = names(folder)
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(
            f"unknown scenario {name!r}{hint} (known: {', '.join(known)})",
            "`tuner bench --list` says what each is; a path to a .toml file is one too.",
        )
    return read(folder / f"{name}.toml")


def read(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        InputError: it cannot be read or has a mistake; all mistakes are named.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: {error}", "Compare it with a scenario that works.") from error
    mistakes = [f"{path.name}: {mistake}" for mistake in _faults(table, _TOP)]
    if mistakes:
        raise InputError("\n".join(mistakes), "Mend the file and try again.")
    return _scenario(path.stem, table)


def _scenario(name: str, table: Mapping[str, Any]) -> Scenario:
    plain = {key: table[key] for key in ("title", "best", "seconds") if key in table}
    if "reply_s" in table:
        plain["reply_s"] = _pair(table["reply_s"])
    caller: dict[str, Any] = {
        key: _pair(value) if isinstance(value, list) else value
        for key, value in table.get("caller", {}).items()
    }
    models = {key: _latency(_USUAL[key], value) for key, value in table.get("models", {}).items()}
    return Scenario(
        name,
        caller=CallerStyle(**caller),
        models={**_USUAL, **models},
        failures=table.get("failures", {}),
        **plain,
    )


def _latency(usual: LogNormal, table: Mapping[str, Any]) -> Latency:
    spread = LogNormal(table.get("median_s", usual.median_s), table.get("sigma", usual.sigma))
    if not table.get("slow_share"):
        return spread
    return SlowTail(spread, table["slow_share"], *_pair(table.get("slow_s", [1.5, 3.0])))


def _pair(value: list[float]) -> tuple[float, float]:
    return float(value[0]), float(value[1])


# --- what a file may hold ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one key may be: a test, and the words for it."""

    allows: Callable[[Any], bool]
    allowed: str


_Rules = Mapping[str, "_Rule | _Rules"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(low: float, high: float) -> _Rule:
    allowed = f"a number from {low:g} to {high:g}"
    return _Rule(lambda value: _is_number(value) and low <= value <= high, allowed)


def _range(low: float, high: float) -> _Rule:
    def allows(value: Any) -> bool:
        pair = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
        return pair and low <= value[0] <= value[1] <= high

    return _Rule(allows, f"[low, high] within {low:g} to {high:g}")


_TEXT = _Rule(lambda value: isinstance(value, str) and bool(value.strip()), "a text")
_FLAG = _Rule(lambda value: isinstance(value, bool), "true or false")
_CHANCE = _number(0, 1)
_SECONDS = _range(0, 60)

_CALLER: _Rules = {
    "think_s": _SECONDS,
    "pause_chance": _CHANCE,
    "pause_s": _SECONDS,
    "backchannel_chance": _CHANCE,
    "cough_chance": _CHANCE,
    "barge_in_chance": _CHANCE,
    "overlap_after_s": _SECONDS,
    "heard_as_words": _CHANCE,
    "settle_s": _number(0, 60),
    "patience_s": _number(1, 60),
    "noise_snr_db": _number(-10, 60),
    "coughs_per_minute": _number(0, 60),
    "bystanders_per_minute": _number(0, 60),
    "bystander_s": _SECONDS,
    "bystander_db": _range(-60, 10),
    "hang_up_chance": _CHANCE,
    "level_db": _number(-40, 10),
    "telephone": _FLAG,
    "echo_db": _number(-80, 0),
}
_MODEL: _Rules = {
    "median_s": _number(0.001, 60),
    "sigma": _number(0, 3),
    "slow_share": _CHANCE,
    "slow_s": _SECONDS,
}
_TOP: _Rules = {
    "title": _TEXT,
    "best": _TEXT,
    "seconds": _number(5, 600),
    "reply_s": _range(0.5, 60),
    "caller": _CALLER,
    "models": dict.fromkeys(ENDPOINTS, _MODEL),
    "failures": dict.fromkeys(_FAILURES, _CHANCE),
}
_REQUIRED = ("title", "best")

assert set(_CALLER) == {one.name for one in fields(CallerStyle)}, "a key for every field"


def _faults(table: Mapping[str, Any], rules: _Rules, at: str = "") -> list[str]:
    """Everything that is wrong with a table; `at` is the dotted name of it."""
    found = [f"{key} is missing" for key in _REQUIRED if not at and key not in table]
    for key, value in table.items():
        name, rule = f"{at}{key}", rules.get(key)
        if rule is None:
            found.append(f"{name} is not a key here{_near(key, rules)}")
        elif isinstance(rule, _Rule):
            found += (
                [] if rule.allows(value) else [f"{name} = {value!r}: allowed is {rule.allowed}"]
            )
        elif isinstance(value, dict):
            found += _faults(value, rule, f"{name}.")
        else:
            found.append(f"{name} = {value!r}: allowed is a table")
    return found


def _near(key: str, rules: _Rules) -> str:
    close = difflib.get_close_matches(key, list(rules), n=1)
    return f"; did you mean {close[0]}?" if close else f" (known: {', '.join(rules)})"
