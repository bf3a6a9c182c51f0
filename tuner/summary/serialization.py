"""A summary in, bytes out, and back: for files that outlive a run. They can hold no code."""

from __future__ import annotations

import copyreg
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CallTotals
from tuner.summary.openai_responses import Response, Responses, ResponseTally, Wire
from tuner.summary.other_lines import CountedLine, OtherLines
from tuner.summary.summary import Summary

NUMBERS = ("slow_ms", "bytes", "lines", "understood", "records", "days")
TIMES = ("first", "last", "first_of_day", "last_of_day")
COUNTERS = ("unread", "shapes", "wrappers", "clocks", "counts", "profiles", "versions")

_Counts = dict[str, int]


class _Tally(msgspec.Struct, array_like=True):
    counts: list[tuple[str, int, int]]
    times: dict[str, dict[int, int]]


class _Wire(msgspec.Struct, array_like=True):
    """`leads` are as many as the calls, and few different ones; `others` were touched, too."""

    tally: _Tally
    open: dict[str, Response]
    leads: list[tuple[Response, list[str]]]
    others: list[str]


class _Summary(msgspec.Struct):
    numbers: dict[str, int | float]
    times: dict[str, float | None]
    counters: dict[str, _Counts]
    levels: list[tuple[str, str, int]]
    histograms: dict[str, dict[int, int]]
    wire: dict[str, _Wire]
    sdk: dict[str, _Tally]
    turn_log: _Tally
    calls: dict[str, CallTotals]
    evidence: dict[str, list[tuple[int, bytes]]]
    settings: dict[str, Any]
    other_lines: list[tuple[str, str, str, str, int, list[str]]]
    from_start: bool
    echo: bytes | None


def dump(summary: Summary) -> bytes:
    """The summary as bytes."""
    responses = summary.responses
    return msgspec.msgpack.encode(
        _Summary(
            numbers={name: getattr(summary, name) for name in NUMBERS},
            times={name: getattr(summary, name) for name in TIMES},
            counters={name: dict(getattr(summary, name)) for name in COUNTERS},
            levels=[(*key, n) for key, n in summary.levels.items()],
            histograms={name: dict(h.counts) for name, h in summary.histograms.items()},
            wire={name: _dump_wire(wire) for name, wire in responses.wire.items()},
            sdk={name: _dump_tally(tally) for name, tally in responses.sdk.items()},
            turn_log=_dump_tally(responses.turn_log),
            calls=summary.calls,
            evidence=summary.evidence,
            settings=summary.settings,
            other_lines=_stored_lines(summary.other_lines),
            from_start=responses.first,
            echo=None if summary.echo is None else dump(summary.echo),
        )
    )


def load(data: bytes) -> Summary:
    """The summary that these bytes were made of. Raises msgspec.MsgspecError if there is none."""
    stored = msgspec.msgpack.decode(data, type=_Summary)
    summary = Summary(from_start=stored.from_start)
    summary.echo = None if stored.echo is None else load(stored.echo)
    for name, number in (stored.numbers | stored.times).items():
        setattr(summary, name, number)
    for name, counts in stored.counters.items():
        setattr(summary, name, Counter(counts))
    summary.levels = Counter({(logger, level): n for logger, level, n in stored.levels})
    summary.histograms = {name: _histogram(counts) for name, counts in stored.histograms.items()}
    summary.responses = _responses(stored)
    summary.calls, summary.evidence = stored.calls, stored.evidence
    summary.settings = stored.settings
    summary.other_lines = OtherLines(
        {
            (logger, level, start): CountedLine(text, n, set(calls))
            for logger, level, start, text, n, calls in stored.other_lines
        }
    )
    return summary


def _reduced(summary: Summary) -> tuple[Callable[[bytes], Summary], tuple[bytes]]:
    return load, (dump(summary),)


copyreg.pickle(Summary, _reduced)
"""Between processes a summary travels as it is stored: half the time that pickle itself takes."""


def _dump_tally(tally: ResponseTally) -> _Tally:
    counts = [(*key, n) for key, n in tally.counts.items()]
    return _Tally(counts, {name: dict(h.counts) for name, h in tally.times.items()})


def _dump_wire(wire: Wire) -> _Wire:
    leads: dict[Response, list[str]] = {}
    for job, lead in wire.lead.items():
        leads.setdefault(lead, []).append(job)
    others = sorted(wire.touched - wire.lead.keys())
    return _Wire(_dump_tally(wire.tally), wire.open, list(leads.items()), others)


def _responses(stored: _Summary) -> Responses:
    responses = Responses(stored.from_start)
    responses.wire = {name: _wire(wire, stored.from_start) for name, wire in stored.wire.items()}
    responses.sdk = {name: _tally(tally) for name, tally in stored.sdk.items()}
    responses.turn_log = _tally(stored.turn_log)
    return responses


def _tally(stored: _Tally) -> ResponseTally:
    tally = ResponseTally()
    tally.counts = Counter({(endpoint, status): n for endpoint, status, n in stored.counts})
    tally.times = {name: _histogram(counts) for name, counts in stored.times.items()}
    return tally


def _wire(stored: _Wire, first: bool) -> Wire:
    wire = Wire(first)
    wire.tally, wire.open = _tally(stored.tally), stored.open
    wire.lead = {job: lead for lead, jobs in stored.leads for job in jobs}
    wire.touched = {*wire.lead, *stored.others}
    return wire


def _histogram(counts: dict[int, int]) -> Histogram:
    return Histogram(counts.items())


def _stored_lines(lines: OtherLines) -> list[tuple[str, str, str, str, int, list[str]]]:
    """The lines with their calls in an order that does not differ from run to run."""
    return [(*key, line.text, line.n, sorted(line.calls)) for key, line in lines.items()]
