"""The line of progress says share, rate and time left, as far as they are known."""

from __future__ import annotations

import io

import pytest

from tuner.cli.progress import duration, line, shown, size


def test_one_line_is_rewritten_ten_times_a_second_and_cleared() -> None:
    clock, terminal = iter([0.0, 0.05, 0.2, 0.25, 5.0]), io.StringIO()
    with shown(terminal, lambda: next(clock)) as show:
        for done in (1, 2, 3, 4):
            show(done * 1_000_000, 10_000_000)
    assert terminal.getvalue().split("\r\x1b[K") == [
        "",
        "20 % of 10 MB, 10 MB/s",
        "40 % of 10 MB, 800 kB/s, 8 s left",
        "",
    ]


@pytest.mark.parametrize(
    ("done", "total", "seconds", "shown"),
    [
        (0, 1_000_000, 0.0, "0 % of 1.0 MB"),
        (400_000_000, 1_000_000_000, 2.0, "40 % of 1.0 GB, 200 MB/s, 3 s left"),
        (400_000, 1_000_000, 0.5, "40 % of 1.0 MB, 800 kB/s"),
        (5_000_000, 0, 2.0, "5.0 MB read, 2.5 MB/s"),
        (1_200_000, 1_000_000, 2.0, "100 % of 1.0 MB, 600 kB/s, 0 s left"),
    ],
)
def test_line(done: int, total: int, seconds: float, shown: str) -> None:
    assert line(done, total, seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (999_499, "999 kB"), (9_949, "9.9 kB"), (2e15, "2000 TB")],
)
def test_size(count: float, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0 s"), (59.4, "59 s"), (90, "2 min"), (7300, "2 h 2 min")]
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
