"""`session_report.json` in, the lines of its call's turn log out.

livekit-agents writes it with `ctx.make_session_report()` or `console --record`, agents-js with
`sessionReportToJSON`. Its events stand in the order in which the session emitted them, which is
the order that the assembler needs; `created_at` is their time, which may lie before the time of
the event above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from tuner.call_records import report_parts, session_events
from tuner.call_records.call_lines import CallLines
from tuner.call_records.detection import Many
from tuner.call_records.documents import Numbered, WholeLines
from tuner.call_records.faults import Faults
from tuner.call_records.report_parts import ReportParts
from tuner.errors import InputError
from tuner.lazy_patterns import lazy_pattern
from tuner.turns.assembler import Turns

LARGEST = 64 << 20
"""Bytes of a report, which is held while it is read; an hour of a call makes some 15 MB."""
_BLOCK = 1 << 20
_FIRST_KEY = lazy_pattern(rb'\{\s*"\w+"')
_ID = lazy_pattern(r'"(job_id|jobId|room)"\s*:\s*"([^"\\]*)"')
_OTHER = lazy_pattern(
    r"(?m)^(?:[^\s{},\[\]]|\{\"(?!(?:job_id|jobId|room_id|room|agent_name|audio_recording_path"
    r"|chat_history|events)\"|.*\"events\"\s*:)).*"
)
"""A line of words below a report or between two, as in a post, or of a log: no report begins so."""
_CUT_OFF = "the session report is cut off: its last events are missing"


def translate(stream: BinaryIO, many: Many = map) -> Iterator[tuple[int, bytes]]:
    """The lines of every call in the file: one report, or several one after the other.

    A report that is cut off gives what its whole events hold, then raises InputError. Lines of
    words or of a log between reports come as they are.
    """
    for lines, problem in many(_read, reports(stream)):
        yield from lines
        if problem is not None:
            raise problem


def reports(stream: BinaryIO) -> Iterator[WholeLines]:
    """All of a stream, cut where a report begins as the first does. No text can hold that, since
    there would be a backslash before the quote. At most a little more than LARGEST is held."""
    held, first, mark = b"", 1, None
    while len(held) <= LARGEST and (block := stream.read(_BLOCK)):
        held += block
        mark = mark or _FIRST_KEY.search(held)
        begins = held.rfind(mark[0]) if mark else 0
        if mark and begins > held.find(mark[0]):
            yield WholeLines(first, held[:begins])
            first += held.count(b"\n", 0, begins)
            held = held[begins:]
    yield WholeLines(first, held)


def _read(given: WholeLines) -> tuple[Numbered, InputError | None]:
    """The lines of some reports, up to their end or to what went wrong."""
    lines: Numbered = []
    try:
        for line in _lines(given):
            lines.append(line)
    except InputError as error:
        return lines, error
    return lines, None


def _lines(given: WholeLines) -> Iterator[tuple[int, bytes]]:
    if len(given.text) > LARGEST:
        raise InputError(f"a session report may have {LARGEST >> 20} MiB", "split the file")
    text = given.text.decode(errors="replace").lstrip("\ufeff")
    at, line, doubt = 0, given.first, False
    while (begin := report_parts.next_report(text, at)) < len(text):
        line += text.count("\n", at, begin)
        if at and (other := _OTHER.match(text, begin)):
            yield line, other[0].encode()
            at = other.end()
            continue
        # A report in doubt is read twice: where there is one there may be thousands.
        certain = None if doubt else report_parts.whole(text, begin)
        doubt = certain is None
        parts = certain or report_parts.careful(text, begin)
        yield from _call(text, begin, line, parts)
        at = parts.end
        line += text.count("\n", begin, at)


def _call(text: str, begin: int, line: int, parts: ReportParts) -> Iterator[tuple[int, bytes]]:
    """The lines of one report."""
    header = parts.header
    call = CallLines(_ids(text[begin : begin + 4096], header), Turns(realtime=_realtime(header)))
    line += text.count("\n", begin, parts.first)
    milliseconds, faults = False, Faults("events")
    for kind, time, event, lines in parts.events():
        line += lines
        milliseconds |= session_events.is_in_ms(time)
        try:
            session_events.add(call, str(kind), time, event, line)
        except Exception as error:  # `held` would take longer than most events
            faults.note(error)
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
    used = usage if isinstance(usage, list) else []
    models = [str(each.get("model")) for each in used if isinstance(each, dict)]
    return any("realtime" in model for model in models)
