"""`session_report.json` in, the lines of its call's turn log out.

livekit-agents writes it with `ctx.make_session_report()` or `console --record`, agents-js with
`sessionReportToJSON`. Its events stand in the order in which the session emitted them, which is
the order that the assembler needs; `created_at` is their time, which may lie before the time of
the event above.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from tuner.call_records import session_events
from tuner.call_records.call_lines import CallLines
from tuner.call_records.faults import Faults
from tuner.errors import InputError
from tuner.turns.assembler import Turns

LARGEST = 64 << 20
"""Bytes of a file that is held while it is read; an hour of calls makes some 15 MB."""
_EVENTS = re.compile(r'"events"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_ID = re.compile(r'"(job_id|jobId|room)"\s*:\s*"([^"\\]*)"')
_CUT_OFF = "the session report is cut off: its last events are missing"


def translate(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of every call in the file: one report, or several one after the other.

    A report that is cut off gives what its whole events hold, then raises InputError.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"a session report may have {LARGEST >> 20} MiB", "split the file")
    text = data.decode(errors="replace").lstrip("\ufeff")
    at, line = 0, 1
    while (begin := _skip(text, at)) < len(text):
        line += text.count("\n", at, begin)
        header, at = _header(text, begin)
        yield from _call(text, begin, at, line, header)
        line += text.count("\n", begin, at)


def _skip(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def _header(text: str, at: int) -> tuple[dict[str, Any] | None, int]:
    """What stands beside the events and the history, and where the report ends; None: cut off."""
    try:
        header, end = json.JSONDecoder(object_hook=_without_items).raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, len(text)
    return (header if isinstance(header, dict) else {}), end


def _without_items(value: dict[str, Any]) -> dict[str, Any] | None:
    """Drop events and messages as soon as they are parsed: they are most of a report."""
    return None if "created_at" in value or "createdAt" in value else value


def _call(
    text: str, begin: int, end: int, line: int, header: Mapping[str, Any] | None
) -> Iterator[tuple[int, bytes]]:
    """The lines of one report, which stands between two places of the text."""
    call = CallLines(_ids(text[begin : begin + 4096], header), Turns(realtime=_realtime(header)))
    found = _EVENTS.search(text, begin, end)
    at = found.end() if found else end
    line += text.count("\n", begin, at)
    milliseconds, faults = False, Faults("events")
    while (start := _skip(text, at)) < end and text[start] == "{":
        try:
            event, stop = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        line += text.count("\n", at, stop)
        at = stop
        milliseconds |= session_events.is_in_ms(event)
        with faults.held():
            session_events.add(call, event, line)
    started = {} if header is None else session_events.started(header, milliseconds)
    with faults.held():
        yield from call.laid_out(started, line)
    faults.named()
    if header is None:
        raise InputError(_CUT_OFF, "copy the whole file")


def _ids(head: str, header: Mapping[str, Any] | None) -> dict[str, str]:
    if header is None:
        found = {key.replace("jobId", "job_id"): value for key, value in _ID.findall(head)}
    else:
        job = header.get("job_id") or header.get("jobId")
        found = {"job_id": job, "room": header.get("room")}
    return {key: value for key, value in found.items() if isinstance(value, str) and value}


def _realtime(header: Mapping[str, Any] | None) -> bool:
    """Whether a speech-to-speech model answered: its turns are committed by the reply."""
    usage = header.get("usage") if header else None
    models = [str(used.get("model")) for used in usage or () if isinstance(used, dict)]
    return any("realtime" in model for model in models)
