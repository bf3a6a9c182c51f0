"""What a reader of one source file hands on: log calls, and where their loggers are defined."""

from __future__ import annotations

from typing import NamedTuple

HOLE = "{}"
"""Stands in a template for text that only a running program knows; it may be empty there."""
MOST = 12
"""Alternatives of one message that are followed; more are no longer one message."""


class Logger(NamedTuple):
    """A logger by its name, or by the module and variable that hold it."""

    name: str = ""
    module: str = ""
    variable: str = ""
    child: str = ""


class Call(NamedTuple):
    """One message that a source file can log."""

    logger: Logger
    level: str
    template: str
    extra: tuple[str, ...] = ()


class Source(NamedTuple):
    """One file: the loggers that its variables hold, and its calls."""

    loggers: dict[str, Logger]
    calls: tuple[Call, ...]


def joined(left: list[str], right: list[str]) -> list[str]:
    """Every text of `left` followed by every text of `right`."""
    both = [merged(first + second) for first in left for second in right]
    return list(dict.fromkeys(both))[:MOST]


def merged(template: str) -> str:
    """Neighbouring holes are one hole."""
    while HOLE * 2 in template:
        template = template.replace(HOLE * 2, HOLE)
    return template


def is_distinct(template: str) -> bool:
    """Whether the template has any text of its own; a lone hole would match everything."""
    return any(char.isalpha() for char in template.replace(HOLE, ""))
