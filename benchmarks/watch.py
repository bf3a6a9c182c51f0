"""Measures `tuner watch`: does it keep up with 20 MB/s, and does its memory stay flat?

python -m benchmarks.watch        # 10 GB in a file that grows, 10 GB by a pipe, a minute at 20 MB/s
python -m benchmarks.watch --size 1GB --seconds 20

Every round of the log has calls of its own. CPU time is measured, not wall time: a machine that is
busy with something else does not change the verdict. The file takes `--size` in `--dir`, and is
deleted.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import psutil  # type: ignore[import-untyped]

from benchmarks.make_logs import DEFAULT_DIR, Recipe, make, parse_size

MB = 10**6
BASE = Recipe("dense", 100 * MB)
RATE = 20 * MB
MOST_MEMORY = 150 * MB
_PIECE = MB
_LONGEST_WAIT_S = 300.0
_COMMAND = [sys.executable, "-m", "tuner", "watch"]
_OPTIONS = ["--json", "--every", "1"]


GB = 1000 * MB
MARKS = tuple(n * GB for n in (1, 2, 5, 10, 20, 50, 100))
"""When so many bytes are read, memory and CPU time are written down."""


class Mark(NamedTuple):
    """Memory in bytes and CPU seconds when `read` bytes were."""

    read: int
    memory: int
    cpu_s: float


class Watched(NamedTuple):
    """What one run gave: lines and bytes written, lines counted, CPU seconds, memory in bytes."""

    written: int
    lines: int
    counted: int
    cpu_s: float
    memory: list[int]
    longest_lag: int = 0
    marks: tuple[Mark, ...] = ()


def rounds(log: Path, size: int) -> Iterator[bytes]:
    """The log again and again, each round with calls of its own, up to `size` bytes in all."""
    data, done, number = log.read_bytes(), 0, 0
    while done < size:
        part = data.replace(b'"AJ_', b'"AJ_%d' % number)[: size - done]
        yield part[: part.rfind(b"\n") + 1]
        done, number = done + len(part), number + 1


class Figures:
    """Reads the snapshots of a watch and its memory, as they come."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.lines, self.memory, self.cpu_s = 0, [0], 0.0
        self.marks: list[Mark] = []
        self._process, self._watch = process, psutil.Process(process.pid)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            document: dict[str, Any] = json.loads(line)
            if document["type"] == "snapshot":
                self.lines = document["totals"].get("lines", 0)
                self.take()

    def take(self) -> None:
        """Note memory and CPU time, while the process is there."""
        try:
            self.memory.append(self._watch.memory_info().rss)
            times = self._watch.cpu_times()
            self.cpu_s = times.user + times.system
        except psutil.Error:
            return

    def mark(self, before: int, read: int) -> None:
        """Write memory and CPU time down where one of MARKS was passed since `before`, give or take
        the last line, which is left out if it would go beyond."""
        if any(before < place - MB <= read for place in MARKS):
            self.take()
            self.marks.append(Mark(read, self.memory[-1], self.cpu_s))

    def wait(self, lines: int, seconds: float) -> None:
        """Wait until so many lines are counted, but not forever."""
        deadline = time.monotonic() + seconds
        while self.lines < lines and time.monotonic() < deadline:
            time.sleep(0.05)

    def join(self) -> None:
        """Wait for the last snapshot."""
        self._thread.join(60)


def flood(log: Path, size: int) -> Watched:
    """Everything through a pipe, as fast as the watch takes it."""
    command = [*_COMMAND, "-", *_OPTIONS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        figures, lines, written = Figures(process), 0, 0
        assert process.stdin is not None
        for part in rounds(log, size):
            process.stdin.write(part)
            lines, before, written = lines + part.count(b"\n"), written, written + len(part)
            figures.mark(before, written)
        process.stdin.flush()
        figures.take()
        process.stdin.close()
        process.wait()
        figures.join()
    return _watched(figures, written, lines)


def grown(log: Path, size: int, folder: Path) -> Watched:
    """Everything into one file, each part when the one before is counted."""
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        path = Path(inner) / "app.log"
        path.touch()
        with subprocess.Popen([*_COMMAND, str(path), *_OPTIONS], stdout=subprocess.PIPE) as process:
            figures, lines, written = Figures(process), 0, 0
            with path.open("ab") as out:
                for part in rounds(log, size):
                    out.write(part)
                    out.flush()
                    lines, before, written = lines + part.count(b"\n"), written, written + len(part)
                    figures.wait(lines, _LONGEST_WAIT_S)
                    figures.mark(before, written)
            process.terminate()
    return _watched(figures, written, lines)


def _watched(figures: Figures, written: int, lines: int) -> Watched:
    marks = tuple(figures.marks)
    return Watched(written, lines, figures.lines, figures.cpu_s, figures.memory, marks=marks)


def steadily(log: Path, seconds: float) -> Watched:
    """A file that grows by RATE and is rotated every 200 MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "app.log"
        path.touch()
        command = [*_COMMAND, str(path), *_OPTIONS]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            figures = Figures(process)
            written, lines, lag = _grow(path, log, seconds, figures)
            figures.wait(lines, 30)
            figures.take()
            process.terminate()
        return Watched(written, lines, figures.lines, figures.cpu_s, figures.memory, lag)


def _grow(path: Path, log: Path, seconds: float, figures: Figures) -> tuple[int, int, int]:
    """Append at RATE; how many bytes and lines, and how many lines the watch was behind at most."""
    written = lines = lag = 0
    began = time.monotonic()
    out: IO[bytes] = path.open("ab")
    for part in rounds(log, int(RATE * seconds)):
        for at in range(0, len(part), _PIECE):
            piece = part[at : at + _PIECE]
            out.write(piece)
            out.flush()
            written, lines = written + len(piece), lines + piece.count(b"\n")
            lag = max(lag, lines - figures.lines)
            time.sleep(max(0.0, began + written / RATE - time.monotonic()))
        if written % (2 * BASE.size) < BASE.size:
            out = _rotated(path, out)
    out.close()
    return written, lines, lag


def _rotated(path: Path, out: IO[bytes]) -> IO[bytes]:
    out.close()
    path.replace(path.with_name("app.log.1"))
    return path.open("ab")


def main() -> int:
    """Measure and print; exit 1 if something is not met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=parse_size, default=parse_size("10GB"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--dir", type=Path, default=DEFAULT_DIR)
    options = parser.parse_args()
    log = make(BASE, options.dir).path
    file, pipe = grown(log, options.size, options.dir), flood(log, options.size)
    steady = steadily(log, options.seconds)
    share = steady.cpu_s / options.seconds
    behind = steady.longest_lag / max(1.0, steady.lines / options.seconds)
    results = [
        *_judged("file", file),
        *_judged("pipe", pipe),
        *_judged("20 MB/s", steady),
        ("CPU at 20 MB/s, of one core", share < 1, f"{100 * share:.0f} %"),
        ("furthest behind, seconds (not judged)", True, f"{behind:.1f}"),
    ]
    for name, met, figure in results:
        sys.stdout.write(f"{'ok ' if met else 'NOT'}  {name}: {figure}\n")
    return 0 if all(met for _, met, _ in results) else 1


def _judged(name: str, one: Watched) -> Iterator[tuple[str, bool, str]]:
    """(what, whether it is met, the figure) of one run."""
    rate, most = one.written / one.cpu_s / MB, max(one.memory)
    yield f"{name}, lines counted", one.counted == one.lines, f"{one.counted:,} of {one.lines:,}"
    yield f"{name}, MB a CPU second", rate >= RATE / MB, f"{rate:.0f} (needs {RATE / MB:.0f})"
    yield f"{name}, most memory, MB", most < MOST_MEMORY, f"{most / MB:.0f}"
    yield f"{name}, memory, second half over first", True, f"{_growth(one.memory):.2f}"
    for mark in one.marks:
        figure = f"{mark.memory / MB:.0f} MB, {mark.read / mark.cpu_s / MB:.0f} MB a CPU second"
        yield f"{name}, after {mark.read / GB:.0f} GB", True, figure


def _growth(memory: list[int]) -> float:
    half = len(memory) // 2
    return max(memory[half:]) / (max(memory[:half], default=0) or math.nan)


if __name__ == "__main__":
    sys.exit(main())
