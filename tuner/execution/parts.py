"""What units of work gave in, joined: parts of one input in order, in any grouping, equal the part
of the whole.
"""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple

from tuner.execution.kept_turn_logs import Kept, joined
from tuner.summary.summary import Summary


class Part(NamedTuple):
    """What a unit gave: its summary, the bytes read from storage, and why it ended early.

    `at` is the place up to which `summary` reaches: None if nothing there is finished. `waiting`
    holds what stands behind it and may continue. `head` and `tail` are the bytes at the beginning
    of the input and before `at`. `unordered`: records of a call are not in order of time.
    `open_dates`: dates may be read in two ways. `kept`: the lines that a call record was translated
    to, where the job asks for them.
    """

    summary: Summary
    raw: int = 0
    problem: str = ""
    at: int | None = None
    waiting: Summary | None = None
    head: bytes = b""
    tail: bytes = b""
    unordered: bool = False
    kept: Kept = ()
    open_dates: bool = False


def join(first: Part, later: Part) -> Part:
    """The part of two neighbouring stretches. `first` is used up."""
    unordered = first.unordered or later.unordered or _goes_back(first, later)
    done, waiting = first.summary, first.waiting
    if later.at is None:
        waiting = _merged(waiting, later.waiting)
    else:
        _merged(_merged(done, waiting), later.summary)
        waiting = later.waiting
    last = first if later.at is None else later
    return Part(
        done,
        first.raw + later.raw,
        first.problem or later.problem,
        last.at,
        waiting,
        first.head or later.head,
        last.tail,
        unordered,
        joined(first.kept, later.kept),
        first.open_dates or later.open_dates,
    )


def _goes_back(first: Part, later: Part) -> bool:
    """Whether a call has records in the later stretch that are before those in the first one."""
    mine = [part for part in (first.summary, first.waiting) if part is not None]
    others = [part for part in (later.summary, later.waiting) if part is not None]
    return any(
        one.calls[key].goes_back(call)
        for one in mine
        for other in others
        if not _is_all_later(one, other)
        for key, call in other.calls.items()
        if key and key in one.calls
    )


def _is_all_later(one: Summary, other: Summary) -> bool:
    """Whether the other begins when the one has ended, as in a log that is in order: then so do all
    of its calls."""
    return one.last is not None and other.first is not None and one.last <= other.first


def turn(part: Part, lines: int = 0) -> None:
    """Count places from the beginning of the log that were counted from its end. If it is not the
    part of the whole log, that has so many `lines`."""
    found = [each for each in (part.summary, part.waiting) if each is not None]
    lines = lines or sum(each.lines for each in found)
    for summary in [*found, *(each.echo for each in found if each.echo is not None)]:
        for name, places in summary.evidence.items():
            turned = [(lines + 1 - line, text) for line, text in places]
            summary.evidence[name] = sorted(turned, key=itemgetter(0))


def _merged(first: Summary | None, later: Summary | None) -> Summary | None:
    if first is None or later is None:
        return later if first is None else first
    first.merge(later)
    return first
