"""The profiles that may be advised, with all their values, without the time to resolve them.

To load pydantic-settings and the model takes as long as to read 200 MB of debug log, and most logs
need no more of it than these values: `advisable.json` keeps them. It says what it was made of;
where a profile or a setting was changed since, they are resolved anew.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tuner.settings.shipped import shipped

if TYPE_CHECKING:
    from tuner.settings.knob_table import Settings

FILE = Path(__file__).with_suffix(".json")
_SOURCES = ("knob_table.py", "knob.py")

Values = dict[str, Any]
"""Every setting by its environment name: numbers and switches as such, texts as a log may show."""


class Kept(msgspec.Struct):
    """The file: the values by profile, and the `fingerprint` of what they were made of."""

    made_of: int
    profiles: dict[str, Values]


def fingerprint() -> int:
    """CRC-32 of the shipped profiles, and of the code that says what a setting is."""
    sources = [Path(__file__).parent / name for name in _SOURCES]
    crc = 0
    for path in [*sources, *sorted(shipped().glob("*.env"))]:
        crc = zlib.crc32(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"), crc)
    return crc


def values() -> dict[str, Values]:
    """Of each shipped profile every value, `balanced` first."""
    try:
        kept = msgspec.json.decode(FILE.read_bytes(), type=Kept)
        if kept.made_of == fingerprint():
            return kept.profiles
    except (OSError, msgspec.MsgspecError):
        pass
    return resolved()


def resolved() -> dict[str, Values]:
    """The same, whatever the file says. Raises SettingsError for a profile with mistakes."""
    from tuner.settings import profiles

    return {name: values_of(profiles.load(name)) for name in profiles.names()}


def values_of(settings: Settings) -> Values:
    """The values of one set of settings."""
    from tuner.turn_log.writer import stamped

    return {**stamped(settings), **figures_of(settings)}


def figures_of(settings: Settings) -> Values:
    """The settings that are numbers or switches."""
    from tuner.settings.knob_table import as_values

    told = as_values(settings)
    return {env: value for env, value in told.items() if isinstance(value, bool | int | float)}
