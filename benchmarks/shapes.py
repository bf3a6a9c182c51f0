"""The layouts and exports that records are written in beside LiveKit's own: a record in, its lines
out, and what stands before and behind all of them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from benchmarks.entries import Entry

Fields = dict[str, object]
_HEAD = ("message", "level", "name", "timestamp")
_ROW_WIDTH, _MARGIN = 120, 37


class Shape(NamedTuple):
    """How a record is written, what stands around all records, and what can then not be counted.

    `comma` parts the records of an array: it ends every line but the last one's.
    """

    write: Callable[[Entry], bytes]
    before: bytes = b""
    behind: bytes = b""
    comma: bytes = b""
    hidden: tuple[str, ...] = ()


def _csv(entry: Entry) -> bytes:
    text = entry.raw.decode().rstrip("\n").replace('"', '""')
    return f'{stamp(entry)[:-3].replace("T", " ")},"{text}"\n'.encode()


def _array(entry: Entry) -> bytes:
    record = {"line": entry.raw.decode().rstrip("\n"), "timestamp": stamp(entry) + "Z"}
    return b"  " + json.dumps(record).encode()


def _pretty(entry: Entry) -> bytes:
    record = {"@timestamp": stamp(entry)[:-3].replace("T", " "), "@message": entry.extras}
    return textwrap.indent(json.dumps(record, indent=4), "    ").encode()


def _nested(entry: Entry) -> bytes:
    inside = {key: value for key, value in entry.extras.items() if key != "timestamp"}
    labels = {"type": "cloud_run_revision", "labels": {"service_name": "agent"}}
    record = {"insertId": "i0", "jsonPayload": inside, "resource": labels}
    record |= {"severity": "DEFAULT", "timestamp": stamp(entry) + "Z"}
    return json.dumps(record).encode() + b"\n"


def _heroku(entry: Entry) -> bytes:
    return f"{stamp(entry)}+00:00 app[worker.1]: ".encode() + entry.raw


def _formatter(entry: Entry) -> bytes:
    time = stamp(entry)[:19].replace("T", " ")
    return f"{entry.level} [{time}] {entry.extras['name']} - {entry.message}\n".encode()


def _logging(entry: Entry) -> bytes:
    time = stamp(entry)[:23].replace("T", " ").replace(".", ",")
    return f"{time} {entry.level} {entry.extras['name']}: {entry.message}\n".encode()


def _compact(entry: Entry) -> bytes:
    head = f"{stamp(entry)[11:19]} {entry.level:<6} {entry.extras['name']} {entry.message}"
    return f"{head} {json.dumps(extras_of(entry))}\n".encode()


def _rich(entry: Entry) -> bytes:
    """As livekit-agents 1.5 prints it on a screen of 120 columns."""
    head = f"    {stamp(entry)[11:23]} {entry.level:<8} {str(entry.extras['name'])[:18]:<18} "
    lines = textwrap.wrap(entry.message, _ROW_WIDTH - len(head)) or [""]
    text = head + f"\n{'':{len(head)}}".join(lines) + "  \n"
    extras = extras_of(entry)
    if extras:
        below = textwrap.wrap(
            json.dumps(extras), _ROW_WIDTH - _MARGIN, break_on_hyphens=False, break_long_words=False
        )
        text += " " * _MARGIN + " \n".join(below) + "\n"
    return text.encode()


def extras_of(entry: Entry) -> Fields:
    """What a text layout prints behind the message."""
    return {key: value for key, value in entry.extras.items() if key not in _HEAD}


def stamp(entry: Entry) -> str:
    """The time as `2026-01-30T16:20:00.000000`, in UTC."""
    return datetime.fromisoformat(str(entry.extras["timestamp"])).strftime("%Y-%m-%dT%H:%M:%S.%f")


_OF_FIELDS = ("calls", "kind:llm_metrics", "kind:tts_metrics")
_FIGURES = ("ttft_p50", "ttft_p95", "ttfb_p50", "ttfb_p95")
NO_FIELDS = (*_OF_FIELDS, *_FIGURES)
"""What cannot be counted where a layout leaves out the fields of a record."""
CALL_RECORD = Shape(
    lambda entry: entry.raw,
    hidden=(*NO_FIELDS, "kind:false_interruption", "openai_responses", "openai_slow"),
)
"""What a program wrote of calls, of which `truth` reads nothing but the lines."""
SHAPES = {
    "csv": Shape(_csv, b"@timestamp,@message\n"),
    "array": Shape(_array, b"[\n", b"\n]\n", b",\n"),
    "pretty": Shape(_pretty, b"[\n", b"\n]\n", b",\n"),
    "nested": Shape(_nested),
    "heroku": Shape(_heroku),
    "formatter": Shape(_formatter, hidden=NO_FIELDS),
    "logging": Shape(_logging, hidden=NO_FIELDS),
    "compact": Shape(_compact),
    "rich": Shape(_rich),
    "pipecat": CALL_RECORD,
    "spans": CALL_RECORD,
}
