"""`tuner watch` on logs that `tuner analyze` reads as a whole: what two handlers print counts once,
as it comes; lines that count one by one are followed; of the others it says that it cannot.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import one_in
from tests.test_second_prints import BOTH, RECORDS, Printed, dev, docker, usual
from tuner.execution.units import Job
from tuner.exports.followed_prints import FollowedPrints
from tuner.inputs.chunks import Chunk
from tuner.limits import Limits
from tuner.summary.summary import Summary
from tuner.watch.follow import FollowedFiles, FollowedPipe
from tuner.watch.live import Watch

JOB = Job(resume=True)
NOW = 1_795_168_000.0


def doubled(first: Printed, second: Printed) -> bytes:
    lines = chain.from_iterable((first(record), second(record)) for record in RECORDS)
    return "".join(f"{line}\n" for line in lines).encode()


def once(printed: Printed) -> bytes:
    return "".join(f"{printed(record)}\n" for record in RECORDS).encode()


def parts(data: bytes, begin: int = 60_000) -> Iterator[bytes]:
    """The data in pieces that may end anywhere; the first shows that records stand twice."""
    chance, at = random.Random(7), begin
    yield data[:at]
    while at < len(data):
        size = chance.randint(1, 9_000)
        yield data[at : at + size]
        at += size


def totals(found: Iterable[Summary]) -> tuple[Any, ...]:
    watch = Watch(Limits(), 900.0)
    for number, summary in enumerate(found):
        watch.add(summary, NOW + number / 1000)
    counts = {k: v for k, v in watch.total.counts.items() if not k.startswith("spelled")}
    snapshot = watch.snapshot(NOW)
    return watch.total.records, counts, snapshot.totals["turns"], snapshot.totals["calls"]


def of_file(path: Path, data: Iterable[bytes]) -> tuple[Any, ...]:
    source = FollowedFiles([str(path)], JOB, JOB)

    def polled() -> Iterator[Summary]:
        for part in data:
            with path.open("ab") as file:
                file.write(part)
            yield from source.poll()
        yield from source.rest()

    return totals(polled())


class Pipe(io.BytesIO):
    """A pipe that gives what was written piece by piece."""

    def __init__(self, data: Iterable[bytes]) -> None:
        super().__init__()
        self._parts = iter(data)

    def read1(self, _size: int | None = -1, /) -> bytes:
        return next(self._parts, b"")


@pytest.mark.parametrize("name", one_in(3, BOTH))
def test_a_file_that_grows_counts_each_record_once(name: str, tmp_path: Path) -> None:
    first, second = BOTH[name]
    found = of_file(tmp_path / "twice.log", parts(doubled(first, second)))
    kept = json.dumps if json.dumps in BOTH[name] else dev
    assert found == of_file(tmp_path / "once.log", [once(kept)])
    assert found[0] == len(RECORDS)


@pytest.mark.parametrize("other", [json.dumps, dev, usual, docker])
def test_so_does_a_pipe(other: Printed) -> None:
    data = doubled(json.dumps, other)
    found = totals(FollowedPipe(Pipe([data[:60_000], data[60_000:]]), JOB, 1.0).all())
    assert found == totals(FollowedPipe(Pipe([once(json.dumps)]), JOB, 1.0).all())


def test_a_log_that_is_renamed_goes_on_as_it_was(tmp_path: Path) -> None:
    log, data = tmp_path / "app.log", doubled(json.dumps, dev)
    source = FollowedFiles([str(log)], JOB, JOB)
    log.write_bytes(data[:60_000])
    found = [*source.poll()]
    log.rename(tmp_path / "app.log.1")
    with (tmp_path / "app.log.1").open("ab") as file:
        file.write(data[60_000:])
    found += source.poll()
    assert sum(summary.records for summary in found) == len(RECORDS)


def test_a_log_that_is_not_doubled_stays_as_it_is(tmp_path: Path) -> None:
    """Its first lines are looked at more than once while it is small."""
    lines = once(json.dumps).splitlines(keepends=True)[:150]
    log = tmp_path / "app.log"
    source = FollowedFiles([str(log)], JOB, JOB)
    records = 0
    for line in lines:
        with log.open("ab") as file:
            file.write(line)
        records += sum(summary.records for summary in source.poll())
    assert records == len(lines)


@pytest.mark.parametrize("kept_first", [True, False])
def test_two_prints_in_two_chunks(kept_first: bool) -> None:
    order = (json.dumps, dev) if kept_first else (dev, json.dumps)
    lines = doubled(*order).splitlines(keepends=True)
    prints = FollowedPrints(1 << 16)
    prints.begin(b"".join(lines[:200]))
    left = []
    for at in range(0, len(lines), 3):
        chunk = prints.single(Chunk(b"".join(lines[at : at + 3])))
        left += [line for line in bytes(chunk.data).split(b"\n") if line]
    assert len(left) == len(RECORDS)


SPECIMENS = Path(__file__).parent / "specimens"


@pytest.mark.parametrize("message", ["msg", "message"])
def test_lines_of_a_json_log_that_could_be_an_export_are_followed(
    message: str, tmp_path: Path
) -> None:
    """A Node agent's, and what journalctl follows."""
    lines = [
        json.dumps({"level": 20, "time": round(NOW * 1000) + n * 100, "pid": 1, "jobID": "AJ_1",
                    message: "User turn committed" if n % 5 == 0 else f"step {n}"})
        for n in range(200)
    ]  # fmt: skip
    log = tmp_path / "node.log"
    source = FollowedFiles([str(log)], JOB, JOB)
    records = 0
    for at in range(0, len(lines), 40):
        with log.open("a") as file:
            file.write("\n".join(lines[at : at + 40]) + "\n")
        records += sum(summary.records for summary in source.poll())
        assert records == at + 40
    assert not source.problems


@pytest.mark.parametrize(
    "name", ["array", "newest first", "spans.otlp.jsonl", "pipecat-pipeline-debug.log"]
)
def test_what_is_not_followed_is_named(name: str, tmp_path: Path) -> None:
    lines = [json.dumps(record) for record in RECORDS[:200]]
    array = json.dumps({"events": [{"message": line} for line in lines]}, indent=1)
    data = {"array": array, "newest first": "\n".join(lines[::-1]) + "\n"}.get(name)
    log = tmp_path / "whole.log"
    log.write_text(data or (SPECIMENS / name).read_text())
    source = FollowedFiles([str(log)], JOB, JOB)
    assert not sum(summary.records for summary in source.poll())
    assert "not followed; use --once" in " ".join(source.problems)
    assert sum(summary.records for summary in source.rest())
    assert not source.problems
