"""Texts of the command line in, values out: thresholds, colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tuner.errors import UsageError, did_you_mean
from tuner.plain_numbers import plain_number

if TYPE_CHECKING:
    from tuner.limits import Limits


def limits(pairs: Sequence[str], slow_ms: float | None) -> Limits:
    """Return the thresholds with the NAME=VALUE pairs put in; `slow_ms` has an option of its own.

    Raises:
        UsageError: an unknown name or a value that is no number for it.
    """
    import msgspec

    from tuner.limits import Limits, names

    values = dict(_pair(pair, names()) for pair in pairs)
    if slow_ms is not None:
        values["openai_slow_ms"] = slow_ms
    plain = Limits()
    for name, value in values.items():
        if isinstance(getattr(plain, name), int) and value != int(value):
            raise UsageError(
                f"--limit {name} takes a whole number, not {value:g}", f"Write --limit {name}=5."
            )
    kinds = {name: type(getattr(plain, name)) for name in values}
    return msgspec.structs.replace(plain, **{n: kinds[n](v) for n, v in values.items()})


def engine(name: str, scheduler: str) -> str:
    """Return the engine; a scheduler that would not be asked is a mistake."""
    if scheduler and name != "dask":
        raise UsageError("--scheduler is for --engine dask", "Add --engine dask.")
    return name


def colour(asked: bool | None, environ: Mapping[str, str], terminal: bool) -> bool:
    """Return whether to colour: as asked, else on a terminal unless NO_COLOR is set."""
    if asked is not None:
        return asked
    return terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _pair(pair: str, known: Sequence[str]) -> tuple[str, float]:
    """One NAME=VALUE, checked."""
    name, _, text = (part.strip() for part in pair.partition("="))
    name = name.replace("-", "_")
    if name not in known:
        raise UsageError(
            f"unknown limit {name!r}{did_you_mean(name, known)}",
            f"Known limits: {', '.join(known)}.",
        )
    if not text:
        raise UsageError(f"--limit {pair!r} has no value", f"Write --limit {name}=NUMBER.")
    return name, _number(name, text)


def _number(name: str, text: str) -> float:
    """A threshold: finite and not negative."""
    value = plain_number(text)
    if math.isnan(value):
        raise UsageError(f"--limit {name}: {text!r} is not a number", "Write it as 5 or 0.25.")
    if value < 0:
        raise UsageError(f"--limit {name}: {text!r} is out of range", "Write a number from 0 up.")
    return value
