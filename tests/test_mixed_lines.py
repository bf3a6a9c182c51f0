"""Lines of text and of JSON that take turns are taken apart as they would be line by line."""

from __future__ import annotations

import random

import pytest

from tuner.reading import mixed_lines
from tuner.scan import Lines, LineSorter, Mixed, ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")


def apart(data: bytes) -> Mixed | None:
    """The lines of each kind, told line by line."""
    kinds: tuple[list[tuple[int, bytes]], ...] = ([], [], [])
    before = 0
    for number, line in enumerate(data.removesuffix(b"\n").split(b"\n") if data else (), 1):
        kind = 0
        if line.startswith(b'{"message": "') and line.endswith(b"}"):
            kind = 1 if line.endswith(b'+00:00"}') else 2
        if not kind and before and not line[:1].isalnum():
            return None
        kinds[kind].append((number, line))
        before = kind
    return Mixed(*(Lines(b"".join(b"%b\n" % x for _, x in k), [n for n, _ in k]) for k in kinds))


MIXED = (
    *(b"text", b"{text", b"\xe9t\xe9", b"", b" a}", b"Z}", b"9", b"a\r"),
    *(b'{"message": "a"}', b'{"message": "a"}\r', b'{"message": "half', b'{"message": "+00:00"}'),
    *(b'{"message": "}', b'{"message": "', b' {"message": "a"}', b'{"message":"a+00:00"}'),
)


def test_lines_that_are_taken_apart_at_once_are_those_of_each_kind() -> None:
    dice, sorter, found = random.Random(7), LineSorter(), 0
    for _ in range(3_000):
        weights = [dice.choice((1, 40, 200)), *(1 for _ in MIXED[1:8]), *(9 for _ in MIXED[8:])]
        lines = dice.choices(MIXED, weights, k=dice.randrange(30))
        data = b"\n".join(lines) + dice.choice((b"", b"\n"))
        at_once, one_by_one = sorter.split(data), apart(data)
        assert (at_once is None) == (one_by_one is None)
        for kind, wanted in zip(at_once or (), one_by_one or (), strict=True):
            assert (kind.data, list(kind.numbers)) == wanted
        found += at_once is not None and all(kind.numbers for kind in at_once)
    assert found > 150


def test_a_chunk_with_few_lines_of_one_kind_is_not_taken_apart() -> None:
    text, json = b"text\n", b'{"message": "a"}\n'
    assert mixed_lines.split(text * 100 + json * 100) is not None
    assert mixed_lines.split(text * 99 + json * 100) is None
    assert mixed_lines.split(text * 100 + json * 99) is None
