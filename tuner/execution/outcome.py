"""Logs that were read in, the inputs of the report and the marks to remember out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tuner.execution import duplicate_inputs, resume_marks, same_records, shared_calls
from tuner.execution.resume_marks import Memory
from tuner.execution.state_file import Mark
from tuner.execution.units import Job
from tuner.redaction.shown import shown
from tuner.summary import serialization, voice_agent
from tuner.summary.cut_lines import SHORTENED, are_shortened, cut_lines
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import Summary

EMPTY = "the file is empty"
BINARY = "binary data, no log"
NOTHING_UNDERSTOOD = "nothing understood"
OTHER_PROGRAM = "no line of a voice agent"
OF_GO = "it is of a program in Go, as LiveKit's server, SIP and egress are"
_SHOWN_LOGGERS = 3
_NO_LOG = (EMPTY, BINARY, NOTHING_UNDERSTOOD, OTHER_PROGRAM)


class ReadOutcome(NamedTuple):
    """What the inputs gave, and what a later run needs to know of them."""

    inputs: list[ReadInput]
    marks: list[Mark]


def settle(known: Memory, job: Job, stopped: bool) -> ReadOutcome:
    """Add what earlier runs found to what was read now; a log that was given twice counts once."""
    marks = list(known.gone)
    inputs = list(_gone(known.gone))
    settled = {log.path: resume_marks.settle(log, job.resume, stopped) for log in known.logs}
    readable = {log.path: settled[log.path].summary for log in known.logs if not log.part.problem}
    again = {} if stopped else _again(readable)
    shared = {} if stopped else _shared(readable, again)
    for log in known.logs:
        if log.path in again:
            inputs.append(ReadInput(log.path, Summary(job.slow_ms), "", (again[log.path],)))
            continue
        summary, mark = settled[log.path]
        marks += [mark] if mark is not None else []
        notes = (*log.all_notes, *shared.get(log.path, ()))
        read = ReadInput(log.path, summary, log.part.problem, notes)
        inputs.append(read if stopped else _checked(read, job))
    return ReadOutcome(inputs, marks)


def _again(inputs: Mapping[str, Summary]) -> dict[str, str]:
    """The inputs whose events others hold too, each with a note."""
    records = duplicate_inputs.records_of_logged_calls(inputs)
    copies = records | duplicate_inputs.copies(inputs)
    copies |= duplicate_inputs.grown(_without(inputs, copies))
    return copies | same_records.in_two_layouts(_without(inputs, copies))


def _without(inputs: Mapping[str, Summary], again: Mapping[str, str]) -> dict[str, Summary]:
    return {path: summary for path, summary in inputs.items() if path not in again}


def _shared(inputs: Mapping[str, Summary], again: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Notes on inputs that share calls with others."""
    found = shared_calls.notes(_without(inputs, again))
    return {path: (note,) for path, note in found.items()}


def _gone(marks: Sequence[Mark]) -> Iterator[ReadInput]:
    for mark, notes in zip(marks, resume_marks.gone_notes(marks), strict=True):
        yield ReadInput(mark.path, serialization.load(mark.found), "", notes)


def _checked(read: ReadInput, job: Job) -> ReadInput:
    """Say what is wrong with an input that gave nothing; to a later run an empty one is new."""
    summary = read.summary
    if not summary.lines and not read.problem:
        if job.resume:
            return read._replace(notes=(*read.notes, f"{read.path}: still empty"))
        return read._replace(problem=EMPTY)
    if read.problem or summary.records or summary.understood > summary.lines / 2:
        return read
    if summary.unread["NUL bytes"]:
        return read._replace(problem=BINARY)
    cut = cut_lines(summary)
    return read._replace(problem=NOTHING_UNDERSTOOD + (f": {cut}" if cut else ""))


def without_other_files(inputs: Sequence[ReadInput], in_folders: frozenset[str]) -> list[ReadInput]:
    """Leave out, with a note, the files of a folder that are no agent logs: nobody named them.

    Where no other input was understood they stay, with their problems.
    """
    if not any(read.summary.records for read in inputs):
        return list(inputs)
    return [_skipped(read) if _is_no_log(read, in_folders) else read for read in inputs]


def _is_no_log(read: ReadInput, in_folders: frozenset[str]) -> bool:
    return read.path in in_folders and read.problem.startswith(_NO_LOG)


def _skipped(read: ReadInput) -> ReadInput:
    note = f"{read.path}: skipped, it is no agent log ({read.problem})"
    return ReadInput(read.path, Summary(read.summary.slow_ms), "", (*read.notes, note))


def without_other_programs(inputs: Sequence[ReadInput]) -> list[ReadInput]:
    """The same; an input whose records are no voice agent's counts as not understood."""
    return [_refused(read) if _is_other_program(read) else read for read in inputs]


def _is_other_program(read: ReadInput) -> bool:
    return bool(read.summary.records) and not voice_agent.is_agent_log(read.summary)


def _refused(read: ReadInput) -> ReadInput:
    found = (shown("logger", name) for name in voice_agent.loggers(read.summary))
    names = ", ".join(list(filter(None, found))[:_SHOWN_LOGGERS])
    why = OTHER_PROGRAM + (f"; its loggers are {names}" if names else "")
    why += f"; {OF_GO}" if voice_agent.is_of_go(read.summary) else ""
    why += f"; {SHORTENED}" if are_shortened(read.summary) else ""
    unread = Summary(read.summary.slow_ms)
    unread.bytes = read.summary.bytes
    unread.skip("of no voice agent", read.summary.lines)
    return read._replace(summary=unread, problem=read.problem or why)
