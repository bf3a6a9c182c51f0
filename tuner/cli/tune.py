"""Mounts `tuner tune`. Its options are loaded only for it: `tuner --help` stays quick."""

from __future__ import annotations

import typer


def tune(context: typer.Context) -> int:
    """Write a profile for the callers of a log (needs LiveKit)."""
    from tuner.cli.tune_command import app

    return int(app(context.args, prog_name="tuner tune", standalone_mode=False) or 0)
