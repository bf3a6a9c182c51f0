"""A large export is read in ranges by several processes, and counts as it does in one piece."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import export_shapes, samples
from tests.in_turn import in_turn, one_in
from tuner.execution import cutting, engine, planning, units
from tuner.execution.engine import ReadOptions
from tuner.execution.units import Job
from tuner.exports import ranges, recognising, translating
from tuner.exports.blocks import Blocks
from tuner.exports.entries import ExportEntry
from tuner.exports.json_documents import Documents

LINES = samples.two_calls()
RECORDS = [json.loads(line) for line in LINES]


@cache
def shaped(name: str) -> bytes:
    return export_shapes.SHAPES[name](RECORDS)


KINDS = {
    **dict.fromkeys(("insights_csv", "multi_line_csv", "gcp_array", "splunk_lines"), "ranges"),
    **dict.fromkeys(("jq", "insights_json", "otlp_lines", "insights_results"), "ranges"),
    **dict.fromkeys(("event_stream", "fluent_bit", "web_page", "curly_quotes"), "ranges"),
    **dict.fromkeys(("key_values", "json_texts", "colours_as_arrows"), "ranges"),
    **dict.fromkeys(("gcp_compact", "counted_syslog"), "whole"),
    **dict.fromkeys(("grafana", "logcli"), "falling"),
    **dict.fromkeys(("gcloud_yaml", "aws_yaml", "aws_tail_json"), "ranges"),
    **dict.fromkeys(("journal_verbose", "rubydebug"), "ranges"),
}


@pytest.mark.parametrize(("name", "size"), in_turn(KINDS, [35_001, 60_000]))
def test_ranges_count_as_the_whole(
    name: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "input"
    path.write_bytes(shaped(name))
    kind = KINDS[name]
    assert cutting.kind_of(str(path)) == kind
    whole = units.whole(units.Unit(str(path)), Job()).summary
    monkeypatch.setattr(planning, "UNIT_BYTES", size)
    todo = planning.plan(str(path))
    assert (len(todo) > 2) == (kind != "whole")
    (read,), _ = engine.read([path], Job(), ReadOptions(1))
    found = read.summary
    assert (found.lines, found.records, found.bytes) == (whole.lines, whole.records, whole.bytes)
    assert found.unread == whole.unread
    assert found.counts == whole.counts
    assert found.calls == whole.calls
    for kind_of_event in whole.evidence.keys() - {"false_cutoffs"}:  # judged across the seams
        places = [line for line, _ in found.evidence[kind_of_event]]
        assert places == [line for line, _ in whole.evidence[kind_of_event]]


@pytest.mark.parametrize("name", one_in(2, export_shapes.SHAPES))
def test_no_shape_of_an_export_is_cut_where_it_cannot_be(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that a transport changed, and those whose last range is as short as a record."""
    path = tmp_path / "input"
    path.write_bytes(export_shapes.SHAPES[name](RECORDS[:90]))
    whole = units.whole(units.Unit(str(path)), Job()).summary
    monkeypatch.setattr(planning, "UNIT_BYTES", 10_001)
    (read,), _ = engine.read([path], Job(), ReadOptions(1))
    found = read.summary
    assert (found.lines, found.records, found.bytes) == (whole.lines, whole.records, whole.bytes)
    assert (found.unread, found.counts) == (whole.unread, whole.counts)


@pytest.mark.parametrize("name", ["gcloud_yaml", "gcp_array", "datadog"])
def test_what_was_said_is_no_message(name: str) -> None:
    """Not even in a record that nothing stands before."""
    said = {**RECORDS[0], "message": "conversation_item_added", "lk.pii.text": "Can I order?"}
    reader = recognising.translator(export_shapes.SHAPES[name]([said, *RECORDS[:9]]))
    assert reader is not None
    first, *_ = reader([export_shapes.SHAPES[name]([said])]).entries()
    assert first.text.startswith(b'{"message": "conversation_item_added"')


HALF = len(RECORDS) // 2


@pytest.mark.parametrize(
    "records",
    [
        [*RECORDS[HALF:], *RECORDS[:HALF]],  # the newest half is written last
        [*reversed(RECORDS[:HALF]), *RECORDS[HALF:]],  # times rise in the oldest half
        [*reversed(RECORDS[HALF:]), *RECORDS[:HALF]],
    ],
)
@pytest.mark.parametrize("name", ["grafana", "logcli"])
def test_records_that_do_not_fall_to_the_end_count_as_the_whole(
    name: str, records: list[export_shapes.Fields], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "input"
    path.write_bytes(export_shapes.SHAPES[name](records))
    assert cutting.kind_of(str(path)) == "falling"
    whole = units.whole(units.Unit(str(path)), Job()).summary
    monkeypatch.setattr(planning, "UNIT_BYTES", 60_000)
    (read,), _ = engine.read([path], Job(), ReadOptions(1))
    found = read.summary
    assert (found.lines, found.records, found.counts) == (whole.lines, whole.records, whole.counts)
    assert found.calls == whole.calls
    assert found.evidence == whole.evidence


class Below:
    """Two lines, the first of which has no time."""

    name, lines = "", 2

    def entries(self) -> Iterator[ExportEntry]:
        yield ExportEntry(b"ValueError: x", None, 1)
        yield ExportEntry(LINES[0], 1795167698.0, 2)


def test_what_belongs_to_a_record_of_another_range_has_all_read_again() -> None:
    (chunk,) = translating.from_end(Below(), Blocks(io.BytesIO()), lambda: 0)
    assert chunk.origin is not None
    assert chunk.origin.unordered


def test_places_are_right_where_reading_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a log with the newest records first are counted from its end."""
    path = tmp_path / "input"
    path.write_bytes(shaped("grafana"))
    whole = units.whole(units.Unit(str(path)), Job()).summary
    monkeypatch.setattr(planning, "UNIT_BYTES", 60_000)
    done: list[int] = []

    def stop(read: int, _: int) -> None:
        done.append(read)
        if len(done) == 2:
            raise KeyboardInterrupt

    (read,), stopped = engine.read([path], Job(), ReadOptions(1), stop)
    assert stopped
    assert 0 < read.summary.lines < whole.lines
    places = {place for found in whole.evidence.values() for place in found}
    of_few = {place for found in read.summary.evidence.values() for place in found}
    assert len(of_few) > 10
    assert of_few <= places


def test_a_range_begins_with_no_part_of_a_record() -> None:
    """Wherever the bytes end that are looked at first: of half a list of fields one field may."""
    data = export_shapes.SHAPES["insights_results"](RECORDS[:60])
    places = {match.start() for match in re.finditer(rb"(?m)^    \[\n", data)}
    for size in range(20_000, 23_000, 53):
        known = ranges.Ranges(data[:size])
        for line in range(30_000, 31_000, 97):
            at = data.index(b"\n", line) + 1
            assert at + known.begins(data[at:]) in places


@pytest.mark.parametrize("name", ["insights_results", "datadog", "railway", "gcp_array"])
def test_a_record_that_is_cut_off_teaches_nothing(name: str) -> None:
    """Wherever the bytes end that are looked at first, a range takes nearly all of its records at
    once: parts of half a record look like records of another kind."""
    data = shaped(name)
    for size in range(20_000, 22_000, 97):
        known = ranges.Ranges(data[:size])
        learnt = known._learned
        assert isinstance(learnt, Documents)
        entries = learnt.of_range([data[known.begins(data) :]]).entries()
        many = [entry for entry in entries if not isinstance(entry, ExportEntry)]
        assert sum(len(lines.time) for lines in many) > 0.7 * len(RECORDS)


def test_a_range_of_lines_of_otlp_logs_begins_with_the_next_of_them() -> None:
    data = export_shapes.SHAPES["otlp_lines"](RECORDS[:120])
    known = ranges.Ranges(data[:40_000])
    for line in range(20_000, 21_000, 97):
        at = data.index(b"\n", line) + 1
        assert known.possible
        assert known.begins(data[at:]) == 0
