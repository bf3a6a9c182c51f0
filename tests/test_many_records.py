"""Records of an export that are taken many at once give the same entries as one by one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from tests import export_shapes, samples
from tests.in_turn import one_in
from tuner import scan
from tuner.exports import csv_rows, gaps, many_records, recognising
from tuner.exports.entries import ExportEntry
from tuner.exports.gaps import Gaps
from tuner.exports.many_records import one_by_one
from tuner.scan.export_lines import Gap, LineTaker, Paths, TakenLines
from tuner.scan.layout import LONGEST_GAP, MOST_GAPS

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
RECORDS = [
    json.loads(line)
    for name in ("healthy-info.jsonl", "cut-offs.jsonl.gz")
    for line in samples.data(name).splitlines()[:60]
]


def slashed(record: export_shapes.Fields) -> str:
    """The time of a record as Azure's portal writes it."""
    return datetime.fromisoformat(record["timestamp"]).strftime("%m/%d/%Y, %I:%M:%S.%f %p")


ODD_LINES: tuple[Callable[[str], str], ...] = (
    str,
    lambda line: line.replace(" - ", " -  ", 1),
    lambda line: line.replace(",", ".", 1),
    lambda line: line.replace("INFO", "INFO1").replace("WARNING", "Warning"),
    lambda line: line.replace("INFO", "NOTICE").replace("DEBUG", "CRITICAL"),
    lambda line: line.replace("livekit.agents", "live kit"),
    lambda line: line.replace("livekit.agents", ""),
    lambda line: line.replace(" - ", " stdout F ", 1),
    lambda line: line.replace("-20 ", "-32 ").replace("-11-", "-13-"),
    lambda line: line.replace(" ", "T", 1),
    lambda line: line + "\r\n",
    lambda line: line.replace("{", "\n{"),
    lambda line: line[:50],
    lambda line: " " + line,
    lambda line: '{"a": 1}' + line,
)


def joined(records: list[export_shapes.Fields]) -> bytes:
    """An array that is printed so that each record begins on the line on which another ends."""
    return json.dumps(records, indent=1).replace("\n },\n {", "\n }, {").encode()


def documents(records: list[export_shapes.Fields]) -> list[export_shapes.Fields]:
    """A few events in each, of one of three streams."""
    return [
        {"logStream": f"agent/{at % 3}", "logEvents": [
            {"timestamp": export_shapes.millis(r), "message": export_shapes.dev(r)}
            for r in records[at : at + 4]
        ], "last": True}
        for at in range(0, len(records), 4)
    ]  # fmt: skip


def streams(records: list[export_shapes.Fields]) -> bytes:
    """Loki's answer with a few lines of one of three streams in each."""
    result = [
        {"stream": {"pod": f"agent-{at % 3}"}, "values": [
            [export_shapes.nanos(r), export_shapes.line(r)] for r in records[at : at + 4]
        ]}
        for at in range(0, len(records), 4)
    ]  # fmt: skip
    return json.dumps({"data": {"result": result}}, indent=2).encode()


SHAPES = {
    **export_shapes.SHAPES,
    "documents_a_line": lambda records: "".join(
        json.dumps(each) + "\n" for each in documents(records)
    ).encode(),
    "documents_in_lines": lambda records: "".join(
        json.dumps(each, indent=2) + "\n" for each in documents(records)
    ).encode(),
    "streams": streams,
    "joined": lambda records: joined(
        [{"timestamp": export_shapes.millis(r), "message": export_shapes.dev(r)} for r in records]
    ),
    "joined_apart": lambda records: joined(json.loads(export_shapes.SHAPES["railway"](records))),
    "dev_rows": lambda records: export_shapes.table(
        ("timestamp", "message"),
        [(export_shapes.millis(r), export_shapes.dev(r)) for r in records],
    ),
    "dev_events": export_shapes.lines(
        lambda r: {"timestamp": export_shapes.millis(r), "message": export_shapes.dev(r) + "\n"}
    ),
    "dev_texts": lambda records: json.dumps([export_shapes.dev(r) for r in records]).encode(),
    "printed_dev_texts": lambda records: json.dumps(
        [export_shapes.dev(r) + "\n" for r in records], indent=2
    ).encode(),
    "odd_texts": lambda records: json.dumps(
        [change(export_shapes.dev(r)) for r in records for change in ODD_LINES]
    ).encode(),
    "azure_rows": lambda records: export_shapes.table(
        ("TimeGenerated [UTC]", "Log_s"),
        [(slashed(r), export_shapes.dev(r)) for r in records],
    ),
    "journal": export_shapes.lines(
        lambda r: {
            "__REALTIME_TIMESTAMP": f"{export_shapes.millis(r)}123",
            "PRIORITY": "6",
            "MESSAGE": export_shapes.dev(r),
        }
    ),
    "nanoseconds": export_shapes.lines(
        lambda r: {"ts": int(f"{export_shapes.millis(r)}123456"), "line": export_shapes.dev(r)}
    ),
}
TAKEN_AT_ONCE = (
    *("dev_texts", "printed_dev_texts", "joined", "joined_apart"),
    *("dev_rows", "dev_events", "azure_rows", "journal", "nanoseconds"),
    *("insights_csv", "insights_csv_with_pointers", "viewer_csv", "message_only_csv"),
    *("semicolon_csv", "tab_separated", "headless_csv", "datadog_csv", "bigquery_csv"),
    *("datadog", "railway", "railway_lines", "otlp_lines", "key_values", "json_texts"),
    *("gcp_compact", "jq_sorted", "gcloud_yaml", "gcloud_yaml_text", "aws_yaml"),
    *("aws_tail_json", "journal_verbose", "journal_export"),
    *("insights_json", "filter_log_events", "gcp_array", "splunk_lines"),
    *("insights_results", "journald_bytes_lines", "subscription"),
    *("documents_a_line", "documents_in_lines", "streams", "loguru_lines"),
    *("elastic_fields_lines", "printed_texts_lines"),
)
EACH = 7_001


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def found(data: bytes, size: int = EACH) -> list[ExportEntry | TakenLines]:
    make = recognising.translator(data[: 1 << 16])
    return list(make(blocks(data, size)).entries()) if make is not None else []


def agrees(data: bytes, size: int, fewest: Callable[[int], None]) -> None:
    fewest(1)
    at_once = counted(found(data, size))
    fewest(len(data) + size)
    singly = counted(found(data, size))
    for mine, other in zip(at_once, singly, strict=False):
        assert mine == other
    assert len(at_once) == len(singly)


def counted(entries: list[ExportEntry | TakenLines]) -> list[ExportEntry]:
    """The entries, each with a line at least, as they are counted."""
    return [entry._replace(lines=max(entry.lines, 1)) for entry in one_by_one(entries)]


@pytest.fixture
def fewest(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets from how many bytes on records are taken at once."""
    monkeypatch.setattr(csv_rows, "AT_ONCE", 2)
    return lambda n: monkeypatch.setattr(many_records, "FEWEST_BYTES", n)


@pytest.mark.parametrize("name", SHAPES)
def test_every_export_gives_the_same_entries(name: str, fewest: Callable[[int], None]) -> None:
    data = SHAPES[name](RECORDS[30:90])
    for size in (EACH, len(data)):
        agrees(data, size, fewest)


@pytest.mark.parametrize("name", TAKEN_AT_ONCE)
def test_nearly_all_records_are_taken_at_once(name: str, fewest: Callable[[int], None]) -> None:
    fewest(1)
    entries = found(SHAPES[name](RECORDS * 2), 1 << 20)
    many = [entry for entry in entries if not isinstance(entry, ExportEntry)]
    assert sum(len(lines.time) for lines in many) > 0.7 * len(RECORDS) * 2


@pytest.mark.parametrize("name", ["railway", "railway_cli_lines", "attribute_list_lines"])
def test_texts_with_escapes_in_quotes_of_their_own_are_taken_at_once(
    name: str, fewest: Callable[[int], None]
) -> None:
    """Each record has a traceback, and a store made texts of JSON of all values."""
    fewest(1)
    below = 'Traceback:\n  File "a\\b.py"\nValueError: \u00fc'
    records = [{**record, "exc_info": f"{below} {n}"} for n, record in enumerate(RECORDS)]
    entries = found(SHAPES[name](records), 1 << 20)
    many = [entry for entry in entries if not isinstance(entry, ExportEntry)]
    assert sum(len(lines.time) for lines in many) > 0.7 * len(RECORDS)


@pytest.mark.parametrize(
    "name", ["subscription", "documents_a_line", "documents_in_lines", "streams"]
)
def test_the_scan_goes_on_from_document_to_document(
    name: str, fewest: Callable[[int], None]
) -> None:
    fewest(1)
    entries = found(SHAPES[name](RECORDS * 2), 1 << 20)
    assert len(entries) < len(RECORDS) / 4


PRINTED = ("insights_json", "gcp_array", "gcp_compact", "splunk_lines", "jq", "insights_csv")


@pytest.mark.parametrize("name", PRINTED)
def test_a_record_may_be_cut_anywhere_by_the_end_of_a_block(name: str) -> None:
    records = [{**record, "place": "Zürich", "ttfb": -0.25} for record in RECORDS[20:23]]
    data = SHAPES[name](records).replace(rb"\u00fc", "ü".encode())
    whole = counted(found(data, len(data)))
    assert not any(entry.reason for entry in whole)
    for size in (1, 2, 3, 5):
        assert counted(found(data, size)) == whole


VALUES = (
    *("", "x", "true", "True", "null", "12", "-0", "007", "1e5", "1.50", "0.00001", "1.0", "NaN"),
    *("123456789012345678901234567890", "0.1234567890123456789", "1795167698.2994707", "12:30"),
    *('"x"', '"a \\" b"', "'x'", "{}", "[1]", '{"a": 1}', "a\nb", "a\\b", "a\u007fb", "a/b"),
    *('a "b"\nc \\ \\n /', "a\tb\u00fc\u2028", "\U0001f600\n", "\ud83d\n", '"\n"', '\\"'),
    *("\u00fc\u0416\U0001f600", "\ud83d", " x ", "x,", "INFO", "2026-11-20T09:36:00Z", "a=b c=d"),
    *(True, None, 0, -5, 2**64, -(2**63) - 1, 1e300, 1.5, 1e-7, [1, "x"], {"level": "ERROR"}),
)
APART = (
    "datadog",
    "railway",
    "railway_lines",
    "otlp_lines",
    "key_values",
    *("railway_cli_lines", "attribute_list_lines", "loguru_lines"),
    *("gcp_compact", "jq_sorted", "gcloud_yaml", "aws_tail_json"),
)


@pytest.mark.parametrize("name", APART)
def test_values_of_all_forms_are_taken_as_they_are(
    name: str, fewest: Callable[[int], None]
) -> None:
    usual = [{**record, "place": "x", "n": 1.5} for record in RECORDS[:20]]
    odd = [
        {**record, key: value}
        for record in usual[:2]
        for value in VALUES
        for key in ("place", "n", "job_id", "message", "level")[
            : 5 if isinstance(value, str) else 3
        ]
    ]
    agrees(SHAPES[name]([*usual, *odd, *usual]), 1 << 20, fewest)


@pytest.mark.parametrize("name", APART)
def test_another_way_to_the_message_is_learnt_in_any_case(
    name: str, fewest: Callable[[int], None]
) -> None:
    said = [{**record, "lk.pii.text": "Can I order?"} for record in RECORDS[:30]]
    agrees(SHAPES[name]([*RECORDS[:30], *said, *RECORDS[30:60]]), 1 << 20, fewest)


@pytest.mark.parametrize("name", APART)
@pytest.mark.parametrize(("usual", "odd"), [("x", "2026-11-21T09:36:00Z"), (5, 1795167698299)])
def test_what_is_a_time_in_some_records_only_is_their_time(
    name: str, usual: object, odd: object, fewest: Callable[[int], None]
) -> None:
    records = [{**record, "asctime": usual} for record in RECORDS[:12]]
    agrees(SHAPES[name]([*records, {**records[0], "asctime": odd}, *records]), 1 << 20, fewest)


TIMES = (
    *("1/30/2026, 4:20:00.123 PM", "01/30/2026, 12:00:00 AM", "30/1/2026, 12:59:59.9 PM"),
    *("2/29/2026, 4:20:00 PM", "13/13/2026, 4:20:00 PM", "1/30/2026, 13:20:00 PM"),
    *("1/30/2026, 4:60:00 PM", "1/30/2026, 4:20:60 PM", "1/30/2026, 4:20:00. PM"),
    *("1/30/2026 4:20:00 PM", "1/30/2026, 4:20 PM", "1/30/2026, 4:20:00 XM", "1/30/26, 4:20:00 PM"),
    *("1/30/2026, 4:20:00.0000000001 PM", "0/30/2026, 0:20:00 AM", "1/30/1969, 4:20:00 AM"),
    *("1795167702197", "1795167702197123", "1795167702197123456", "0000167702197123"),
    *("2026-11-20 09:36:05.904371 UTC", "2026-11-20T09:36:05 UTC", "2026-11-20 09:36:05 CET"),
    *("179516770219712x", "17951677021971234", "9999999999999999999", "1795167702", "1795167702.5"),
)


@pytest.mark.parametrize("time", TIMES)
def test_a_time_is_the_same(time: str, fewest: Callable[[int], None]) -> None:
    usual = [("2026-11-20T09:41:42.197Z", export_shapes.dev(record)) for record in RECORDS[:9]]
    odd = [(time, export_shapes.dev(record)) for record in RECORDS[:9]]
    agrees(export_shapes.table(("Date", "Content"), [*usual, *odd]), 1 << 20, fewest)


ODD = (
    *(b'"', b'""', b"\\", b"\\n", b"\\u0041", b"\\ud800", b"\n", b"\r\n", b"\r", b"\t", b"\0"),
    *(b",", b";", b"{", b"}", b"[", b"]", b":", b" ", b"1e400", b"-0", b"01", b"null", b"\xff"),
    *(
        "\u00e4\U0001f600".encode(),
        b'"time": 1',
        b'"ts": "x", ',
        b'"message": "m", ',
        b"2026-01-30",
    ),
    *(b"T16:20:00.123456789Z", b"0.9999999", b"59.9999999Z", b"+01:00", b'+00:00"}', b"[1, {}]"),
)


@pytest.mark.parametrize("name", one_in(2, SHAPES))
def test_damaged_exports_give_the_same_entries(name: str, fewest: Callable[[int], None]) -> None:
    whole = SHAPES[name](RECORDS[:24])
    dice = random.Random(name)
    for _ in range(6):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 9)):
            at = dice.randrange(len(data))
            data[at : at + dice.choice((0, 0, 1, 1, 2, 30, 400))] = dice.choice(ODD)
        agrees(bytes(data), dice.choice((500, EACH, len(data))), fewest)


def test_a_gap_is_what_stands_between_records_where_no_more_is_open() -> None:
    found, data = Gaps(), b'{"a": 1}, ]} {"b": [ {"a": 2}'
    found.end(8, [[0, 0], [91, 1]])
    found.begin(data, 21, [[0, 0], [123, 0], [91, 0]])
    assert not found.known
    found.begin(data, 21, [[0, 0], [91, 0]])
    assert found.known == (Gap(b']} {"b": [', 3),)


@pytest.mark.parametrize(
    ("gap", "opens"),
    [
        (b']}{"a": [', b'{"a": ['),
        (b'], "m": {"x": [1]}, "t": "{["}\n{"a": [', b'{"a": ['),
        (b']}]}, {"s": {"p": "["}, "a": [{"b": [', b'{"s": {"p": "["}, "a": [{"b": ['),
        (b"], [", b"["),
    ],
)
def test_what_a_gap_opens_does_not_end_in_it(gap: bytes, opens: bytes) -> None:
    found, data = Gaps(), b"{}" + gap + b"{}"
    found.end(2, [[0, 0]])
    found.begin(data, len(data) - 2, [[0, 0]])
    assert [known.text[known.opens :] for known in found.known] == [opens]


def test_the_scan_has_room_for_the_gaps_that_are_known() -> None:
    assert (gaps.MOST, gaps.LONGEST) == (MOST_GAPS, LONGEST_GAP)
    records = b"".join(b'{"message": "%064d", "timestamp": 1795167702197}' % n for n in range(3))
    between = b"]" * (LONGEST_GAP - 1) + b"["
    data = records.replace(b"}{", b"}" + between + b"{") + b"]"
    taker = LineTaker(Paths(False, ("message",), ("timestamp",), ()), 1 << 20)
    known = [Gap(b"x", 0)] * (MOST_GAPS - 1) + [Gap(between, LONGEST_GAP - 1)]
    found = taker.take(data, 0, 1, 0, known)
    assert found is not None and len(found.time) == 3


def test_lines_may_be_joined_in_one_text(fewest: Callable[[int], None]) -> None:
    """PM2 takes the newlines of what a process wrote at once."""
    pairs = [RECORDS[at : at + 1 + at // 2 % 2] for at in range(0, 40, 2)]
    texts = ["".join(map(export_shapes.dev, pair)) for pair in pairs]
    stored = [{"message": text, "timestamp": "2026-11-20T09:41:42.197Z"} for text in texts]
    data = "".join(json.dumps(each) + "\n" for each in stored).encode()
    agrees(data, 1 << 20, fewest)
    found_lines = sum(entry.text.count(b"\n") + 1 for entry in counted(found(data)))
    assert found_lines == sum(map(len, pairs))
