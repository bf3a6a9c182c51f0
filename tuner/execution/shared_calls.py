"""Inputs in, notes out on those that hold the same calls as another one at the same times.

Exports may overlap, and a file may hold at INFO what a console got at DEBUG. Calls may also go on
from one file to the next, or be spread over several: then no line stands in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice, product
from typing import TypeAlias

from tuner.call_records.detection import source_of
from tuner.errors import named
from tuner.execution import units
from tuner.execution.same_records import first_records
from tuner.exports.ordering import BACK_S
from tuner.inputs.find import is_read_once
from tuner.model import Record
from tuner.summary.call_counts import CallTotals
from tuner.summary.summary import Summary

_FIGURES = ("commits", "eous", "turns", "responses", "false_lines", "sync")
_CALL = ("job:", "room:")
_MOST_PAIRS, _MOST_TRIED = 50, 100_000
Pair: TypeAlias = tuple[str, str]
_RECORDS, _LONGEST = 8, 40
_SURE = 0.5


def notes(inputs: Mapping[str, Summary]) -> dict[str, str]:
    """A note on each input that holds records of another one a second time."""
    if len(inputs) < 2:
        return {}
    by_name = _pairs(inputs).most_common(_MOST_PAIRS)
    pairs = {**dict.fromkeys(islice(_without_ids(inputs), _MOST_PAIRS), 0), **dict(by_name)}
    found = [(pair, n) for pair, n in pairs.items() if _are_twice(*pair)]
    return {
        path: f"{named(path)}: records{f' of {n} calls' * (n > 0)} stand in {named(owner)}, too: "
        "they are counted twice; give each once"
        for (owner, path), n in found
    }


def _pairs(inputs: Mapping[str, Summary]) -> Counter[Pair]:
    """Pairs of inputs with the number of calls that both have at the same times."""
    owners: dict[str, str] = {}
    pairs = Counter[Pair]()
    for path, summary in inputs.items():
        for key in summary.calls:
            owner = owners.setdefault(key, path) if key.startswith(_CALL) else path
            if owner != path and _are_at_once(key, inputs[owner], summary):
                pairs[owner, path] += 1
    return pairs


def _are_at_once(key: str, one: Summary, other: Summary) -> bool:
    """Whether two stretches of a call may be of the same time, and have a figure in common."""
    mine, others = one.calls[key], other.calls[key]
    if not any(getattr(mine, name) and getattr(others, name) for name in _FIGURES):
        return False
    return _have_other_zones(one, other) or _overlap(mine, others)


def _have_other_zones(one: Summary, other: Summary) -> bool:
    """Whether the times of one of them may be of another zone."""
    return not {*one.clocks, *other.clocks} <= {"utc", ""}


def _overlap(one: CallTotals | Summary, other: CallTotals | Summary) -> bool:
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return False
    return min(one.last, other.last) - max(one.first, other.first) > BACK_S


def _without_ids(inputs: Mapping[str, Summary]) -> Iterator[Pair]:
    """Pairs of inputs in different layouts of which one names no calls."""
    logs = {path: s for path, s in inputs.items() if s.records and not source_of(s.wrappers)}
    nameless = [path for path in logs if not _names_calls(logs[path])]
    for path, (other, summary) in islice(product(nameless, logs.items()), _MOST_TRIED):
        mine = logs[path]
        is_at_once = _have_other_zones(mine, summary) or _overlap(mine, summary)
        if is_at_once and not mine.shapes.keys() & summary.shapes.keys():
            yield path, other


def _names_calls(summary: Summary) -> bool:
    return any(key.startswith(_CALL) for key in summary.calls)


def _are_twice(one: str, other: str) -> bool:
    """Whether the first records of one of two inputs stand in the other one, too."""
    if is_read_once(one) or is_read_once(other):
        return False
    return _has_records_of(one, other) or _has_records_of(other, one)


def _has_records_of(path: str, other: str) -> bool:
    wanted = _some(first_records(other))
    return bool(wanted) and _found(wanted, path) > _SURE * len(wanted)


def _some(records: Sequence[Record]) -> set[tuple[bytes, bytes]]:
    """Some of the records, as their times within the hour and how their messages begin; those of
    DEBUG only where there are few others, since another handler may not print them."""
    exact = [found for r in records if (found := _print(r)) is not None]
    shown = [found for r in records if r.level != "DEBUG" and (found := _print(r)) is not None]
    chosen = shown if len(shown) >= _RECORDS else exact
    return set(chosen[:: max(len(chosen) // _RECORDS, 1)])


def _print(record: Record) -> tuple[bytes, bytes] | None:
    """The parts of a record that all layouts print alike; None without fractions of a second."""
    message = record.message[:_LONGEST].partition('"')[0].encode()
    if record.time is None or record.time.is_integer() or not message:
        return None
    milliseconds = int(record.time * 1000 + 0.01)
    seconds = milliseconds // 1000
    return b"%02d:%02d.%03d" % (seconds // 60 % 60, seconds % 60, milliseconds % 1000), message


def _found(wanted: Set[tuple[bytes, bytes]], path: str) -> int:
    """How many of the records stand in an input."""
    missing = set(wanted)
    for piece in units.pieces(units.Unit(path)):
        text = bytes(piece.chunk.data)
        missing = {each for each in missing if not _stands_in(text, *each)}
        if not missing:
            break
    return len(wanted) - len(missing)


def _stands_in(text: bytes, time: bytes, message: bytes) -> bool:
    """Whether a line with this time has this message."""
    for written in (time, time.replace(b".", b",")):
        at = text.find(written)
        while at >= 0:
            end = text.find(b"\n", at)
            if message in text[text.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(text)]:
                return True
            at = text.find(written, at + 1)
    return False
