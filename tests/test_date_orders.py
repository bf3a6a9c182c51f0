"""Dates like 09/11/2026: whether the day stands first, by the log itself."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import samples
from tuner.cli import main as cli
from tuner.exports.ranges import Ranges
from tuner.lines import date_orders

RECORDS = [
    record
    for record in map(json.loads, samples.data("false-interruptions.jsonl").splitlines())
    if record["name"] != "tuner.turns"
]
AT = "%H:%M:%S"


@pytest.mark.parametrize(
    ("times", "day_first"),
    [
        (["20/11/2026 10:00:00"], True),
        (["11/20/2026 10:00:00"], False),
        (["11/09/2026 10:00:00 AM"], False),
        (["11/09/2026 23:59:59", "12/09/2026 00:00:01"], True),
        (["09/11/2026 23:59:59", "09/12/2026 00:00:01"], False),
        (["12/09/2026 00:00:01", "11/09/2026 23:59:59"], True),  # newest first
        (["11/09/2026 10:00:00"], None),
        (["11/11/2026 10:00:00"], None),
        (["11.09.2026 10:00:00"], None),
        (["2026-11-09 10:00:00"], None),
        (["99/12/2026 10:00:00", "98/12/2026 10:00:00"], True),
        ([], None),
    ],
)
def test_a_log_tells_in_which_order_it_writes_dates(
    times: list[str], day_first: bool | None
) -> None:
    assert date_orders.day_first(times) is day_first


def log(form: str, first: datetime, records: int = len(RECORDS), stretch: float = 1.0) -> str:
    """The records from some moment on, in text with dates in this form."""
    began = datetime.fromisoformat(RECORDS[0]["timestamp"])
    lines = []
    for found in RECORDS[:records]:
        at = first + (datetime.fromisoformat(found["timestamp"]) - began) * stretch
        lines.append(f"{at:{form}} {found['level']} {found['name']} - {found['message']}\n")
    return "".join(lines)


def analyzed(path: str, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], bool]:
    """First and last day of a log, and whether it says that its dates may be read in two ways."""
    assert cli.run(["analyze", path, "--json"]) in (0, 1)
    (found,) = json.loads(capsys.readouterr().out)["inputs"]
    is_open = "whether the day or the month stands first" in "".join(found["notes"])
    return [found[name][:10] for name in ("first", "last")], is_open


@pytest.mark.parametrize(
    ("form", "days"),
    [
        ("%d/%m/%Y " + AT, ["2026-11-09", "2026-11-10"]),
        ("%m/%d/%Y " + AT, ["2026-11-09", "2026-11-10"]),
        ("%d-%m-%Y " + AT, ["2026-11-09", "2026-11-10"]),
        ("%m/%d/%Y %I:%M:%S %p", ["2026-11-09", "2026-11-10"]),
    ],
)
def test_midnight_at_the_end_of_a_log_tells_the_order(
    form: str, days: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The beginning has one date only; the last lines have the next."""
    began = datetime(2026, 11, 9, 23, 50, tzinfo=UTC)
    path = tmp_path / "agent.log"
    path.write_text(log(form, began, stretch=12))
    assert path.stat().st_size > 1 << 17
    assert analyzed(str(path), capsys) == (days, False)


@pytest.mark.parametrize(
    ("form", "day"),
    [("%d/%m/%Y", "2026-09-11"), ("%m/%d/%Y", "2026-11-09"), ("%d-%m-%Y", "2026-11-09")],
)
def test_what_no_date_tells_is_said(
    form: str, day: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "agent.log"
    path.write_text(log(f"{form} {AT}", datetime(2026, 11, 9, 10, tzinfo=UTC)))
    assert analyzed(str(path), capsys) == ([day, day], True)


def test_the_end_of_a_stream_is_not_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = log("%m/%d/%Y " + AT, datetime(2026, 11, 9, 23, 50, tzinfo=UTC), stretch=12)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert analyzed("-", capsys)[1]


def test_the_day_after_makes_no_call_a_month_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = datetime(2026, 11, 9, 23, 59, tzinfo=UTC) + timedelta(seconds=40)
    path = tmp_path / "agent.log"
    path.write_text(log("%d/%m/%Y " + AT, began))
    assert analyzed(str(path), capsys) == (["2026-11-09", "2026-11-10"], False)


FORMS = {
    "slashes": "%d/%m/%Y " + AT,
    "commas": "%d/%m/%Y, " + AT,
    "dashes": "%d-%m-%Y " + AT,
    "fractions": "%d/%m/%Y " + AT + ".%f",
}


def csv_export(form: str, first: datetime, apart: timedelta) -> str:
    """The records as a store gives them in columns, with dates in this form."""
    rows = ["time,message,level,logger"]
    for n, found in enumerate(RECORDS[:300]):
        text = found["message"].replace("\n", " ").replace('"', '""')
        cells = f'"{first + n * apart:{form}}","{text}"'
        rows.append(f"{cells},INFO,{found['name']}")
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("first", [datetime(2026, 12, 11, 20), datetime(2026, 11, 5, 23, 50)])
def test_columns_of_a_store_with_the_day_first(
    first: datetime, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(csv_export(form, first, timedelta(minutes=10)))
    last = first + 299 * timedelta(minutes=10)
    days = [f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"]
    assert analyzed(str(path), capsys) == (days, False)


def test_columns_of_a_store_of_one_day_say_that_they_may_be_read_in_two_ways(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, apart = datetime(2026, 11, 5, 10), timedelta(seconds=1)
    path = tmp_path / "export.csv"
    for form, day in (("%d/%m/%Y " + AT, "2026-05-11"), ("%d-%m-%Y " + AT, "2026-11-05")):
        path.write_text(csv_export(form, first, apart))
        assert analyzed(str(path), capsys) == ([day, day], True)
    path.write_text(csv_export("%m/%d/%Y %I:%M:%S %p", first, apart))
    assert analyzed(str(path), capsys) == (["2026-11-05", "2026-11-05"], False)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_ranges_of_an_export_with_the_day_first(form: str) -> None:
    data = csv_export(form, datetime(2026, 12, 11, 20), timedelta(minutes=10)).encode()
    ranges = Ranges(data[: 1 << 13])
    assert ranges.possible
    whole = b"".join(chunk.data for chunk in ranges.chunks(io.BytesIO(data), lambda: 0))
    cut = len(data) // 2 - 7
    begins = cut + ranges.begins(data[cut:])
    parts = (data[:begins], data[begins:])
    halves = [b"".join(c.data for c in ranges.chunks(io.BytesIO(p), lambda: 0)) for p in parts]
    assert b"".join(halves) == whole
    assert whole.count(b"12/12/2026") > 100
    assert b"13/12/2026" not in whole
