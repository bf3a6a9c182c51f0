"""A kind of log in, the stretches that it repeats out, each with its truth.

Every kind is made of genuine sample logs; nothing but the choice of lines differs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from benchmarks import entries
from benchmarks.entries import Entry
from benchmarks.layout_shapes import LAYOUT_SHAPES, SCREENS
from benchmarks.shapes import CALL_RECORD, SHAPES, Shape
from benchmarks.templates import Template
from benchmarks.truth import Truth, tell

DEBUG, DEV = "false-interruptions.jsonl", "slow-model.dev.log"
INFO = ("healthy-info.jsonl", DEBUG, "cut-offs.jsonl.gz")
_MARKER = "metrics_collected is deprecated"
"""Every call begins with this warning; thinned logs keep it, so that they keep their calls."""


class Block:
    """One stretch of log: its records, made into a template and counted when first asked for."""

    def __init__(self, chosen: Sequence[Entry], seed: int) -> None:
        self.entries = chosen
        self._seed = seed

    @cached_property
    def template(self) -> Template:
        """The stretch as something that can be copied."""
        return Template([entry.raw for entry in self.entries], self._seed)

    @cached_property
    def truth(self) -> Truth:
        """What is true of one copy."""
        return tell(self.entries)


def sparse(density: float, seed: int) -> list[Block]:
    """JSON at DEBUG in which the share `density` of the lines are signals."""
    return _thinned(DEBUG, density, seed)


def dev(density: float, seed: int) -> list[Block]:
    """Coloured dev text at DEBUG, thinned in the same way."""
    return _thinned(DEV, density, seed)


def debug(_: float, seed: int) -> list[Block]:
    """The whole JSON log at DEBUG, as it was written."""
    return [Block(entries.read(DEBUG), seed)]


def info_debug(_: float, seed: int) -> list[Block]:
    """The same without the HTTP clients' DEBUG lines: INFO, and LiveKit at DEBUG."""
    return [Block([e for e in entries.read(DEBUG) if _is_info_debug(e)], seed)]


def _is_info_debug(entry: Entry) -> bool:
    return entry.level != "DEBUG" or str(entry.extras["name"]).startswith("livekit")


def dense(_: float, seed: int) -> list[Block]:
    """JSON at INFO: the healthy log, then of the other JSON logs what INFO would have let by."""
    logs = (entries.read(name) for name in INFO)
    return [Block([e for e in log if e.level != "DEBUG"], seed) for log in logs]


def docker(density: float, seed: int) -> list[Block]:
    """The dense log as Docker's json-file driver keeps it."""
    return _shipped(dense(density, seed), _docked, seed)


def cri(density: float, seed: int) -> list[Block]:
    """The dense log as Kubernetes keeps it."""
    return _shipped(dense(density, seed), lambda line, time: b"%s stdout F %s" % (time, line), seed)


def _docked(line: bytes, time: bytes) -> bytes:
    entry = {"log": line.decode(), "stream": "stdout", "time": time.decode()}
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _shipped(blocks: list[Block], wrap: Callable[[bytes, bytes], bytes], seed: int) -> list[Block]:
    """The same records in a wrapper with the time of each."""
    return [
        Block([e._replace(raw=wrap(e.raw, _nanoseconds(e))) for e in block.entries], seed)
        for block in blocks
    ]


def _shaped(shape: Shape, most: int | None = None) -> Callable[[float, int], list[Block]]:
    """The dense log in another layout, or as an export of it: `most` records of each block."""

    def blocks(density: float, seed: int) -> list[Block]:
        return [
            Block(
                [e._replace(raw=shape.write(e) + shape.comma) for e in block.entries[:most]], seed
            )
            for block in dense(density, seed)
        ]

    return blocks


def _drawn(shape: Shape) -> Callable[[float, int], list[Block]]:
    """The whole log at DEBUG as a screen of Rich."""

    def blocks(_: float, seed: int) -> list[Block]:
        chosen = entries.read(DEBUG)[:_DRAWN]
        return [Block([e._replace(raw=shape.write(e)) for e in chosen], seed)]

    return blocks


def _recorded(*names: str) -> Callable[[float, int], list[Block]]:
    """Call records as their own programs wrote them, each a block."""
    return lambda _density, seed: [Block(_raw_lines(SPECIMENS / name), seed) for name in names]


def _raw_lines(path: Path) -> list[Entry]:
    """The lines; a job is named so that each copy is a call of its own, as it would be."""
    text = path.read_bytes().replace(b'"AJ_test"', b'"AJ_report0001"')
    lines = text.splitlines(keepends=True)
    return [Entry(line, "", "", at, "", {}) for at, line in enumerate(lines)]


def _nanoseconds(entry: Entry) -> bytes:
    return str(entry.extras["timestamp"]).removesuffix("+00:00").encode() + b"417Z"


_DRAWN = 2_000
"""Rich takes a millisecond to draw a record."""
SPECIMENS = Path(__file__).parent.parent / "tests" / "specimens"
KINDS: dict[str, Callable[[float, int], list[Block]]] = {
    "debug": debug,
    "info-debug": info_debug,
    "sparse": sparse,
    "dense": dense,
    "dev": dev,
    "docker": docker,
    "cri": cri,
    **{name: _shaped(shape) for name, shape in SHAPES.items() if shape is not CALL_RECORD},
    **{
        name: _shaped(shape, _DRAWN if name in SCREENS else None)
        for name, shape in LAYOUT_SHAPES.items()
    },
    **{f"debug-{name}": _drawn(LAYOUT_SHAPES[name]) for name in SCREENS},
    "pipecat": _recorded("pipecat-pipeline-debug.log", "pipecat-default-format.log"),
    "spans": _recorded("spans.otlp.jsonl"),
    "session-reports": _recorded("session_report.json"),
    "spans-console": _recorded("spans.console.jsonl"),
}
TEXTS = ("dev", "docker", "cri", *SHAPES, *LAYOUT_SHAPES, *(f"debug-{name}" for name in SCREENS))
"""Kinds that are no JSON to who does not know better."""


def _thinned(name: str, density: float, seed: int) -> list[Block]:
    """All the noise of a log in every block, and the signals dealt out over the blocks.

    What speaks of one response stays together. So many blocks are made that each signal stands
    in one of them, hence no kind of line is lost.
    """
    log = entries.read(name)
    telling = [e for e in log if e.telling and not e.message.startswith(_MARKER)]
    always = {e.unit for e in log} - {e.unit for e in telling}
    signals, noise = sum(bool(e.kind) for e in log), sum(not e.telling for e in log)
    number = max(1, round(signals * (1 - density) / (noise * density)))
    units = sorted({e.unit for e in telling})
    random.Random(seed).shuffle(units)
    return [Block(list(_chosen(log, always | set(units[i::number]))), seed) for i in range(number)]


def _chosen(log: Sequence[Entry], units: set[int]) -> Iterator[Entry]:
    return (entry for entry in log if entry.unit in units)
