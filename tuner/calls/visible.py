"""Inputs in, what the log of each call could show out: a signal that is not visible is not zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from tuner.facts import build
from tuner.limits import Limits
from tuner.model import Current, Facts
from tuner.names import SignalName, Stage
from tuner.summary.summary import Summary

_SHOWN: tuple[SignalName | Stage, ...] = (
    *("e2e", "false_interruptions", "false_cutoffs", "interruptions", "openai_calls"),
    *("end_of_turn_delay", "llm_ttft", "tts_ttfb"),
)
"""What the figures of a call are taken from, in the order of a reader's interest."""


def facts_of(inputs: Sequence[Summary], limits: Limits) -> Facts:
    """The facts of these inputs, without evidence."""
    return build.build(inputs, limits, Current(None, "unknown"), {})


def visible(facts: Facts) -> frozenset[str]:
    """The signals that could be seen; "turns" and "slow" stand for counts with ways of their own.

    A stop that was found where such lines are only partly visible is still one.
    """
    names = {name for name, signal in facts.signals.items() if signal.observable != "no"}
    openai = facts.signals["openai_calls"]
    extra = {"turns"} if facts.exposure.turns is not None else set()
    extra |= {"slow"} if openai.count is not None and openai.more.get("slow") is not None else set()
    return frozenset(names | extra)


_AT_DEBUG = frozenset(("false_interruptions", "false_cutoffs"))


def by_call(
    inputs: Iterable[Summary], limits: Limits, blind: Set[str] = frozenset()
) -> Mapping[str, frozenset[str]]:
    """For each call (key as `call_key` has it) what any of its inputs could show; `blind` are the
    calls of which nothing at DEBUG was seen."""
    found: dict[str, frozenset[str]] = {}
    for summary in inputs:
        names = visible(facts_of([summary], limits))
        for key in summary.calls:
            found[key] = found[key] | names if key in found else names
    return found | {key: found[key] - _AT_DEBUG for key in blind if key in found}


def hidden(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Signals and stages that a call's figures lack in these logs, each with the reason."""
    pairs = []
    for name in _SHOWN:
        source = facts.source(name)
        if source is not None and source.observable != "yes":
            pairs.append((str(name), source.why or "not logged"))
    return tuple(pairs)
