"""A row of the atlas: one message that released versions of a package can log."""

from __future__ import annotations

import msgspec

HOLE = "{}"


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One message, read from the source of every version named in `ranges`."""

    package: str
    """As its registry spells it: `livekit-agents`, `@livekit/agents`."""
    logger: str
    """"" when the source does not say, and for all Node packages: pino's lines name no logger."""
    level: str
    """DEBUG, INFO, WARNING, ERROR, CRITICAL, TRACE or DEV; "" when chosen at run time."""
    template: str
    """The message, `{}` for each text that only the running program knows (it may be empty)."""
    extra: tuple[str, ...]
    """Keys of the fields that the line carries; `*` when it may carry others too."""
    file: str
    """The source file, as of the newest version that has the message."""
    ranges: tuple[str, ...]
    """`first..last` or a lone version, in release order; more than one if versions lack it."""

    @property
    def first(self) -> str:
        """The first version that can write this."""
        return self.ranges[0].partition("..")[0]

    @property
    def last(self) -> str:
        """The last version that can write this."""
        return self.ranges[-1].rpartition("..")[2]


class Package(msgspec.Struct, frozen=True, array_like=True):
    """A package and the versions of it that were read, oldest first (PEP 440 or semver order)."""

    name: str
    language: str
    versions: tuple[str, ...]
