"""The compiled part of reading large logs: a chunk in, the counts of its plain lines out.

It is built when the package is installed (`hatch_build.py`). Where that could not be done, `ready`
is false and every line is read by `reading.careful`: the same report, many times slower.
"""

from tuner.scan.layout import BARE, GENERATIONS, LEVELS
from tuner.scan.library import ready
from tuner.scan.results import Answer, Calls, Entry, Other, Place
from tuner.scan.rows import Plan, dev_plan, json_plan
from tuner.scan.scanner import Scanner

__all__ = [
    "BARE",
    "GENERATIONS",
    "LEVELS",
    "Answer",
    "Calls",
    "Entry",
    "Other",
    "Place",
    "Plan",
    "Scanner",
    "dev_plan",
    "json_plan",
    "ready",
]
