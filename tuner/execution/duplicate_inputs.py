"""Inputs in, those out that stand there a second time: the same file or the same content."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, BinaryIO

from tuner.call_records import detection
from tuner.errors import InputError, named
from tuner.inputs import archives, streams, versions
from tuner.inputs.find import is_read_once
from tuner.lazy_patterns import lazy_pattern
from tuner.summary.summary import Summary

_SECOND = lazy_pattern(r"(?: \(\d+\))+$")
"""How the names end that files of one name have in an archive."""


def links(given: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Split inputs (path: version) into different files and (path, note) of further names."""
    first: dict[str, str] = {}
    kept: dict[str, str] = {}
    again: list[tuple[str, str]] = []
    for path, version in given.items():
        other = first.setdefault(versions.identity(version) or path, path)
        if other == path:
            kept[path] = version
        else:
            again.append((path, f"{named(path)}: the same file as {named(other)}, counted once"))
    return kept, again


def copies(inputs: Mapping[str, Summary]) -> dict[str, str]:
    """The inputs with the same unpacked content as one before, each with a note.

    Equal figures raise the suspicion; only then the bytes are read once more, to be sure.
    """
    alike: dict[Any, list[str]] = {}
    for path, summary in inputs.items():
        if summary.lines:
            alike.setdefault(_figures(summary), []).append(path)
    again: dict[str, str] = {}
    for paths in alike.values():
        if len(paths) > 1:
            again |= _equal(paths)
    return again


def grown(inputs: Mapping[str, Summary]) -> dict[str, str]:
    """The files of an archive that were added to it again after they had grown, each with a note:
    another file of their name begins with all that they hold."""
    alike: dict[tuple[str, float | None], list[str]] = {}
    for path, summary in inputs.items():
        if summary.lines and archives.is_member(path):
            alike.setdefault((_SECOND.sub("", path), summary.first), []).append(path)
    again: dict[str, str] = {}
    for paths in alike.values():
        paths.sort(key=lambda path: inputs[path].bytes)
        for path, longer in pairwise(paths):
            if _begins_with(longer, path):
                again[path] = f"{named(path)}: the beginning of {named(longer)}, counted there"
    return again


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := stream.read(size - len(data))):
        data += piece
    return data


def _begins_with(longer: str, path: str) -> bool:
    """Whether an input begins with all of another one."""
    try:
        with streams.opened(path) as part, streams.opened(longer) as whole:
            while piece := part.stream.read(1 << 16):
                if _exactly(whole.stream, len(piece)) != piece:
                    return False
    except (InputError, OSError):
        return False
    return True


def records_of_logged_calls(inputs: Mapping[str, Summary]) -> dict[str, str]:
    """The call records whose calls another input holds the turn log of, each with a note."""
    records = {path for path, summary in inputs.items() if detection.source_of(summary.wrappers)}
    if not records:  # there may be half a million calls
        return {}
    logs = {path: _turns(summary) for path, summary in inputs.items() if path not in records}
    known = {key for keys in logs.values() for key in keys}
    return {
        path: f"{named(path)}: the turn log of the same call is here too and counts instead"
        for path in records
        if (calls := _turns(inputs[path])) and calls <= known
    }


def _turns(summary: Summary) -> set[str]:
    """The calls of which an input holds turns of a turn log."""
    return {key for key, call in summary.calls.items() if key and call.turns}


def _figures(summary: Summary) -> tuple[Any, ...]:
    levels = frozenset(summary.levels.items())
    return summary.bytes, summary.lines, summary.records, summary.first, summary.last, levels


def _equal(paths: list[str]) -> dict[str, str]:
    first: dict[bytes, str] = {}
    again: dict[str, str] = {}
    for path in paths:
        content = _digest(path)
        other = first.setdefault(content, path) if content else path
        if other != path:
            again[path] = f"{named(path)}: the same log as {named(other)}, counted once"
    return again


def _digest(path: str) -> bytes:
    """The hash of all unpacked bytes; b"" where it cannot be read again (stdin is gone by now)."""
    from hashlib import blake2b

    content = blake2b(digest_size=16)
    if is_read_once(path):
        return b""
    try:
        with streams.opened(path) as log:
            while piece := log.stream.read(1 << 20):
                content.update(piece)
    except (InputError, OSError):
        return b""
    return content.digest()
