"""A summary in, what its lines are out: their kinds, their formatter, the libraries they are of."""

from __future__ import annotations

from tuner.lines.catalogue import failures, livekit, metrics
from tuner.lines.catalogue.table import BY_KIND
from tuner.lines.json_lines import LIVEKIT, PINO
from tuner.lines.rich_records import RICH
from tuner.lines.text_lines import COMPACT, DEV
from tuner.summary.summary import IMPOSSIBLE, Summary

_OF_LIVEKIT = frozenset((LIVEKIT, PINO, DEV, COMPACT, RICH))
_HTTP = frozenset(("openai", "httpx", "httpcore", "httpx2", "httpcore2"))
_OF_AGENTS = tuple(row.kind for row in (*livekit.ROWS, *failures.ROWS, *metrics.ROWS))
"""Kinds of lines that are never alone in a whole log, as those of a library may be."""
FEWEST_ALIKE = 3
"""Two lines may be of one kind by chance."""
_NEW = frozenset(("httpx2", "httpcore2"))
_OLDEST = b"message='OpenAI API response'"


def kinds(summary: Summary) -> frozenset[str]:
    """What the lines mean; metrics lines also where they were cut off within their fields."""
    texts = (line.text for line in summary.other_lines.values())
    cut = {message for message, fields, _ in (text.partition(' {"') for text in texts) if fields}
    begun = {row.kind for row in metrics.ROWS if cut & {each.starts for each in row.spellings}}
    return frozenset({kind for kind in BY_KIND if summary.counts[kind]} | begun)


def set_aside(summary: Summary) -> frozenset[str]:
    """The stages that have figures which cannot be."""
    names = (name for name in summary.counts if name.startswith(IMPOSSIBLE))
    return frozenset(name.removeprefix(IMPOSSIBLE).partition("@")[0] for name in names)


def is_realtime(summary: Summary) -> bool:
    """Whether one model hears and speaks, without the requests of a pipeline."""
    stages = {name.partition("@")[0] for name, values in summary.histograms.items() if values.n}
    is_named = summary.settings.get("AGENT_MODE") == "realtime"
    is_pipeline = {"llm_ttft", "tts_ttfb"} & stages or summary.counts["llm_metrics"]
    measured = summary.counts["realtime_metrics"] or "realtime_ttft" in stages
    return is_named or bool(measured and not is_pipeline)


def are_livekits_own(summary: Summary) -> bool:
    """Whether LiveKit's own formatter wrote most of them: it leaves no figure out."""
    most = max(summary.shapes.values(), default=0)
    return most > 0 and any(summary.shapes[shape] == most for shape in _OF_LIVEKIT)


def are_of_one_kind(summary: Summary) -> bool:
    """Whether all lines are LiveKit's and say the same, as those that `grep` chose by a message."""
    most = max(summary.counts[kind] for kind in _OF_AGENTS)
    return summary.records >= FEWEST_ALIKE and most >= summary.records


def http(summary: Summary) -> frozenset[str]:
    """The libraries below LiveKit that have a line, by their loggers."""
    return _HTTP & {name.partition(".")[0] for name, _ in summary.levels}


def is_oldest(summary: Summary) -> bool:
    """Whether openai 0.28 wrote the responses: at INFO, where newer ones only say that they try
    again."""
    said = summary.levels["openai", "INFO"] - summary.counts["openai_retry"]
    return 0 < summary.counts["openai_response"] <= said or _keeps(summary, _OLDEST)


def _keeps(summary: Summary, text: bytes) -> bool:
    """Whether a response that is shown as evidence has this text."""
    return any(text in raw for _, raw in summary.evidence.get("openai_calls", ()))


def is_new(summary: Summary) -> bool:
    """Whether openai 3.4 or newer wrote some of them, which logs no headers."""
    responses = summary.responses
    return "new" in {*responses.wire, *responses.sdk} or bool(http(summary) & _NEW)
