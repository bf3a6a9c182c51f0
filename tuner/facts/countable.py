"""Inputs as they were read in, those that a report may name and count out."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.errors import Interrupted
from tuner.execution.nothing_read import nothing_read
from tuner.facts.combined import without_duplicates
from tuner.inputs.addresses import without_secrets
from tuner.reading.record_filter import Filter
from tuner.summary.read_input import ReadInput


def countable(inputs: Sequence[ReadInput], only: Filter, stopped: bool) -> list[ReadInput]:
    """The inputs, each record counted once, and URLs without passwords or signatures.

    Raises InputError where no record counts, Interrupted where Ctrl-C came before any.
    """
    shown = map(_without_secrets, inputs)
    once = [read._replace(summary=without_duplicates(read.summary)) for read in shown]
    if any(read.summary.records for read in once):
        return once
    raise Interrupted("stopped before anything was read") if stopped else nothing_read(once, only)


def _without_secrets(read: ReadInput) -> ReadInput:
    notes = tuple(map(without_secrets, read.notes))
    return read._replace(
        path=without_secrets(read.path), problem=without_secrets(read.problem), notes=notes
    )
