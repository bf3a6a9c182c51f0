"""The command line: options in, result on stdout, messages on stderr, and an honest exit code.

0 done; 1 only with `--check`, when the advice differs or a finding is severe; 2 could not do the
job. Nothing heavy is imported here, so that `tuner --help` is quick: each command imports what it
needs. This room is the only one that prints.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from tuner.cli import failures, lazy, plain_values
from tuner.cli.options import DONE, FAILED
from tuner.cli.output import abandon_stdout, emit, notify

_TYPER_STOPPED = 130  # what typer makes of Ctrl-C

app = typer.Typer(
    name="tuner",
    cls=lazy.Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # rich would cost more start-up time than all the rest
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        emit(_version())
        raise typer.Exit(DONE)


@app.callback()
def _tuner(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Read voice-agent logs, say what is wrong, and name the profile that fixes it."""


def _version() -> str:
    from importlib import metadata  # as slow to load as half of typer

    try:
        return f"tuner {metadata.version('voice-tuner')}"
    except metadata.PackageNotFoundError:
        return "tuner (not installed: running from a folder)"


def main() -> None:
    """The program `tuner`."""
    # LiveKit makes cycles, and has processes to clean up
    if sys.argv[1:2] in (["bench"], ["tune"], ["load-test"]):
        gc.enable()
        sys.exit(run(sys.argv[1:]))
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for any takes 12 ms
    plain_values.take()
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)  # to take half a million calls apart again would cost as long as to judge them


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; everything that goes wrong ends here."""
    try:
        code = int(app(arguments, prog_name="tuner", standalone_mode=False) or DONE)
    except SystemExit as stop:
        # Typer leaves with 1 when the reader of its help has gone, else with 0.
        return DONE if stop.code in (0, 1, None) else FAILED
    except KeyboardInterrupt:
        code = _TYPER_STOPPED
    except Exception as error:
        return _failed(error)
    if code == _TYPER_STOPPED:
        notify("tuner: stopped")
        return FAILED
    return code


def _failed(error: Exception) -> int:
    if os.environ.get("TUNER_TRACEBACK"):
        notify(failures.traceback_of(error))
    notify(failures.message_of(error))
    abandon_stdout()
    return FAILED
