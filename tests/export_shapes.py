"""LiveKit's records in, the bytes of an export out: one function for each store and console."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

Fields = dict[str, Any]
Shape = Callable[[Sequence[Fields]], bytes]


def when(record: Fields) -> datetime:
    return datetime.fromisoformat(record["timestamp"])


def millis(record: Fields) -> int:
    return round(when(record).timestamp() * 1000)


def nanos(record: Fields) -> str:
    return f"{millis(record)}000000"


def zulu(record: Fields) -> str:
    return when(record).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(record: Fields) -> str:
    return json.dumps(record)


def dev(record: Fields) -> str:
    extras = {k: v for k, v in record.items() if k not in ("message", "level", "name", "timestamp")}
    stamp = when(record).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    head = f"{stamp} - {record['level']:<4} {record['name']} - {record['message']}"
    return f"{head} {json.dumps(extras)}" if extras else head


def bare(record: Fields) -> Fields:
    return {key: value for key, value in record.items() if key != "timestamp"}


# --- CSV -----------------------------------------------------------------------------------------


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], **dialect: Any) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, **{"lineterminator": "\n", **dialect})
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def insights_csv(records: Sequence[Fields]) -> bytes:
    rows = [(zulu(r)[:-4].replace("T", " "), line(r)) for r in records]
    return table(("@timestamp", "@message"), rows)


def discovered_csv(write: Callable[[Fields], str]) -> Shape:
    """A query showed some of the fields, and the record that they were taken out of."""

    def shape(records: Sequence[Fields]) -> bytes:
        rows = [
            (zulu(r)[:-4].replace("T", " "), r["level"], r.get("name"), r["message"], write(r))
            for r in records
        ]
        return table(("@timestamp", "level", "name", "message", "@message"), rows)

    return shape


def insights_csv_with_pointers(records: Sequence[Fields]) -> bytes:
    rows = [(f"Cn{at}=", "agent/1", line(r), zulu(r)) for at, r in enumerate(records)]
    return table(("@ptr", "@logStream", "@message", "@timestamp"), rows)


def viewer_csv(records: Sequence[Fields]) -> bytes:
    rows = [(millis(r), line(r)) for r in records]
    return table(("timestamp", "message"), rows, lineterminator="\r\n")


def message_only_csv(records: Sequence[Fields]) -> bytes:
    return table(("@message",), [(line(r),) for r in records])


def azure_csv(records: Sequence[Fields]) -> bytes:
    rows = [(when(r).strftime("%m/%d/%Y, %I:%M:%S.%f %p"), "agent", dev(r)) for r in records]
    header = ("TimeGenerated [UTC]", "ContainerAppName_s", "Log_s")
    return "\ufeff".encode() + table(header, rows, lineterminator="\r\n")


def semicolon_csv(records: Sequence[Fields]) -> bytes:
    rows = [(line(r), "agent", zulu(r)) for r in records]
    return b"sep=;\n" + table(("Message", "Service", "Date"), rows, delimiter=";")


def tab_separated(records: Sequence[Fields]) -> bytes:
    return table(("time", "log"), [(zulu(r), line(r)) for r in records], delimiter="\t")


def headless_csv(records: Sequence[Fields]) -> bytes:
    return table((), [(zulu(r), "stdout", line(r)) for r in records])


def bigquery_csv(records: Sequence[Fields]) -> bytes:
    """Every field of the record in a column of its own."""
    keys = [k for k in dict.fromkeys(k for r in records for k in r) if k != "timestamp"]
    rows = [
        (*(_cell(r.get(key)) for key in keys), zulu(r), "projects/p/logs/stdout") for r in records
    ]
    return table((*(f"jsonPayload.{key}" for key in keys), "timestamp", "logName"), rows)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def datadog_csv(records: Sequence[Fields]) -> bytes:
    rows = [(zulu(r), "i-0abc", "agent", r["level"].lower(), dev(r)) for r in records]
    return table(("Date", "Host", "Service", "Status", "Content"), rows, quoting=csv.QUOTE_ALL)


def multi_line_csv(records: Sequence[Fields]) -> bytes:
    """Every text has a traceback below it."""
    below = '\nTraceback (most recent call last):\n  File "a.py", line 1\nValueError: x, y'
    return table(("ts", "text"), [(zulu(r), dev(r) + below) for r in records])


# --- JSON documents ------------------------------------------------------------------------------


def insights_json(records: Sequence[Fields]) -> bytes:
    events = [{"@timestamp": zulu(r), "@message": r} for r in records]
    return json.dumps(events, indent=4).encode()


def insights_results(records: Sequence[Fields]) -> bytes:
    """`aws logs get-query-results`."""
    names = ("@timestamp", "@message", "@ptr")
    rows = [
        [{"field": n, "value": v} for n, v in zip(names, (zulu(r), line(r), "Cn="), strict=True)]
        for r in records
    ]
    return json.dumps(
        {"results": rows, "statistics": {"recordsMatched": 9.0}, "status": "Complete"}, indent=2
    ).encode()


def filter_log_events(records: Sequence[Fields]) -> bytes:
    events = [
        {"logStreamName": "a/1", "timestamp": millis(r), "message": line(r) + "\n",
         "ingestionTime": millis(r) + 900, "eventId": str(at)}
        for at, r in enumerate(records)
    ]  # fmt: skip
    return json.dumps({"events": events, "searchedLogStreams": []}, indent=4).encode()


def filter_log_events_in_one_line(records: Sequence[Fields]) -> bytes:
    return json.dumps(json.loads(filter_log_events(records)), separators=(",", ":")).encode()


def subscription(records: Sequence[Fields]) -> bytes:
    """CloudWatch to Firehose: documents of a few events, with nothing between them."""
    return b"".join(
        json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [
            {"id": "3", "timestamp": millis(r), "message": dev(r)} for r in records[at : at + 3]
        ]}).encode()
        for at in range(0, len(records), 3)
    )  # fmt: skip


def gcp_array(records: Sequence[Fields]) -> bytes:
    entries = [
        {"insertId": f"i{at}", "jsonPayload": bare(r), "timestamp": zulu(r),
         "resource": {"type": "cloud_run_revision", "labels": {"service_name": "agent"}},
         "severity": "DEFAULT"}
        for at, r in enumerate(records)
    ]  # fmt: skip
    return json.dumps(entries, indent=2).encode()


def gcp_compact(records: Sequence[Fields]) -> bytes:
    return json.dumps(json.loads(gcp_array(records)), separators=(",", ":")).encode()


def loki_query(records: Sequence[Fields]) -> bytes:
    half = len(records) // 2
    streams = [
        {"stream": {"app": "agent", "pod": pod}, "values": [[nanos(r), line(r)] for r in part]}
        for pod, part in (("a", records[:half]), ("b", records[half:]))
    ]
    data = {"resultType": "streams", "result": streams, "stats": {"summary": {"bytes": 1}}}
    return json.dumps({"status": "success", "data": data}).encode()


def grafana(records: Sequence[Fields]) -> bytes:
    rows = [
        {"line": line(r), "timestamp": nanos(r), "date": zulu(r), "fields": {"app": "agent"}}
        for r in reversed(records)
    ]
    return json.dumps(rows, indent=2).encode()


def elastic(records: Sequence[Fields]) -> bytes:
    hits = [
        {"_index": "logs", "_id": str(at), "_source": {
            "@timestamp": zulu(r), "message": line(r), "host": {"name": "h"}}}
        for at, r in enumerate(records)
    ]  # fmt: skip
    return json.dumps({"took": 3, "hits": {"total": {"value": 9}, "hits": hits}}).encode()


def datadog(records: Sequence[Fields]) -> bytes:
    data = [
        {"id": "A", "type": "log", "attributes": {
            "service": "agent", "status": r["level"].lower(), "timestamp": zulu(r),
            "message": r["message"], "tags": ["env:prod"],
            "attributes": {k: v for k, v in r.items() if k != "message"}}}
        for r in records
    ]  # fmt: skip
    return json.dumps({"data": data, "meta": {"page": {"after": "x"}}}, indent=2).encode()


def railway(records: Sequence[Fields]) -> bytes:
    rows = [
        {"message": r["message"], "severity": r["level"].lower(), "timestamp": zulu(r),
         "attributes": {k: json.dumps(v) for k, v in r.items()
                        if k not in ("message", "timestamp")},
         "tags": {"service": "s"}}
        for r in records
    ]  # fmt: skip
    return json.dumps(rows, indent=2).encode()


def railway_cli(record: Fields) -> Fields:
    """`railway logs --json`."""
    own = ("message", "timestamp", "level")
    head = {"message": record["message"], "timestamp": zulu(record)}
    fields = {k: json.dumps(v) for k, v in record.items() if k not in own}
    return {**head, "level": record["level"].lower(), **fields}


def texts(records: Sequence[Fields]) -> bytes:
    """`jq '[.[].message]'`."""
    return json.dumps([dev(r) for r in records], indent=2).encode()


def jq(records: Sequence[Fields]) -> bytes:
    return b"".join(json.dumps(r, indent=2).encode() + b"\n" for r in records)


def jq_sorted(records: Sequence[Fields]) -> bytes:
    return b"".join(json.dumps(r, indent=2, sort_keys=True).encode() + b"\n" for r in records)


def spread_among_lines(records: Sequence[Fields]) -> bytes:
    """Some records on several lines, as where a person pretty-printed what mattered."""
    spread = (json.dumps(r, indent=2 if n % 7 == 3 else None) for n, r in enumerate(records))
    return "".join(f"{text}\n" for text in spread).encode()


# --- a record a line -----------------------------------------------------------------------------


def lines(make: Callable[[Fields], Any]) -> Shape:
    def shape(records: Sequence[Fields]) -> bytes:
        return b"".join(json.dumps(make(r)).encode() + b"\n" for r in records)

    return shape


def journald(record: Fields) -> Fields:
    return {"__REALTIME_TIMESTAMP": f"{millis(record)}000", "PRIORITY": "6", "MESSAGE": dev(record)}


def journald_bytes(record: Fields) -> Fields:
    coloured = dev(record).replace(record["level"], f"\x1b[36m{record['level']}\x1b[0m", 1)
    return {**journald(record), "MESSAGE": list(coloured.encode())}


def counted(between: str) -> Shape:
    """Octet-counted syslog."""

    def shape(records: Sequence[Fields]) -> bytes:
        out = []
        for r in records:
            message = f"<134>1 {zulu(r)} host agent 42 - - {line(r)}{between}".encode()
            out.append(b"%d %b" % (len(message), message))
        return b"".join(out)

    return shape


def logcli(records: Sequence[Fields]) -> bytes:
    return "".join(
        f'{zulu(r)[:19]}Z {{app="agent", pod="a-1"}} {line(r)}\n' for r in reversed(records)
    ).encode()


def console(records: Sequence[Fields]) -> bytes:
    """PowerShell: broken at 120 columns, UTF-16, CR LF."""
    pieces = [
        text[at : at + 120] for r in records for text in [dev(r)] for at in range(0, len(text), 120)
    ]
    return "".join(piece + "\r\n" for piece in pieces).encode("utf-16")


def json_console(records: Sequence[Fields]) -> bytes:
    """JSON that a console broke at 200 columns."""
    texts = map(line, records)
    pieces = [text[at : at + 200] for text in texts for at in range(0, len(text), 200)]
    return "\r\n".join([*pieces, ""]).encode()


def quoted_console(records: Sequence[Fields]) -> bytes:
    """A screen that somebody quoted in a mail."""
    texts = map(dev, records)
    pieces = [text[at : at + 160] for text in texts for at in range(0, len(text), 160)]
    return "".join(f"> {piece}\n" for piece in pieces).encode()


# --- records of many lines -----------------------------------------------------------------------


def gcloud_yaml(records: Sequence[Fields]) -> bytes:
    """`gcloud logging read`."""
    entries = [
        {"insertId": "i", "jsonPayload": bare(r), "timestamp": zulu(r), "severity": "DEFAULT"}
        for r in records
    ]
    return "".join("---\n" + yaml.safe_dump(entry) for entry in entries).encode()


def gcloud_yaml_text(records: Sequence[Fields]) -> bytes:
    entries = [{"textPayload": coloured(r), "timestamp": zulu(r)} for r in records]
    return "".join("---\n" + yaml.safe_dump(entry) for entry in entries).encode()


def aws_yaml(records: Sequence[Fields]) -> bytes:
    events = [{"logStreamName": "a", "message": dev(r), "timestamp": millis(r)} for r in records]
    return str(yaml.safe_dump({"events": events})).encode()


def aws_tail_json(records: Sequence[Fields]) -> bytes:
    """`aws logs tail --format json`."""
    return "".join(
        f"{zulu(r)[:-1]}+00:00 a/1 {json.dumps(r, indent=2)}\n" for r in records
    ).encode()


def journal_verbose(records: Sequence[Fields]) -> bytes:
    return "".join(
        f"{when(r).astimezone(UTC):%a %Y-%m-%d %H:%M:%S.%f} UTC [s=a;i=1;b=2]\n"
        f"    PRIORITY=6\n    MESSAGE={dev(r)}\n    _PID=9\n"
        for r in records
    ).encode()


def journal_export(records: Sequence[Fields]) -> bytes:
    return "".join(
        f"__CURSOR=s=a\n__REALTIME_TIMESTAMP={millis(r)}000\nMESSAGE={dev(r)}\n_PID=9\n\n"
        for r in records
    ).encode()


def rubydebug(records: Sequence[Fields]) -> bytes:
    """Logstash."""
    return "".join(
        f'{{\n    "@timestamp" => {zulu(r)},\n       "message" => {json.dumps(line(r))}\n}}\n'
        for r in records
    ).encode()


# --- lines whose signs were changed --------------------------------------------------------------


def coloured(record: Fields) -> str:
    return dev(record).replace(record["level"], f"\x1b[36m{record['level']}\x1b[0m", 1)


def written(make: Callable[[Fields], str]) -> Shape:
    def shape(records: Sequence[Fields]) -> bytes:
        return "".join(make(r) + "\n" for r in records).encode()

    return shape


def curly(record: Fields) -> str:
    return re.sub(r'"([^"]*)"', "“\\1”", line(record)) if "\\" not in line(record) else line(record)


def as_pairs(record: Fields) -> str:
    """structlog's KeyValueRenderer."""
    own = {"event": record["message"], "level": record["level"], "timestamp": zulu(record)}
    rest = {k: v for k, v in record.items() if k not in ("message", "level", "timestamp")}
    return " ".join(f"{key}={json.dumps(value)}" for key, value in (own | rest).items())


def as_logfmt(record: Fields) -> str:
    """structlog's LogfmtRenderer: what is true is a bare word, and nothing stands for null."""
    own = {"event": record["message"], "level": record["level"].lower(), "timestamp": zulu(record)}
    rest = {k: v for k, v in record.items() if k not in ("message", "level", "timestamp")}
    return " ".join(map(_logfmt, *zip(*(own | rest).items(), strict=True)))


def _logfmt(key: str, value: Any) -> str:
    if value is True or value is None:
        return key + "=" * (value is None)
    text = json.dumps(value) if not isinstance(value, str) else value
    return f"{key}=" + (json.dumps(text) if re.search(r'[ "=]', text) else text)


def loguru(record: Fields) -> Fields:
    """loguru's `serialize=True`: a print of the record, and the record with its fields."""
    bare_fields = {k: v for k, v in bare(record).items() if k not in ("level", "name", "pid")}
    text = (
        f"{zulu(record)[:23].replace('T', ' ')} | {record['level']:<8} | {record['name']}:emit:12"
    )
    found = {
        "elapsed": {"repr": "0:00:01.5", "seconds": 1.5},
        "exception": None,
        "extra": bare_fields,
        "function": "emit",
        "level": {"icon": "\u2139\ufe0f", "name": record["level"], "no": 20},
        "line": 12,
        "message": record["message"],
        "name": record["name"],
        "process": {"id": record["pid"], "name": "MainProcess"},
        "thread": {"id": 140234, "name": "MainThread"},
        "time": {"repr": zulu(record).replace("T", " "), "timestamp": when(record).timestamp()},
    }
    return {"text": f"{text} - {record['message']}\n", "record": found}


def otlp(record: Fields) -> Fields:
    """The file exporter of OpenTelemetry's collector."""
    attributes = [{"key": k, "value": any_value(v)} for k, v in bare(record).items()]
    entry = {
        "timeUnixNano": nanos(record),
        "severityText": record["level"],
        "body": {"stringValue": record["message"]},
        "attributes": attributes,
    }
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [entry]}]}]}


def any_value(value: Any) -> Fields:
    """A value as OpenTelemetry writes it in JSON: whole numbers as texts."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def texts_of(record: Fields) -> Fields:
    """The fields of a record, each a text: what is one already stays, all else is JSON."""
    rest = {k: v for k, v in bare(record).items() if k not in ("message", "level", "name")}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in rest.items()}


def clickhouse(record: Fields) -> Fields:
    """The table of OpenTelemetry's exporter."""
    own = {"Timestamp": zulu(record)[:-1].replace("T", " "), "SeverityText": record["level"]}
    named = {"Body": record["message"], "ScopeName": record.get("name", "")}
    return own | named | {"LogAttributes": texts_of(record)}


def clickhouse_csv(records: Sequence[Fields]) -> bytes:
    """With the fields as a map."""
    rows = [list(clickhouse(r).values()) for r in records]
    return table(
        ("Timestamp", "SeverityText", "Body", "ScopeName", "LogAttributes"),
        [[*row[:-1], repr(row[-1]).replace("': '", "':'").replace("', '", "','")] for row in rows],
        quoting=csv.QUOTE_ALL,
    )


def attribute_list(record: Fields) -> Fields:
    """Railway's API."""
    rest = {k: v for k, v in bare(record).items() if k != "message"}
    named = [{"key": key, "value": json.dumps(value)} for key, value in rest.items()]
    return {"timestamp": zulu(record), "message": record["message"], "attributes": named}


def kibana_fields(records: Sequence[Fields]) -> bytes:
    """Documents as Kibana shows them: each value in a list, texts twice."""
    found = []
    for r in records:
        fields = {"@timestamp": [zulu(r)]}
        for key, value in bare(r).items():
            fields[key] = [value]
            if isinstance(value, str):
                fields[f"{key}.keyword"] = [value]
        found.append({"_index": "logs", "_score": 0, "fields": fields})
    return json.dumps(found, indent=2).encode()


def columns_and_rows(records: Sequence[Fields]) -> bytes:
    """Elasticsearch's answer to ES|QL."""
    keys = list(dict.fromkeys(key for r in records for key in r if key != "timestamp"))
    columns = [{"name": name, "type": "keyword"} for name in ("@timestamp", *keys)]
    values = [[zulu(r), *(r.get(key) for key in keys)] for r in records]
    return json.dumps({"took": 9, "columns": columns, "values": values}, indent=2).encode()


def splunk_twice(record: Fields) -> Fields:
    """With fields that were taken out of the record a second time."""
    fields = {key: [str(value)] * 2 for key, value in record.items()}
    return {"preview": False, "result": {"_time": zulu(record), **fields}}


def fluent_bit(record: Fields) -> str:
    return f'[0] kube.a: [[{millis(record) / 1000}, {{}}], {{"log"=>{json.dumps(dev(record))}}}]'


SHAPES: dict[str, Shape] = {
    shape.__name__: shape
    for shape in (
        *(insights_csv, insights_csv_with_pointers, viewer_csv, message_only_csv, azure_csv),
        *(semicolon_csv, tab_separated, headless_csv, bigquery_csv, datadog_csv, multi_line_csv),
        *(insights_json, insights_results, filter_log_events, filter_log_events_in_one_line),
        *(subscription, gcp_array, gcp_compact, loki_query, grafana, elastic, datadog, railway),
        *(texts, jq, jq_sorted, spread_among_lines, logcli, console, json_console, quoted_console),
        *(gcloud_yaml, gcloud_yaml_text, aws_yaml, aws_tail_json, journal_verbose, journal_export),
        rubydebug,
    )
} | {
    "discovered_csv": discovered_csv(lambda r: line(r)),
    "discovered_text_csv": discovered_csv(lambda r: dev(r)),
    "original_lines": lines(
        lambda r: {"message": r["message"], "level": r["level"], "event": {"original": line(r)}}
    ),
    "gcp_text_lines": lines(
        lambda r: {"textPayload": dev(r), "timestamp": zulu(r), "severity": "INFO", "labels": {}}
    ),
    "splunk_lines": lines(
        lambda r: {"preview": False, "result": {"_raw": line(r), "_time": zulu(r)}}
    ),
    "splunk_hec_lines": lines(lambda r: {"time": millis(r) / 1000, "host": "h", "event": r}),
    "elastic_lines": lines(lambda r: {"_index": "x", "_source": {"log": {"entry": line(r)}}}),
    "loki_lines": lines(
        lambda r: {"labels": {"app": "agent"}, "line": dev(r), "timestamp": zulu(r)}
    ),
    "renamed_lines": lines(lambda r: {"wrapper": {"deep": [1], "payload": {"zzz": line(r)}}}),
    "railway_lines": lambda records: b"".join(
        json.dumps(entry).encode() + b"\n" for entry in json.loads(railway(records))
    ),
    "railway_cli_lines": lines(railway_cli),
    "journald_lines": lines(journald),
    "journald_bytes_lines": lines(journald_bytes),
    "counted_syslog": counted(""),
    "counted_syslog_lines": counted("\n"),
    "otlp_lines": lines(otlp),
    "loguru_lines": lines(loguru),
    "elastic_fields_lines": lines(
        lambda r: {"_id": "1", "fields": {"@timestamp": [zulu(r)], "message": [dev(r)]}}
    ),
    "container_apps_lines": lines(lambda r: {"TimeStamp": zulu(r), "Log": "F " + dev(r)}),
    "event_stream": written(lambda r: "data: " + json.dumps(journald(r))),
    "json_sequence": written(lambda r: "\x1e" + json.dumps(journald(r))),
    "web_page": written(lambda r: f"<p>{html.escape(line(r))}</p>"),
    "blanks_that_do_not_break": written(lambda r: dev(r).replace(" - ", "\u00a0-\u00a0")),
    "curly_quotes": written(curly),
    "escaped_json": written(lambda r: json.dumps(line(r))[1:-1]),
    "json_texts": written(lambda r: json.dumps(dev(r))),
    "dictionaries": written(repr),
    "key_values": written(as_pairs),
    "logfmt": written(as_logfmt),
    "fluent_bit": written(fluent_bit),
    "clickhouse_lines": lines(clickhouse),
    "clickhouse_csv": clickhouse_csv,
    "printed_cells": lambda records: table(
        ("@timestamp", "json_payload"), [(zulu(r), json.dumps(r, indent=2)) for r in records]
    ),
    "printed_texts_lines": lines(
        lambda r: {"timestamp": zulu(r), "message": json.dumps(r, indent=2), "stream": "stdout"}
    ),
    "attribute_list_lines": lines(attribute_list),
    "kibana_fields": kibana_fields,
    "columns_and_rows": columns_and_rows,
    "splunk_twice_lines": lines(splunk_twice),
    "colours_without_sign": written(lambda r: coloured(r).replace("\x1b", "")),
    "carriage_returns": lambda records: "\r".join(map(dev, records)).encode(),
    "colours_as_arrows": written(lambda r: coloured(r).replace("\x1b", "←")),
}
