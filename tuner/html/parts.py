"""What a page shows in, the values that its templates name out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tuner.calls.model import CallFigures
from tuner.html import over_time, timeline
from tuner.html.content import Content
from tuner.html.distribution import distribution
from tuner.html.frontier import frontiers
from tuner.html.timeline import DrawnCall
from tuner.limits import names
from tuner.model import Report
from tuner.report import conclusions, figures, gaps, heading, what_if
from tuner.report.text_layout import number
from tuner.stats.change_points import PROBABILITY
from tuner.trends.groups import groups
from tuner.whatif.timing import FIGURES

MOST_INPUTS = 100
MOST_CALLS = 20
MOST_SHAPES = 6_000
"""All timelines together draw no more bars than this: some 700 kB."""
MOST_TURNS = 300
SECTIONS = (
    ("verdict", "Verdict"),
    ("found", "Found"),
    ("counted", "Counted"),
    ("latency", "Latency"),
    ("over-time", "Over time"),
    ("profiles", "By profile"),
    ("calls", "Worst calls"),
    ("what-if", "What if"),
    ("coverage", "Coverage"),
    ("method", "How it was computed"),
)
Parts = dict[str, Any]


def parts(content: Content) -> Parts:
    """Every name that the templates use."""
    report = content.report
    return {
        "report": report,
        "limits": content.limits,
        "sections": SECTIONS,
        **_conclusions(report),
        **_measured(report),
        **_coverage(report),
        **_calls(content),
        **_predictions(content),
        "limit_rows": [(name, number(getattr(content.limits, name))) for name in names()],
    }


def _conclusions(report: Report) -> Parts:
    advice = report.recommendation
    return {
        "head": heading.head(report),
        "running": heading.running(report),
        "verdict": conclusions.verdict(report),
        "changes": conclusions.changes(report),
        "next_steps": conclusions.next_steps(report),
        "others": [(other.profile, other.why) for other in advice.against],
        "findings": list(zip(report.findings, conclusions.findings(report), strict=True)),
    }


def _measured(report: Report) -> Parts:
    counted = figures.counted_signals(report)
    visible = {k: s for k, s in report.signals.items() if s.observable != "no"}
    timed = {k: s for k, s in report.latency.items() if s.observable != "no" and s.n + s.censored}
    drawn = [key for key in timed if report.distributions.get(key)]
    return {
        "signals": [(key, figures.name(key), signal) for key, signal in counted.items()],
        "never": [figures.name(key) for key in visible if key not in counted],
        "details": figures.details,
        "endpoints": figures.calls(report),
        "latencies": [(key, figures.name(key), fields(stage)) for key, stage in timed.items()],
        "without_value": figures.without_value(report),
        "distributions": [distribution(k, timed[k], report.distributions[k]) for k in drawn],
    }


def _coverage(report: Report) -> Parts:
    return {
        "inputs": report.inputs[:MOST_INPUTS],
        "more_inputs": max(0, len(report.inputs) - MOST_INPUTS),
        "hidden": [(", ".join(row.names), row.why) for row in gaps.hidden(report)],
        "refusals": gaps.refusals(report),
        "unread": gaps.unread(report),
        "also": gaps.also(report),
        "notes": gaps.notes(report),
        "settings": [(name, str(value)) for name, value in report.current.settings.items()],
    }


def fields(struct: Any) -> Parts:
    """A frozen value as a mapping, so that a template can look a field up by its name."""
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _calls(content: Content) -> Parts:
    found = content.calls
    if isinstance(found, str) or not found.calls:
        why = found if isinstance(found, str) else "No line of these logs belongs to a call."
        return {"why_no_calls": why, "calls": [], "series": [], "profiles": []}
    limits = content.limits
    judged = {
        "false_stops": limits.false_interruptions_per_minute,
        "cut_offs": limits.false_cutoff_share,
        "wait": limits.e2e_alert_s,
    }
    drawn = list(_drawn(content))
    return {
        "why_no_calls": "",
        "all_calls": len(found.calls),
        "calls": [fields(call) for call in found.calls[:MOST_CALLS]],
        "series": over_time.all_series(found.calls, judged),
        "profiles": groups(found.calls, "profile", limits),
        "probability": PROBABILITY,
        "drawn": drawn,
        "drawn_ids": {one.timeline.figures.id: n for n, one in enumerate(drawn, 1)},
        "undrawn": _undrawn(found.calls, len(drawn)),
        "lanes": timeline.LANES,
        "name_of": figures.name,
        "marks": lambda one: list(_marks(one)),
        "most_turns": MOST_TURNS,
    }


def _drawn(content: Content) -> Iterator[DrawnCall]:
    """The timelines, as long as the page stays small."""
    room = MOST_SHAPES
    for one in map(timeline.drawn, content.timelines):
        room -= len(one.shapes)
        if room < 0:
            return
        yield one


def _undrawn(calls: tuple[CallFigures, ...], drawn: int) -> str:
    if len(calls) <= drawn:
        return ""
    return f"{len(calls) - drawn:,} calls have no timeline here: tuner call LOG ID shows one."


def _marks(one: DrawnCall) -> Iterator[str]:
    """The marks of a timeline in words."""
    for shape in one.shapes:
        if shape.lane in (3, 5) or shape.what == "request failed":
            yield shape.title


def _predictions(content: Content) -> Parts:
    if isinstance(content.replay, str):
        return {"why_no_replay": content.replay}
    log, knobs = content.replay
    return {
        "why_no_replay": "",
        "support": what_if.support(log),
        "legend": what_if.LEGEND,
        "frontiers": frontiers(knobs),
        "knobs": knobs,
        "figure_names": FIGURES,
        "figure_titles": [what_if.TITLES[name] for name in FIGURES],
    }
