"""The path of a log that may grow in, how its beginning says to follow it out."""

from __future__ import annotations

import io
from collections import Counter
from typing import NamedTuple

from tuner.call_records import detection
from tuner.errors import InputError
from tuner.execution import cutting
from tuner.exports import order_check
from tuner.inputs import streams
from tuner.inputs.chunks import Chunk
from tuner.inputs.streams import KNOWN_BYTES
from tuner.lines import look
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.summary import Summary

NOT_FOLLOWED = (
    "its lines only make sense together (an export, records of calls, the newest first): not "
    "followed; use --once, or tuner analyze"
)


class Beginning(NamedTuple):
    """The first bytes of a log, and whether it is followed line by line `as_is`, although it might
    be an export; or not at all."""

    head: bytes = b""
    as_is: bool = False
    is_followed: bool = True


def beginning(path: str) -> Beginning:
    """How to follow a log. One that is packed, or has no whole line yet, says nothing."""
    if streams.plain_size(path) is None:
        return Beginning()
    try:
        with streams.opened(path, little=True) as log:
            head = streams.skip(log.stream, KNOWN_BYTES)[1]
    except InputError:
        return Beginning()  # whoever reads it will say why
    kind = cutting.kind_of_head(head)
    if not kind or (b"\n" not in head and len(head) < KNOWN_BYTES):
        return Beginning(head)
    as_is = kind == cutting.DOUBLED or _counts_as_is(head[: head.rfind(b"\n") + 1])
    return Beginning(head, as_is=True) if as_is else Beginning(is_followed=False)


def _counts_as_is(head: bytes) -> bool:
    """Whether lines count one by one as they do when the input is read as a whole."""
    if order_check.of_beginning(head) or detection.detect(head) is not None:
        return False
    opened = streams.Opened(io.BytesIO(head), "", lambda: len(head))
    whole = [_summary(chunk) for chunk in cutting.whole(opened, sort=False, may_die=False)]
    alone = _summary(Chunk(head, at=len(head)))
    counts = sum((each.counts for each in whole), Counter[str]())
    return alone.counts == counts and alone.records == sum(each.records for each in whole) > 0


def _summary(chunk: Chunk) -> Summary:
    layouts = look.look(bytes(chunk.data[: look.HEAD_BYTES]))
    return careful.summarize(chunk, EVERYTHING, 1000.0, layouts)
