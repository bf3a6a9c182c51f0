"""The console of LiveKit 1.0 to 1.2 draws the microphone's level on the line of each record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import headline, report


def meter(n: int) -> str:
    """As loud as it is at that moment."""
    return f"     [Audio] Microphone [-{n * 7 + 3}.70 dBFS] [{'#' * n:<30}]"


LINES = [
    f'2026-01-30 16:20:0{n},100 - DEBUG livekit.agents - {said} {{"job_id": "AJ_1"}}'
    for n, said in enumerate(["received job request", *["resumed false interrupted speech"] * 3])
]


def drawn(n: int) -> str:
    """More often before some lines than before others."""
    return "".join(f"\r{meter(at)}" for at in range(n, 2 * n + 1)) + "\r"


def wiped(n: int) -> str:
    return f"\x1b[2K\r{meter(n)}\x1b[2K\r"


@pytest.mark.parametrize("before", [drawn, wiped])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_stands_behind_the_meter_is_the_line(
    before: Callable[[int], str], end: str, tmp_path: Path
) -> None:
    lines = [before(n) + line + end for n, line in enumerate(LINES)]
    (tmp_path / "a.log").write_bytes("".join(lines).encode())
    (tmp_path / "b.log").write_bytes("".join(f"{line}\n" for line in LINES).encode())
    found, whole = report(tmp_path / "a.log"), report(tmp_path / "b.log")
    assert headline(found) == headline(whole)
    assert found.signals["false_interruptions"].count == 3
    assert found.inputs[0].unread == {}
