"""A summary in, whether the log is one of a voice agent out.

Any program logs levels and messages. What makes a log an agent's is LiveKit's own layout, a kind of
call record, or one line that only an agent, or a client of OpenAI, writes.
"""

from __future__ import annotations

from tuner import atlas
from tuner.call_records.detection import source_of
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import json_lines, text_lines
from tuner.lines.rich_records import RICH
from tuner.summary.summary import UNREAD_BYTES, Summary

AGENT_LOGGERS = ("livekit.agents", "livekit.plugins", "tuner.turns", "openai")
OWN_SHAPES = {json_lines.LIVEKIT, json_lines.TURNS, text_lines.DEV, RICH}
"""Layouts that LiveKit's own command line sets up."""
_AGENTS = ("livekit-agents", "@livekit/agents")
_WORDS = 4
"""Messages of fewer words of their own may be any program's."""
_CLASS = lazy_pattern(r"[a-z][A-Z]")
_NO_EVIDENCE = {"http_started", "connect", UNREAD_BYTES}
"""What any program has that asks a server for something, and what no line is."""


def is_agent_log(summary: Summary) -> bool:
    """Whether any record of the log is a voice agent's. LiveKit's server and its SIP service are
    none, although they log ids of jobs, and the server under `livekit.agents`."""
    if is_of_go(summary):
        return False
    if OWN_SHAPES & summary.shapes.keys() or source_of(summary.wrappers):
        return True
    if any(logger.startswith(AGENT_LOGGERS) for logger, _ in summary.levels):
        return True
    kinds = {kind for kind, count in summary.counts.items() if count and ":" not in kind}
    if kinds - _NO_EVIDENCE or (summary.echo is not None and is_agent_log(summary.echo)):
        return True
    has_jobs = any(key.startswith("job:") for key in summary.calls)
    if has_jobs and summary.shapes.keys() != {json_lines.OTHER}:
        return True
    return any(_is_of_an_agent(line.text, has_jobs) for line in summary.other_lines.values())


def is_of_go(summary: Summary) -> bool:
    """Whether programs in Go wrote all of the log."""
    return summary.shapes.keys() == {json_lines.GO}


def _is_of_an_agent(message: str, has_jobs: bool) -> bool:
    """Whether only LiveKit's agents write this message: the atlas knows it, and several words, or
    the name of a class, are its own, or the log has ids of jobs, as JSON of a backend may, too."""
    row = atlas.load().match(message) if " " in message else None
    if row is None or row.package not in _AGENTS:
        return False
    if has_jobs:
        return True
    own = [word for word in row.template.split() if atlas.HOLE not in word]
    return len(own) >= _WORDS or any(_CLASS.search(word) for word in own)


def loggers(summary: Summary) -> list[str]:
    """The names of the log's loggers, those with most records first."""
    counts: dict[str, int] = {}
    for (logger, _), count in summary.levels.items():
        counts[logger] = counts.get(logger, 0) + count
    return sorted(counts, key=lambda name: -counts[name])
