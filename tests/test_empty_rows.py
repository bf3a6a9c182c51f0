"""Empty lines that an agent printed are rows of an export without a message: nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.export_shapes import dev, line, table, zulu
from tests.test_exports import RECORDS
from tests.test_posted_logs import analyzed, counted
from tests.test_rich_broken_rows import FALSE

SOME = RECORDS[350:420]


def export(rows: list[tuple[str, str]]) -> bytes:
    return table(("timestamp", "message"), rows)


@pytest.mark.parametrize("times", [1, 40], ids=["small", "half a megabyte and more"])
@pytest.mark.parametrize("write", [line, dev])
def test_empty_rows_of_csv(write: object, times: int, tmp_path: Path) -> None:
    assert callable(write)
    rows = [(zulu(record), write(record)) for record in SOME] * times
    spaced = [each for time, text in rows for each in ((time, text), (time, ""), (time, "  "))]
    plain, found = analyzed(tmp_path, export(rows)), analyzed(tmp_path, export(spaced))
    assert counted(found) == counted(plain)
    assert found.inputs[0].unread == plain.inputs[0].unread == {}
    assert found.signals["false_interruptions"].observable == "yes"


def test_a_word_for_no_value_is_still_named(tmp_path: Path) -> None:
    rows = [(zulu(record), dev(record)) for record in SOME]
    found = analyzed(tmp_path, export([*rows, (rows[-1][0], "(null)")]))
    assert sum(found.inputs[0].unread.values()) == 1


def test_the_comma_before_milliseconds_makes_no_columns(tmp_path: Path) -> None:
    """supervisord at loglevel=debug: a heading of its own above each row of a Rich screen."""
    heading = "2026-02-10 20:06:00,461 DEBG 'agent' stderr output:\n"
    ids = '{"pid": 7, "job_id": "AJ_1"}'
    rows = [f"    20:06:{n:02d} DEBUG  livekit.agents   {FALSE} {ids}\n" for n in range(20)]
    found = analyzed(tmp_path, "".join(heading + row for row in rows))
    assert found.signals["false_interruptions"].count == len(rows)
    assert "CSV export" not in found.inputs[0].wrappers
