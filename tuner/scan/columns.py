"""The tables of the scan column by column, as Python's lists."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from tuner.scan.layout import EntryStruct, Scan

Column: TypeAlias = Callable[..., list[Any]]


def _offsets(struct: Any, first: int = 0) -> Iterator[tuple[str, int, str]]:
    """(member, offset, format) of a struct's numbers; those of its structs have dotted names."""
    for name, kind in struct._fields_:
        at = first + getattr(struct, name).offset
        if issubclass(kind, ctypes.Structure):
            yield from (
                (f"{name}.{inner}", place, code) for inner, place, code in _offsets(kind, at)
            )
        else:
            yield name, at, "d" if kind is ctypes.c_double else "i"


_OFFSETS = {name: (at, kind) for name, at, kind in _offsets(EntryStruct)}


def columns(scan: Scan, table: str) -> Column:
    """One field of all entries of a table, by its name and its place in it."""
    found: Any = getattr(scan, table)
    size = ctypes.sizeof(EntryStruct)
    raw: Any = memoryview(found.entries).cast("B")[: size * found.used]

    def column(name: str, place: int = 0) -> list[Any]:
        at, kind = _OFFSETS[name]
        values = raw.cast(kind)
        begin = at // values.itemsize + place
        column_values: list[Any] = values[begin :: size // values.itemsize].tolist()
        return column_values

    return column
