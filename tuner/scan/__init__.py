"""The compiled part of reading large logs: a chunk in, what its plain lines tell out.

It is built when the package is installed (`hatch_build.py`). Where that could not be done, `ready`
is false and every line is read by `reader`: the same report, many times slower.
"""

from tuner.scan.layout import BARE, GENERATIONS, KINDS, LATENCIES, LEVELS
from tuner.scan.library import ready
from tuner.scan.results import Answer, Calls, Entry, Place
from tuner.scan.scanner import Scanner

__all__ = [
    "BARE",
    "GENERATIONS",
    "KINDS",
    "LATENCIES",
    "LEVELS",
    "Answer",
    "Calls",
    "Entry",
    "Place",
    "Scanner",
    "ready",
]
