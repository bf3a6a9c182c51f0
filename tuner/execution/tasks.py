"""What processes may be handed, and how many keep a machine busy: told without loading what starts
them, which small logs do not need.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from tuner.execution.parts import Part
from tuner.execution.units import Unit

LINUX = sys.platform == "linux"
"""Where processes that die of what they read were tried."""
AHEAD = 5
"""Enough for the others to work on while this process loads the later stages."""


class Task(NamedTuple):
    """A function that gives a part of a unit, what to call it with, and what the second time."""

    unit: Unit
    work: Callable[..., Part]
    arguments: tuple[Any, ...]
    again: tuple[Any, ...] = ()


def cores() -> int:
    """How many processes this one may keep busy."""
    return (len(os.sched_getaffinity(0)) if LINUX else os.cpu_count()) or 1
