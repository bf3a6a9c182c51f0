"""The page of the commands: what each does, its arguments and its options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from tools.reference.markdown import heading, row, table
from tuner.cli import lazy
from tuner.cli.main import app

_ABOUT = (
    "`tuner COMMAND --help` prints the same. Exit codes: 0 done; 1 only for a check that found "
    "something; 2 it could not do the job, with the reason and the next step on stderr."
)


def commands() -> str:
    """Every command, those of a group under their group's name."""
    program: Any = get_command(app)
    return heading("Commands", _ABOUT) + "\n".join(_section("tuner", program.commands))


def _section(above: str, found: dict[str, Any]) -> Iterator[str]:
    for name, listed in found.items():
        command = lazy.loaded(name) if isinstance(listed, lazy.LazyCommand) else listed
        yield _command(f"{above} {name}", command)
        yield from _section(f"{above} {name}", getattr(command, "commands", {}))


def _command(name: str, command: Any) -> str:
    rows = [_row(one) for one in command.params if one.name != "help"]
    text = f"## {name}\n\n{command.help.strip()}\n"
    return text + ("\n" + table(("", "what it is", "default"), rows) if rows else "")


def _row(one: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    if one.param_type_name == "argument":
        names = f"`{one.metavar or one.name.upper()}`"
    elif one.metavar:
        names += f" {one.metavar}"
    return row(names, one.help or "", _default(one))


def _default(one: Any) -> str:
    value = getattr(one.default, "value", one.default)
    is_plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    return str(value) if is_plain and value != "" else ""
