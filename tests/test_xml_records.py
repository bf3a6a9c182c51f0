"""Records that stores and loggers keep as XML count as LiveKit's JSON does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from tests.test_exports import LINES, RECORDS, report
from tuner.exports import xml_records
from tuner.model import Report

SOME = RECORDS[:500]
WHOLE = LINES[:500]
Fields = dict[str, Any]


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def splunk(records: Iterable[Fields]) -> str:
    """As Splunk exports results as XML."""
    results = "\n".join(
        f"\t<result offset='{at}'>\n"
        f"\t\t<field k='_raw'><v xml:space='preserve' trim='0'>{escape(json.dumps(record))}</v>"
        f"</field>\n\t\t<field k='_time'>\n\t\t\t<value><text>{record['timestamp']}</text></value>"
        f"\n\t\t</field>\n\t</result>"
        for at, record in enumerate(records)
    )
    order = (
        "<meta>\n<fieldOrder>\n<field>_raw</field>\n<field>_time</field>\n</fieldOrder>\n</meta>"
    )
    head = "<?xml version='1.0' encoding='UTF-8'?>"
    return f"{head}\n<results preview='0'>\n{order}\n{results}\n</results>\n"


def mysql(records: Iterable[Fields]) -> str:
    """As `mysql --xml` prints rows."""
    rows = (
        "".join(f'\t<field name="{k}">{escape(text(v))}</field>\n' for k, v in r.items())
        for r in records
    )
    body = "".join(f"  <row>\n{row}  </row>\n" for row in rows)
    return f'<?xml version="1.0"?>\n\n<resultset statement="select">\n{body}</resultset>\n'


def postgres(records: Iterable[Fields]) -> str:
    """As `query_to_xml` answers a table with the line in one column, all on one line."""
    return f"<t>{''.join(f'<row><line>{escape(json.dumps(r))}</line></row>' for r in records)}</t>"


def log4j(records: Iterable[Fields]) -> str:
    """As log4j's XML layout writes events, which stand in no element."""
    return "".join(map(event, records))


def event(record: Fields) -> str:
    own = {"logger": "name", "timestamp": "timestamp", "level": "level"}
    attributes = " ".join(f"{k}={quoteattr(record[name])}" for k, name in own.items())
    more = {k: v for k, v in record.items() if k not in (*own.values(), "message")}
    data = "".join(f"<log4j:data name={quoteattr(k)} value={quoteattr(text(v))}/>"
                   for k, v in more.items())  # fmt: skip
    return (
        f"<log4j:event {attributes}><log4j:message><![CDATA[{record['message']}]]></log4j:message>"
        f"<log4j:properties>{data}</log4j:properties></log4j:event>\n"
    )


SHAPES: Mapping[str, Callable[[Iterable[Fields]], str]] = {
    made.__name__: made for made in (splunk, mysql, postgres, log4j)
}


def counts(found: Report) -> dict[str, Any]:
    return {name: (one.count, one.observable) for name, one in found.signals.items()}


@pytest.mark.parametrize("shape", SHAPES)
def test_records_of_xml_count_as_their_log(shape: str, tmp_path: Path) -> None:
    wanted = report(tmp_path, b"\n".join(WHOLE))
    found = report(tmp_path, SHAPES[shape](SOME).encode())
    assert counts(found) == counts(wanted)
    assert found.latency == wanted.latency
    assert found.exposure == wanted.exposure
    assert not found.inputs[0].unread


@pytest.mark.parametrize("size", [100, 1 << 20])
@pytest.mark.parametrize("shape", ["splunk", "mysql", "log4j"])
def test_a_record_keeps_its_line(shape: str, size: int) -> None:
    data = SHAPES[shape](SOME[:50]).encode()
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    found = b"".join(xml_records.as_json(blocks)).split(b"\n")
    begins = {"splunk": b"\t<result ", "mysql": b"  <row>", "log4j": b"<log4j:event "}[shape]
    there = [n for n, line in enumerate(data.split(b"\n")) if line.startswith(begins)]
    assert [n for n, line in enumerate(found) if line.startswith(b"{")] == there
    assert len(there) == 50


def test_half_a_record_is_one_unread_line(tmp_path: Path) -> None:
    data = splunk(SOME).encode()
    at = data.index(b"<result offset='200'") + 300
    found = report(tmp_path, data[:at])
    assert sum(found.inputs[0].unread.values()) == 1
    assert counts(found) == counts(report(tmp_path, b"\n".join(WHOLE[:200])))


def test_what_is_no_xml_any_more_is_unread(tmp_path: Path) -> None:
    lines = splunk(SOME).encode().split(b"\n")
    at = next(n for n, line in enumerate(lines) if b"offset='200'" in line)
    found = report(tmp_path, b"\n".join([*lines[:at], b"<<<", *lines[at:]]))
    assert sum(found.inputs[0].unread.values()) >= len(lines) - at - 4
    assert counts(found)["openai_calls"][0] == counts(
        report(tmp_path, b"\n".join(WHOLE[:200]))
    )["openai_calls"][0]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x><row><message>&a;</message></row></x>',
        b"<x>" * 100 + b"<row><message>hello</message></row>",
        b"<x>" + b"".join(b"<a%d>b</a%d>" % (n, n) for n in range(2000)) + b"</x>",
        b"<p>\n{}<br>\n{not JSON\n</p>",
        b"<html><body><p>hello</p></body></html>",
        b"<config><name>x</name><message>no log of an agent</message></config>",
    ],
)
def test_other_xml_is_none_of_an_agent(data: bytes) -> None:
    assert not xml_records.are_records(data)
