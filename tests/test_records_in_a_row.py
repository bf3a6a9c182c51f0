"""Records that a chat put on one line count like the same on lines, wherever a newline was put."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import headline, report
from tests.test_broken_at_blanks import objects

RECORDS = [line for minute in range(2) for line in objects(minute)]
ROW = f"`{' '.join(RECORDS[:4])} Info: Close frame received {' '.join(RECORDS[4:])}`"
INSIDE = [at for at, sign in enumerate(ROW) if sign in " ,:" and ROW[:at].count("{") > 1]


def found(text: str, folder: Path) -> dict[str, object]:
    (folder / "some.log").write_text(f"Here is the log:\n\n{text}\n\nAny ideas?\n")
    return headline(report(folder / "some.log"))


@pytest.mark.parametrize("at", [*INSIDE[::9], ROW.index("interrupted speech") + 6])
@pytest.mark.parametrize("is_taken", [True, False])
def test_one_newline_inside_a_record_loses_nothing(at: int, is_taken: bool, tmp_path: Path) -> None:
    goes_on = at + 1 if is_taken and ROW[at] == " " else at
    shown = found("\n".join(RECORDS), tmp_path)
    assert shown["false interruptions"] == 2
    assert found(f"{ROW[:at]}\n{ROW[goes_on:]}", tmp_path) == shown


def test_a_second_record_of_another_program_is_no_rest(tmp_path: Path) -> None:
    half = ROW[: ROW.rindex('"timestamp"')]
    whole = found("\n".join(RECORDS[:-1]), tmp_path)
    assert found(f"{half}\nsome words that end nothing", tmp_path) == whole
