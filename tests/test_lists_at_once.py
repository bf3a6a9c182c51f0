"""Loki's lists of a time and a line give the same entries whether they are taken at once or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests import export_shapes
from tests.export_shapes import Fields, dev, line, millis, nanos
from tests.test_many_records import RECORDS, agrees, counted, fewest, found
from tuner import scan
from tuner.exports.entries import ExportEntry

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
assert fewest  # the fixture


def answer(streams: Sequence[Sequence[Any]], **printed: Any) -> bytes:
    """Loki's answer to a query, with the values of each stream."""
    result = [
        {"stream": {"app": "agent", "pod": f"a-{at}"}, "values": values}
        for at, values in enumerate(streams)
    ]
    data = {"resultType": "streams", "result": result, "stats": {"summary": {"bytes": 1}}}
    return json.dumps({"status": "success", "data": data}, **printed).encode()


def pairs(make: Callable[[Fields], Any] = line, time: Callable[[Fields], Any] = nanos) -> list[Any]:
    return [[time(record), make(record)] for record in RECORDS]


def dated(record: Fields) -> str:
    return f"{record['message']} of a formatter of its own, which writes no time before it"


METADATA = {"detected_level": "info", "trace_id": "1795167702197", "n": [1, {"level": "error"}]}
SHAPES: dict[str, bytes] = {
    "one stream": answer([pairs()]),
    "printed": answer([pairs()], indent=2),
    "without blanks": answer([pairs()], separators=(",", ":")),
    "newest first": answer([pairs()[::-1]]),
    "several streams": answer([pairs()[::2], pairs()[1::2], pairs()[:9]]),
    "streams of other layouts": answer([pairs()[:50], pairs(dev), pairs()[50:]]),
    "dev text": answer([pairs(dev)]),
    "structured metadata": answer([[[*each, METADATA] for each in pairs()]]),
    "times as numbers": answer([pairs(time=millis)]),
    "line first": json.dumps([[line(r), nanos(r)] for r in RECORDS], indent=1).encode(),
    "a pair a line": b"".join(json.dumps(each).encode() + b"\n" for each in pairs(dev)),
    "objects behind": answer([pairs()]) + b"\n" + export_shapes.SHAPES["loki_lines"](RECORDS),
}
KEPT = [name for name in SHAPES if name != "streams of other layouts"]


@pytest.mark.parametrize("name", SHAPES)
def test_every_answer_gives_the_same_entries(name: str, fewest: Callable[[int], None]) -> None:
    for size in (501, 7_001, len(SHAPES[name])):
        agrees(SHAPES[name], size, fewest)


@pytest.mark.parametrize("name", SHAPES)
def test_nearly_all_are_taken_at_once(name: str, fewest: Callable[[int], None]) -> None:
    fewest(1)
    entries = found(SHAPES[name], 1 << 20)
    single = [entry for entry in entries if isinstance(entry, ExportEntry)]
    assert len(single) < 0.2 * len(counted(entries))


LISTS = {
    "one stream": answer([pairs()[-15:]]),
    "structured metadata": answer([[[*each, METADATA] for each in pairs()[-15:]]]),
    "dev text": answer([pairs(dev)[-15:]]),
}


@pytest.mark.parametrize("name", LISTS)
def test_an_answer_may_be_cut_off_anywhere(name: str, fewest: Callable[[int], None]) -> None:
    data = LISTS[name]
    pair = data.rindex(b'["1', 0, -400)
    last = min(pair + 700, len(data))
    for end in (*range(pair, pair + 40), *range(pair + 40, last - 40, 5), *range(last - 40, last)):
        agrees(data[:end], 1 << 20, fewest)


TIME, LINE = nanos(RECORDS[5]), line(RECORDS[5])
ODD: dict[str, Any] = {
    "no list": {"a": LINE},
    "nothing": [],
    "a time alone": [TIME],
    "a line alone": [LINE],
    "four": [TIME, LINE, {}, {}],
    "no time": ["x", LINE],
    "an empty time": ["", LINE],
    "a time of another kind": [None, LINE],
    "a time that is a word": [True, LINE],
    "a time with a fraction": ["1795167702.197", LINE],
    "a number with a fraction": [1795167702.197, LINE],
    "a written time": ["2026-11-20T09:41:42.197Z", LINE],
    "a written time with a zone": ["2026-11-20T10:41:42.197+01:00", dev(RECORDS[5])],
    "a time of 20 digits": ["17951677021971234567", LINE],
    "a time long ago": ["0000167702197123456", LINE],
    "no text": [TIME, None],
    "a number": [TIME, 12],
    "an object": [TIME, RECORDS[5]],
    "bytes": [TIME, list(LINE.encode())],
    "a list of one": [TIME, [LINE]],
    "an empty text": [TIME, ""],
    "a newline": [TIME, "\n"],
    "two lines": [TIME, dev(RECORDS[5]) + "\nTraceback (most recent call last):"],
    "a line's end": [TIME, LINE + "\r\n"],
    "a return before": [TIME, "\r" + dev(RECORDS[5])],
    "blanks before": [TIME, "   " + LINE],
    "half a line": [TIME, LINE[:90]],
    "a short line": [TIME, "x"],
    "a line that is a time": [TIME, "01/30/2026, 04:20:00 PM"],
    "a line that begins with its time": [TIME, dated(RECORDS[5]) + " 2026-11-20"],
    "a record without its time": [TIME, json.dumps(export_shapes.bare(RECORDS[5]))],
    "a level beside it": [TIME, LINE, {"level": "error"}],
    "a time behind": [TIME, LINE, TIME],
    "a line behind": [TIME, LINE, LINE],
    "a field": [{"field": "1", "value": LINE}, {"field": "time", "value": TIME}],
    "half a character": [TIME, LINE.replace("}", "\ud83d}")],
    "all signs": [TIME, dev(RECORDS[5]) + ' \\ / " \b\f\t ü \U0001f600 \u2028'],
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("make", [line, dev])
def test_odd_lists_are_what_they_are(
    name: str, make: Callable[[Fields], str], fewest: Callable[[int], None]
) -> None:
    usual = pairs(make)[40:80]
    agrees(answer([[*usual[:30], ODD[name], *usual[30:]]]), 1 << 20, fewest)
    agrees(answer([[*usual[:30], ODD[name], *usual[30:]]], indent=1), 999, fewest)


DAMAGES = (
    *(b'"', b"\\", b"\\ud800", b"\n", b"\r", b"\0", b",", b"[", b"]", b"{", b"}", b":", b"x"),
    *(b"\xff", b"", b'", "', b'"], ["', b'"],\n["', b"], ", b", [1]", b', {"a": 1}', b"1", b"null"),
)


DAMAGED = {
    **LISTS,
    "printed": answer([pairs()[-15:]], indent=2),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("sign", DAMAGES)
def test_damaged_answers_give_the_same_entries(
    name: str, sign: bytes, fewest: Callable[[int], None]
) -> None:
    whole = DAMAGED[name]
    begin = len(whole) // 3 + sum(sign) % 400
    for at in range(begin, begin + 120, 17):
        data = whole[:at] + sign + whole[at + (len(sign) > 1) * 2 :]
        agrees(data, 5_000 if at % 2 else len(data), fewest)
