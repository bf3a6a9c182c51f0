"""A log record and the event that it shows: what the reading stages hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tuner.names import Kind


class Record(msgspec.Struct, gc=False):
    """One log record, whatever shape and wrapper it came in.

    `time` is None when the line has none. `clock` says how far to trust it: "utc" (a zone was
    written), "naive" (no zone: read as UTC), "day" (time of day only: seconds since midnight of
    the log's first day) or "" (no time). `body` is a JSON object whose keys hold the record's
    extras, b"" when there are none.
    """

    message: str
    level: str = ""
    logger: str = ""
    time: float | None = None
    clock: str = ""
    job: str = ""
    room: str = ""
    pid: str = ""
    body: bytes = b""
    shape: str = ""


class Event(msgspec.Struct, gc=False):
    """Something that happened, as one line reports it; `fields` as the catalogue has them."""

    kind: Kind
    fields: Mapping[str, Any]
