"""Reads scenario files (TOML): the shipped ones by name, others by path.

A file may name each key once; what it leaves out is the default. Unknown keys, wrong types and
values out of range are errors that name file, key and what is allowed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tuner import small_files
from tuner.bench.callers.caller_style import CallerStyle, Chance, Range
from tuner.bench.callers.scenario import USUAL_TIMES, Scenario
from tuner.bench.latency import Latency, LogNormal, SlowTail
from tuner.errors import InputError, UsageError, did_you_mean

FOLDER = Path(__file__).parent / "scenarios"

_PLAIN = {
    "model_type": "must be a table",
    "dataclass_type": "must be a table",
    "tuple_type": "must be [low, high]",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
}
"""Types in the words of TOML."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Model(_Strict):
    """The times of one model; what is left out is that of a good day."""

    median_s: Annotated[float, Field(ge=0.001, le=60)] | None = None
    sigma: Annotated[float, Field(ge=0, le=3)] | None = None
    slow_share: Chance = 0.0
    slow_s: Range = (1.5, 3.0)

    def latency(self, usual: LogNormal) -> Latency:
        median_s = usual.median_s if self.median_s is None else self.median_s
        spread = LogNormal(median_s, usual.sigma if self.sigma is None else self.sigma)
        return SlowTail(spread, self.slow_share, *self.slow_s) if self.slow_share else spread


class _Models(_Strict):
    chat: _Model = _Model()
    transcription: _Model = _Model()
    speech: _Model = _Model()
    response: _Model = _Model()
    transcript: _Model = _Model()


class _Failures(_Strict):
    rate_limited: Chance | None = None
    server_error: Chance | None = None
    stall: Chance | None = None


class _File(_Strict):
    title: Text
    best: Text
    seconds: Annotated[float, Field(ge=5, le=600)] = 36.0
    reply_s: Range = (2.5, 5.0)
    caller: CallerStyle = CallerStyle()
    models: _Models = _Models()
    failures: _Failures = _Failures()


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return every scenario that can be named."""
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
        raise UsageError(
            f"unknown scenario {name!r}{did_you_mean(name, known)} (known: {', '.join(known)})",
            "`tuner bench --list` says what each is; a path to a .toml file is one too.",
        )
    return read(folder / f"{name}.toml")


def read(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        InputError: it cannot be read or has a mistake; all mistakes are named.
    """
    try:
        table = small_files.toml(path)
        # as JSON, because there a list may be a pair while numbers and flags stay strict
        file = _File.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        mistakes = [f"{path.name}: {_mistake(one)}" for one in error.errors()]
        raise InputError("\n".join(mistakes), "Fix the file and try again.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: {why}", "Compare it with a scenario that works.") from error
    models = {
        name: getattr(file.models, name).latency(usual) for name, usual in USUAL_TIMES.items()
    }
    return Scenario(
        path.stem,
        title=file.title,
        best=file.best,
        seconds=file.seconds,
        reply_s=file.reply_s,
        caller=file.caller,
        models=models,
        failures=file.failures.model_dump(exclude_none=True),
    )


def _mistake(error: Any) -> str:
    """One mistake in a line: the dotted key, its value and what is allowed."""
    *parents, last = keys = [str(part) for part in error["loc"]]
    key = ".".join(keys)
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{key} is not a key here{_known(last, parents)}"
    allowed = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{key} = {error['input']!r}: {_PLAIN.get(error['type'], allowed)}"


def _known(name: str, parents: list[str]) -> str:
    table: Any = _File
    for parent in parents:
        table = _fields(table)[parent].annotation if hasattr(table, "model_fields") else table
    known = list(_fields(table))
    return did_you_mean(name, known) or f" (known: {', '.join(known)})"


def _fields(table: Any) -> Any:
    return getattr(table, "model_fields", None) or table.__pydantic_fields__
