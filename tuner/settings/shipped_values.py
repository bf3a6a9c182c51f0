"""The values of the shipped profiles, without the time that resolving them takes.

To load pydantic and the model takes as long as to read 200 MB of debug log, and most logs need no
more of it than these values. The build writes them to `shipped_values.json`, with a checksum of
what they were made of; where that is missing or a profile or a setting was changed since, they are
resolved anew. `python -m tuner.settings.shipped_values` writes the file by hand.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec

from tuner.settings.shipped import shipped

FILE = Path(__file__).with_suffix(".json")
_SOURCES = ("knob_table.py", "knob.py", "stamp.py")

Values = dict[str, Any]
"""Every setting by its environment name: numbers and switches as such, texts as a log may show."""


class ShippedValues(msgspec.Struct):
    """The file: the values by profile, and a checksum of what they were made of."""

    made_of: int
    profiles: dict[str, Values]


def checksum() -> int:
    """CRC-32 of the shipped profiles, and of the code that says what a setting is."""
    sources = [Path(__file__).parent / name for name in _SOURCES]
    crc = 0
    for path in [*sources, *sorted(shipped().glob("*.env"))]:
        crc = zlib.crc32(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"), crc)
    return crc


def values() -> dict[str, Values]:
    """Of each shipped profile every value, `balanced` first."""
    try:
        kept = msgspec.json.decode(FILE.read_bytes(), type=ShippedValues)
        if kept.made_of == checksum():
            return kept.profiles
    except (OSError, msgspec.MsgspecError):
        pass
    return resolved()


def resolved() -> dict[str, Values]:
    """The same, whatever the file says. Raises SettingsError for a profile with mistakes."""
    from tuner.settings import profiles, stamp

    return {name: stamp.shown(profiles.load(name)) for name in profiles.names()}


def write() -> None:
    """Write the file anew."""
    FILE.write_bytes(msgspec.json.encode(ShippedValues(checksum(), resolved())))


if __name__ == "__main__":
    write()
