"""The compiled part: where it is, and whether it is the one that these sources make."""

from __future__ import annotations

import ctypes
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tuner.inputs.chunks import Data
from tuner.scan.layout import (
    FORMS,
    MOMENTS,
    ROLES,
    SPREAD_FORMS,
    STRUCTS,
    TIME_FORMS,
    TIME_PARTS,
    TURNS,
    TYPES,
    WAYS,
    Scan,
)

LIBRARY = Path(__file__).with_name("libscan.so")
FOLDER = LIBRARY.parent / "csrc"


class _Offset(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("at", ctypes.c_int64), ("size", ctypes.c_int64)]


def ready() -> bool:
    """Whether the compiled part is there, and of this version."""
    try:
        return bool(library())
    except OSError:
        return False


@cache
def library() -> ctypes.CDLL:
    """The compiled part.

    Raises OSError if there is none that was built of these sources, TypeError if `layout` has
    other structs than they: then every count would be wrong.
    """
    compiled = ctypes.CDLL(str(LIBRARY))
    compiled.scan_version.restype = ctypes.c_uint64
    source = zlib.crc32(b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.[ch]"))))
    if compiled.scan_version() >> 32 != source:
        raise OSError(f"{LIBRARY} was built of other sources")
    differ = set(_compiled_offsets(compiled)) ^ set(_offsets())
    if differ:
        names = ", ".join(sorted({name for name, *_ in differ}))
        raise TypeError(f"scan.h and layout.py disagree about {names}")
    memory, size = ctypes.c_void_p, ctypes.c_int64
    compiled.scan_json.argtypes = (memory, memory, size, memory, size)
    compiled.scan_rendered.argtypes = compiled.scan_json.argtypes
    compiled.scan_text.argtypes = compiled.scan_json.argtypes
    for scan in (compiled.scan_dev, compiled.scan_unzoned_json):
        scan.argtypes = (memory, memory, size)
    for undock in (compiled.scan_undock, compiled.scan_undock_text):
        undock.argtypes, undock.restype = (memory, size, memory), size
    compiled.scan_paired.argtypes, compiled.scan_paired.restype = (memory, memory, memory), None
    compiled.scan_joined.argtypes, compiled.scan_joined.restype = (memory, memory, memory), size
    compiled.scan_uncolour.argtypes, compiled.scan_uncolour.restype = (memory, size, memory), size
    compiled.scan_render.argtypes, compiled.scan_render.restype = (
        (memory, memory, size, memory),
        size,
    )
    compiled.scan_rows.argtypes = (memory, memory, memory, size, memory)
    compiled.scan_records.argtypes = compiled.scan_rows.argtypes
    compiled.scan_lists.argtypes = compiled.scan_rows.argtypes
    compiled.scan_field_lists.argtypes = compiled.scan_rows.argtypes
    compiled.scan_labelled.argtypes = compiled.scan_rows.argtypes
    compiled.scan_counted.argtypes = compiled.scan_rows.argtypes
    compiled.scan_bare.argtypes = compiled.scan_rows.argtypes
    compiled.scan_dated.argtypes = compiled.scan_rows.argtypes
    compiled.scan_known.argtypes = compiled.scan_rows.argtypes
    compiled.scan_text_lines.argtypes = compiled.scan_rows.argtypes
    compiled.scan_texts.argtypes = compiled.scan_rows.argtypes
    compiled.scan_follow_row.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
    compiled.scan_screen.argtypes, compiled.scan_screen.restype = (
        (memory, memory, size, memory),
        None,
    )
    compiled.scan_gather.argtypes, compiled.scan_gather.restype = (
        (memory, memory, size, memory),
        size,
    )
    compiled.scan_pipecat.argtypes = (memory, memory, size)
    compiled.scan_pipecat_call.argtypes = (memory, memory, size, size)
    compiled.scan_spread.argtypes = (memory, memory, size, memory)
    compiled.scan_mixed.argtypes = (memory, memory, size, memory)
    return compiled


def address_of(data: Data | bytearray) -> Any:
    """Where the bytes stand, as ctypes takes it."""
    if isinstance(data, bytes) or not data:
        return data
    return ctypes.byref(ctypes.c_char.from_buffer(data))


def _offsets() -> Iterator[tuple[str, int, int]]:
    """(member, offset, size) of every struct, and (name, worth, 0) of every enum in Python."""
    for struct in STRUCTS:
        for name, *_ in struct._fields_:
            member = getattr(struct, name)
            yield f"{struct.__name__.removesuffix('Struct')}.{name}", member.offset, member.size
    for names in (WAYS, ROLES, TIME_FORMS, TIME_PARTS, TYPES, TURNS, FORMS, MOMENTS, SPREAD_FORMS):
        for worth, name in enumerate(names):
            yield name, worth, 0
    yield "Scan", ctypes.sizeof(Scan), 0


def _compiled_offsets(compiled: ctypes.CDLL) -> Iterator[tuple[str, int, int]]:
    """The same of the compiled part."""
    table = ctypes.cast(compiled.scan_offsets, ctypes.POINTER(_Offset))
    index = 0
    while name := table[index].name:
        yield name.decode(), table[index].at, table[index].size
        index += 1
