"""`tuner watch`: logs as they are written in, a live screen, alerts and figures out."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from tuner.cli import arguments, watch_output, watch_store
from tuner.cli.analyze import Color, SlowMs, StoreUrl
from tuner.cli.analyze import Limit as Threshold
from tuner.cli.calls import screen as terminal_of
from tuner.cli.numbers import number, whole
from tuner.cli.options import Logs, Quiet
from tuner.cli.output import emit, notify
from tuner.cli.stdin_file import STDIN
from tuner.cli.watch_store import Stored
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.execution.interrupt import Stop
    from tuner.summary.summary import Summary
    from tuner.watch.model import Snapshot

POLL_S = 0.5
BUSY_BYTES = 1 << 20
"""Where more comes at once, even more is waiting."""
JSON_EVERY_S = 10.0

Since = Annotated[
    str,
    typer.Option(metavar="TIME", help="What is there already counts from here on; the window."),
]
Minutes = Annotated[
    float,
    typer.Option(
        "--window", parser=number(0.1, 1e6), metavar="MINUTES", help="How far figures look back."
    ),
]
Once = Annotated[bool, typer.Option("--once", help="Read what is there, show it once, and end.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines: snapshots and alerts.")]
Every = Annotated[
    float,
    typer.Option(
        parser=number(0.1, 1e6), metavar="SECONDS", help="With --json: one snapshot each."
    ),
]
Metrics = Annotated[
    int | None,
    typer.Option(parser=whole(0, 65535), metavar="PORT", help="Serve Prometheus on 127.0.0.1."),
]


class LogSource(Protocol):
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
    store: StoreUrl = "",
    slow_ms: SlowMs = None,
    limit: Threshold = None,
    color: Color = None,
    quiet: Quiet = False,
) -> int:
    """Show what the last minutes were like, while the logs are written."""
    from tuner.execution.interrupt import listening
    from tuner.watch.live import Watch

    gc.enable()  # days, not seconds
    limits = arguments.limits(limit or [], slow_ms)
    with watch_store.stored(store, limits, quiet) as stored:
        source = _source(logs, since, window, stored)
        state = Watch(limits, 60 * window)
        if once:
            _once(source, state, json_lines, color)
        else:
            with (
                _served(metrics, quiet) as publish,
                watch_output.shown(json_lines, every, color) as show,
                suppress(KeyboardInterrupt),
                listening() as stop,
            ):
                _follow(source, state, stored, publish, show, stop)
    return stored.code


def _source(logs: Sequence[str], since: str, window: float, stored: Stored) -> LogSource:
    from tuner.cli.times import parse_time
    from tuner.execution.units import Job
    from tuner.inputs.find import is_read_once
    from tuner.reading.record_filter import Filter
    from tuner.watch.follow import FollowedFiles, FollowedPipe, checked

    if pipe := next(filter(is_read_once, logs), ""):
        if len(logs) > 1:
            what = f"{pipe} is read alone"
            raise UsageError(what, "Leave the other logs out, or name files only.")
        # open until the program ends
        stream = sys.stdin.buffer if pipe == STDIN else Path(pipe).open("rb")  # noqa: SIM115
        return FollowedPipe(stream, Job(resume=True), POLL_S, stored.take)
    checked(logs)
    now = time.time()
    start = parse_time(since, "--since", now) if since else now - 60 * window
    backlog = Job(Filter(since=start), resume=True)
    return FollowedFiles(logs, backlog, Job(resume=True), stored.take)


def _once(source: LogSource, state: Any, json_lines: bool, color: bool | None) -> None:
    """One snapshot of what is there."""
    from tuner.watch import screen

    now = time.time()
    for summary in source.all():
        state.add(summary, now)
    snapshot = state.snapshot(now)
    if json_lines:
        emit(watch_output.json_line(snapshot, source.problems))
    else:
        emit(screen.render(snapshot, source.problems, *terminal_of(color)))


class Published(Protocol):
    """Where Prometheus gets its text from."""

    def __call__(self, snapshot: Snapshot) -> None:
        """Publish it."""


def _follow(
    source: LogSource,
    state: Any,
    stored: Stored,
    publish: Published,
    show: watch_output.Show,
    stop: Stop,
) -> None:
    """Poll until the pipe ends or Ctrl-C comes."""
    from tuner.watch.alerts import LiveAlerts

    alerts, due = LiveAlerts(), 0.0
    while not source.ended:
        began = time.monotonic()
        taken = _take(source, state)
        stop.check()
        stored.poll()
        if source.ended or time.monotonic() >= due:
            due = time.monotonic() + POLL_S
            snapshot = state.snapshot(time.time(), alerts.above, last=source.ended)
            changes = alerts.check(snapshot)
            publish(snapshot)
            if not show(snapshot, changes, source.problems, source.ended):
                return
        if taken < BUSY_BYTES and not source.ended:  # little came: wait for more
            time.sleep(max(0.0, POLL_S - (time.monotonic() - began)))


def _take(source: LogSource, state: Any) -> int:
    """Add what is new; how many bytes that was."""
    taken = 0
    for summary in source.poll():
        taken += summary.bytes
        state.add(summary, time.time())
    for summary in source.rest() if source.ended else ():
        state.add(summary, time.time())
    return taken


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
