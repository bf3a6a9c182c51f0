"""The beginning of a log in, whether and how each of its records was printed twice out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from itertools import groupby
from typing import NamedTuple

from tuner.call_records.doubled_lines import bare_lines
from tuner.exports import bare_copies
from tuner.exports.prints import Kept, Print, Twins, is_zoned, read
from tuner.exports.seconds import NEAR, Seconds
from tuner.exports.shown_again import ShownAgain
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import look, records
from tuner.lines.layouts import NONE, Layouts

_LOOKED_AT, _LOOKED_AT_FIRST = 600, 120
_FEWEST, _FEWEST_BESIDE, _FEWEST_LINES, _FEWEST_EQUAL = 4, 2, 4, 8
_FEWEST_COPIES, _FEWEST_SHARE = 2, 0.02
_FEWEST_EXACT = 4
"""So many messages stand twice at least where lines tell microseconds, which are few storms."""
_SURE = 0.9
_MOST_BELOW = 5
"""One line in so many begins a record at least, the others are tracebacks."""
_FEWEST_MESSAGES = 6
"""A part of a log with fewer is of what comes again and again, such as a warning for each word."""

_CLOCK = lazy_pattern(rb"\d\d:\d\d:\d\d ")
_MICROSECONDS = lazy_pattern(rb"\d:\d\d\.\d{6}")
_JOB = lazy_pattern(rb"\bjob_?[iI][dD]\b\W{1,4}\w|\bAJ_\w")
_REQUEST = lazy_pattern(rb"x-request-id\W{1,6}b?\W?\w")
_FRACTION = lazy_pattern(rb"\d:\d\d[.,]\d|\b\d{10}\.?\d\d")


class Repetition(Enum):
    """In which way records stand twice."""

    BARE = auto()
    """Once as nothing but their message."""
    SHOWN = auto()
    """Some of them behind another head."""
    EQUAL = auto()
    """Nearly all of them in equal lines."""
    SOME = auto()
    """Some of them in equal lines that tell their time."""
    TWO = auto()
    """In two ways of printing, of which one is kept."""


class Doubled(NamedTuple):
    """How records stand twice. Of equal lines a second one stands so many records behind the first
    at most (`near`), and a record on so many lines (`times`); only some `loggers` may print so."""

    way: Repetition
    layouts: Layouts = NONE
    near: int = NEAR
    times: int = 2
    kept: str = ""
    other: str = ""
    loggers: frozenset[str] = frozenset()


def doubled(head: bytes) -> Doubled | None:
    """How records stand twice in a log that begins like this; None if they do not."""
    lines = head.split(b"\n")[:_LOOKED_AT]
    if len(lines) < _FEWEST_LINES or _is_of_once(lines):
        return None
    shown = ShownAgain()
    if any(map(shown.take, lines)):
        return Doubled(Repetition.SHOWN)
    lines = list(filter(None, bare_lines(lines)))
    if sum(bare_copies.marks(lines)) >= max(_FEWEST_COPIES, _FEWEST_SHARE * len(lines)):
        return Doubled(Repetition.BARE)
    return _equal(head, lines) or _two(head, lines) or _some(lines)


def _equal(head: bytes, lines: Sequence[bytes]) -> Doubled | None:
    """How nearly all lines stand twice."""
    if (near := _one_way(lines)) and len(lines) >= _FEWEST_EQUAL:
        layouts = look.look(head)
        if _are_exact(lines[:-1]) or _tell_requests(lines) or _are_many(_twins(lines), layouts):
            return Doubled(Repetition.EQUAL, layouts, near, _times(lines, near))
    return None


def _two(head: bytes, lines: Sequence[bytes]) -> Doubled | None:
    """How records stand in two ways of printing."""
    first = lines[:_LOOKED_AT_FIRST]
    if not _is_mixed(first):
        return None
    layouts = look.look(head)
    return None if _two_ways(first, layouts) is None else _two_ways(lines, layouts)


def _some(lines: Sequence[bytes]) -> Doubled | None:
    """How lines stand twice of which others stand once: a second handler is on some loggers only,
    or was added later, or two exports have a part in common."""
    exact = list(filter(has_fraction, lines))
    times = Counter(exact)
    if len(times) == len(exact):
        return None
    second = {line: each for line in times if times[line] > 1 and (each := _print(line))}
    loggers, few = frozenset[str](), _FEWEST_EXACT
    if not _are_exact([*second]):  # what one call does at once is equal by chance, too
        since = next((at for at, line in enumerate(exact) if line in second), 0)
        loggers = _doubled_loggers(filter(None, map(_print, {*exact[since:]})), second.values())
        second = {line: each for line, each in second.items() if each.logger in loggers}
        few = _FEWEST_MESSAGES
    are_enough = len({each.message for each in second.values()}) >= few
    return Doubled(Repetition.SOME, loggers=loggers) if are_enough else None


def _print(line: bytes) -> Print | None:
    return found if isinstance(found := read(line, NONE), Print) else None


def _doubled_loggers(every: Iterable[Print], second: Iterable[Print]) -> frozenset[str]:
    """The loggers of which nearly all lines stand twice."""
    total = Counter(each.logger for each in every)
    twice = Counter(each.logger for each in second)
    return frozenset(logger for logger in twice if twice[logger] >= _SURE * total[logger])


def has_fraction(line: bytes) -> bool:
    """Whether a line tells its time to fractions of a second."""
    return _FRACTION.search(line) is not None


def _is_of_once(lines: Sequence[bytes]) -> bool:
    """Whether all lines are LiveKit's JSON, as most logs are, and none equals another."""
    is_own = all(line.startswith(b'{"message"') for line in lines[:-1])
    return is_own and len({*lines}) == len(lines)


def _one_way(lines: Sequence[bytes]) -> int:
    """How near each other equal lines stand that nearly all have one; 0 if they do not."""
    exact = list(filter(has_fraction, lines))
    if len(exact) * _MOST_BELOW >= len(lines):
        near, lines = NEAR, exact  # the others stand below
    else:
        near, lines = _of_screen(lines)
    if len(_twins(lines)) < _SURE * len(lines):
        return 0  # a burst of one line is no print of others
    times = _in_a_row(lines) if near == 1 else 2
    seconds = Seconds(near, times if near == 1 else len(lines))
    second = sum([seconds.take(line) for line in lines])
    return near if times * second >= _SURE * (times - 1) * len(lines) else 0


def _twins(lines: Sequence[bytes]) -> list[bytes]:
    """The lines that equal another one."""
    times = Counter(lines)
    return [line for line in lines if times[line] > 1]


def _of_screen(lines: Sequence[bytes]) -> tuple[int, Sequence[bytes]]:
    """How near each other equal lines may stand that tell no fraction of a second, and which begin
    a record. Calls at once may print the same: only behind each other, or where all of a second
    stands again behind it."""
    clocked = _with_rows(lines)
    if len(clocked) * _MOST_BELOW < len(lines):
        return 1, lines
    seconds = [list(some) for _, some in groupby(clocked, key=lambda line: line[:8])]
    again = [len(some) // 2 for some in seconds if some[: len(some) // 2] * 2 == some]
    return (max(again), clocked) if len(again) >= _SURE * len(seconds) else (1, lines)


def _with_rows(lines: Sequence[bytes]) -> list[bytes]:
    """The records of a screen, each with the rows below it."""
    found: list[bytes] = []
    for line in lines:
        if _CLOCK.match(line) is not None:
            found.append(line)
        elif found:
            found[-1] += b"\n" + line
    return found


def _in_a_row(lines: Sequence[bytes]) -> int:
    """On how many lines behind each other most records stand."""
    runs = Counter(sum(1 for _ in same) for _, same in groupby(lines))
    return max(runs.most_common(1)[0][0], 2) if runs else 2


def _times(lines: Sequence[bytes], near: int) -> int:
    """On how many lines most records stand: of calls at once some stand on twice as many."""
    if near == 1:
        return _in_a_row(lines)
    exact = Counter(filter(has_fraction, lines))
    return max(Counter(exact.values()).most_common(1)[0][0], 2) if exact else 2


def _are_exact(lines: Sequence[bytes]) -> bool:
    """Whether all lines tell microseconds and their call: of one handler no two are equal."""
    return all(_MICROSECONDS.search(line) and _JOB.search(line) for line in lines)


def _tell_requests(lines: Sequence[bytes]) -> bool:
    """Whether ids of requests, which no two have in common, stand in equal lines."""
    found = Counter(line for line in lines if _REQUEST.search(line))
    return len(found) > 0 and min(found.values()) > 1


def _are_many(lines: Sequence[bytes], layouts: Layouts) -> bool:
    """Whether lines have more than a few messages."""
    found = (read(line, layouts) for line in lines)
    return len({each.message for each in found if isinstance(each, Print)}) >= _FEWEST_MESSAGES


def _is_mixed(lines: Sequence[bytes]) -> bool:
    """Whether there are records, and beside them lines that nobody of our list reads, or that begin
    in another way."""
    found = [read(line, NONE) for line in lines]
    kinds = Counter(each if isinstance(each, str) else each.kind for each in found)
    del kinds[records.CONTINUATION]
    return len([kind for kind, times in kinds.items() if times >= _FEWEST_BESIDE]) > 1


def _two_ways(lines: Sequence[bytes], layouts: Layouts) -> Doubled | None:
    """The two commonest ways of printing, where nearly all records of the rarer are in both."""
    found = [each for line in lines if isinstance(each := read(line, layouts), Print)]
    kinds = Counter(each.kind for each in found).most_common(2)
    if len(kinds) < 2 or kinds[1][1] < (_FEWEST_BESIDE if _are_beside(found) else _FEWEST):
        return None
    worth = {kind: sum(e.worth for e in found if e.kind == kind) / n for kind, n in kinds}
    kept, other = sorted(worth, key=lambda kind: -worth[kind])
    twins = Twins(Kept(each) for each in found if each.kind == kept)
    both = sum(twins.take(each) for each in found if each.kind == other)
    if both < _SURE * kinds[1][1]:
        return None
    return Doubled(Repetition.TWO, layouts, kept=kept, other=other)


def _are_beside(found: Sequence[Print]) -> bool:
    """Whether records of two ways of printing take turns, two at a time in the same second."""
    kinds = [each.kind for each in found]
    pairs = zip(found[::2], found[1::2], strict=False)
    take_turns = len({*kinds[::2]}) == len({*kinds[1::2]}) == 1
    return take_turns and all(_is_of_one_second(one.time, other.time) for one, other in pairs)


def _is_of_one_second(one: float | None, other: float | None) -> bool:
    return one is None or other is None or is_zoned(int(one), int(other), 0)
