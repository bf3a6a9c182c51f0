"""Two logs compared, as text of at most 100 columns or a document for JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tuner.limits import Limits
from tuner.whatif.calls import LoggedCall
from tuner.whatif.compare import COST, LEVEL, MeasuredDifference, overall

WIDTH = 100
_WEIGHED = Limits()
WEIGHTS = (
    f"{_WEIGHED.cost_false_cutoff_s:g} s for a cut-off, {_WEIGHED.cost_false_interruption_s:g} s "
    f"for a false stop and {_WEIGHED.cost_wait_s:g} s for a second of waiting"
)
_ADVICE = {
    "better": "keep the change",
    "worse": "roll the change back",
    "cannot tell": "more calls are needed",
}


class Compared(NamedTuple):
    """Both logs, what differs in settings and versions of packages, and every figure.

    `paired`: each caller was compared with itself. `names` are those of the two groups, if any.
    """

    before: Sequence[LoggedCall]
    after: Sequence[LoggedCall]
    settings: Mapping[str, tuple[Any, Any]]
    versions: Mapping[str, tuple[Any, Any]]
    differences: Sequence[MeasuredDifference]
    paired: bool = False
    names: tuple[str, str] = ("", "")


def text(found: Compared) -> str:
    """A line for each figure, the verdict, and what else changed."""
    lines = [
        *_groups(found),
        f"{'':24}{'before':>10}{'after':>10}   difference",
        f"{'calls':24}{len(found.before):>10}{len(found.after):>10}",
        f"{'turns':24}{_turns(found.before):>10}{_turns(found.after):>10}",
        f"{'minutes':24}{_minutes(found.before):>10.1f}{_minutes(found.after):>10.1f}",
    ]
    lines += [_line(one) for one in found.differences]
    lines += ["", *_changed(found), ""]
    lines += textwrap.wrap(verdict(found), WIDTH)
    note = (
        f"Intervals over calls at {LEVEL:.2%}: without a change, all figures together say better "
        "or worse in at most 5 % of comparisons."
    )
    if any(one.name == COST for one in found.differences):
        note = f"{note} The cost counts {WEIGHTS}."
    if found.paired:
        note = f"The same callers on both sides: each is compared with itself. {note}"
    return "\n".join([*lines, *textwrap.wrap(note, WIDTH)])


def _groups(found: Compared) -> Iterator[str]:
    for side, name in zip(("before", "after"), found.names, strict=True):
        if name:
            yield f"{side}: {name}"


def verdict(found: Compared) -> str:
    """ "worse: roll the change back (median wait, s)": the answer in one line."""
    answer = overall(found.differences)
    names = [one.title for one in found.differences if one.verdict == answer]
    if answer == "cannot tell" and _same_calls(found):
        return f"{answer}: every call is the same on both sides; give a log from before and after"
    if answer != "cannot tell":
        return f"{answer}: {_ADVICE[answer]} ({', '.join(names)})"
    calls = _more_calls(found)
    needed = f"; about {calls:,} more on each side would settle one figure" if calls else ""
    return f"{answer}: {_ADVICE[answer]}{needed}"


def _same_calls(found: Compared) -> bool:
    """Whether one log was given twice: each caller compared with itself differs in nothing."""
    return found.paired and all(
        one.before == one.after and one.low in (0.0, None) and one.high in (0.0, None)
        for one in found.differences
    )


def _more_calls(found: Compared) -> int | None:
    """About how many more calls a side would settle the figure that is nearest to it."""
    calls = [one.more for one in found.differences if one.more]
    return min(calls) if calls and overall(found.differences) == "cannot tell" else None


def document(found: Compared) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "schema": 1,
        "verdict": overall(found.differences),
        "text": verdict(found),
        "more_calls": _more_calls(found),
        "paired": found.paired,
        "before": {"group": found.names[0] or None, **_exposure(found.before)},
        "after": {"group": found.names[1] or None, **_exposure(found.after)},
        "settings_changed": {name: list(pair) for name, pair in found.settings.items()},
        "versions_changed": {name: list(pair) for name, pair in found.versions.items()},
        "level": round(LEVEL, 4),
        "figures": [_figure(one) for one in found.differences],
    }


def _figure(one: MeasuredDifference) -> dict[str, Any]:
    return {
        "name": one.name,
        "before": _rounded(one.before),
        "after": _rounded(one.after),
        "difference_interval": [_rounded(one.low), _rounded(one.high)],
        "verdict": one.verdict,
        "more_calls": one.more,
    }


def _exposure(calls: Sequence[LoggedCall]) -> dict[str, Any]:
    return {"calls": len(calls), "turns": _turns(calls), "minutes": round(_minutes(calls), 1)}


def _line(one: MeasuredDifference) -> str:
    if one.before is None or one.after is None or one.low is None or one.high is None:
        return f"{one.title:24}{_or(one.before):>10}{_or(one.after):>10}   not in both logs"
    change = f"{one.after - one.before:+.2f} ({one.low:+.2f} to {one.high:+.2f})"
    return f"{one.title:24}{one.before:>10.2f}{one.after:>10.2f}   {change:28}{one.verdict}"


def _or(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _changed(found: Compared) -> Iterator[str]:
    if not found.settings:
        yield "Settings: no difference in what both logs hold."
    for name, (old, new) in (*found.settings.items(), *found.versions.items()):
        yield f"{name} {old} -> {new}"
    if len(found.settings) + len(found.versions) > 1:
        yield "More than one thing changed: any of them may be the cause."


def _turns(calls: Sequence[LoggedCall]) -> int:
    return sum(call.turns for call in calls)


def _minutes(calls: Sequence[LoggedCall]) -> float:
    return sum(call.minutes for call in calls)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
