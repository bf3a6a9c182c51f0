"""Texts in, the numbers that people write out: not what only a programming language takes."""

from __future__ import annotations

import math
import re

from tuner.lazy_patterns import lazy_pattern

_PLAIN = lazy_pattern(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST = 100


def plain_number(text: str) -> float:
    """The finite number that a text is; NAN if it is none.

    `1_0`, digits of other scripts, `nan` and `inf` are none, nor is what a float cannot hold:
    `1e400`, and `1e-400`, which would be 0.
    """
    text = text.strip(" ")
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return math.nan
    value = float(text)
    vanishes = value == 0 and re.search("[1-9]", re.split("[eE]", text)[0])
    return math.nan if vanishes or math.isinf(value) else value


def plain_whole(text: str) -> int | None:
    """The whole number that a text is, written with digits only; None if it is none."""
    text = text.strip(" ")
    plain = len(text) <= _LONGEST and re.fullmatch(r"[+-]?\d+", text, re.ASCII)
    return int(text) if plain else None
