"""Any export of any store counts as the log that it was made of."""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import export_shapes, samples
from tests.in_turn import one_in
from tuner import pipeline
from tuner.execution import engine
from tuner.execution.engine import ReadOptions
from tuner.execution.units import Job
from tuner.exports.plain_beginnings import is_plain
from tuner.model import Report

LINES = samples.two_calls()
RECORDS = [json.loads(line) for line in LINES]


def report(tmp_path: Path, data: bytes) -> Report:
    path = tmp_path / "input"
    path.write_bytes(data)
    return pipeline.analyze([path], environ={})


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(tmp_path_factory.mktemp("plain"), b"\n".join(LINES) + b"\n")


def physical(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


@pytest.mark.parametrize("name", export_shapes.SHAPES)
def test_an_export_counts_as_its_log(name: str, tmp_path: Path, plain: Report) -> None:
    data = export_shapes.SHAPES[name](RECORDS)
    found = report(tmp_path, data)
    (info,) = found.inputs
    assert samples.headline(found) == samples.headline(plain)
    assert info.unread == {}
    assert info.bytes == len(data) or name == "console"
    assert info.first == pytest.approx(plain.first, abs=1e-3)
    assert info.last == pytest.approx(plain.last, abs=1e-3)
    assert info.lines == info.understood
    if data.count(b"\n") >= len(RECORDS) and name != "console":
        assert info.lines == physical(data)


def test_commas_with_blanks_around_them_in_a_message_leave_the_columns(tmp_path: Path) -> None:
    records = [RECORDS[0] | {"message": "late , very , late"}, *RECORDS]
    found = report(tmp_path, export_shapes.SHAPES["headless_csv"](records))
    assert found.inputs[0].wrappers == ("CSV export",)
    assert found.signals["openai_calls"].count == 24


def test_a_word_without_a_value_is_true(tmp_path: Path) -> None:
    """structlog's LogfmtRenderer writes nothing else for it."""
    records = [
        {**record, "delay_completed": True} if "delay_completed" in record else record
        for record in RECORDS
    ]
    found = report(tmp_path, export_shapes.SHAPES["logfmt"](records))
    plain = report(tmp_path, b"\n".join(json.dumps(r).encode() for r in records) + b"\n")
    assert sum(record.get("delay_completed") is True for record in records) > 5
    assert samples.headline(found) == samples.headline(plain)
    assert found.inputs[0].unread == {}


@pytest.mark.parametrize("name", ["insights_csv", "gcp_array", "viewer_csv", "jq", "splunk_lines"])
def test_evidence_names_the_line_of_the_export(name: str, tmp_path: Path) -> None:
    data = export_shapes.SHAPES[name](RECORDS)
    found = report(tmp_path, gzip.compress(data))
    physical_lines = data.decode().split("\n")
    places = [place for finding in found.findings for place in finding.evidence]
    assert places
    for place in places:
        word = place.text.split(" ")[3]  # behind time, level and logger
        assert word in _around(physical_lines, place.line)[:400]


def _around(lines: list[str], number: int) -> str:
    """The record that begins on a line of the export, without quotes and escapes."""
    return re.sub(r'[\\"\s]+', "", "".join(lines[number - 1 : number + 40]))


@pytest.mark.parametrize("order", ["newest first", "shuffled"])
def test_a_shuffled_or_reversed_export_counts_the_same(
    order: str, tmp_path: Path, plain: Report
) -> None:
    newest_first, shuffled = RECORDS[::-1], random.Random(4).sample(RECORDS, len(RECORDS))
    records = newest_first if order == "newest first" else shuffled
    some = ("insights_csv", "gcp_array", "journald_lines", "counted_syslog_lines")
    counts = samples.headline(plain)
    assert all(counts[name] for name in ("false interruptions", "cut-offs", "openai calls"))
    differ: dict[tuple[str, str], object] = {}
    for name in one_in(2, export_shapes.SHAPES) if order == "shuffled" else some:
        found = report(tmp_path, export_shapes.SHAPES[name](records))
        differ |= {(name, k): v for k, v in samples.headline(found).items() if v != counts[k]}
        assert found.exposure.minutes == pytest.approx(plain.exposure.minutes, abs=1e-3)
    assert differ == {}


def test_an_object_that_an_app_prints_between_lines_makes_no_export_of_them() -> None:
    printed = json.dumps({"stats": {"calls": 3}}, indent=2).encode()
    assert is_plain(b"\n".join([*LINES[:40], printed, *LINES[40:80]]))
    spread = json.dumps(RECORDS[40], indent=2).encode()
    assert not is_plain(b"\n".join([*LINES[:40], spread, *LINES[41:80]]))


def test_the_table_of_events_names_the_lines_of_the_export(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(export_shapes.gcp_array(RECORDS))
    rows = list(pipeline.rows([path]))
    lines = path.read_text().split("\n")
    plain = tmp_path / "plain"
    plain.write_bytes(b"\n".join(LINES) + b"\n")
    before = list(pipeline.rows([plain]))
    assert [row["kind"] for row in rows] == [row["kind"] for row in before]
    assert all(lines[row["line"] - 1] == "  {" for row in rows)


def test_an_export_is_read_anew_by_every_run_with_a_state(tmp_path: Path) -> None:
    path, state = tmp_path / "input", tmp_path / "state"
    for n in (100, 200, 200):
        path.write_bytes(export_shapes.insights_csv(RECORDS[:n]))
        (read,), _ = engine.read([path], Job(), ReadOptions(1, state))
        assert read.summary.records == n


def test_a_byte_order_mark_and_utf_16(tmp_path: Path, plain: Report) -> None:
    for data in (
        b"\xef\xbb\xbf" + export_shapes.gcp_array(RECORDS),
        export_shapes.insights_csv(RECORDS).decode().encode("utf-16"),
    ):
        assert samples.headline(report(tmp_path, data)) == samples.headline(plain)


# --- bad input -----------------------------------------------------------------------------------


def unread(found: Report) -> dict[str, int]:
    (info,) = found.inputs
    assert info.lines == info.understood + sum(info.unread.values())
    return dict(info.unread)


def records_read(tmp_path: Path, data: bytes) -> tuple[int, dict[str, int]]:
    found = report(tmp_path, data)
    path = tmp_path / "input"
    (read,), _ = engine.read([path], Job())
    return read.summary.records, unread(found)


def test_half_a_row_of_csv_is_one_unread_line(tmp_path: Path) -> None:
    data = export_shapes.insights_csv(RECORDS[:50])
    n, reasons = records_read(tmp_path, data[:-60])
    assert (n, reasons) == (49, {"half a CSV row": 1})


def test_two_exports_of_csv_glued_together(tmp_path: Path) -> None:
    first = export_shapes.insights_csv(RECORDS[:50])
    second = export_shapes.viewer_csv(RECORDS[50:80])
    n, reasons = records_read(tmp_path, first + second)
    assert (n, reasons) == (80, {})
    n, reasons = records_read(tmp_path, first[:-60] + b"\n" + second)
    assert (n, reasons) == (79, {"half a CSV row": 1})


@pytest.mark.parametrize("name", ["gcp_array", "gcp_compact", "filter_log_events", "insights_json"])
def test_an_array_cut_off_in_the_middle(name: str, tmp_path: Path) -> None:
    data = export_shapes.SHAPES[name](RECORDS[:60])
    cut = data.rindex(b"livekit") - 40
    n, reasons = records_read(tmp_path, data[:cut])
    last = max(n for n, record in enumerate(RECORDS[:60]) if "livekit" in json.dumps(record))
    assert n == last > 15
    assert list(reasons) == ["half a record: the export is cut off here"]


@pytest.mark.parametrize("name", ["gcp_array", "insights_json", "jq", "grafana"])
def test_two_exports_of_json_glued_together(name: str, tmp_path: Path) -> None:
    first = export_shapes.SHAPES[name](RECORDS[:40])
    second = export_shapes.SHAPES[name](RECORDS[40:90])
    n, reasons = records_read(tmp_path, first + b"\n" + second)
    assert (n, reasons) == (90, {})
    n, reasons = records_read(tmp_path, first[: len(first) * 3 // 4] + b"\n" + second)
    assert n >= 70
    assert sum(reasons.values()) >= 1


def test_records_without_a_message_are_named(tmp_path: Path) -> None:
    entries = json.loads(export_shapes.gcp_array(RECORDS[:30]))
    entries[20] = {"insertId": "x", "protoPayload": {"methodName": "m"}, "timestamp": "2026-01-30"}
    n, reasons = records_read(tmp_path, json.dumps(entries).encode())
    assert (n, reasons) == (29, {"a record of the export without a message": 1})


def test_the_path_to_the_message_may_change_half_way(tmp_path: Path) -> None:
    data = (
        export_shapes.SHAPES["splunk_lines"](RECORDS[:40])
        + export_shapes.SHAPES["gcp_text_lines"](RECORDS[40:80])
        + export_shapes.SHAPES["journald_lines"](RECORDS[80:100])
    )
    assert records_read(tmp_path, data) == (100, {})


@pytest.mark.parametrize(
    "line",
    [
        b'2026-11-20 08:46:01,270 - INFO livekit.agents - a, b, c {"pid": 4}\n',
        b"INFO:livekit.agents:one, two\n",
        b'agent-1  | {"message": "x", "level": "INFO", "name": "n", "timestamp": "2026-01-30"}\n',
        b'{"message": "x", "level": "INFO", "name": "n", "timestamp": "2026-01-30T00:00:00Z"}\n',
        b'{"event": "x", "level": "info", "ts": 1769790000}\n',
        b"[2026-11-20 08:46:01 - openai:12 - DEBUG] x, y\n",
    ],
)
def test_a_log_is_no_export(line: bytes) -> None:
    from tuner.exports import recognising

    assert recognising.translator(line * 20) is None


# --- any records ---------------------------------------------------------------------------------

EXTRAS = st.dictionaries(
    st.text(min_size=1, max_size=8).map("x".__add__),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.lists(st.text(max_size=5)),
    max_size=4,
)
ORDERED = st.lists(st.tuples(st.sampled_from(RECORDS), EXTRAS), min_size=4, max_size=40).map(
    lambda drawn: sorted(
        ({**r, **x, "timestamp": r["timestamp"]} for r, x in drawn), key=lambda r: r["timestamp"]
    )
)
WHOLE = ("insights_csv", "semicolon_csv", "insights_json", "gcp_compact", "filter_log_events",
         "loki_query", "jq", "splunk_lines", "counted_syslog")  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(records=ORDERED, name=st.sampled_from(WHOLE), cut=st.integers(0, 400))
def test_any_records_in_any_export(
    records: list[dict[str, object]], name: str, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    data = export_shapes.SHAPES[name](records)
    path = folder / "input"
    path.write_bytes(data)
    (read,), _ = engine.read([path], Job())
    assert (read.summary.records, read.summary.unread) == (len(records), {})
    path.write_bytes(data[: -cut or None])
    (read,), _ = engine.read([path], Job())
    summary = read.summary
    assert summary.lines == summary.understood + summary.unread.total()
    assert summary.records <= len(records)


def test_a_column_without_digits_is_no_date_and_loads_nothing_to_find_out() -> None:
    """What reads the dates of mails takes long to load, and names of columns are asked for one."""
    asked = "from tuner.exports import times; print(times.parse('Date'), times.parse('Service'))"
    asked += "; import sys; print('email.utils' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "None", "False"]


@pytest.mark.parametrize("first", ["insights_csv", "datadog_csv", "azure_csv", "bigquery_csv"])
@pytest.mark.parametrize("second", ["viewer_csv", "datadog_csv", "bigquery_csv"])
def test_two_tables_with_other_columns_in_one_file(
    first: str, second: str, tmp_path: Path, plain: Report
) -> None:
    for at in (10, 300):
        parts = (RECORDS[:at], RECORDS[at:])
        made = (
            export_shapes.SHAPES[name](part)
            for name, part in zip((first, second), parts, strict=True)
        )
        found = report(tmp_path, b"".join(made))
        assert samples.headline(found) == samples.headline(plain)
        assert not found.inputs[0].unread
