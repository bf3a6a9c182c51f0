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
_MARGIN = 4
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


class Screen:
    """Prints one record after the other; a time equal to the one above is left blank."""

    def __init__(self, version: Version, width: int = 120, colour: bool = False) -> None:
        self._version, self._out, self._last = version, io.StringIO(), ""
        self._console = _console(self._out, width, colour)
        self._rows = io.StringIO()
        self._inner = _console(self._rows, width - _MARGIN, colour)

    def printed(self, found: Fields, fields: Fields) -> str:
        """The lines of a record, of which `fields` are shown beside the message."""
        self._out.seek(0)
        self._out.truncate()
        when = datetime.fromisoformat(found["timestamp"]).astimezone(UTC)
        time = f"{when:%H:%M:%S.%f}"[:-3] if self._version.milliseconds else f"{when:%H:%M:%S}"
        shown = json.dumps(fields, ensure_ascii=False) if fields else ""
        self._print(found, shown, " " * len(time) if time == self._last else time)
        self._last = time
        return self._out.getvalue()

    def _print(self, found: Fields, fields: str, time: str) -> None:
        version, console = self._version, self._console
        name = _cut(found["name"], version.logger) if version.fields_below else found["name"]
        used = len(time) + 12 + min(len(name), 16) + len(found["message"]) + len(fields)
        inline = not version.fields_below or used <= max(console.width - 8, 20)
        table = _table(version)
        style = {"DEBUG": "cyan", "WARNING": "yellow"}.get(found["level"], "green")
        level = Text.styled(found["level"].ljust(8), style)
        table.add_row(time, level, Text(name), Text(found["message"]), fields if inline else " ")
        self._print_beside_margin(table)
        if fields and not inline:
            console.print(Text(" " * (15 + len(time) + min(len(name), 16)) + fields))

    def _print_beside_margin(self, table: Table) -> None:
        """What a grid of an empty column and of the table prints, in half of the time."""
        self._rows.seek(0)
        self._rows.truncate()
        self._inner.print(table)
        rows = self._rows.getvalue().removesuffix("\n").split("\n")
        self._out.writelines(f"{'':{_MARGIN}}{row}\n" for row in rows)


class AsLiveKit(Screen):
    """Prints the grid itself."""

    def _print_beside_margin(self, table: Table) -> None:
        outer = Table.grid(Column(width=_MARGIN, no_wrap=True), Column(overflow="fold"))
        outer.add_row("", table)
        self._console.print(outer)


def _console(out: io.StringIO, width: int, colour: bool) -> Console:
    return Console(
        file=out,
        width=width,
        force_terminal=colour,
        highlight=colour,
        color_system="standard" if colour else None,  # whatever terminal the tests run on
        no_color=False,
    )


def screen(
    records: Iterable[Fields],
    version: Version,
    width: int,
    colour: bool = False,
    code: bool = False,
) -> str:
    """All records as one screen, with the fields that say where in the `code` they come from, whose
    long words narrow columns cut, or without."""
    return drawn(Screen(version, width, colour), records, code)


def drawn(shown: Screen, records: Iterable[Fields], code: bool = False) -> str:
    """What is printed of all records."""
    return "".join(shown.printed(found, _extras(found, code)) for found in records)


def _extras(found: Fields, code: bool) -> Fields:
    kept = (key for key in found if key not in _OWN and (code or not key.startswith("code.")))
    return {key: found[key] for key in kept}


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
