"""What a rule answers, in words: a finding, a refusal, or nothing.

Certain and above the limit is a finding; certain and below is nothing; undecided is an info
finding (figure above the limit) or a refusal (at or below it), each saying how much more log would
settle it.
"""

from __future__ import annotations

import math
import textwrap

import msgspec

from tuner.facts.steps import attaches
from tuner.lazy_patterns import lazy_pattern
from tuner.limits import Limits
from tuner.model import Evidence, Facts, Finding, Refusal, Remedy, Severity, Signal
from tuner.names import EvidenceName, Failure, RuleId, SignalName, Stage
from tuner.rules.judging import MAY_GROW, Judged
from tuner.settings.prices import PRICES

SHOWN = 5
"""Evidence lines that one finding carries."""
REALTIME = (
    "Realtime's server decides this, and no profile changes it: change silence_duration_ms or "
    "threshold of its server_vad, in steps."
)
PIPECAT = "pipecat-ai"
_NO_PROFILE = "This is a Pipecat agent, which has none of the profiles here."
_PIPECAT = {  # by the profile that does the same in this project's agent
    "noisy": (
        "In Pipecat: MinWordsInterruptionStrategy(min_words=2) among the interruption strategies, "
        f"or a higher confidence and start_secs in VADParams. {_NO_PROFILE}"
    ),
    "patient": (
        "In Pipecat: a longer stop_secs in VADParams, or a turn analyzer, which waits longer only "
        f"where the sentence is unfinished. Price: replies come that much later. {_NO_PROFILE}"
    ),
    "fast": (
        "In Pipecat: a shorter stop_secs in VADParams, or a turn analyzer. Price: more cut-offs. "
        f"{_NO_PROFILE}"
    ),
}
IN_USE = (
    "`{profile}`, the profile against this, is in use: what helps on top of it stands in the "
    "recommendation."
)
OTHER_VALUES = (
    "`{profile}` is the profile against this, but the log was made with other values than it has: "
    "what helps stands in the recommendation."
)
SPEECH_TO_SPEECH = (
    "Profiles against this are for the pipeline; a speech-to-speech agent keeps its own, and what "
    "helps on top of it stands in the recommendation."
)
WHOLE = "logs that all show it"
NEVER = "an agent that logs it: this one never does"
_NEVER = lazy_pattern(r"does not log this$|logs no |WebSocket")
_LEVEL = lazy_pattern(r"LOG_LEVEL=(\w+) or lower")


class Problem(msgspec.Struct, frozen=True):
    """A finding but for its severity; `needs` is what is missing to know the fix."""

    rule: RuleId
    title: str
    measured: str
    limit: str
    advice: str
    evidence: tuple[Evidence, ...] = ()
    total: int = 0
    remedies: tuple[str, ...] = ()
    cause: str = ""
    needs: str = ""


def conclude(
    problem: Problem, judged: Judged, facts: Facts, above: Severity, source: Signal | None = None
) -> Finding | Refusal | None:
    """The rule's answer; where `source` was visible only in part, a low figure does not pass."""
    if problem.remedies and facts.agent == PIPECAT:
        advice = _PIPECAT.get(problem.remedies[0], _NO_PROFILE)
        problem = msgspec.structs.replace(problem, advice=advice, remedies=())
    elif problem.remedies:
        problem = msgspec.structs.replace(problem, advice=_applicable(problem, facts))
    if judged.state == "above":
        return found(problem, above, problem.needs)
    is_partly = source is not None and source.observable == "partly"
    needs = WHOLE if is_partly else how_much_more(judged, facts)
    if judged.state == "undecided" and judged.value > judged.limit:
        return found(problem, "info", needs)
    partly = (source.why if source and is_partly else "") or "only part of the log shows it"
    if judged.state == "undecided":
        why = partly if is_partly else _close(problem, judged)
        return Refusal(problem.rule, f"{problem.measured}: {why}", needs)
    return Refusal(problem.rule, partly, WHOLE) if is_partly else None


def _applicable(problem: Problem, facts: Facts) -> str:
    """The advice, if it is for this agent: the profile may be in use, or not for its model."""
    profile = problem.remedies[0]
    if server_decides(facts):
        return REALTIME
    if facts.current.name == profile:
        return (OTHER_VALUES if facts.current.contradicted else IN_USE).format(profile=profile)
    if facts.current.settings.get("AGENT_MODE") == "realtime":
        return SPEECH_TO_SPEECH
    return problem.advice


def server_decides(facts: Facts) -> bool:
    """Whether a Realtime server ends turns and interrupts, which no profile changes."""
    settings = facts.current.settings
    return is_realtime(facts) and (not settings or settings.get("TURN_DETECTION") == "realtime_llm")


def is_realtime(facts: Facts) -> bool:
    """Whether one model hears and speaks, over a WebSocket and without requests by HTTP."""
    if settings := facts.current.settings:
        return settings.get("AGENT_MODE") == "realtime"
    realtime, pipeline = (facts.latency.get(name) for name in ("realtime_ttft", "llm_ttft"))
    return bool(realtime and realtime.n) and not (pipeline and pipeline.n)


def found(problem: Problem, severity: Severity, needs: str = "") -> Finding:
    """The finding of this severity."""
    fields = msgspec.structs.asdict(problem) | {"needs": needs}
    return Finding(severity=severity, **fields)


def _close(problem: Problem, judged: Judged) -> str:
    if not judged.events:
        return f"too few to rule out {problem.limit}"
    return f"too close to the limit of {problem.limit} to judge"


def how_much_more(judged: Judged, facts: Facts) -> str:
    """How much more log of the same kind would settle an open verdict."""
    if judged.growth is None and not judged.events:
        return f"about {MAY_GROW:g} times as much log, or more"
    if judged.growth is None:
        return "your decision: the figure is at the limit, and more log will hardly settle it"
    calls = facts.exposure.calls
    if calls:
        more = max(1, math.ceil((judged.growth - 1) * calls))
        return f"about {more} more call{'s' if more > 1 else ''} like these"
    return f"about {max(judged.growth, 1.1):.1f} times as much log"


def any_is_a_finding(
    facts: Facts, limits: Limits, name: Failure, problem: Problem, ends_calls: bool = False
) -> Finding | Refusal | None:
    """For failures, of which one is too many: high where it ends calls or is in many of them.

    What was counted and the lines that show it are filled in here.
    """
    signal = visible(facts, name)
    if signal is None:
        return hidden(problem.rule, facts, name, "LOG_LEVEL=INFO or lower")
    if not signal.count:
        return None
    share = limits.failing_call_share * (facts.exposure.calls or 0)
    often = signal.count >= limits.min_events and signal.count > share
    problem = msgspec.structs.replace(
        problem,
        measured=times_text(signal.count, signal.more.get("calls") or 0, facts.exposure.calls or 0),
        evidence=evidence(facts, name),
        total=signal.count,
    )
    return found(problem, "high" if ends_calls or often else "warning")


def times_text(count: int, hit: int, calls: int) -> str:
    """ "11 times in 7 of 14 calls": a count and the calls that it falls in, 0 where unknown."""
    text = f"{count:,} times" if count != 1 else "once"
    if not hit:
        return text
    return f"{text} in {hit:,} of {calls:,} calls" if calls else f"{text} in {hit:,} calls"


def evidence(facts: Facts, *names: EvidenceName) -> tuple[Evidence, ...]:
    """The first few lines to look at, from the first of the names that has any."""
    for name in names:
        if lines := facts.evidence.get(name):
            return tuple(lines[:SHOWN])
    return ()


_NOT_NAMED = ("none", "session closed")
"""What calls are counted by where no line says to which it belongs."""


def visible(facts: Facts, name: SignalName) -> Signal | None:
    """The signal if these logs could show it and it was counted, else None."""
    signal = facts.signals.get(name)
    if signal is None or signal.observable == "no" or signal.count is None:
        return None
    return signal


def hidden(rule: RuleId, facts: Facts, name: SignalName | Stage, needs: str) -> Refusal:
    """The refusal of a rule whose signal this log could not show; the reason names the ways to a
    log that shows it, if there are any."""
    source = facts.source(name)
    why = (source and source.why) or "no line of this log shows it"
    return Refusal(rule, why, _ways(why, facts) or needed(facts, needs))


def _ways(why: str, facts: Facts) -> str:
    """The ways that a reason names for an agent that is not this project's; "" where it does not,
    or only says to attach the turn log, of which the next log says how."""
    _, _, ways = why.partition("; ")
    if facts.is_ours or (ways.startswith("attach") and attaches(facts.next_log)):
        return ""
    return ways or (NEVER if _NEVER.search(why) else "")


def no_rate(
    rule: RuleId, facts: Facts, limits: Limits, seen: float | None = None
) -> Refusal | None:
    """Why these logs give nothing per minute of call, of which so many show it; None if they do.

    Lines that were cut out of a log may span milliseconds: thousands a minute would be untrue.
    """
    minutes = facts.exposure.minutes
    if minutes is None:
        named = facts.exposure.basis not in _NOT_NAMED
        needs = "lines with a date and a time" if named else "lines that name their call (job_id)"
        return Refusal(rule, "the length of the calls is unknown", needs)
    if not minutes:
        why = "the lines that are known to be of a call span no time"
        return Refusal(rule, why, "all lines of the calls, each naming its call (job_id)")
    seconds = 60 * (minutes if seen is None else seen)
    if seconds < limits.min_call_time_s:
        calls = "all calls" if math.isclose(seconds, minutes * 60) else "calls that show it"
        why = f"the lines of {calls} span {seconds:.2g} s, too little for a rate"
        return Refusal(rule, why, "all lines of the calls")
    return None


def needed(facts: Facts, ours: str) -> str:
    """What has to be turned on: `ours` in this project's own agent; no other has such settings."""
    if facts.is_ours or not facts.next_log:
        return ours
    level = _LEVEL.fullmatch(ours)  # lines that no turn log replaces
    if level and attaches(facts.next_log):
        return f"the lines of the livekit loggers, at {level[1]} or lower"
    return facts.next_log


def fixed_by(remedy: Remedy) -> str:
    """The advice for a problem that a profile fixes, with what that costs."""
    return f"`{remedy.profile}` fixes this: {remedy.fix}. Price: {PRICES[remedy.profile].cost}."


def explained(doc: str, remedy: Remedy) -> str:
    """A rule's docstring with the profile that fixes the problem, and its price, filled in."""
    text = f"Profile {remedy.profile}: {remedy.fix}. Price: {PRICES[remedy.profile].cost}."
    names = ", ".join(remedy.knobs)
    own = f"Without profiles: `tuner explain NAME` names the options of other agents for {names}."
    filled = "\n".join(map(_filled, (text, own)))
    return doc.replace("Change and its price\n", f"Change and its price\n{filled}\n", 1)


def _filled(text: str) -> str:
    return textwrap.fill(
        text, 78, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
    )


def share_text(judged: Judged, events: str, n: int) -> str:
    """ "12.9 % [8.7-18.8], 22 of 170 calls": a share with its interval and its counts."""
    low, high = 100 * judged.low, 100 * judged.high
    return f"{percent(judged.value)} [{low:.1f}-{high:.1f}], {judged.events:.0f} of {n} {events}"


def percent(share: float) -> str:
    """A share as text: "5 %", "12.9 %"."""
    return f"{round(100 * share, 1):g} %"
