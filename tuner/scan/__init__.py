"""The compiled part of reading large logs: a chunk in, the counts of its plain lines out.

It is built when the package is installed (`hatch_build.py`). Where that could not be done, `ready`
is false and every line is read by `reading.careful`: the same report, many times slower.
"""

from tuner.scan.gathered_lines import LEFT, Gatherer
from tuner.scan.layout import BARE, GENERATIONS, LEVELS, MOST_ROWS, MOST_TEMPLATES
from tuner.scan.library import ready
from tuner.scan.mixed_lines import Lines, LineSorter, Mixed
from tuner.scan.results import AnswerRow, Calls, Entry, Handed, Other, Place
from tuner.scan.rows import CUTOFFS, HANDED, Plan, TurnRules, dev_plan, json_plan, text_plan
from tuner.scan.scanner import Scanner
from tuner.scan.screen_lines import Regions, RowHead, ScreenLines, Wording
from tuner.scan.templates import LineTemplate, TextLayout

__all__ = [
    "BARE",
    "CUTOFFS",
    "GENERATIONS",
    "HANDED",
    "LEFT",
    "LEVELS",
    "MOST_ROWS",
    "MOST_TEMPLATES",
    "AnswerRow",
    "Calls",
    "Entry",
    "Gatherer",
    "Handed",
    "LineSorter",
    "LineTemplate",
    "Lines",
    "Mixed",
    "Other",
    "Place",
    "Plan",
    "Regions",
    "RowHead",
    "Scanner",
    "ScreenLines",
    "TextLayout",
    "TurnRules",
    "Wording",
    "dev_plan",
    "json_plan",
    "ready",
    "text_plan",
]
