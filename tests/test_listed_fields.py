"""Lists of named fields, and texts as lists of bytes, give the same entries whether they are taken
at once or not, however they are written."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from tests.export_shapes import SHAPES, Shape, dev, line, zulu
from tests.test_many_records import RECORDS, agrees, fewest, found
from tuner import scan
from tuner.exports.entries import ExportEntry

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
assert fewest  # the fixture
insights_results, bytes_lines = SHAPES["insights_results"], SHAPES["journald_bytes_lines"]
TIME, LINE = zulu(RECORDS[9]), line(RECORDS[9])
FIELDS: tuple[list[object], ...] = (
    [{"field": "@message", "value": LINE}],
    [{"field": "@message", "value": LINE}, {"field": "@timestamp", "value": TIME}],
    [{"field": "@timestamp", "value": TIME}, {"field": "@message", "value": dev(RECORDS[9])}],
    [{"field": "@timestamp", "value": TIME}, {"field": "@message", "value": "no line of any kind"}],
    [{"field": "@timestamp", "value": 1795167702197}, {"field": "@message", "value": "x" * 90}],
    [{"field": "@timestamp", "value": [TIME]}, {"field": "@message", "value": "x" * 90}],
    [{"field": "@timestamp", "value": None}, {"field": "@message", "value": "x" * 90}],
    [{"field": "@timestamp", "value": TIME}, {"field": "@message", "value": [LINE]}],
    [{"field": "@timestamp", "value": TIME}, {"field": "@message", "value": list(LINE.encode())}],
    [{"field": "@timestamp", "value": TIME}, {"field": "@message"}],
    [{"field": "@message", "value": LINE}, {"field": "@message", "value": dev(RECORDS[9])}],
    [{"value": LINE, "field": "@message"}, {"field": "@timestamp", "value": TIME}],
    [{"field": "@message", "value": LINE, "value2": LINE}],
    [
        {"field": "@message", "value": LINE},
        {"field": 5, "value": TIME},
        {"field": "a", "value": {}},
    ],
    [{"field": "@message", "value": LINE}, TIME],
    [{"field": "\u00e9", "value": TIME}, {"field": "@message", "value": LINE}],
    [{"field": "message", "value": LINE}, {"field": "@timestamp", "value": TIME}],
    [],
)


@pytest.mark.parametrize("fields", FIELDS, ids=range(len(FIELDS)))
@pytest.mark.parametrize("indent", [None, 2])
def test_fields_of_all_forms_are_taken_as_they_are(
    fields: list[object], indent: int | None, fewest: Callable[[int], None]
) -> None:
    usual = json.loads(insights_results(RECORDS[:20]))["results"]
    agrees(json.dumps([*usual, fields, *usual], indent=indent).encode(), 1 << 20, fewest)


@pytest.mark.parametrize("make", [insights_results, bytes_lines])
def test_all_but_the_first_are_taken_at_once(make: Shape, fewest: Callable[[int], None]) -> None:
    fewest(1)
    entries = found(make(RECORDS), 1 << 20)
    assert sum(isinstance(entry, ExportEntry) for entry in entries) < 4


DEV = dev(RECORDS[9])
ALONE: tuple[tuple[object, object], ...] = (
    *((TIME, [DEV]), ([TIME], DEV), (TIME, DEV), ([TIME, TIME], [DEV]), ([TIME], [DEV, DEV])),
    *(([TIME], [DEV, "x"]), ([TIME, "x"], [DEV]), ([], [DEV]), ([TIME], []), ([TIME], [[DEV]])),
    *(([1795167702197], [DEV]), ([[TIME]], [DEV]), ([None], [DEV]), ([TIME], [LINE])),
    *(([TIME], ["no line of any kind"]), ([TIME], [DEV, 5]), ([TIME], [{"a": DEV}])),
)


@pytest.mark.parametrize(("time", "text"), ALONE)
@pytest.mark.parametrize("indent", [None, 2])
def test_texts_that_stand_alone_in_a_list_are_taken_as_they_are(
    time: object, text: object, indent: int | None, fewest: Callable[[int], None]
) -> None:
    usual = [json.loads(row) for row in SHAPES["elastic_fields_lines"](RECORDS[:20]).splitlines()]
    odd = {"_id": "1", "fields": {"@timestamp": time, "message": text}}
    agrees(json.dumps([*usual, odd, *usual], indent=indent).encode(), 1 << 20, fewest)


PRINTED = json.dumps(RECORDS[9], indent=2)
TEXTS = (
    *(PRINTED + "\n", PRINTED + "  ", "\n" + PRINTED, PRINTED[:-1], PRINTED + PRINTED),
    *(PRINTED.replace("\n", "\r\n"), PRINTED.replace("\n  ", "\n\t"), PRINTED.replace("  ", "")),
    *(PRINTED.replace('"pid"', '\n"pid"'), PRINTED.replace('"pid": ', '"pid": x'), "{\n}"),
    *(PRINTED.replace("\n}", "}"), PRINTED.replace("\n}", "\n\n}"), "{\n  x", PRINTED + "\nbelow"),
    *(json.dumps({**RECORDS[9], "a": {"b": [1, {}]}}, indent=3), f"[\n  {PRINTED}\n]"),
    PRINTED.replace("\n}", "}").replace('\n  "timestamp"', '\n\v"timestamp"'),
)


@pytest.mark.parametrize("text", TEXTS)
def test_printed_texts_are_taken_as_they_are(text: str, fewest: Callable[[int], None]) -> None:
    usual = SHAPES["printed_texts_lines"](RECORDS[:20])
    odd = json.dumps({"timestamp": TIME, "message": text, "stream": "stdout"}).encode() + b"\n"
    agrees(usual + odd + usual, 1 << 20, fewest)


BYTES = (
    *("0", "9", "10", "13", "32", "034", "00", "123", "192", "255", "256", "999", "1000", "-1"),
    *("1.0", "1e1", "true", "null", '"a"', "[50]", "", "50 50", " 50\n", "195, 188", "13, 10"),
)


@pytest.mark.parametrize("at", [0, 1, 40, -1])
@pytest.mark.parametrize("written", BYTES)
def test_bytes_of_all_kinds_are_taken_as_they_are(
    written: str, at: int, fewest: Callable[[int], None]
) -> None:
    usual = bytes_lines(RECORDS[:20])
    before, _, numbers = usual.splitlines()[5].decode().partition("[")
    each = numbers.removesuffix("]}").split(", ")
    each[at] = written
    odd = f"{before}[{', '.join(each)}]}}\n".encode()
    agrees(usual + odd + usual, 1 << 20, fewest)


WORDS = (b"[", b"]", b"{", b"}", b",", b" ", b"\n", b'"field": "@message", ', b'"value": ', b"300")


@pytest.mark.parametrize("make", [insights_results, bytes_lines])
def test_what_is_damaged_gives_the_same_entries(make: Shape, fewest: Callable[[int], None]) -> None:
    whole, dice = make(RECORDS[:30]), random.Random(7)
    for _ in range(40):
        data = bytearray(whole)
        at = dice.randrange(len(data))
        data[at : at + dice.choice((0, 1, 2, 9))] = dice.choice(WORDS)
        agrees(bytes(data), dice.choice((500, 7_001, len(data))), fewest)
