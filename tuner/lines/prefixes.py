"""The text before a message in, its grammar out: which kinds of words stand there in which order.

A grammar reads the same prefix on other lines: other times, levels, loggers and numbers, with any
padding. It is a small value, so that it can be handed to other processes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from tuner.lines.timestamps import ZONES_H

_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_AM = r"[ \u202f]?[AaPp]\.?[Mm]\.?\b"
_OF_DAY = rf"(?:{_CLOCK}(?:{_AM})?|\d:\d\d:\d\d{_AM})"
"""Of 12 hours, as JavaScript writes them, one digit may be enough."""
_ZONE = rf"(?: ?(?:Z\b|UTC|GMT|(?:{'|'.join(ZONES_H)}|[A-Z]{{3,4}}T)\b|[+-]\d\d:?\d\d\b))?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
TIMES = (
    rf"\d{{4}}[-/.]\d\d[-/.]\d\d[T ,_-]{{1,2}}{_OF_DAY}{_ZONE}",
    rf"\d\d?/{_MONTH}/\d{{4}}[: ]{_CLOCK}{_ZONE}",
    rf"\d\d?[ -]{_MONTH}[ -]\d\d(?:\d\d)?,? {_OF_DAY}{_ZONE}",
    rf"{_MONTH} [ \d]?\d,? (?:\d{{4}},? )?(?:at )?{_OF_DAY}{_ZONE}(?: \d{{4}}\b(?![-/.]\d))?",
    rf"\d\d?[-/.]\d\d?[-/.]\d{{4}},? {_OF_DAY}{_ZONE}",
    rf"\d\d-\d\d {_CLOCK}",
    rf"\d{{8}}[ T]{_CLOCK}{_ZONE}",
    rf"(?:0[1-9]|1[0-2])[0-3]\d {_CLOCK}",
    rf"(?<!\d)\d?{_OF_DAY}{_ZONE}",
    r"1\d{9}(?:\.\d{1,9})?\b|1\d{12}\b",
    r"(?<!\d)(?:19|20)\d\d[01]\d[0-3]\d[-_T ]?[0-2]\d(?:[0-5]\d){2}"
    r"(?:[.,]\d{1,9})?(?:Z|[+-]\d{4})?(?!\w)",
)
LEVELS = (
    r"(?i:TRACE|VERBOSE|DEBUG|DBG|DEV|INFORMATION|INFO|INF|SUCCESS|NOTICE|DEFAULT|WARNING|WARN|WRN"
    r"|ERROR|ERR|EXCEPTION|CRITICAL|CRIT|FATAL|SEVERE|ALERT|EMERGENCY|PANIC)(?![\w.])"
    r"|[A-Z]{4,7}…|[TDIWEFC](?=\d{4} )|[TDIWEFC](?![\w.])"
)
_GAP, _BLANK = "[ \t]*+", "[ \t]++"
_WORDS = "TLNW"
MOST_TOKENS = 40
MOST_CHARACTERS = 400


class Token(NamedTuple):
    """A piece of a prefix: its kind (T time, L level, N number, Q quoted, W word, P sign)."""

    kind: str
    text: str
    spaced: bool
    """Whether blanks stand before it."""


@cache
def _token() -> re.Pattern[str]:
    """A piece of any kind, compiled when first needed: LiveKit's own layouts have no prefix."""
    kinds = (
        *(rf"(?P<T{n}>{form})" for n, form in enumerate(TIMES)),
        rf"(?P<L>(?<![\w.]){LEVELS})",
        r'(?P<Q>"[^"]*")',
        r"(?P<N>\d+(?![\w.\-]))",
        r"(?P<W>[\w…][\w.\-/…@<>$]*+)",
        r"(?P<S>[ \t]+)",
        r"(?P<P>.)",
    )
    return re.compile("|".join(kinds), re.DOTALL)


def tokens(prefix: str) -> tuple[Token, ...]:
    """Cut a prefix into its pieces; blanks are no pieces of their own."""
    out: list[Token] = []
    spaced = False
    for match in _token().finditer(prefix):
        kind = match.lastgroup or "P"
        if kind != "S":
            out.append(Token(kind, match[0], spaced))
        spaced = kind == "S"
    return tuple(out)


def grammar(pieces: Sequence[Token]) -> tuple[str, ...]:
    """The kinds of the pieces and the signs between them: equal for lines of one layout."""
    out: list[str] = []
    for before, piece in zip((None, *pieces), pieces, strict=False):
        if before and piece.spaced and piece.kind[0] in _WORDS and before.kind[0] in _WORDS:
            out.append(" ")
        out.append("P" + piece.text if piece.kind == "P" else piece.kind)
    return tuple(out)


@lru_cache(maxsize=256)
def pattern(shape: tuple[str, ...]) -> re.Pattern[str]:
    """What reads prefixes of this grammar at the beginning of a line; a group for each piece.

    No piece gives back what it took: the time to fail is linear, whatever the line.
    """
    parts = [_form(kind) for kind in shape]
    return re.compile(_GAP + _GAP.join(parts).replace(_GAP + _BLANK + _GAP, _BLANK))


def _form(kind: str) -> str:
    if kind == " ":
        return _BLANK
    if kind[0] == "P":
        return f"({re.escape(kind[1:])})"
    if kind[0] == "T":
        return f"((?>{TIMES[int(kind[1:])]}))"
    return {
        "L": f"((?>{LEVELS}))",
        "Q": '("[^"]*+")',
        "N": r"(\d++)",
        "W": r"([\w…][\w.\-/…@<>$]*+)",
    }[kind]
