"""Layouts and exports beyond those of `shapes`, which `benchmarks.layouts` measures alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from benchmarks.entries import Entry
from benchmarks.shapes import CALL_RECORD, NO_FIELDS, Fields, Shape, extras_of, stamp
from tests.export_shapes import any_value
from tests.rich_screens import VERSIONS, Screen, Version


def _line(entry: Entry) -> str:
    return entry.raw.decode().rstrip("\n")


def _zulu(entry: Entry) -> str:
    return stamp(entry) + "Z"


def _when(entry: Entry) -> datetime:
    return datetime.fromisoformat(str(entry.extras["timestamp"]))


def _millis(entry: Entry) -> int:
    return round(_when(entry).timestamp() * 1000)


def _dev(entry: Entry) -> str:
    """As `dev` of 1.0 to 1.2 and from 1.6 on prints it, without colours."""
    time = stamp(entry)[:23].replace("T", " ").replace(".", ",")
    head = f"{time} - {entry.level:<4} {entry.extras['name']} - {entry.message}"
    extras = extras_of(entry)
    return f"{head} {json.dumps(extras)}" if extras else head


_COLOURS = {"DEBUG": 36, "INFO": 32, "WARNING": 33, "ERROR": 31}
"""As livekit.agents.cli.log has them; the scan looks at them."""


def _dev_coloured(entry: Entry) -> str:
    time = stamp(entry)[:23].replace("T", " ").replace(".", ",")
    level = f"\x1b[{_COLOURS[entry.level]}m{entry.level:<4}\x1b[0m"
    head = f"{time} - {level} {entry.extras['name']} - {entry.message}"
    return f"{head} \x1b[90m{json.dumps(extras_of(entry))}\x1b[0m"


def _bare(entry: Entry) -> Fields:
    return {key: value for key, value in entry.extras.items() if key != "timestamp"}


def _structlog(entry: Entry) -> str:
    pairs = " ".join(f"{key}={json.dumps(value)}" for key, value in extras_of(entry).items())
    head = f"{_zulu(entry)} [{entry.level.lower():<9}] {entry.message:<30}"
    return f"{head} [{entry.extras['name']}] {pairs}"


def _structlog_bare(entry: Entry) -> str:
    """structlog's ConsoleRenderer as it is by default, in colours, of records without fields."""
    level = f"[\x1b[{_COLOURS[entry.level]}m\x1b[1m{entry.level.lower():<9}\x1b[0m]"
    logger = f"[\x1b[0m\x1b[1m\x1b[34m{entry.extras['name']}\x1b[0m]\x1b[0m"
    return f"\x1b[2m{_zulu(entry)}\x1b[0m {level} \x1b[1m{entry.message:<30}\x1b[0m {logger}"


def _colorlog(entry: Entry) -> str:
    time = stamp(entry)[:23].replace("T", " ").replace(".", ",")
    head = f"{time} {entry.level:<8} {entry.extras['name']}"
    return f"\x1b[{_COLOURS[entry.level]}m{head}: {entry.message}\x1b[0m"


def _gunicorn(entry: Entry) -> str:
    return f"[{stamp(entry)[:19].replace('T', ' ')} +0000] [123] [{entry.level}] {entry.message}"


def _pino(entry: Entry) -> Fields:
    """As agents-js logs: no logger."""
    own = {"level": _PINO[entry.level], "time": _millis(entry), "pid": 123, "hostname": "agent"}
    return own | extras_of(entry) | {"msg": entry.message}


_PINO = {"DEBUG": 20, "INFO": 30, "WARNING": 40, "ERROR": 50}


def _pairs(entry: Entry) -> str:
    own = {"event": entry.message, "level": entry.level, "timestamp": _zulu(entry)}
    rest = own | {"logger": entry.extras["name"]} | extras_of(entry)
    return " ".join(f"{key}={json.dumps(value)}" for key, value in rest.items())


def _quoted(*cells: object) -> str:
    return ",".join('"' + str(cell).replace('"', '""') + '"' for cell in cells)


def _azure(entry: Entry) -> str:
    time = _when(entry).strftime("%m/%d/%Y, %I:%M:%S.%f %p")
    return _quoted(time, "agent", _dev(entry))


def _railway(entry: Entry) -> Fields:
    attributes = {key: json.dumps(value) for key, value in _bare(entry).items() if key != "message"}
    own = {"message": entry.message, "severity": entry.level.lower(), "timestamp": _zulu(entry)}
    return own | {"attributes": attributes}


def _datadog(entry: Entry) -> Fields:
    inner = {key: value for key, value in entry.extras.items() if key != "message"}
    own = {"service": "agent", "status": entry.level.lower(), "timestamp": _zulu(entry)}
    return {"id": "A", "attributes": {**own, "message": entry.message, "attributes": inner}}


def _journal(entry: Entry) -> Fields:
    time = f"{_millis(entry)}000"
    return {"__REALTIME_TIMESTAMP": time, "PRIORITY": "6", "MESSAGE": _dev(entry)}


def _octets(entry: Entry) -> bytes:
    message = f"<134>1 {_zulu(entry)} host agent 42 - - {_line(entry)}\n".encode()
    return b"%d %s" % (len(message), message)


def _otlp(entry: Entry) -> Fields:
    own = {"timeUnixNano": f"{_millis(entry)}000000", "severityText": entry.level}
    values = [{"key": k, "value": any_value(v)} for k, v in _bare(entry).items()]
    record = own | {"body": {"stringValue": entry.message}, "attributes": values}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}


def _lines(make: Callable[[Entry], str], **rest: Any) -> Shape:
    return Shape(lambda entry: make(entry).encode() + b"\n", **rest)


def _objects(make: Callable[[Entry], Any], indent: int | None = None, **rest: Any) -> Shape:
    return Shape(lambda entry: json.dumps(make(entry), indent=indent).encode() + b"\n", **rest)


def _members(
    make: Callable[[Entry], Any], before: bytes, behind: bytes, indent: int | None = None
) -> Shape:
    """Members of an array inside a document."""
    return Shape(
        lambda entry: json.dumps(make(entry), indent=indent).encode(), before, behind, b",\n"
    )


# --- screens of Rich ----------------------------------------------------------------------------


def _rich(version: Version, width: int) -> Shape:
    """As a version prints its records, one after the other, on a screen of so many columns."""
    shown = Screen(version, width)
    return Shape(
        lambda entry: shown.printed(entry.extras, extras_of(entry)).encode(), hidden=NO_FIELDS
    )


SCREENS = {f"rich-{name}": (version, 120) for name, version in VERSIONS.items()} | {
    f"rich-{name}-{width}": (version, width)
    for name, version in VERSIONS.items()
    for width in (60, 80, 100, 160, 200, 250)
}
"""80 columns are those of a pipe, the others those of terminals; 120 where no width is named."""
LAYOUT_SHAPES: dict[str, Shape] = {
    "dev-plain": _lines(_dev),
    "dev-full": _lines(_dev_coloured),
    **{name: _rich(version, width) for name, (version, width) in SCREENS.items()},
    "bracketed": _lines(
        lambda e: f"[{stamp(e)[:19]}] [{e.level}] [{e.extras['name']}] {e.message}",
        hidden=NO_FIELDS,
    ),
    "structlog-console": _lines(_structlog),
    "structlog-coloured": _lines(_structlog_bare, hidden=NO_FIELDS),
    "colorlog": _lines(_colorlog, hidden=NO_FIELDS),
    "gunicorn": _lines(_gunicorn, hidden=NO_FIELDS),
    "pino": _objects(_pino),
    "key-value": _lines(_pairs),
    "key-value-docker": _objects(lambda e: {"log": _pairs(e) + "\n", "stream": "stderr",
                                            "time": _zulu(e)}),
    "pino-cri": _lines(lambda e: f"{_zulu(e)} stdout F {json.dumps(_pino(e))}"),
    "syslog": _lines(lambda e: f"{_when(e):%b %d %H:%M:%S} host agent[12345]: {_line(e)}"),
    "journal-short-precise": _lines(
        lambda e: f"{_when(e):%b %d %H:%M:%S.%f} host agent[12345]: {_line(e)}"
    ),
    "octet-counted": Shape(_octets),
    "compose": _lines(lambda e: f"agent-1  | {_line(e)}"),
    "compose-dev": _lines(lambda e: f"\x1b[36magent-1  |\x1b[0m {_dev_coloured(e)}"),
    "stern": _lines(lambda e: f"agent-7d9f6c-x2x7k agent {_line(e)}"),
    "fly": _lines(lambda e: f"{_zulu(e)} app[d891] fra [info] {_line(e)}"),
    "render": _lines(lambda e: f"{_when(e):%b %d %I:%M:%S %p}  {_line(e)}"),
    "railway-text": _lines(lambda e: f"{_zulu(e)} [inf]  {_dev(e)}"),
    "grep-prefix": _lines(lambda e: f"agent.log:17:{_line(e)}"),
    "quoted-mail": _lines(lambda e: f"> {_dev(e)}"),
    "aws-tail": _lines(lambda e: f"{stamp(e)}+00:00 agent/1 {_line(e)}"),
    "logcli": _lines(lambda e: f'{_zulu(e)} {{app="agent", pod="a-1"}} {_line(e)}'),
    "logcli-dev": _lines(lambda e: f'{_zulu(e)} {{app="agent", pod="a-1"}} {_dev(e)}'),
    "logcli-jsonl": _objects(lambda e: {"labels": {"app": "agent"}, "line": _line(e),
                                        "timestamp": _zulu(e)}),
    "docker-dev": _objects(lambda e: {"log": _dev_coloured(e) + "\n", "stream": "stderr",
                                      "time": _zulu(e)}),
    "cri-dev": _lines(lambda e: f"{_zulu(e)} stderr F {_dev_coloured(e)}"),
    "csv-azure": _lines(_azure, before=b'"TimeGenerated [UTC]","ContainerAppName_s","Log_s"\n'),
    "csv-datadog": _lines(
        lambda e: _quoted(_zulu(e), "i-0abc", "agent", e.level.lower(), _dev(e)),
        before=b'"Date","Host","Service","Status","Content"\n',
    ),
    "csv-viewer": _lines(
        lambda e: f"{_millis(e)},{_quoted(_line(e))}\r", before=b"timestamp,message\r\n"
    ),
    "csv-semicolon": _lines(
        lambda e: f"{_quoted(_line(e))};agent;{_zulu(e)}", before=b"sep=;\nMessage;Service;Date\n"
    ),
    "csv-headless": _lines(lambda e: f"{_zulu(e)},stdout,{_quoted(_line(e))}"),
    "gcp-text": _objects(lambda e: {"textPayload": _dev(e), "timestamp": _zulu(e),
                                    "severity": "INFO", "labels": {}}),
    "gcp-array": _members(
        lambda e: {"insertId": "i", "jsonPayload": _bare(e), "timestamp": _zulu(e),
                   "severity": "DEFAULT"}, b"[\n", b"\n]\n", 2),
    "aws-filter": _members(
        lambda e: {"logStreamName": "a/1", "timestamp": _millis(e), "message": _line(e),
                   "eventId": "3"}, b'{"events": [\n', b"\n]}\n", 4),
    "elastic": _members(
        lambda e: {"_index": "logs", "_source": {"@timestamp": _zulu(e), "message": _line(e)}},
        b'{"took": 3, "hits": {"total": {"value": 9}, "hits": [\n', b"\n]}}\n"),
    "loki": _members(
        lambda e: [f"{_millis(e)}000000", _line(e)],
        b'{"status": "success", "data": {"resultType": "streams", "result": [{"stream": '
        b'{"app": "agent"}, "values": [\n', b"\n]}]}}\n"),
    "grafana": _members(
        lambda e: {"line": _line(e), "timestamp": f"{_millis(e)}000000", "date": _zulu(e),
                   "fields": {"app": "agent"}}, b"[\n", b"\n]\n", 2),
    "datadog": _members(_datadog, b'{"data": [\n', b'\n], "meta": {}}\n', 2),
    "railway": _members(_railway, b"[\n", b"\n]\n", 2),
    "railway-lines": _objects(_railway),
    "texts": _members(_dev, b"[\n", b"\n]\n"),
    "jq": _objects(lambda e: e.extras, 2),
    "splunk": _objects(lambda e: {"preview": False, "result": {"_raw": _line(e),
                                                               "_time": _zulu(e)}}),
    "journald": _objects(_journal),
    "otlp-logs": _objects(_otlp),
    "json-texts": _objects(_dev),
    "session-reports": CALL_RECORD,
    "spans-console": CALL_RECORD,
}  # fmt: skip
"""By name; those of `shapes` are measured too."""
