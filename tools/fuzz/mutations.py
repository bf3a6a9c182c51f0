"""Lines of real logs in, lines of a damaged log out: one small change, of a kind that logs have."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from random import Random

SAMPLES = Path(__file__).parents[2] / "sample_logs"
MOST_LINES = 2_000
Lines = list[bytes]
Mutation = Callable[[Lines, Random], None]


def samples() -> list[Lines]:
    """The first lines of each sample log."""
    found = []
    for path in sorted(SAMPLES.iterdir()):
        if path.suffix in (".jsonl", ".log", ".gz"):
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            found.append(data.split(b"\n")[:MOST_LINES])
    return found


def _any(lines: Lines, random: Random) -> int:
    return random.randrange(len(lines))


def _escape(lines: Lines, random: Random) -> None:
    """A letter is written as JSON may write it."""
    n = _any(lines, random)
    at = random.randrange(len(lines[n]) + 1)
    letter = lines[n][at : at + 1]
    if letter.isalpha():
        lines[n] = lines[n][:at] + b"\\u%04x" % ord(letter) + lines[n][at + 1 :]


def _end(lines: Lines, random: Random) -> None:
    """Another end of line."""
    end = random.choice([b"\r", b"\r\r", b" ", b"\t", b"\x1b[0m", b"\0", b"\x0c", b"}", b"\xff"])
    for n in [_any(lines, random)] if random.random() < 0.7 else range(len(lines)):
        lines[n] += end


def _start(lines: Lines, random: Random) -> None:
    """Something before a line."""
    start = random.choice([b"\r", b" ", b"\xef\xbb\xbf", b"\x1b[36m", b"| ", b"web-1  | ", b"2026"])
    for n in [_any(lines, random)] if random.random() < 0.7 else range(len(lines)):
        lines[n] = start + lines[n]


def _piece(lines: Lines, random: Random) -> None:
    """A container runtime split a line; the end may never come, or stand further below."""
    n = _any(lines, random)
    at = random.randrange(len(lines[n]) + 1)
    head, tail = lines[n][:at], lines[n][at:]
    stream = random.choice([b"stdout", b"stderr"])
    lines[n] = b"2026-11-20T09:36:05Z " + stream + b" P " + head
    if random.random() < 0.7:
        below = min(len(lines), n + random.choice([1, 1, 2, 5]))
        lines.insert(below, b"2026-11-20T09:36:05Z " + stream + b" F " + tail)


def _wrap(lines: Lines, random: Random) -> None:
    """Some lines stand in a wrapper, others do not."""
    share = random.choice([1.0, 0.5, 0.01])
    for n, line in enumerate(lines):
        if random.random() < share:
            lines[n] = b"2026-11-20T09:36:05.123456789Z stdout F " + line


def _byte(lines: Lines, random: Random) -> None:
    """One byte is another one, is gone, or is new."""
    n = _any(lines, random)
    at, cut = random.randrange(len(lines[n]) + 1), random.choice([0, 1, 1])
    new = random.choice([b"", bytes([random.randrange(256)]), b'"', b"\\", b"{", b"0", b"-", b","])
    lines[n] = lines[n][:at] + new + lines[n][at + cut :]


def _below(lines: Lines, random: Random) -> None:
    """An indented line below one whose beginning may be damaged."""
    n = _any(lines, random)
    at = random.randrange(60)
    lines[n] = lines[n][:at] + random.choice([b"{", b",", b"\xff", b"\x1b"]) + lines[n][at + 1 :]
    below = random.choice(
        [b"    raise ValueError", b'  "turns": 3,', b"\tat turn (a.ts:3)", b"   "]
    )
    lines.insert(n + 1, below)


def _cut(lines: Lines, random: Random) -> None:
    n = _any(lines, random)
    lines[n] = lines[n][: random.randrange(len(lines[n]) + 1)]


def _join(lines: Lines, random: Random) -> None:
    """A newline is lost."""
    n = _any(lines, random)
    if n + 1 < len(lines):
        lines[n] += lines.pop(n + 1)


def _number(lines: Lines, random: Random) -> None:
    """Another figure."""
    n = _any(lines, random)
    figure = random.choice([b"-0", b"1e5", b"1E-9", b"0.1.", b"1_0", b"1e400", b"01", b"9" * 40])
    colon = lines[n].rfind(b": ", 0, random.randrange(len(lines[n]) + 1)) + 2
    comma = lines[n].find(b",", colon)
    if colon > 1 and comma > 0:
        lines[n] = lines[n][:colon] + figure + lines[n][comma:]


def _swap(lines: Lines, random: Random) -> None:
    first, second = _any(lines, random), _any(lines, random)
    lines[first], lines[second] = lines[second], lines[first]


def _mix(lines: Lines, random: Random) -> None:
    """Lines of another log stand between."""
    other = random.choice(samples())
    for _ in range(random.choice([1, 5, 50])):
        lines.insert(_any(lines, random), random.choice(other))


MUTATIONS: tuple[Mutation, ...] = (
    *(_escape, _end, _start, _piece, _wrap, _byte, _below, _cut, _join, _number, _swap, _mix),
)


def mutated(lines: Lines, random: Random) -> Lines:
    """The lines with one to five changes."""
    lines = list(lines)
    for _ in range(random.randint(1, 5)):
        random.choice(MUTATIONS)(lines, random)
    return lines
