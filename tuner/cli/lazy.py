"""Commands that are loaded when they are used: `tuner --help` shows their names and summaries.

The summaries stand here a second time; a test compares them with the commands' own.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "report": "Write the report with its calls as one HTML file, report.html.",
    "calls": "List the calls, those first that cost their callers most.",
    "call": "Show one call on a timeline: who spoke when, and what each wait was made of.",
    "watch": "Show what the last minutes were like, while the logs are written.",
    "trend": "Say how calls changed: by day, profile or version, and when.",
}
"""Each is a function of its own name in a module of its own name."""


class LazyCommand(TyperCommand):
    """Stands for a command that is not loaded yet."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Load the command; from here on it does all by itself."""
        return loaded(str(self.name)).make_context(info_name, args, parent, **extra)


class Commands(TyperGroup):
    """The commands that are registered, and behind the first of them the lazy ones."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        first, *others = self.commands.items()
        lazy = {name: LazyCommand(name, help=summary) for name, summary in COMMANDS.items()}
        self.commands = dict([first, *lazy.items(), *others])


def loaded(name: str) -> Any:
    """The command itself."""
    part = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        add_completion=False,
    )
    part.command(name)(getattr(import_module(f"tuner.cli.{name}"), name))
    return typer.main.get_command(part)
