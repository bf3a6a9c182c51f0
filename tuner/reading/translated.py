"""The summary of an export's chunk in, the same in lines of the export out."""

from __future__ import annotations

from tuner.exports.entries import STAMP
from tuner.inputs.chunks import ChunkOrigin
from tuner.summary.summary import Summary


def restore(summary: Summary, origin: ChunkOrigin) -> None:
    """Count the lines of the input, not those taken out of it, and name its lines in evidence."""
    for reason, lines in origin.unread.items():
        summary.unread[reason] += lines
    summary.lines, summary.bytes = origin.lines, origin.size
    summary.understood = origin.lines - summary.unread.total()
    _place(summary, origin)
    if summary.echo is not None:
        _place(summary.echo, origin)
    for line, raw in origin.places:
        summary.note("unread", line - origin.before, raw)
    summary.wrappers.update(origin.names)
    summary.wrappers["cri"] -= origin.stamped
    summary.wrappers = +summary.wrappers


def _place(summary: Summary, origin: ChunkOrigin) -> None:
    for name, places in summary.evidence.items():
        summary.evidence[name] = [
            (origin.line[line - 1] - origin.before, _unstamped(raw)) for line, raw in places
        ]


def _unstamped(raw: bytes) -> bytes:
    return raw[STAMP:] if raw[STAMP - 10 : STAMP] == b" stdout F " else raw
