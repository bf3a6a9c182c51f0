"""Spans are read in parts, by any number of processes: neither shows in what comes of them."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tuner import pipeline
from tuner.call_records import documents, span_formats, span_parts, spans
from tuner.call_records.documents import WholeLines
from tuner.errors import InputError
from tuner.execution import planning, processes, tasks

SPECIMENS = Path(__file__).parent / "specimens"
OTLP, CONSOLE = SPECIMENS / "spans.otlp.jsonl", SPECIMENS / "spans.console.jsonl"
PIECES = (
    *(
        b"{\n",
        b"}\n",
        b"},\n",
        b"}]\n",
        b"} \r\n",
        b'{"a": 1}\n',
        b'{"a": 1} \n',
        b'{"a":\n',
        b"\n",
    ),
    *(
        b"  }\n",
        b"  {\n",
        b"[\n",
        b"]\n",
        b"text\n",
        b"text {\n",
        b"}}\n",
        b"}x\n",
        b"{}\n",
        b" \n",
    ),
    *(b"{", b"}", b"x" * 40 + b"\n", b"{" + b"y" * 40 + b"\n", b"\r\n", b"{\r\n", b"\xff\n"),
)


def line_by_line(data: bytes, largest: int) -> Iterator[tuple[int, bytes]]:
    """The documents as one reads them who sees one line at a time."""
    held: list[bytes] = []
    first = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        if held and (line.startswith(b"{") or sum(map(len, held)) > largest):
            yield from enumerate(held, first)
            held = []
        if not held and not (line.startswith(b"{") and not line.rstrip().endswith(b"}")):
            yield number, line
            continue
        first = first if held else number
        held.append(line)
        if line.rstrip() in (b"}", b"},", b"}]"):
            yield first, b"".join(held)
            held = []
    yield from enumerate(held, first)


@pytest.mark.parametrize("seed", range(40))
def test_documents_are_those_of_who_reads_line_by_line(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Random(seed)
    for _ in range(60):
        monkeypatch.setattr(documents, "_BLOCK", dice.choice((1, 3, 8, 30, 1000)))
        monkeypatch.setattr(documents, "LARGEST", dice.choice((50, 90, 1000)))
        data = b"".join(dice.choices(PIECES, k=dice.randint(0, 30))).replace(b"\r\n", b" \n")
        found = [one for p in documents.pieces(io.BytesIO(data)) for one in documents.documents(p)]
        assert found == list(line_by_line(data, documents.LARGEST)), data


def test_pieces_are_cut_where_no_object_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_BLOCK", 4)
    data = b'a\nb\n{"a": 1}\n{\n "b": 2\n}\nc\nd'
    found = list(documents.pieces(io.BytesIO(data)))
    assert found == [
        *(WholeLines(1, b"a\nb\n"), WholeLines(3, b'{"a": 1}\n')),
        WholeLines(4, b'{\n "b": 2\n}\nc\nd'),
    ]


def mixed(dice: Random) -> bytes:
    """Lines of several calls in both layouts, shuffled, some damaged, among others."""
    calls = [data.replace(b"4bba", b"%04x" % n) for n in range(3) for data in _lines()]
    lines = [line for data in calls for line in data.splitlines(keepends=True)]
    if dice.random() < 0.5:
        dice.shuffle(lines)
    for _ in range(dice.choice((0, 3, 20))):
        at = dice.randrange(len(lines))
        line = bytearray(lines[at])
        line[dice.randrange(len(line))] = dice.choice(b'"{}[,:9\n\xff')
        lines[at] = bytes(line)
        lines.insert(dice.randrange(len(lines)), b"%d hello {\n" % at)
    return b"".join(lines)


def _lines() -> tuple[bytes, bytes]:
    return CONSOLE.read_bytes(), OTLP.read_bytes()


def read(data: bytes, many: Any = map) -> tuple[list[tuple[int, bytes]], str]:
    found: list[tuple[int, bytes]] = []
    try:
        found.extend(spans.translate(io.BytesIO(data), many))
    except InputError as error:
        return found, str(error)
    return found, ""


def packed_to_and_fro(work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """As `map`, with all items taken ahead."""
    return map(work, list(items))


@pytest.mark.parametrize("seed", range(12))
def test_the_size_of_the_parts_does_not_matter(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = mixed(Random(seed))
    whole = read(data)
    assert len(whole[0]) > 40
    for size, number in ((300, 1), (5000, 7), (60_000, 100)):
        monkeypatch.setattr(documents, "_BLOCK", size)
        monkeypatch.setattr(spans, "_SPANS", number)
        assert read(data) == read(data, packed_to_and_fro) == whole


HELD: tuple[Any, ...] = (
    *(None, True, "", "caf\u00e9", "\ud83d\ude00", -0.0, 5e-324, 1e300, 2**64 - 1, -(2**63)),
    *(2**64, -(2**63) - 1, 10**40, [1, [10**40]], {"values": [{"a": None}]}, [[]] * 50),
)


@pytest.mark.parametrize("value", HELD, ids=repr)
@pytest.mark.parametrize("depth", [0, 400])
def test_spans_are_as_they_were_before_they_were_packed(value: Any, depth: int) -> None:
    for _ in range(depth):
        value = [value]
    span = json.loads(CONSOLE.read_bytes().splitlines()[-1])
    span |= {"name": "agent_session", "attributes": {"lk.job_id": value}}
    data = json.dumps(span).encode()
    (packed,) = span_parts.found(WholeLines(7, data))[1].values()
    assert repr(packed.spans()) == repr(span_formats.parse(data, 7))
    assert packed.number == len(packed.spans()) == 1
    assert packed.is_over


@pytest.mark.parametrize("path", [OTLP, CONSOLE], ids=lambda p: p.name)
def test_the_number_of_processes_does_not_matter(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def each(workers: int, work: Any, items: Any) -> Any:
        begun.append(workers)
        return each_of(workers, work, items)

    each_of = processes.each
    monkeypatch.setattr(processes, "each", each)
    monkeypatch.setattr(planning, "ALONE_BYTES", 0)
    monkeypatch.setattr(documents, "_BLOCK", 5000)
    log = tmp_path / "spans.jsonl"
    log.write_bytes(path.read_bytes() + path.read_bytes().replace(b"4bba", b"0000"))
    alone, both = (pipeline.analyze([log], jobs=jobs) for jobs in (1, 2))
    assert set(begun) == {2}  # one process needs no other
    assert alone.exposure.turns == 12
    assert alone == both


def test_brackets_around_spans_are_no_lines() -> None:
    data = OTLP.read_bytes().rstrip()
    assert len(read(b"[\n" + data + b"\n]\n")[0]) == len(read(data)[0])


def test_calls_that_bring_out_a_fault_are_counted_over_all_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(span_parts, "lines", broken)
    monkeypatch.setattr(spans, "_SPANS", 1)
    data = OTLP.read_bytes()
    _, problem = read(data + data.replace(b"4bba", b"0000"))
    assert problem.startswith("2 calls could not be read (KeyError in test_span_parts.py")


@pytest.mark.skipif(not tasks.LINUX, reason="where processes that die were tried")
def test_a_part_that_kills_who_reads_it_is_named() -> None:
    found = processes.each(2, _deadly, range(4))
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(InputError, match="died twice"):
        next(found)


def _deadly(number: int) -> int:
    if number == 2:
        os._exit(9)
    return number


def test_items_are_taken_a_few_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    for result in (each := partial(processes.each, 2))(abs, items()):
        assert len(taken) <= result + 2 * tasks.AHEAD
    assert len(taken) == 100
    assert list(each(abs, [])) == []
