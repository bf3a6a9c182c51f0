"""`tuner profiles list|show|diff|check`: names in, text and exit code out."""

from __future__ import annotations

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from tuner.cli.output import emit

if TYPE_CHECKING:
    from tuner.model import SettingProblem


def known_profiles(incomplete: str) -> list[str]:
    """Complete the name of a profile."""
    from tuner.settings import profiles

    where = profiles.folders(os.environ, Path.cwd())
    return [name for name in profiles.names(where) if name.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class OutputLayout(StrEnum):
    """What a profile can be written as."""

    python = "python"
    env = "env"
    json = "json"
    yaml = "yaml"


class Shown(NamedTuple):
    """What a command prints, and its exit code."""

    text: str
    code: int = 0


def _emit(result: Shown, **_: object) -> int:
    emit(result.text.rstrip("\n"))
    return result.code


app = typer.Typer(
    help="List, show, compare and check the named profiles.",
    result_callback=_emit,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def _profiles(context: typer.Context) -> Shown | None:
    return None if context.invoked_subcommand else list_()


@app.command("list")
def list_(json: Json = False) -> Shown:
    """List the profiles and what each is for; * marks the one in use."""
    from tuner.errors import SettingsError
    from tuner.settings import profile_text as report
    from tuner.settings import profiles, resolution

    where = profiles.folders(os.environ, Path.cwd())
    words = profiles.describe if json else profiles.purpose
    described = {name: words(name, where) for name in profiles.names(where)}
    current = ""
    with suppress(SettingsError):  # a broken profile must not hide the others
        current = resolution.resolve(None, os.environ, Path.cwd()).name
    if json:
        return Shown(_json(report.listing_document(described, current)))
    return Shown(report.listing(described, current))


@app.command()
def show(
    profile: Annotated[
        str, typer.Argument(help="Default: the one in use.", autocompletion=known_profiles)
    ] = "",
    json: Json = False,
    layout: Annotated[
        OutputLayout | None, typer.Option("--as", help="Print what to paste into another agent.")
    ] = None,
) -> Shown:
    """Show every setting with its value and where that comes from."""
    from tuner.settings import agent_options, checks, resolution
    from tuner.settings import profile_text as report

    resolved = resolution.resolve(profile or None, os.environ, Path.cwd())
    if layout is not None:
        return Shown(agent_options.render(resolved.name, resolved.settings, layout.value))
    problems = checks.check(resolved.settings)
    if json:
        return Shown(_json(report.show_document(resolved, problems)))
    return Shown(report.show(resolved, problems))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="FROM", autocompletion=known_profiles)],
    after: Annotated[str, typer.Argument(metavar="TO", autocompletion=known_profiles)],
    json: Json = False,
) -> Shown:
    """Show what changes from one profile to another, and what each change means."""
    from tuner.settings import profile_text as report
    from tuner.settings import profiles

    where = profiles.folders(os.environ, Path.cwd())
    changes = profiles.diff(before, after, where, Path.cwd())
    if json:
        return Shown(_json(report.diff_document(before, after, changes)))
    return Shown(report.diff(before, after, changes))


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROFILE]...", help="Default: all.", autocompletion=known_profiles),
    ] = None,
    json: Json = False,
) -> Shown:
    """Look for settings that cannot act or contradict each other; exit 1 if there are any."""
    from tuner.settings import checks, profiles
    from tuner.settings import profile_text as report

    where = profiles.folders(os.environ, Path.cwd())
    problems: dict[str, tuple[SettingProblem, ...]] = {
        name: checks.check(profiles.load(name, where, Path.cwd()))
        for name in names or profiles.names(where)
    }
    wrong = any(p.kind in checks.MISTAKES for found in problems.values() for p in found)
    text = _json(report.check_document(problems)) if json else report.check(problems)
    return Shown(text, int(wrong))


def _json(document: dict[str, Any]) -> str:
    """A document as plain ASCII, which no terminal can garble."""
    import json

    return json.dumps(document, indent=2, default=str)
