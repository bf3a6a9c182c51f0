"""An open stream in, chunks of the agent's lines out where it is an export of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from tuner.exports import order_check
from tuner.exports.blocks import Blocks, Rewound
from tuner.exports.plain_beginnings import BOM, is_plain
from tuner.exports.plain_lines import LearnLines, PlainLines
from tuner.inputs.chunks import Chunk

if TYPE_CHECKING:
    from tuner.exports.recognising import Maker


class Plain(NamedTuple):
    """A log that is read as it is."""

    stream: BinaryIO


def is_export(head: bytes) -> bool:
    """Whether an input that begins like this has to be translated, or put in order."""
    return _translator(head) is not None or order_check.of_beginning(head)


def opened(
    head: bytes,
    stream: BinaryIO,
    total: Callable[[], int],
    sort: bool,
    learn: LearnLines | None = None,
) -> Plain | Iterator[Chunk]:
    """The chunks of an export, or of a log to `sort`; of any other the stream from its start.

    `head` is what was read of the stream already; `learn` says how lines of text begin.
    """
    make = _translator(head)
    sort = sort or (make is None and order_check.of_beginning(head))
    if make is None and not sort:
        return Plain(cast(BinaryIO, Rewound(head, stream)))
    bare = head if make is None else head.removeprefix(BOM)
    blocks = Blocks(stream, bare, len(head) - len(bare))
    from tuner.exports import rewritten_text, translating

    change = rewritten_text.change_of(make)
    if change is not None and not sort:
        if not order_check.of_beginning(b"".join(change.lines([bare]))):
            return rewritten_text.in_chunks(change, blocks, total)
        sort = True
    translator = PlainLines(blocks, learn) if make is None else make(blocks)
    return translating.chunks(translator, blocks, total, sort)


def _translator(head: bytes) -> Maker | None:
    """Who makes entries of an input that begins like this; None if it is read as it is."""
    if is_plain(head):
        return None
    from tuner.exports import recognising

    return recognising.translator(head)
