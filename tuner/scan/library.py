"""The compiled part: where it is, and whether it is the one that these sources make."""

from __future__ import annotations

import ctypes
import zlib
from functools import cache
from pathlib import Path

from tuner.scan.layout import Scan

LIBRARY = Path(__file__).with_name("libscan.so")
FOLDER = LIBRARY.parent / "csrc"


def ready() -> bool:
    """Whether the compiled part is there, and of this version."""
    try:
        return bool(library())
    except OSError:
        return False


@cache
def library() -> ctypes.CDLL:
    """The compiled part; OSError if there is none that was built of these sources."""
    found = ctypes.CDLL(str(LIBRARY))
    found.scan_version.restype = ctypes.c_uint64
    source = zlib.crc32(b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.[ch]"))))
    if found.scan_version() != source << 32 | ctypes.sizeof(Scan):
        raise OSError(f"{LIBRARY} was built of other sources")
    memory, size = ctypes.c_void_p, ctypes.c_int64
    found.scan_json.argtypes = (memory, memory, size, memory, size)
    found.scan_dev.argtypes = (memory, memory, size)
    found.scan_undock.argtypes, found.scan_undock.restype = (memory, size, memory), size
    return found
