"""Where the snapshots of a watch go: a live screen, lines of alerts, or JSON lines."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from tuner.cli.calls import screen as terminal_of
from tuner.cli.output import emit

if TYPE_CHECKING:
    from tuner.watch.model import LiveAlert, Snapshot


class Show(Protocol):
    """Shows a snapshot with the alerts since the one before, and what could not be read."""

    def __call__(
        self,
        snapshot: Snapshot,
        alerts: Sequence[LiveAlert],
        problems: Sequence[str],
        last: bool,
        /,
    ) -> bool:
        """False when nobody reads on; `last`: nothing comes after."""


@contextmanager
def shown(json_lines: bool, every_s: float, color: bool | None) -> Iterator[Show]:
    """JSON lines, a live screen on a terminal, else alerts as lines."""
    if json_lines:
        yield _JsonLines(every_s)
    elif _can_draw():
        with _live(color) as show:
            yield show
    else:
        yield _alert_lines


def _can_draw() -> bool:
    """Whether stdout is a terminal that can move its cursor: a "dumb" one gets lines."""
    if sys.stdout is None or not sys.stdout.isatty():
        return False
    return os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def json_line(snapshot: Snapshot, problems: Sequence[str]) -> str:
    """A snapshot as one line of JSON."""
    from msgspec import to_builtins

    plain = _timed(to_builtins(snapshot))
    plain["events"] = [_timed(event) for event in plain["events"]]
    return json.dumps({"type": "snapshot", "schema": 1, **plain, "problems": list(problems)})


def _timed(plain: dict[str, Any]) -> dict[str, Any]:
    from tuner.report.json import iso

    return {**plain, "time": iso(plain["time"])}


def _alert_lines(
    _snapshot: Snapshot, alerts: Sequence[LiveAlert], _problems: Sequence[str], _last: bool
) -> bool:
    return all(emit(_alert_line(alert)) for alert in alerts)


def _alert_line(alert: LiveAlert) -> str:
    from tuner.watch.screen import clock

    return f"{clock(alert.time)} {'ALERT' if alert.raised else 'BACK '} {alert.text}"


class _JsonLines:
    """Alerts at once, snapshots now and then."""

    def __init__(self, every_s: float) -> None:
        self._every, self._next = every_s, 0.0

    def __call__(
        self,
        snapshot: Snapshot,
        alerts: Sequence[LiveAlert],
        problems: Sequence[str],
        last: bool,
    ) -> bool:
        from msgspec import to_builtins

        lines = [json.dumps({"type": "alert", **_timed(to_builtins(alert))}) for alert in alerts]
        if last or snapshot.time >= self._next:
            self._next = snapshot.time + self._every
            lines.append(json_line(snapshot, problems))
        return all(emit(line) for line in lines)


@contextmanager
def _live(color: bool | None) -> Iterator[Show]:
    """A screen that is drawn anew; alerts stand above it."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from tuner.watch import screen

    _, colour = terminal_of(color)
    console = Console(no_color=not colour, markup=False, emoji=False, highlight=False)
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:

        def show(
            snapshot: Snapshot, alerts: Sequence[LiveAlert], problems: Sequence[str], _last: bool
        ) -> bool:
            for alert in alerts:
                live.console.print(_alert_line(alert))
            size = shutil.get_terminal_size((80, 24))
            lines = screen.render(snapshot, problems, size.columns, colour, size.lines)
            live.update(Text.from_ansi(lines), refresh=True)
            return True

        yield show
