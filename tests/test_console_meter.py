"""The console of LiveKit 1.0 to 1.2 draws the microphone's level on the line of each record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import headline, report

METER = "     [Audio] Microphone [-31.70 dBFS] [####      ]"
LINES = [
    f'2026-01-30 16:20:0{n},100 - DEBUG livekit.agents - {said} {{"job_id": "AJ_1"}}'
    for n, said in enumerate(["received job request", *["resumed false interrupted speech"] * 3])
]


@pytest.mark.parametrize("before", [f"\r{METER}\r{METER}\r", f"\x1b[2K\r{METER}\x1b[2K\r", "\r"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_stands_behind_the_meter_is_the_line(before: str, end: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes("".join(before + line + end for line in LINES).encode())
    (tmp_path / "b.log").write_bytes("".join(f"{line}\n" for line in LINES).encode())
    found, whole = report(tmp_path / "a.log"), report(tmp_path / "b.log")
    assert headline(found) == headline(whole)
    assert found.signals["false_interruptions"].count == 3
    assert found.inputs[0].unread == {}
