"""Records of an export in, the lines in them out: many at once, up to the first in any doubt."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from tuner.inputs.chunks import room
from tuner.scan.known_records import KnownRecords
from tuner.scan.layout import (
    MOST_STEPS,
    STEP_BYTES,
    ColumnsStruct,
    DatedStruct,
    GapStruct,
    KnownRecordsStruct,
    LabelsStruct,
    ListsStruct,
    PathsStruct,
    TakenStruct,
)
from tuner.scan.library import library
from tuner.scan.templates import LineTemplate, struct_of

_SPARE, _TIMES_AS_LONG = 1 << 12, 2
"""A line may be longer than the record it stood in, up to twice as long and a little more."""


class Columns(NamedTuple):
    """Rows of CSV: the sign between cells, how many there are, and in which of them the message
    and the time stand (-1: no time)."""

    delimiter: str
    width: int
    message: int
    time: int


class Paths(NamedTuple):
    """Records of JSON: the keys that lead to the line, a text or an object, and to the store's time
    (none: there is none). An object with one of `times` as a key has a time of its own."""

    is_object: bool
    target: Sequence[str]
    time: Sequence[str]
    times: Sequence[str]


class Lists(NamedTuple):
    """Records of JSON that are lists: at which places the line, a text, and its time stand."""

    text: int
    time: int


class FieldLists(NamedTuple):
    """Records of JSON that are lists of fields with their names: those of the line, a text, and of
    the store's time ("": there is none)."""

    text: str
    time: str


class Texts(NamedTuple):
    """Texts of JSON, each a line of LiveKit's dev text."""


class TextLines(NamedTuple):
    """Lines of which each is a text of JSON, that of a line of LiveKit's JSON or dev text."""


class Labels(NamedTuple):
    """Lines with a time and labels before each text, which begins `gap` blanks behind them, but not
    before a `column`."""

    gap: int
    column: int


class BareLines(NamedTuple):
    """Lines of LiveKit's JSON as they are, which nothing split."""


class DatedLines(NamedTuple):
    """Lines of text as they are, which nothing split, and which begin like one of these templates,
    with a date."""

    templates: tuple[LineTemplate, ...]


class Counted(NamedTuple):
    """Messages of syslog with the length before each, lines of LiveKit's JSON in them."""


_Frames: TypeAlias = Labels | Counted | BareLines | DatedLines
_Listed: TypeAlias = Lists | FieldLists
Form: TypeAlias = Columns | Paths | _Listed | Texts | TextLines | _Frames | KnownRecords
_CALLS: dict[type[Form], str] = {
    Columns: "scan_rows",
    Paths: "scan_records",
    Lists: "scan_lists",
    FieldLists: "scan_field_lists",
    Texts: "scan_texts",
    TextLines: "scan_text_lines",
    Labels: "scan_labelled",
    Counted: "scan_counted",
    BareLines: "scan_bare",
    DatedLines: "scan_dated",
    KnownRecords: "scan_known",
}
Number = TypeVar("Number", int, float)


class Gap(NamedTuple):
    """What may stand between two records besides blanks and commas, the end of a list and the
    beginning of the next: that one is in the value that begins at the place `opens` of it."""

    text: bytes
    opens: int


class TakenLines(NamedTuple):
    """Lines of an export: their text without the last newline, and of each the line of the export
    that it comes from (1-based), how many lines it stands for (`lines` in all), and its time in
    epoch seconds.

    `stamped` of them, all or none, begin with the time of the export. `up`, `down` and `back`: how
    often times rise, fall, and fall by more than threads explain. `size` bytes of the export were
    taken; the next record is on the line `next_line`, and the last one ended on `last_line`.
    """

    text: bytes
    of_line: array[int]
    lines_of: array[int]
    time: array[float]
    lines: int
    stamped: int
    up: int
    down: int
    back: int
    size: int
    next_line: int
    last_line: int


class LineTaker:
    """Takes the lines out of records of one form, of up to `longest` bytes each."""

    def __init__(self, form: Form, longest: int) -> None:
        self._form = _struct(form)
        self._call = getattr(library(), _CALLS[type(form)])
        self._taken = TakenStruct(longest=longest)
        self._gaps: Sequence[Gap] = ()
        self._room = room(_SPARE)

    def take(
        self, data: bytes, at: int, line: int, last: int, gaps: Sequence[Gap] = ()
    ) -> TakenLines | None:
        """The lines of the records from a place on; None if the first is in doubt.

        `line` is the place's, `last` that on which the record before ended (0: there is none).
        `gaps`, up to MOST_GAPS of LONGEST_GAP bytes, pass for blanks between them.
        """
        size, taken = len(data) - at, self._taken
        self._make_room(size)
        if gaps is not self._gaps:
            self._pass_over(gaps)
        for name in ("n", "stamped", "up", "down", "back", "lines"):
            setattr(taken, name, 0)
        taken.line, taken.last = line, last
        start = (ctypes.c_void_p.from_buffer(ctypes.c_char_p(data)).value or 0) + at
        text = (ctypes.c_char * len(self._room)).from_buffer(self._room)
        self._call(ctypes.byref(taken), ctypes.byref(self._form), start, size, text)
        return _found(taken, self._room[: max(taken.size - 1, 0)]) if taken.n else None

    def _pass_over(self, gaps: Sequence[Gap]) -> None:
        self._gaps, self._taken.gaps_n = gaps, len(gaps)
        for known, (text, opens) in zip(self._taken.gaps, gaps, strict=False):
            known.size, known.opens = len(text), opens
            ctypes.memmove(ctypes.byref(known, GapStruct.text.offset), text, len(text))

    def _make_room(self, size: int) -> None:
        """Have room for the lines of so many bytes."""
        if len(self._room) < _TIMES_AS_LONG * size + _SPARE:
            self._room = room(_TIMES_AS_LONG * size + _SPARE)
        if isinstance(self._form, KnownRecordsStruct):
            self._form.room = len(self._room)


def is_possible(form: Form) -> bool:
    """Whether there is room for such a form."""
    if isinstance(form, Columns):
        return len(form.delimiter.encode()) == 1
    if isinstance(form, FieldLists):
        return all(len(_bytes(name)) <= STEP_BYTES for name in form)
    if not isinstance(form, Paths):
        return True
    paths = (form.target, form.time, form.times)
    return all(len(path) <= MOST_STEPS for path in paths) and all(
        0 < len(_bytes(key)) <= STEP_BYTES for path in paths for key in path
    )


def _found(taken: TakenStruct, text: bytes) -> TakenLines:
    return TakenLines(
        text,
        _column(array("q"), taken.of_line, taken.n),
        _column(array("q"), taken.lines_of, taken.n),
        _column(array("d"), taken.time, taken.n),
        *(taken.lines, taken.stamped, taken.up, taken.down, taken.back, taken.at),
        *(taken.line, taken.last),
    )


def _column(empty: array[Number], values: Any, n: int) -> array[Number]:
    empty.frombytes(memoryview(values).cast("B")[: 8 * n])
    return empty


_Struct: TypeAlias = (
    ColumnsStruct | PathsStruct | ListsStruct | LabelsStruct | DatedStruct | KnownRecordsStruct
)


def _struct(form: Form) -> _Struct:
    if isinstance(form, KnownRecords):
        return form.struct
    if isinstance(form, Lists):
        return ListsStruct(form.text, form.time)
    if isinstance(form, DatedLines):
        return DatedStruct(len(form.templates), 0, tuple(map(struct_of, form.templates)))
    if isinstance(form, Labels):
        return LabelsStruct(form.gap, form.column)
    if isinstance(form, Texts | TextLines | Counted | BareLines):
        return PathsStruct()  # they have no paths
    if isinstance(form, Columns):
        return ColumnsStruct(ord(form.delimiter), form.width, form.message, form.time)
    if isinstance(form, FieldLists):
        form = Paths(False, (form.text,), (form.time,) if form.time else (), ())
    found = PathsStruct(form.is_object, len(form.target), len(form.time), len(form.times))
    _fill(found.target, form.target)
    _fill(found.time, form.time)
    _fill(found.times, form.times)
    return found


def _fill(steps: ctypes.Array[ctypes.Structure], keys: Sequence[str]) -> None:
    for step, key in zip(steps, keys, strict=False):
        step.size, step.text = len(_bytes(key)), _bytes(key)


def _bytes(key: str) -> bytes:
    return key.encode(errors="surrogateescape")
