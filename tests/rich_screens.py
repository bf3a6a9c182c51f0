"""LiveKit's JSON records printed as livekit-agents 1.3.1 to 1.5.17 printed them in `dev` mode.

The tables are those of its RichLoggingHandler (livekit/agents/cli/cli.py of 1.3.3, 1.3.6, 1.5.8).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

Fields = dict[str, Any]
_OWN = ("message", "level", "name", "timestamp", "exc_info")


class Version(NamedTuple):
    """How a version prints: widths of level and logger, milliseconds, fields below the row."""

    level: int
    logger: int
    milliseconds: bool
    fields_below: bool


VERSIONS = {
    "1.3.3": Version(6, 16, False, False),
    "1.3.6": Version(6, 18, True, True),
    "1.5.8": Version(8, 18, True, True),
}


def screen(records: Iterable[Fields], version: Version, width: int, colour: bool = False) -> str:
    """All records as one screen."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, highlight=colour)
    last = ""
    for found in records:
        when = datetime.fromisoformat(found["timestamp"]).astimezone(UTC)
        time = when.strftime("%H:%M:%S.%f")[:-3] if version.milliseconds else f"{when:%H:%M:%S}"
        _print(console, found, version, " " * len(time) if time == last else time)
        last = time
    return out.getvalue()


def _print(console: Console, found: Fields, version: Version, time: str) -> None:
    extras = {k: v for k, v in found.items() if k not in _OWN and not k.startswith("code.")}
    fields = json.dumps(extras, ensure_ascii=False) if extras else ""
    name = _cut(found["name"], version.logger) if version.fields_below else found["name"]
    used = len(time) + 8 + min(len(name), 16) + len(found["message"]) + len(fields) + 4
    inline = not version.fields_below or used <= max(console.width - 8, 20)
    table = _table(version)
    style = {"DEBUG": "cyan", "WARNING": "yellow"}.get(found["level"], "green")
    level = Text.styled(found["level"].ljust(8), style)
    table.add_row(time, level, Text(name), Text(found["message"]), fields if inline else " ")
    outer = Table.grid(Column(width=4, no_wrap=True), Column(overflow="fold"))
    outer.add_row("", table)
    console.print(outer)
    if fields and not inline:
        indent = 2 + len(time) + 1 + 8 + 1 + min(len(name), 16) + 1
        console.print(Text(" " * (indent + 2) + fields))


def _table(version: Version) -> Table:
    table, newer = Table.grid(padding=(0, 1)), version.fields_below
    table.add_column()
    table.add_column(width=version.level, no_wrap=newer)
    table.add_column(width=version.logger, no_wrap=newer, overflow="ellipsis")
    table.add_column(ratio=1, overflow="ellipsis" if newer else "fold")
    table.add_column(no_wrap=newer)
    return table


def _cut(name: str, width: int) -> str:
    if len(name) <= width:
        return name
    left = (width - 1) // 2
    return name[:left] + "…" + name[left + 1 - width :]
