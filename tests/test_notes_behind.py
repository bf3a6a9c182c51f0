"""What a person notes behind a line of a log is no part of it, one by one and in the scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_posted_logs import DEV, RECORDS, analyzed, counted
from tests.test_scan_text import stored
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready

NOTES = (
    *("   # <-- here it stops", " <--- !", "  // why?", " -> slow", " --", " !!", " <<< look"),
    *("**", "__", "~~", " ...", "…", " ← hier", " 👈"),
)
BARS = [line.replace(" - ", " | ", 1).replace(" livekit", " | livekit", 1) for line in DEV]
GREY = [line.replace(" {", " \x1b[90m{") + "\x1b[0m" for line in DEV]
GREY = [line.replace("DEBUG", "\x1b[36mDEBUG\x1b[0m") for line in GREY]
LAYOUTS = {"JSON": RECORDS, "dev": DEV, "bars": BARS, "coloured": GREY}


@pytest.mark.parametrize("at", range(len(DEV)))
@pytest.mark.parametrize("layout", ["JSON", "dev", "bars"])
@pytest.mark.parametrize("note", NOTES)
def test_a_note_is_no_part_of_a_line(note: str, layout: str, at: int, tmp_path: Path) -> None:
    lines = list(LAYOUTS[layout])
    lines[at] += note
    report = analyzed(tmp_path, "\n".join(lines))
    assert counted(report) == (2, 1, 1, 1, 1)
    assert not report.inputs[0].unread


def test_what_stands_around_lines_in_bold(tmp_path: Path) -> None:
    text = "\n".join(f"**{line}**" for line in DEV)
    assert counted(analyzed(tmp_path, text)) == (2, 1, 1, 1, 1)


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("note", NOTES)
def test_the_scan_counts_the_same(note: str, layout: str) -> None:
    lines = [line + note * (n % 3 == 0) for n, line in enumerate(LAYOUTS[layout] * 60)]
    data = "".join(f"{line}\n" for line in lines).encode()
    chunk = Chunk(data, at=len(data))
    slow = careful.summarize(chunk, EVERYTHING, 1000.0)
    assert stored(fast.summarize(chunk, EVERYTHING, 1000.0)) == stored(slow)
