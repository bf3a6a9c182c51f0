"""What the owner of a log can do so that the next one shows more; "" where there is no such way.

Only this project's own agent has settings such as LOG_LEVEL; the turn log can be attached to any
Python agent that is new enough.
"""

from __future__ import annotations

from tuner.facts.visibility import Visibility
from tuner.facts.writer import PYTHON
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.catalogue.row import Level
from tuner.summary.lost_lines import next_step

_PRE_RELEASE = lazy_pattern(r"\.?(?:a|b|rc|dev)\d+$")
_TURN_LOG_SINCE = "1.8.0"
_REPORTS_SINCE = "1.0.22"
"""From this version on agents-js makes session reports: 1.0.17 has none."""
_OUR_LIBRARIES = "set LIB_LOG_LEVEL={}"
LAYOUT = "give the log in LiveKit's own format"
WHOLE = "give its lines whole"
NEWER_OPENAI = "upgrade to openai 1 or later"
NOT_CHOSEN = "give the whole log, not a part that grep chose"
TIME_CALLS = "give the OpenAI client to time_calls"
SESSION_REPORT = "give the session report of the call beside it (sessionReportToJSON)"
"""What shows the turns of agents-js."""
_HOW = "from tuner.turn_log import attach; attach(session)"
ATTACH = f"in your agent: {_HOW}"
"""What makes the next log of somebody else's agent show everything."""
ATTACH_IF_NEW = f"in your agent, with livekit-agents 1.8 or a later 1.x: {_HOW}"
"""The same where the log does not tell whether its agent is new enough."""


def either(*ways: str) -> str:
    """The ways that there are, as a choice."""
    return " or ".join(way for way in ways if way)


def level(v: Visibility, lowest: Level) -> str:
    """How to get lines of a level."""
    if v.ours:
        return f"set LOG_LEVEL={lowest}{'' if lowest == 'DEBUG' else ' or lower'}"
    if v.writer.is_node:
        return f"start the agent with --log-level {lowest.removesuffix('ING').lower()}"
    return f"set the logger livekit.agents to {lowest} in your agent"


def turn_log(v: Visibility) -> str:
    """How to get the turn log, if it is not here."""
    if v.turn_log or v.is_foreign:
        return ""
    if v.ours:
        return "turn on the turn log (TURN_LOG=stdout)"
    if not v.writer.takes_turn_log:
        return ""
    return (
        f"attach the turn log{'' if v.writer.is_new_enough else ' (livekit-agents 1.8 or later)'}"
    )


def timed_calls(v: Visibility) -> str:
    """How to get the OpenAI calls of the turn log: an agent with a client of its own hands it
    over."""
    if v.ours or v.is_foreign or not v.writer.takes_turn_log:
        return turn_log(v)
    return " and ".join(filter(None, (turn_log(v), TIME_CALLS)))


def upgrade(v: Visibility, first: str) -> str:
    """How to get lines that came with a version, where the log's are older."""
    is_older = v.writer.is_before(first)
    final = _PRE_RELEASE.sub("", first)
    return f"upgrade to {v.writer.package} {final} or later" if is_older else ""


def libraries(v: Visibility) -> str:
    """How to get the lines of the libraries below LiveKit, named as the log shows them."""
    if v.ours:
        return _OUR_LIBRARIES.format("DEBUG")
    two = "httpx2 and httpcore2"
    newer = "" if v.is_new or v.is_old else f" ({two} with openai 3.6 and newer)"
    names = f"openai, {two if v.is_new else 'httpx and httpcore'}{newer}"
    return f"set the loggers {names} to DEBUG in your agent"


def session_report(v: Visibility) -> str:
    """How to get the turns of agents-js, which takes no turn log."""
    has_one = v.writer.is_node and not (v.writer.versions and v.writer.is_before(_REPORTS_SINCE))
    return SESSION_REPORT if has_one else ""


def openai(v: Visibility, lowest: Level = "DEBUG") -> str:
    """How to get the lines of OpenAI's own client."""
    theirs = f"set the logger openai to {lowest} in your agent"
    return _OUR_LIBRARIES.format(lowest) if v.ours else theirs


def core(v: Visibility) -> str:
    """How to get the lines of connections, and of the headers of answers."""
    if v.ours:
        return _OUR_LIBRARIES.format("DEBUG")
    newer = "" if v.is_new or v.is_old else " (httpcore2 with openai 3.6 and newer)"
    return f"set the logger httpcore{'2' if v.is_new else ''}{newer} to DEBUG in your agent"


def metrics(v: Visibility) -> str:
    """How to get the metrics lines."""
    if v.ours:
        return "set LOG_METRICS=true"
    return f"call {'metrics.logMetrics' if v.writer.is_node else 'log_metrics'} on {_event(v)}"


def each_metric(v: Visibility) -> str:
    """How to get the metrics lines of every stage."""
    return metrics(v) if v.ours else f"log the metrics of every {_event(v)}"


def _event(v: Visibility) -> str:
    return "MetricsCollected" if v.writer.is_node else "metrics_collected"


def agent(v: Visibility) -> str:
    """The package that the agent is made of, as far as its lines show it."""
    return (v.call_record and v.call_record.agent) or v.writer.package


def attaches(next_log: str) -> bool:
    """Whether a next log is made by attaching the turn log."""
    return next_log in (ATTACH, ATTACH_IF_NEW)


def next_log(v: Visibility) -> str:
    """One line: what makes the next log of somebody else's agent show more."""
    if v.call_record is not None and v.call_record.next_log:
        return v.call_record.next_log
    if v.lost is not None:
        return next_step(v.lost)
    if v.chosen:
        return NOT_CHOSEN
    if v.turn_log and v.call_record is None:
        return _beside_the_turn_log(v)
    if v.writer.takes_turn_log:
        return ATTACH if v.writer.is_new_enough else ATTACH_IF_NEW
    if v.writer.is_node and not v.debug:
        return "start the agent with --log-level debug and analyze that log"
    if v.writer.is_node:
        return SESSION_REPORT if v.metrics else each_metric(v)
    debug = "" if v.debug else "set the logger livekit.agents to DEBUG"
    later = f"upgrade to {PYTHON} 1.8 or later, where the turn log can be attached"
    ways = (debug, later if v.writer.is_before(_TURN_LOG_SINCE) else "")
    return f"{v.writer.name}: {', or '.join(filter(None, ways)) or 'its log shows all it can'}"


def _beside_the_turn_log(v: Visibility) -> str:
    if not v.livekit:
        return "give the agent's other lines beside the turn log"
    return "its log shows all it can" if v.realtime or v.requests else TIME_CALLS
