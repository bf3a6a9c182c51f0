"""Lines behind what was put before each of them in, the lines out: by the wrappers of our list, or
by words that come again on most lines but for their digits (stern, Heroku, Fly, PM2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from tuner.exports.in_turn import InTurn
from tuner.exports.plain_lines import split
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.unwrap import Unwrapper, unmarked

_BEFORE = lazy_pattern(rb'(?m)^([^\n{]{1,300})\{(?:[ \t]*\r?$|[ \t]*")')
_DIGITS = lazy_pattern(rb"\w*\d\w*")
_MOST_TRIED = 20
Lines = Callable[[Iterable[bytes]], Iterator[bytes]]


def way(head: bytes, holds: Callable[[bytes], bool]) -> Lines | None:
    """What takes the lines of an input that begins like this from behind what stands before them,
    if they then hold what is asked for."""
    if holds(b"".join(_peeled([head]))):
        return _peeled
    lines = head.split(b"\n")
    found = islice(_BEFORE.finditer(head), _MOST_TRIED)
    for prefix in {_pattern(each[1]): None for each in found}:
        if 2 * sum(prefix.match(line) is not None for line in lines) > len(lines):
            taken = partial(_without, prefix)
            return taken if holds(b"".join(taken([head]))) else None
    return None


def _peeled(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines without the wrappers of our list; pieces of a line are put together, and lines of
    an object that stand between those of another stream."""
    unwrapper, in_turn = Unwrapper(), InTurn()
    for number, line in enumerate(split(blocks), 1):
        if (found := unwrapper.add(number, line)) is not None:
            yield from in_turn.add(found.peeled.stream, found.peeled.text + b"\n")
    yield from in_turn.rest()
    for found in unwrapper.rest():
        yield found.peeled.text + b"\n"


def _without(prefix: re.Pattern[bytes], blocks: Iterable[bytes]) -> Iterator[bytes]:
    for line in split(blocks):
        bare = unmarked(line)
        found = prefix.match(bare)
        yield (bare[found.end() :] if found else bare) + b"\n"


def _pattern(before: bytes) -> re.Pattern[bytes]:
    """What matches a beginning that is this one but for the words with digits in them."""
    words = _DIGITS.split(before)
    return re.compile(rb"\w+".join(map(re.escape, words)))
