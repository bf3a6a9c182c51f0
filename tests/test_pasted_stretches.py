"""Logs in which a stretch stands twice: it counts once, and what only looks alike is kept."""

from __future__ import annotations

import json
import random
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.test_posted_logs import analyzed
from tests.test_second_prints import EVERY, Printed, assert_same, bare, dev, loguru, once, usual
from tuner.exports import pasted_stretches
from tuner.exports.ordering import SORTED
from tuner.inputs.chunks import Chunk, ChunkOrigin

RECORDS = EVERY[:2400]
NOTE = "a part of the records stands here twice: counted once"


def of_one_call(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    calls = [record["job_id"] for record in records if record.get("job_id")]
    return [record for record in records if record.get("job_id") == calls[len(calls) // 2]]


@pytest.mark.parametrize(("printed", "end"), in_turn([json.dumps, dev, loguru, usual], ["", "\n"]))
def test_a_stretch_that_was_pasted_again_counts_once(
    printed: Printed, end: str, tmp_path: Path
) -> None:
    records = [*RECORDS[:1900], *RECORDS[600:1000], *RECORDS[1900:]]
    found = analyzed(tmp_path, "\n".join(map(printed, records)) + end)
    wanted = once(tmp_path, printed, RECORDS)
    assert found.signals == wanted.signals and found.latency == wanted.latency
    assert found.exposure == wanted.exposure and wanted.signals["openai_calls"].count
    assert NOTE in found.inputs[0].notes
    assert found.inputs[0].lines == len(records) == found.inputs[0].understood


def test_so_do_the_lines_of_one_call_of_many(tmp_path: Path) -> None:
    records = [*RECORDS, *of_one_call(RECORDS)]
    found = analyzed(tmp_path, "\n".join(map(json.dumps, records)) + "\n")
    assert_same(found, once(tmp_path, json.dumps, RECORDS))
    assert NOTE in found.inputs[0].notes


def test_and_pages_of_an_export_that_overlap_newest_first(tmp_path: Path) -> None:
    lines = [json.dumps(record) for record in RECORDS[::-1]]
    found = analyzed(tmp_path, "\n".join([*lines[:1300], *lines[1000:]]) + "\n")
    wanted = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert found.signals == wanted.signals and found.latency == wanted.latency
    assert NOTE in found.inputs[0].notes


def single(lines: list[str]) -> int:
    """How many lines are left."""
    data = "".join(f"{line}\n" for line in lines).encode()
    origin = ChunkOrigin((SORTED,), array("q"), array("q"), len(lines), len(data), 0, Counter())
    found = pasted_stretches.single([Chunk(data, origin=origin)])
    left = b"".join(bytes(each.data) for each in found)
    assert left.count(b"\n") == len(lines)
    return len([line for line in left.split(b"\n") if line])


@pytest.mark.parametrize("printed", [usual, bare, dev])
def test_calls_at_once_that_print_the_same_are_kept(printed: Printed) -> None:
    """A fifth of the lines of a load test equal another one in the same millisecond."""
    chance = random.Random(1)
    records = [{k: v for k, v in r.items() if k != "job_id"} for r in RECORDS]
    lines = [line for r in records for line in [printed(r)] * (1 + (chance.random() < 0.2))]
    assert single(lines) == len(lines)


def test_many_calls_that_begin_at_once_are_kept() -> None:
    """Each line stands there for so many calls as were as far in that millisecond."""
    chance = random.Random(2)
    lines = [line for r in RECORDS[:300] for line in [usual(r)] * chance.choice((2, 3, 3, 5))]
    assert single(lines) == len(lines)


def test_a_warning_for_each_word_is_kept() -> None:
    said = [record for record in EVERY if "Synchronizer" in record["message"]][:1]
    assert single([json.dumps(record) for record in said * 40]) == 40


def test_lines_without_times_are_kept() -> None:
    assert single([bare(record) for record in RECORDS for _ in range(2)]) == 2 * len(RECORDS)
