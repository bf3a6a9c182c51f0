"""Commands that are loaded when they are used: `tuner --help` shows their names and summaries.

The summaries stand here a second time; a test compares them with the commands' own.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "analyze": "Say what is wrong and which profile fixes it.",
    "report": "Write the report with its calls as one HTML file, report.html.",
    "calls": "List the calls, those first that cost their callers most.",
    "call": "Show one call on a timeline: who spoke when, and what each wait was made of.",
    "watch": "Show what the last minutes were like, while the logs are written.",
    "trend": "Say how calls changed: by day, profile or version, and when.",
    "export": "Write the events of the logs as a table. It holds no transcripts.",
    "explain": "Say what a finding, a setting or a limit means, and how to change it.",
    "what-if": "Predict from a turn log what other settings would do: "
    "cut-offs, waits, false stops.",
    "compare": "Compare the turn logs of two groups of calls; exit 1 if the second one is worse.",
    "bench": "Try profiles with simulated callers (needs LiveKit).",
    "tune": "Write a profile for the callers of a log (needs LiveKit).",
    "latency-test": "Call an AudioCodes bot and measure its answers (needs LiveKit's extra).",
    "load-test": "Call your own telephone service many times at once; exit 1 when it misses a "
    "pass mark.",
    "init": "Write a voice agent that is ready to run: agent, profiles, .env.example.",
    "capacity": "Plan lines, machines and costs for telephone calls.",
    "profiles": "List, show, compare and check the named profiles.",
}
"""Each is a function of its own name in a module of its own name, or the `app` of that module."""


class LazyCommand(TyperCommand):
    """Stands for a command that is not loaded yet."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Load the command; from here on it does all by itself."""
        return loaded(str(self.name)).make_context(info_name, args, parent, **extra)


class Commands(TyperGroup):
    """All commands, none of them loaded."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {
            name: LazyCommand(name, help=summary) for name, summary in COMMANDS.items()
        }


def loaded(name: str) -> Any:
    """The command itself, or the group of its commands."""
    own = name.replace("-", "_")
    module = import_module(f"tuner.cli.{own}")
    command: Any = typer.main.get_command(getattr(module, "app", None) or _only(module, own))
    command.name = name
    return command


def _only(module: Any, name: str) -> typer.Typer:
    """A program of this command alone."""
    program = typer.Typer(
        rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
    )
    program.command()(getattr(module, name))
    return program
