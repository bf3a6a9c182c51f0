"""`tuner bench`: its own command line, loaded only when it is asked for, because of LiveKit."""

from __future__ import annotations

import typer

from tuner.cli.options import DONE
from tuner.cli.output import emit, notify
from tuner.errors import UsageError, install_hint


def bench(context: typer.Context) -> int:
    """Try profiles with simulated callers (needs LiveKit)."""
    from importlib import import_module

    try:
        command = import_module("tuner.bench.command")
    except ImportError as error:
        raise UsageError(
            f"`tuner bench` needs LiveKit and cannot start: {error}", install_hint("agent")
        ) from error
    return int(command.main(context.args, emit, notify) or DONE)
