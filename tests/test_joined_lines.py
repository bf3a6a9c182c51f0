"""Text logs whose records stand behind each other on one line count as if each had its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_posted_logs import DEV, analyzed, counted
from tuner.execution import cutting
from tuner.exports import joined_lines

OWN = [line.replace(",000 - ", "Z [", 1).replace(" livekit.agents - ", "] ") for line in DEV]
COLOURED = [line.replace(" - ", " - \x1b[36m", 1).replace(" liv", "\x1b[0m liv") for line in DEV]
SIGNS = (" ", "\t", "<br>", "&lt;br/&gt;", "\r", "\\n", "\u2028", "|", "</p><p>")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("lines", [DEV, OWN, COLOURED], ids=["dev", "own", "coloured"])
def test_records_behind_each_other(lines: list[str], sign: str, tmp_path: Path) -> None:
    report = analyzed(tmp_path, f"Here is my log:\n{sign.join(lines)}\n")
    assert counted(report) == (2, 1, 1, 1, 1)
    assert sum(report.inputs[0].unread.values()) == 1


def test_a_long_log_on_one_line(tmp_path: Path) -> None:
    days = (f"{2026 + n // 28}-01-{n % 28 + 1:02}" for n in range(8_000))
    lines = [line.replace("2026-01-02", day) for day in days for line in DEV]
    report = analyzed(tmp_path, " ".join(lines))
    assert counted(report)[:4] == (16_000, 8_000, 8_000, 8_000)


OTHERS = {
    "a line each": "\n".join(DEV),
    "a parent that prints what its child does": "\n".join(
        f"2026-01-02 03:04:05,123 - INFO - {line}" for line in DEV
    ),
    "one message that quotes a line": "\n".join([*DEV[:3], f"{DEV[3]} said: {DEV[0]}"]),
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_lines_of_their_own_stay_whole(text: str, tmp_path: Path) -> None:
    assert not joined_lines.are_joined(text.encode())
    log = tmp_path / "a.log"
    log.write_text(text)
    assert cutting.kind_of(str(log)) == ""
