"""`python -m tools.fuzz.readers [LINES] [SEED]`: generated lines through every reader.

Each file is one of the shapes that a log can come in, made of records of the samples in which
fields hold what they should not, and damaged after that. A reader must not fail, every line must
be understood or be counted as unread, and the compiled scan must count what the careful path does.
What falls is cut down to the lines that it takes, and kept in the folder `fuzz-found`.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from tests import export_shapes, shipping
from tools.fuzz import compare, hostile
from tools.fuzz.mutations import samples
from tools.fuzz.shrinking import smallest
from tuner.errors import TunerError
from tuner.execution import units
from tuner.execution.event_rows import event_rows
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.summary import Summary

FOUND = Path("fuzz-found")
SPECIMENS = Path(__file__).parents[2] / "tests" / "specimens"
MOST_RECORDS = (60, 60, 60, 600)
"""Of a file. A small one is as telling as a large one, and most of its time is not its lines'."""
_FAULT = re.compile(r"\w+(Error|Exception|Iteration) in \w+\.py:\d+")
Fields = dict[str, Any]
Shape = Callable[[Sequence[Fields]], bytes]


def main(lines: int, seed: int) -> int:
    """Generate so many lines; return how many files a reader failed on."""
    done: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        while done.total() < lines:
            name, data = generated(Random(seed))
            found, why = _of(data, path := Path(folder) / name)
            done[name] += found
            if why:
                failed += 1
                _keep(f"{seed}.{name}", smallest(data, lambda less: bool(_of(less, path)[1])), why)
            seed += 1
    least = min(SHAPES, key=lambda name: done[name])
    sys.stdout.write(
        f"{done.total():,} lines in {len(SHAPES)} shapes, {done[least]:,} in {least}, "
    )
    sys.stdout.write(f"the least; {failed} files failed, next seed {seed}\n")
    return failed


def _of(data: bytes, path: Path) -> tuple[int, str]:
    """What `read` says of a file that holds these bytes for so long."""
    path.write_bytes(data)
    try:
        return read(path)
    finally:
        path.unlink()


def _keep(name: str, data: bytes, why: str) -> None:
    FOUND.mkdir(exist_ok=True)
    (FOUND / name).write_bytes(data)
    sys.stdout.write(f"{name}: {why}\n")
    sys.stdout.flush()


def generated(random: Random) -> tuple[str, bytes]:
    """A name that says the shape, and the bytes of a file."""
    name, shape = random.choice(list(SHAPES.items()))
    share = random.choice([0.0, 0.05, 0.3, 1.0])
    start = random.randrange(len(_records()))
    records = _records()[start : start + random.randint(1, random.choice(MOST_RECORDS))]
    records = [
        hostile.record(each, random) if random.random() < share else each for each in records
    ]
    data = hostile.damaged(_shaped(shape, records), random, random.choice([0.0, 0.05, 0.5]))
    return name, data


_UNSHAPABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def _shaped(shape: Shape, records: Sequence[Fields]) -> bytes:
    """The records in a shape, without those that it cannot be made of."""
    with suppress(*_UNSHAPABLE):
        return shape(records)
    return shape([record for record in records if _fits(shape, record)])


def _fits(shape: Shape, record: Fields) -> bool:
    with suppress(*_UNSHAPABLE):
        shape([record])
        return True
    return False


def read(path: Path) -> tuple[int, str]:
    """How many lines a file has, and what went wrong with it; "" if nothing did."""
    try:
        summary, problem = _summary(path)
        with mock.patch.object(units, "SMALL_BYTES", 0):
            scanned, _ = _summary(path)
    except Exception as error:
        return 0, f"reading: {type(error).__name__}: {error}"
    if summary.understood + summary.unread.total() != summary.lines:
        return summary.lines, f"{summary.understood} + {summary.unread.total()} of {summary.lines}"
    faults = [reason for reason in (*summary.unread, problem) if _FAULT.search(reason)]
    other = compare.other_figures(scanned, summary)
    if other:
        faults.append(f"the scan counts otherwise: {', '.join(other)}")
    return summary.lines, "; ".join(faults) or _rows(path)


def _summary(path: Path) -> tuple[Summary, str]:
    """What is known of a file, and why its reading ended early."""
    part = units.whole(units.Unit(str(path)), units.Job(resume=True))
    if part.waiting is not None:
        part.summary.merge(part.waiting)
    return part.summary, part.problem


def _rows(path: Path) -> str:
    """What goes wrong when the events are listed."""
    try:
        for _ in event_rows([path], EVERYTHING):
            pass
    except TunerError as error:
        return str(error) if _FAULT.search(str(error)) else ""
    except Exception as error:
        return f"listing: {type(error).__name__}: {error}"
    return ""


@cache
def _records() -> list[Fields]:
    """Records of LiveKit's JSON, of a turn log among them."""
    logs = [*samples(), (SPECIMENS / "turns.jsonl").read_bytes().split(b"\n")]
    return [record for lines in logs for record in map(_record, lines) if record]


def _record(line: bytes) -> Fields | None:
    with suppress(ValueError):
        found = json.loads(line)
        return found if isinstance(found, dict) and "timestamp" in found else None
    return None


def _json_lines(records: Sequence[Fields]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def _specimen(path: Path) -> Shape:
    """A recorded call, of which only bytes are changed."""
    data = path.read_bytes()
    return lambda _: data


def _specimens() -> Iterator[tuple[str, Shape]]:
    for path in sorted(SPECIMENS.iterdir()):
        yield path.name, _specimen(path)


def _wrapped(wrap: shipping.Wrap) -> Shape:
    return lambda records: wrap(_json_lines(records))


SHAPES: dict[str, Shape] = {
    "json": _json_lines,
    "dev": lambda records: shipping.dev_text(_json_lines(records)),
    **export_shapes.SHAPES,
    **{name: _wrapped(wrap) for name, wrap in shipping.EVERY.items()},
    **dict(_specimens()),
}

if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 1_000_000, numbers[1] if numbers[1:] else 0)))
