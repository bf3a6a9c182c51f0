"""Calls in, those that were asked for out: by conditions on their figures, sorted by one."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from tuner.calls.model import CallFigures
from tuner.errors import UsageError, did_you_mean
from tuner.lazy_patterns import lazy_pattern
from tuner.plain_numbers import plain_number

_COST = "cost_s"
NAMES: tuple[str, ...] = (
    _COST,
    *(name for name in CallFigures.__struct_fields__ if name not in ("failed", "cost")),
)
"""The figures that calls are sorted and filtered by."""
_LIKE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne,
    ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_CONDITION = lazy_pattern(rf"\s*(\w+)\s*({'|'.join(map(re.escape, _LIKE))})\s*(.+?)\s*")


class Condition(NamedTuple):
    """A figure compared with a value; a call whose figure is not known never fulfils it."""

    name: str
    sign: str
    value: float | str

    def holds(self, call: CallFigures) -> bool:
        """Whether the call fulfils it."""
        known = value(call, self.name)
        if known is None:
            return False
        if isinstance(self.value, str) or isinstance(known, str):
            known, wanted = str(known).replace("_", " "), str(self.value).replace("_", " ")
            return _LIKE[self.sign](known, wanted)
        return _LIKE[self.sign](known, self.value)


def value(call: CallFigures, name: str) -> Any:
    """A figure by its name; None where it is not known."""
    return call.cost.total_s if name == _COST else getattr(call, name)


def condition(text: str) -> Condition:
    """Read a condition such as "false_stops>2" or "profile=noisy". Raises UsageError."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(
            f"--where {text!r} is no condition", "Write it as 'wait_max_s>2' or 'profile=noisy'."
        )
    return Condition(known_name(found[1], "--where"), found[2], _typed(found[3]))


def known_name(name: str, option: str) -> str:
    """The name of a figure. Raises UsageError for one that is none."""
    if name not in NAMES:
        raise UsageError(
            f"{option}: a call has no figure {name!r}{did_you_mean(name, NAMES)}",
            f"Figures: {', '.join(NAMES)}.",
        )
    return name


def _typed(text: str) -> float | str:
    number = plain_number(text)
    return text if math.isnan(number) else number


def chosen(
    calls: Sequence[CallFigures], conditions: Iterable[Condition] = (), sort: str = ""
) -> tuple[CallFigures, ...]:
    """The calls that fulfil all conditions; by `sort` from the largest figure down (texts and
    times from the smallest up), those where it is not known last. "-" before it turns that round.
    """
    wanted = list(conditions)
    kept = [call for call in calls if all(one.holds(call) for one in wanted)]
    if not sort:
        return tuple(kept)
    name = known_name(sort.removeprefix("-"), "--sort")
    known = [call for call in kept if value(call, name) is not None]
    is_upward = name in ("first", "last") or isinstance(value(known[0], name) if known else 0, str)
    known.sort(key=lambda call: value(call, name), reverse=is_upward == sort.startswith("-"))
    return (*known, *(call for call in kept if value(call, name) is None))
