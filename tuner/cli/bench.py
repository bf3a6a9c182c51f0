"""Mounts `tuner bench`. Its many options are loaded only for it: `tuner --help` stays quick."""

from __future__ import annotations

import typer

LAZY = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Context settings with which every option, `--help` too, is left to `bench_command`."""


def bench(context: typer.Context) -> int:
    """Try profiles with simulated callers (needs LiveKit)."""
    from tuner.cli.bench_command import app

    return int(app(context.args, prog_name="tuner bench", standalone_mode=False) or 0)
