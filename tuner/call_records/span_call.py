"""All spans of one call in, the lines of its turn log out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from tuner.call_records.call_lines import CallLines
from tuner.call_records.span_formats import CACHED, INPUT, OUTPUT, WORDS, Span
from tuner.call_records.span_steps import steps
from tuner.turns.assembler import Turns

_BY_ORDER = itemgetter(0, 1)


def lines(spans: Sequence[Span]) -> Iterator[tuple[int, bytes]]:
    """The lines of the call; nothing if no span shows a caller or an agent."""
    call = CallLines(_ids(spans), Turns(transcribed=_has_words(spans)), _unknown(spans))
    for step in sorted(steps(spans), key=_BY_ORDER):
        call.add(step.take(call.turns), step.at, step.line)
    for session in (s for s in spans if s.name == "agent_session"):
        call.reach(session.start)
        call.reach(session.end)
        call.ended = {"reason": _close_reason(spans)}
    yield from call.laid_out({}, max(span.line for span in spans))


def _ids(spans: Sequence[Span]) -> dict[str, str]:
    """The job's id where spans carry it; else the trace's stands for the call."""
    jobs = (s.attributes.get("lk.job_id") or s.attributes.get("job_id") for s in spans)
    return {"job_id": str(next((job for job in jobs if job), spans[0].trace))}


def _has_words(spans: Sequence[Span]) -> bool:
    turns = [span for span in spans if span.name == "user_turn"]
    return not turns or any(WORDS in span.attributes for span in turns)


def _unknown(spans: Sequence[Span]) -> frozenset[str]:
    """The token fields that no span of the call holds."""
    known = {key for span in spans for key in span.attributes}
    fields = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "cached_tokens": CACHED}
    return frozenset(field for field, key in fields.items() if key not in known)


def _close_reason(spans: Sequence[Span]) -> str:
    reasons = (span.attributes.get("lk.close_reason") for span in spans)
    return str(next((reason for reason in reasons if reason), "unknown"))
