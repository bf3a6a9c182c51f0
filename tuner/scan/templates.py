"""How lines begin in a layout of text, up to their messages, as the compiled scan is given it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tuner.scan.layout import (
    ANY_DIGIT,
    LEVELS,
    MOST_TEMPLATES,
    TEMPLATE_BYTES,
    TIME_FORMS,
    Scan,
    TemplateStruct,
)

SHORTEST = 8
"""A template ends with so many bytes that are compared at once."""


class TimePart(NamedTuple):
    """Where a part of a time begins, in how many digits; without any it is `fixed`."""

    at: int = 0
    digits: int = 0
    fixed: int = 0


class WrittenTime(NamedTuple):
    """How a time is written (`form`, one of `layout.TIME_FORMS`): its parts (`layout.TIME_PARTS`),
    those of an EPOCH being its first ten digits, and the digits of the second's `fraction`. `half`
    is the hour at which the half of the day begins of a clock of 12 hours, -1 of one of 24."""

    form: str = "NO_TIME"
    parts: tuple[TimePart, ...] = ()
    fraction_at: int = 0
    fraction: int = 0
    half: int = -1


class LineTemplate(NamedTuple):
    """The beginning of lines of one logger and level: `text` has ANY_DIGIT where any digit fits.

    `logger` is a place in it; a logger of no letters is none. The time is in a zone that is
    `zone_s` seconds ahead of UTC. `shipped` is the place of the time of a wrapper, always with the
    year first, from which the record takes what its own lacks; -1 where it takes nothing. `pid` is
    the place of the process' `pid_size` digits, if it has any; that of a record's own fields goes
    before it where it is the `pid_last`.
    """

    text: bytes
    level: str
    logger: int
    logger_size: int
    time: WrittenTime
    zone_s: int = 0
    shipped: int = -1
    shipped_fraction: int = 0
    shipped_zone_s: int = 0
    pid: int = 0
    pid_size: int = 0
    pid_last: bool = False

    @property
    def pattern(self) -> bytes:
        """What matches the beginning of its lines."""
        return re.escape(self.text).replace(re.escape(bytes([ANY_DIGIT])), rb"[0-9]")


class TextLayout(NamedTuple):
    """The templates of a layout. `found`: fields may stand behind the message as key=value.
    `named`: every line has the id of its call, or none has; None if that does not matter. `zoned`:
    times are in UTC. `objects`: a flat JSON object that is a whole message is one as it stands.
    `loose`: blanks before a message are no part of it, brackets at its end are. `cut`: a message
    may end in an ellipsis, where a column of a screen cut it."""

    templates: Sequence[LineTemplate]
    found: bool
    named: bool | None
    zoned: bool
    objects: bool = False
    loose: bool = False
    cut: bool = False


def give_templates(scan: Scan, layout: TextLayout) -> None:
    """Have the scan look for these templates."""
    scan.templates_n = len(layout.templates)
    scan.found, scan.zoned, scan.objects = layout.found, layout.zoned, layout.objects
    scan.loose, scan.cut = layout.loose, layout.cut
    scan.named = -1 if layout.named is None else layout.named
    for place, template in enumerate(layout.templates):
        scan.templates[place] = struct_of(template)
        scan.after[place] = place


def is_short_enough(text: bytes) -> bool:
    """Whether the scan has room for such a template."""
    return SHORTEST <= len(text) <= TEMPLATE_BYTES and MOST_TEMPLATES > 0


def struct_of(template: LineTemplate) -> TemplateStruct:
    """The template as the scan is given it."""
    ends = template.text[-SHORTEST:]
    mask = bytes(0 if byte == ANY_DIGIT else 0xFF for byte in ends)
    known = bytes(byte & covered for byte, covered in zip(ends, mask, strict=True))
    return TemplateStruct(
        size=len(template.text),
        level=LEVELS.index(template.level),
        logger=template.logger,
        logger_size=template.logger_size,
        time_form=TIME_FORMS.index(template.time.form),
        fraction_at=template.time.fraction_at,
        fraction=template.time.fraction,
        half=template.time.half,
        parts=template.time.parts,
        zone_s=template.zone_s,
        shipped=template.shipped,
        shipped_fraction=template.shipped_fraction,
        shipped_zone_s=template.shipped_zone_s,
        pid=template.pid,
        pid_size=template.pid_size,
        pid_last=template.pid_last,
        ends=int.from_bytes(known, "little"),
        mask=int.from_bytes(mask, "little"),
        text=template.text,
    )
