"""One read input in, what the report says about it out: layout, wrappers, time span, notes."""

from __future__ import annotations

from collections import Counter

from tuner.exports import pasted_stretches, printed_lines
from tuner.facts import clock_back, echoes
from tuner.facts.writer import writer_of
from tuner.lines.catalogue.table import LINES
from tuner.lines.json_lines import TURNS
from tuner.model import InputInfo
from tuner.summary.cut_lines import SHORTENED, WHOLE_LINES, are_shortened, cut_lines
from tuner.summary.lost_lines import lost_lines, next_step
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import IMPOSSIBLE, TEXT, Summary

_CLOCK_NOTES = {
    "naive": "times have no zone: read as UTC",
    "day": "times have no date: counted from the first day's midnight",
    "yearless": "times have no year",
    "placed": "times without a date: dated by the lines around them",
    "moved": "times without a zone: moved to the zone of the lines around them",
    "": "some lines have no time",
}
_ALIKE, _ALIKE_SLACK = 20, 0.02
"""So many records of two layouts, in numbers that differ by this share, may be the same ones."""
_UNDECIDED = (
    "as many records of each kind stand here in two layouts, and neither times nor figures show "
    "whether they are the same: counted once; if they are not, give each log alone"
)
_NO: dict[str, str] = {"flag": "neither true nor false", "object": "no JSON object"}


def input_info(read: ReadInput) -> InputInfo:
    """Describe one input; without dates in its times, `first` and `last` are None."""
    summary = read.summary
    shapes = [shape for shape, _ in summary.shapes.most_common()]
    dated = summary.clocks["day"] == 0
    return InputInfo(
        path=read.path,
        format=" + ".join(shapes) or "none",
        wrappers=tuple(name for name, _ in summary.wrappers.most_common()),
        bytes=summary.bytes,
        lines=summary.lines,
        understood=summary.understood,
        unread=dict(summary.unread.most_common()),
        first=summary.first if dated else None,
        last=summary.last if dated else None,
        problem=read.problem,
        notes=(
            *read.notes,
            *_cut_notes(summary),
            *_clock_notes(summary),
            *clock_back.notes(summary),
            *_echo_notes(summary),
            *_impossible_notes(summary),
            *_text_notes(summary),
        ),
        versions=writer_of(summary).text,
    )


def _clock_notes(summary: Summary) -> tuple[str, ...]:
    return tuple(note for clock, note in _CLOCK_NOTES.items() if summary.clocks[clock])


def _cut_notes(summary: Summary) -> tuple[str, ...]:
    notes = []
    if found := cut_lines(summary):
        notes.append(f"{found}: what they say is in no count; {WHOLE_LINES}")
    elif lost := lost_lines(summary):
        notes.append(f"{lost}: what they say is in no count; {next_step(lost)}")
    if are_shortened(summary):
        notes.append(f"{SHORTENED}: what is not known by its beginning is in no count")
    return tuple(notes)


def _impossible_notes(summary: Summary) -> tuple[str, ...]:
    """How many figures were set aside because no delay can be so long, or negative."""
    aside: Counter[str] = Counter()
    for name, n in summary.counts.items():
        if name.startswith(IMPOSSIBLE):
            aside[name.removeprefix(IMPOSSIBLE).partition("@")[0]] += n
    return tuple(
        f"{n} x {name} set aside: negative, or longer than an hour (as livekit-agents 1.0.11 "
        "wrote an epoch time for a delay)"
        for name, n in aside.items()
    )


def _text_notes(summary: Summary) -> tuple[str, ...]:
    """How many values are lost because they are texts that do not read as what they should be."""
    lost = sorted(item for item in summary.counts.items() if item[0].startswith(TEXT))
    return tuple(_text_note(name, n) for name, n in lost)


def _text_note(name: str, n: int) -> str:
    kind, _, field = name.removeprefix(TEXT).partition(".")
    row = next(row for row in LINES if row.kind == kind)
    unit = next((each.unit for each in row.fields if each.name == field), "")
    line = row.spellings[0].starts
    return f'{n} x {field} of "{line}" not counted: a text that is {_NO.get(unit, "no number")}'


def _echo_notes(summary: Summary) -> tuple[str, ...]:
    if pasted_stretches.NAME in summary.wrappers:
        return ("a part of the records stands here twice: counted once",)
    if (repeats := echoes.repeats(summary)) is None:
        return (_UNDECIDED,)
    if repeats:
        return ("records stand here twice, in two layouts: counted once",)
    if printed_lines.NAME in summary.wrappers:
        return ("records stand here twice: counted once",)
    shapes = [item for item in summary.shapes.most_common(3) if item[0] != TURNS]
    (one, n), (other, m) = [*shapes, ("", 0), ("", 0)][:2]
    if m < _ALIKE or n - m > _ALIKE_SLACK * n:
        return ()
    return (
        f"as many records in {one} as in {other}: if those are the same, they are counted twice; "
        "give the lines of one of them alone",
    )
