"""The two layouts of which the compiled scan finds texts, and how those are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from tuner import scan
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import json_lines, text_lines
from tuner.scan import Entry


class ScanLayout(NamedTuple):
    """Of a layout its name, its clock, and how to read the texts that the scan found in it."""

    shape: str
    clock: str
    source: Callable[[Entry], tuple[str, str]]
    """Logger and level."""
    message: Callable[[str], tuple[str, str]]
    """Logger and message."""
    text: Callable[[bytes], str]
    """A message alone."""
    wrappers: tuple[str, ...] = ()
    """What each line stands in that was counted by a template."""


def _json_source(source: Entry) -> tuple[str, str]:
    level, _, logger = source.text.partition('", "name": "')
    return logger, level


def _json_message(text: str) -> tuple[str, str]:
    record = msgspec.json.decode('{"message": "' + text + '"}')
    return record["name"], record["message"]


def _json_text(written: bytes) -> str:
    text: str = msgspec.json.decode(b'"' + written + b'"')
    return text


def _dev_source(source: Entry) -> tuple[str, str]:
    return source.text, scan.LEVELS[source.key]


def _dev_message(text: str) -> tuple[str, str]:
    logger, _, message = text.partition(" - ")
    return logger.rstrip(), message


_LISTED = lazy_pattern("HTTP Re(?:quest|sponse): |_SegmentSynchronizerImpl")
_LOGGER = lazy_pattern(r"[^\s\]):|,;]+")


def _text_message(text: str) -> tuple[str, str]:
    """Messages that the scan lists begin with one of few words; a layout stands before them."""
    logger, message = _LOGGER.match(text), _LISTED.search(text)
    if message is None:
        return logger[0] if logger else "", text
    return logger[0] if logger and message.start() else "", text[message.start() :]


def text_layout(shape: str, clock: str, wrappers: tuple[str, ...] = ()) -> ScanLayout:
    """Text that is not LiveKit's own, or that stands in wrappers."""
    return ScanLayout(shape, clock, _dev_source, _text_message, bytes.decode, wrappers)


def docked(layout: ScanLayout) -> ScanLayout:
    """The same where Docker's entries were scanned as lines of Kubernetes'."""
    return layout._replace(wrappers=("docker", *layout.wrappers[1:]))


JSON = ScanLayout(json_lines.LIVEKIT, "utc", _json_source, _json_message, _json_text)
UNZONED_JSON = JSON._replace(clock="naive")
DEV = ScanLayout(text_lines.DEV, "naive", _dev_source, _dev_message, bytes.decode)
