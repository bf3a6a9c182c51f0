"""The only room that joins the stages: inputs, lines, summaries, facts, findings, advice.

`analyze` is the main job; `load` gives the events as a table; both are the Python API.
"""

from tuner.pipeline.events import load, rows
from tuner.pipeline.reports import Analysis, Progress, analysis, analyze
from tuner.pipeline.single_calls import calls, page, timelines
from tuner.pipeline.turn_logs import compare, compare_groups, replay, stamped_number

__all__ = [
    "Analysis",
    "Progress",
    "analysis",
    "analyze",
    "calls",
    "compare",
    "compare_groups",
    "load",
    "page",
    "replay",
    "rows",
    "stamped_number",
    "timelines",
]
