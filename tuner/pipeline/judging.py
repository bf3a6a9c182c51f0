"""What was read in, its report out: facts, findings and advice. Other processes still read while
this one loads these stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuner import rules
from tuner.advice import recommend
from tuner.advice.agent_names import in_its_names
from tuner.atlas import atlas
from tuner.facts import build as facts
from tuner.facts.countable import countable
from tuner.facts.input_info import input_info
from tuner.limits import Limits
from tuner.model import Report
from tuner.pipeline.pauses import Pauses
from tuner.redaction.evidence import evidence
from tuner.report.formats.notebook import PrintedReport
from tuner.settings import candidates
from tuner.summary.read_input import ReadInput


def prepare() -> None:
    """Load what every report takes from the atlas."""
    atlas.load()


def judged(
    inputs: Sequence[ReadInput],
    stopped: bool,
    ask: Pauses,
    limits: Limits,
    show_text: bool,
    profiles: Mapping[str, Mapping[str, Any]],
) -> Report:
    """The report of what was read; `stopped` by Ctrl-C. `profiles` are all that may be advised."""
    inputs = countable(inputs, ask.only, stopped)
    summaries = [read.summary for read in inputs]
    running = ask.running(summaries)
    known = facts.build(summaries, limits, running, evidence(inputs, show_text))
    findings, refusals = rules.judge(known, limits)
    own = candidates.replaced(profiles)
    advice = recommend.advise(findings, refusals, known, profiles, limits, ask, own)
    findings, refusals, advice = in_its_names(findings, refusals, advice, known, profiles)
    return PrintedReport(
        inputs=tuple(map(input_info, inputs)),
        exposure=known.exposure,
        signals=known.signals,
        latency=known.latency,
        log_volume=known.volume,
        findings=findings,
        refusals=refusals,
        recommendation=advice,
        current=running,
        first=known.first,
        last=known.last,
        partial="stopped by Ctrl-C: only what was read until then" if stopped else "",
        notes=known.notes,
        also=known.also,
        next_log=known.next_log,
        agent=known.agent,
        agent_version=known.agent_version,
        distributions=known.distributions,
        frontier=ask.frontier(profiles, limits),
    )
