"""Time for a line grows with its length and no faster, whatever it is made of; memory is bounded.

CPU time of two lengths is compared, generously: quadratic time would be 8 times as much a byte.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import pytest

from tests.in_turn import in_turn, one_in
from tuner import pipeline
from tuner.execution import units
from tuner.exports import csv_rows, record_blocks, text_frames
from tuner.exports.entries import ExportEntry
from tuner.exports.journal_export import JournalExport
from tuner.exports.many_records import one_by_one
from tuner.exports.plain_lines import PlainLines
from tuner.exports.translating import Translator
from tuner.inputs.chunks import MAX_LINE, Chunk
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.redaction.redact import outline, redact
from tuner.report import json as report_json
from tuner.summary.summary import MORE, MOST_DISTINCT, Summary

SHORT, LONG = LENGTHS = (8_000, 64_000)
GENEROUS, FLOOR_S = 5.0, 0.02
CLOCK = "2026-11-20 09:36:05"
INFO = CLOCK + " INFO app: x"
SHAPES: dict[str, tuple[str, str, str]] = {
    "blanks behind a time": (CLOCK, " ", "x"),
    "tabs behind a time": (CLOCK, "\t", "x"),
    "commas behind a time": (CLOCK, ",", ""),
    "blanks behind a level": ("09:36:05.904 INFO", " ", "livekit"),
    "colours": ("", "\x1b[36m", ""),
    "colours before a bar": ("", "\x1b[36m", "| x"),
    "colours in dev text": (CLOCK + ",904 - ", "\x1b[36m", "INFO app - x"),
    "braces in dev text": (CLOCK + ",904 - INFO app - x", ' {"', "}"),
    "braces in text": (INFO, ' {"', "}"),
    "dictionaries": (INFO, " {'a': 1}", ""),
    "braces alone": ("", "{", "}"),
    "one word": ("", "a", ""),
    "a dotted word": (CLOCK + " INFO ", "a.", ""),
    "quotes": (INFO, '"', ""),
    "an open quote": (INFO + ' a="', "\\", ""),
    "pairs": (INFO, " a=1", " "),
    "brackets": ("<1>1 2026-11-20T09:36:05Z h a - - [", "] [", ""),
    "backslashes": ('{"message": "', "\\\\", '", "a'),
    "figures": (CLOCK + ",904 - INFO app - LLMMetrics(", "ttft=", ""),
    "digits": (CLOCK + ".", "1", ""),
    "times": ("", CLOCK + " ", ""),
    "levels": (CLOCK, " INFO", ""),
    "known messages": ("x", " LLM metrics", ""),
    "Rich columns": ("         INFO     ", "x ", ""),
    "wrappers": ("", "2026-11-20T09:36:05Z stdout F ", ""),
    "docker in docker": ('{"log":"', '{\\"log\\":', ""),
    "ends of a message": ('{"message": "', 'a", "level": "INFO", "name": "x"', "z"),
    "records on a line": ("", '{"message": "a", "level": "INFO", "name": "x"}', ""),
    "control sequences": ("", "\x1b[", ""),
}


def read(line: str) -> Summary:
    return careful.summarize(Chunk(line.encode() + b"\n"), EVERYTHING, 1e3)


def cpu_s(work: Callable[[str], object], line: str) -> float:
    start = time.process_time()
    work(line)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("name", "work"), [*((n, read) for n in SHAPES), *in_turn(SHAPES, [redact, outline])]
)
def test_time_a_byte_does_not_grow_with_the_line(name: str, work: Callable[[str], object]) -> None:
    start, again, end = SHAPES[name]
    lines = [start + again * (length // len(again)) + end for length in LENGTHS]
    work(lines[0])
    shortest, longest = (min(cpu_s(work, line) for _ in range(2)) for line in lines)
    assert longest < FLOOR_S + GENEROUS * shortest * LONG / SHORT


@pytest.mark.parametrize("name", ["ends of a message", "records on a line"])
def test_nor_where_it_shows_in_long_lines_only(name: str) -> None:
    start, again, end = SHAPES[name]
    short, long = (start + again * (length // len(again)) + end for length in (64_000, 512_000))
    read(short)
    shorter, longer = (min(cpu_s(read, line) for _ in range(2)) for line in (short, long))
    assert longer < FLOOR_S + GENEROUS * shorter * len(long) / len(short)


def test_a_journal_without_a_newline_is_never_held_as_a_whole() -> None:
    blocks = (b"__CURSOR=a\nMESSAGE=", *(b"x" * (1 << 20) for _ in range(40)), b"\n\n")
    tracemalloc.start()
    held = tracemalloc.get_traced_memory()[0]
    export = JournalExport(iter(blocks))
    assert not list(export.entries())
    assert tracemalloc.get_traced_memory()[1] - held < 8 << 20
    tracemalloc.stop()
    assert export.lines == 3


PAIRS = 'time=2026-11-20T09:36:05Z level=info msg="LLM metrics" '
PAGE = "{&quot;message&quot;: &quot;LLM metrics&quot;}\n"
YAML = "---\nmessage: LLM metrics\ntimestamp: 2026-11-20T09:36:05Z\n"
EXPORTS: dict[str, tuple[str, str, str]] = {
    "pairs without a newline": (PAIRS, 'k="\\" ', ""),
    "equals signs": (PAIRS, "=", "\n"),
    "pairs": (PAIRS + "\n" + PAIRS, 'a="', "\n"),
    "closing tags": (PAGE, "</a>", "x\n"),
    "opening tags": (PAGE, "<a ", "x\n"),
    "quotes in CSV": ('timestamp,message\n2026-11-20T09:36:05Z,"', '""', '"\n'),
    "open quotes in CSV": ("timestamp,message\n", '2026-11-20T09:36:05Z,"a\n', ""),
    "brackets in an array": ('[{"timestamp":"2026-11-20T09:36:05Z","message":"', "[", '"}]'),
    "an array that stays open": ('[{"message":"x"},', '{"a":[', ""),
    "braces of wrapped objects": ("x", 'x{\\n"', ""),
    "braces behind ever more": ("a | {\n", "x" * 250 + " {\n", ""),
    "dashes of YAML": ("- message: x\n  timestamp: 2026-11-20T09:36:05Z\n", "- ", ""),
    "cells": ("| ts | message |\n|---|---|\n", "|", "\n"),
    "bars of a found layout": ("A|2026-11-20T09:36:05Z|I|livekit|LLM metrics|\n" * 9, "| ", "\n"),
    "Rich braces": ("09:36:05.123 INFO     livekit.agents     ", '{"a": ', "\n"),
    "Pipecat": ("", CLOCK + ".9 | INFO     | pipecat.a:b:1 - User started speaking\n", ""),
    "a journal's fields": ("__CURSOR=a\n", "A=b\n", ""),
    "newlines in broken JSON": ('[{"message":"x"},{"a": x', "\n", "}]"),
    "blanks of Logstash": (
        '{\n  "message" => "LLM metrics"\n}\n{\n  "a" => ,',
        *(" ", "x\n}\n"),
    ),
    "backwards in time": ("[", '{"timestamp":"2026-11-20T09:36:05Z","message":"x"},', "{}]"),
}


@pytest.mark.parametrize("shape", EXPORTS.values(), ids=EXPORTS.keys())
def test_time_a_byte_does_not_grow_with_the_export(
    shape: tuple[str, str, str], tmp_path: Path
) -> None:
    path, (start, again, end) = tmp_path / "log", shape

    def read_file(text: str) -> None:
        path.write_text(text)
        units.whole(units.Unit(str(path)), units.Job())

    files = [start + again * (length // len(again)) + end for length in LENGTHS]
    read_file(files[0])
    shortest, longest = (min(cpu_s(read_file, file) for _ in range(2)) for file in files)
    assert longest < FLOOR_S + GENEROUS * shortest * LONG / SHORT


def test_nor_with_the_lines_of_a_row_of_csv_that_stays_open() -> None:
    def read_rows(text: str) -> None:
        for _ in one_by_one(csv_rows.Rows([text.encode()], ",").entries()):
            pass

    head = 'timestamp,message\n2026-11-20T09:36:05Z,"'
    short, long = (head + "a\n" * n for n in (8_000, 80_000))
    shorter, longer = (min(cpu_s(read_rows, text) for _ in range(2)) for text in (short, long))
    assert longer < FLOOR_S + GENEROUS * shorter * len(long) / len(short)


def test_nor_with_the_lines_of_a_message_in_a_journal() -> None:
    head = b"Fri 2026-11-20 09:36:05.904371 UTC [s=a;i=1]"

    def read_block(lines: str) -> None:
        block = [head, b" MESSAGE=x", *lines.encode().split(b"\n")]
        record_blocks.records_of(record_blocks.VERBOSE, block)

    short, long = "x\n" * 50_000, "x\n" * 400_000
    shorter, longer = (min(cpu_s(read_block, text) for _ in range(2)) for text in (short, long))
    assert longer < FLOOR_S + GENEROUS * shorter * len(long) / len(short)


def largest(entries: Iterable[ExportEntry]) -> int:
    """How many bytes were held at most while entries were taken that nobody keeps."""
    tracemalloc.start()
    held = tracemalloc.get_traced_memory()[0]
    for _ in entries:
        pass
    most = tracemalloc.get_traced_memory()[1] - held
    tracemalloc.stop()
    return most


CURSOR = b"__CURSOR=a\n__REALTIME_TIMESTAMP=1763631365904371\n"
WIDE = b"x" * 7_900 + b"\n"
PIECE = b"2026-11-20T09:36:05Z stdout P " + b"abc" * 2_500 + b"\n"
STREAMS: dict[str, tuple[Callable[[Iterable[bytes]], Translator], bytes, bytes]] = {
    "fields of a journal": (JournalExport, CURSOR, b"A%d=" + b"x" * (1 << 20) + b"\n"),
    "lines broken at a width": (lambda b: text_frames.WrappedLines(b, 7_900), WIDE, WIDE * 260),
    "pieces of a line": (PlainLines, b"", PIECE * 260),
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
def test_a_record_without_an_end_is_never_held_as_a_whole(
    stream: tuple[Callable[[Iterable[bytes]], Translator], bytes, bytes],
) -> None:
    make, head, block = stream
    blocks = (block.replace(b"%d", b"%d" % number) for number in range(12))
    assert largest(one_by_one(make(chain([head], blocks)).entries())) < 16 << 20


def test_empty_lines_count_in_the_length_of_a_record() -> None:
    blocks = [YAML.encode(), b"\n" * (3 << 20)]
    found = one_by_one(record_blocks.RecordBlocks(blocks, record_blocks.YAML).entries())
    assert max(entry.lines for entry in found) < MAX_LINE + 10


def spread(path: Path, n: int, **same: object) -> None:
    """A log in which every field has as many values as it has lines."""
    usual = {"level": "INFO", "name": "livekit.agents", **same}
    with path.open("w") as file:
        for i in range(n):
            changing = {key: f"x{i}" if value is None else value for key, value in usual.items()}
            file.write(json.dumps({**changing, "timestamp": "2026-11-20T09:36:05+00:00"}) + "\n")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("name", "hello"),
        ("level", "hello"),
        ("endpoint", "openai call"),
        ("method", "openai call"),
        ("model_name", "LLM metrics"),
        ("reason", "session closed"),
        ("profile", "session started"),
    ],
)
@pytest.mark.parametrize("lines", one_in(2, [1_500, 4_500]))
def test_distinct_values_are_capped_and_the_rest_is_counted(
    tmp_path: Path, field: str, message: str, lines: int
) -> None:
    name = "tuner.turns" if "session started" in message or "call" in message else "livekit.agents"
    path = tmp_path / "a.log"
    fields = {"message": message, "name": name, field: None}
    spread(path, lines, **fields, status=200, processing_ms=1, ttft=0.4)
    report = pipeline.analyze([path], environ={})
    assert report.inputs[0].understood == report.log_volume.records == lines
    assert sum(report.log_volume.by_logger.values()) == lines
    assert sum(report.log_volume.by_level.values()) == lines
    assert len(report_json.render(report)) < 100_000
    summary = careful.summarize(Chunk(path.read_bytes()), EVERYTHING, 1e3)
    for counted in (summary.levels, summary.counts, summary.profiles):
        assert len(counted) <= MOST_DISTINCT + 10


def test_values_above_the_cap_are_counted_as_more() -> None:
    summary, later = Summary(), Summary()
    for part in (summary, later):
        for i in range(MOST_DISTINCT + 5):
            part.count_source(f"{id(part)}.{i}", "INFO")
    summary.merge(later)
    assert summary.levels.total() == 2 * MOST_DISTINCT + 10
    assert summary.levels[MORE, "INFO"] == MOST_DISTINCT + 10
