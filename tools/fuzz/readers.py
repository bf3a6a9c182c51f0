"""`python -m tools.fuzz.readers [LINES] [SEED]`: generated lines through every reader.

Each file is one of the shapes that a log can come in, made of records of the samples in which
fields hold what they should not, and damaged after that. A reader must not fail, and every line
must be understood or be counted as unread. What falls is kept in the folder `fuzz-found`.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests import export_shapes, shipping
from tools.fuzz import hostile
from tools.fuzz.mutations import samples
from tuner.errors import TunerError
from tuner.execution import units
from tuner.execution.event_rows import event_rows
from tuner.reading.record_filter import EVERYTHING

FOUND = Path("fuzz-found")
SPECIMENS = Path(__file__).parents[2] / "tests" / "specimens"
MOST_RECORDS = 60
_FAULT = re.compile(r"\w+(Error|Exception|Iteration) in \w+\.py:\d+")
Fields = dict[str, Any]
Shape = Callable[[Sequence[Fields]], bytes]


def main(lines: int, seed: int) -> int:
    """Generate so many lines; return how many files a reader failed on."""
    done = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        while done < lines:
            random = Random(seed)
            name, data = generated(random)
            path = Path(folder) / name
            path.write_bytes(data)
            found, why = read(path)
            done += found
            if why:
                failed += 1
                _keep(f"{seed}.{name}", data, why)
            path.unlink()
            seed += 1
    sys.stdout.write(f"{done:,} lines, {failed} files failed, next seed {seed}\n")
    return failed


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
    records = _records()[start : start + random.randint(1, MOST_RECORDS)]
    records = [
        hostile.record(each, random) if random.random() < share else each for each in records
    ]
    with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return name, hostile.damaged(shape(records), random, random.choice([0.0, 0.05, 0.5]))
    return name, b""  # the shape itself could not be made of such records


def read(path: Path) -> tuple[int, str]:
    """How many lines a file has, and what went wrong with it; "" if nothing did."""
    try:
        part = units.whole(units.Unit(str(path)), units.Job(resume=True))
    except Exception as error:
        return 0, f"reading: {type(error).__name__}: {error}"
    summary = part.summary
    if part.waiting is not None:
        summary.merge(part.waiting)
    if summary.understood + summary.unread.total() != summary.lines:
        return summary.lines, f"{summary.understood} + {summary.unread.total()} of {summary.lines}"
    faults = [reason for reason in (*summary.unread, part.problem) if _FAULT.search(reason)]
    return summary.lines, "; ".join(faults) or _rows(path)


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
