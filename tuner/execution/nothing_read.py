"""Inputs of which nothing counts in, the error that says why out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuner.errors import InputError, named
from tuner.inputs.foreign_files import foreign_file
from tuner.lines import records
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.redaction.redact import outline
from tuner.summary.cut_lines import SHORTENED, WHOLE_LINES, cut_lines
from tuner.summary.read_input import ReadInput

_SHOWN_LINES = 3
_COLUMNS = 100


def nothing_read(inputs: Sequence[ReadInput], only: Filter) -> InputError:
    """Name each input with its reason, and outline its first lines without their words."""
    understood = sum(read.summary.understood for read in inputs)
    if understood and only != EVERYTHING:
        return _none_kept(understood, only)
    foreign = [foreign_file(read.path) for read in inputs]
    lines = [
        f"{named(read.path)}: {(what and what.what) or read.problem or 'nothing understood'}"
        for read, what in zip(inputs, foreign, strict=True)
    ]
    if steps := list(dict.fromkeys(what.next_step for what in foreign if what)):
        return InputError("\n".join(lines), "; ".join(steps))
    lines += [line for read in inputs for line in _first_lines(read)]
    if any(read.summary.lines for read in inputs):
        lines.append("tried: " + ", ".join(records.SHAPES))
    if any(cut_lines(read.summary) or SHORTENED in read.problem for read in inputs):
        return InputError("\n".join(lines), WHOLE_LINES)
    return InputError(
        "\n".join(lines),
        "give the log of a voice agent, as it or a log shipper wrote it; "
        "for a sample: tuner analyze sample_logs/false-interruptions.jsonl",
    )


def _first_lines(read: ReadInput) -> Iterator[str]:
    for line, raw in read.summary.evidence.get("unread", [])[:_SHOWN_LINES]:
        text = outline(raw.decode(errors="replace"), _COLUMNS)
        yield f"  {named(read.path)}, line {line}: {text}"


def _none_kept(lines: int, only: Filter) -> InputError:
    wanted = [f"call {only.call!r}"] if only.call is not None else []
    wanted += ["the time asked for"] if (only.since, only.until) != (None, None) else []
    return InputError(
        f"{lines:,} lines were understood, but no record is of {' and of '.join(wanted)}",
        "a call is named by its job id, room or pid as the log has it, times without a zone are "
        "UTC; `tuner export LOG -o events.csv` lists the calls and times of a log",
    )
