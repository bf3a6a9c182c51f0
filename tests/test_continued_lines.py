"""A job's log of GitLab CI counts as the agent's log does, wherever the runner broke its lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.test_exports import LINES, report
from tuner.exports import continued_lines

AT = b"2026-06-21T11:16:%02d.545000Z "


def broken(lines: list[bytes], seed: int) -> Iterator[bytes]:
    """Lines with the runner's times; one in five goes on once or more."""
    random = Random(seed)
    yield AT % 0 + b"00O section_start:1782040600:step_script\x1b[0K"
    yield AT % 0 + b'00O+\x1b[0K\x1b[36;1mExecuting "step_script" stage\x1b[0;m'
    for line in lines:
        cuts = sorted(random.sample(range(1, len(line)), random.choice((0, 0, 0, 0, 2))))
        pieces = [line[a:b] for a, b in zip((0, *cuts), (*cuts, len(line)), strict=True)]
        for sign, piece in zip((b" ", *[b"+"] * len(cuts)), pieces, strict=True):
            yield AT % 7 + b"01O" + sign + piece


@pytest.mark.parametrize("seed", [1, 2])
def test_lines_that_go_on_are_put_together(seed: int, tmp_path: Path) -> None:
    some = LINES[:600]
    wanted = report(tmp_path, b"\n".join(some) + b"\n")
    found = report(tmp_path, b"\n".join(broken(some, seed)) + b"\n")
    assert {n: s.count for n, s in found.signals.items()} == {
        n: s.count for n, s in wanted.signals.items()
    }
    assert found.latency == wanted.latency
    assert found.exposure.calls == wanted.exposure.calls
    assert sum(found.inputs[0].unread.values()) == 1  # the runner's own


@pytest.mark.parametrize("size", [7, 1000, 1 << 20])
def test_each_line_keeps_its_number(size: int) -> None:
    lines = [*broken(LINES[:50], 3)]
    data = b"\n".join(lines)
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    joined = b"".join(continued_lines.joined(blocks)).split(b"\n")
    for number, line in enumerate(lines):
        begins = line[31:32] != b"+"
        assert joined[number].startswith(line) if begins else not joined[number]


def test_what_goes_on_with_nothing_stays() -> None:
    lines = [AT % 1 + b"01O+half a line", b"no time", AT % 1 + b"01E+another's", AT % 2 + b"00O a"]
    joined = b"".join(continued_lines.joined([b"\n".join(lines)]))
    assert joined.split(b"\n")[:4] == lines
