"""`tuner watch`: logs as they are written in, a live screen, alerts and figures out."""

from __future__ import annotations

import gc
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from tuner.cli import arguments
from tuner.cli.analyze import Color, SlowMs
from tuner.cli.analyze import Limit as Threshold
from tuner.cli.calls import screen as terminal_of
from tuner.cli.options import DONE, Logs, Quiet
from tuner.cli.output import emit, notify
from tuner.cli.stdin_file import STDIN
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.summary.summary import Summary
    from tuner.watch.model import LiveAlert, Snapshot

POLL_S = 0.5
JSON_EVERY_S = 10.0

Since = Annotated[
    str,
    typer.Option(metavar="TIME", help="What is there already counts from here on; the window."),
]
Minutes = Annotated[
    float, typer.Option("--window", min=0.1, metavar="MINUTES", help="How far figures look back.")
]
Once = Annotated[bool, typer.Option("--once", help="Read what is there, show it once, and end.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines: snapshots and alerts.")]
Every = Annotated[
    float, typer.Option(min=0.1, metavar="SECONDS", help="With --json: one snapshot each.")
]
Metrics = Annotated[
    int | None,
    typer.Option(min=0, max=65535, metavar="PORT", help="Serve Prometheus on 127.0.0.1."),
]


class Source(Protocol):
    """Where summaries of what is new come from."""

    ended: bool

    @property
    def problems(self) -> Sequence[str]:
        """What could not be read."""

    def poll(self) -> Iterator[Summary]:
        """What is new."""

    def rest(self) -> Iterator[Summary]:
        """What stands behind the last whole line."""

    def all(self) -> Iterator[Summary]:
        """All that is there, to the last line."""


def watch(
    logs: Logs,
    since: Since = "",
    window: Minutes = 15.0,
    once: Once = False,
    json_lines: Json = False,
    every: Every = JSON_EVERY_S,
    metrics: Metrics = None,
    slow_ms: SlowMs = None,
    limit: Threshold = None,
    color: Color = None,
    quiet: Quiet = False,
) -> int:
    """Show what the last minutes were like, while the logs are written."""
    from tuner.watch.live import Watch

    gc.enable()  # days, not seconds
    source = _source(logs, since, window)
    state = Watch(arguments.limits(limit or [], slow_ms), 60 * window)
    if once:
        return _once(source, state, json_lines, color)
    with _served(metrics, quiet) as publish, _output(json_lines, every, color) as show:
        try:
            _follow(source, state, publish, show)
        except KeyboardInterrupt:
            return DONE
    return DONE


def _source(logs: Sequence[str], since: str, window: float) -> Source:
    from tuner.cli.times import parse_time
    from tuner.execution.units import Job
    from tuner.reading.record_filter import Filter
    from tuner.watch.follow import FollowedFiles, FollowedPipe, checked

    if STDIN in logs:
        if len(logs) > 1:
            raise UsageError("- is read alone", "Leave the other logs out, or name files only.")
        return FollowedPipe(sys.stdin.buffer, Job(resume=True), POLL_S)
    checked(logs)
    now = time.time()
    start = parse_time(since, "--since", now) if since else now - 60 * window
    return FollowedFiles(logs, Job(Filter(since=start), resume=True), Job(resume=True))


def _once(source: Source, state: Any, json_lines: bool, color: bool | None) -> int:
    """One snapshot of what is there."""
    from tuner.watch import screen

    now = time.time()
    for summary in source.all():
        state.add(summary, now)
    snapshot = state.snapshot(now)
    if json_lines:
        emit(json.dumps(_document(snapshot, source.problems)))
    else:
        emit(screen.text(snapshot, source.problems, *terminal_of(color)))
    return DONE


class Shown(Protocol):
    """Where snapshots and alerts go."""

    def __call__(
        self, snapshot: Snapshot, alerts: Sequence[LiveAlert], problems: Sequence[str]
    ) -> None:
        """Show them."""


class Published(Protocol):
    """Where Prometheus gets its text from."""

    def __call__(self, snapshot: Snapshot) -> None:
        """Publish it."""


def _follow(source: Source, state: Any, publish: Published, show: Shown) -> None:
    """Poll until the pipe ends or Ctrl-C comes."""
    from tuner.watch.alerts import LiveAlerts

    alerts = LiveAlerts()
    while not source.ended:
        began = time.monotonic()
        for summary in source.poll():
            state.add(summary, time.time())
        if source.ended:
            for summary in source.rest():
                state.add(summary, time.time())
        snapshot = state.snapshot(time.time(), alerts.above)
        changes = alerts.check(snapshot)
        publish(snapshot)
        show(snapshot, changes, source.problems)
        if not source.ended:
            time.sleep(max(0.0, POLL_S - (time.monotonic() - began)))


@contextmanager
def _served(port: int | None, quiet: bool) -> Iterator[Published]:
    """A function that publishes snapshots; one that does nothing without a port."""
    if port is None:
        yield lambda _snapshot: None
        return
    from tuner.cli.metrics_server import LOOPBACK, MetricsServer
    from tuner.watch import exposition

    server = MetricsServer(port)
    if not quiet:
        notify(f"tuner: figures at http://{LOOPBACK}:{server.port}/metrics")

    def publish(snapshot: Snapshot) -> None:
        server.text = exposition.render(snapshot)

    try:
        yield publish
    finally:
        server.close()


@contextmanager
def _output(json_lines: bool, every: float, color: bool | None) -> Iterator[Shown]:
    """A function that shows: JSON lines, a live screen on a terminal, else alerts as lines."""
    if json_lines:
        yield _JsonLines(every)
    elif sys.stdout is not None and sys.stdout.isatty():
        with _live(color) as show:
            yield show
    else:
        yield _alert_lines


def _alert_lines(snapshot: Snapshot, alerts: Sequence[LiveAlert], problems: Sequence[str]) -> None:
    from tuner.watch.screen import clock

    del snapshot, problems
    for alert in alerts:
        emit(f"{clock(alert.time)} {'ALERT' if alert.raised else 'BACK '} {alert.text}")


class _JsonLines:
    """Alerts at once, snapshots now and then."""

    def __init__(self, every_s: float) -> None:
        self._every, self._next = every_s, 0.0

    def __call__(
        self, snapshot: Snapshot, alerts: Sequence[LiveAlert], problems: Sequence[str]
    ) -> None:
        from msgspec import to_builtins

        for alert in alerts:
            emit(json.dumps({"type": "alert", **_timed(to_builtins(alert))}))
        if snapshot.time >= self._next:
            self._next = snapshot.time + self._every
            emit(json.dumps(_document(snapshot, problems)))


def _document(snapshot: Snapshot, problems: Sequence[str]) -> dict[str, Any]:
    from msgspec import to_builtins

    plain = _timed(to_builtins(snapshot))
    plain["events"] = [_timed(event) for event in plain["events"]]
    return {"type": "snapshot", "schema": 1, **plain, "problems": list(problems)}


def _timed(plain: dict[str, Any]) -> dict[str, Any]:
    from tuner.report.json import iso

    return {**plain, "time": iso(plain["time"])}


@contextmanager
def _live(color: bool | None) -> Iterator[Shown]:
    """A screen that is drawn anew; the last alerts stand above it."""
    from rich.console import Console
    from rich.live import Live

    from tuner.watch import screen

    width, colour = terminal_of(color)
    console = Console(width=width, no_color=not colour, markup=False, emoji=False, highlight=False)
    with Live(console=console, auto_refresh=False, transient=False) as live:

        def show(snapshot: Snapshot, alerts: Sequence[LiveAlert], problems: Sequence[str]) -> None:
            for alert in alerts:
                word = "ALERT" if alert.raised else "BACK "
                live.console.print(f"{screen.clock(alert.time)} {word} {alert.text}")
            size = shutil.get_terminal_size((width, 24))
            drawn = screen.render(snapshot, problems, size.columns, size.lines)
            live.update(drawn, refresh=True)

        yield show
