"""`python agent.py ...`: what can be found wrong before LiveKit takes over is reported here."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from agent.ports import agent_ports, check_ports
from agent.profile import resolved
from tuner.errors import TunerError, missing_extra

HELP = """usage: python agent.py COMMAND [OPTIONS]

  check           show every setting and its origin; test keys, servers and models
  dev             take calls, for development
  start           take calls, in production
  console         talk to the agent with your own microphone
  audiocodes      take calls of AudioCodes VoiceAI Connect, without LiveKit's server
  connect         join one room
  webhook         answer Twilio's questions about incoming calls
  phone           set up LiveKit's side of the telephone: setup, check, remove, watch
  ready           the checklist before production, checked as far as it can be
  download-files  download the model files that plugins need

`python agent.py COMMAND --help` lists the options of a command.
"""
LIVEKIT_OPTIONS = {
    "LIVEKIT_URL": "--url",
    "LIVEKIT_API_KEY": "--api-key",
    "LIVEKIT_API_SECRET": "--api-secret",
}
_NEEDED = {
    "dev": ("OPENAI_API_KEY", *LIVEKIT_OPTIONS),
    "start": ("OPENAI_API_KEY", *LIVEKIT_OPTIONS),
    "console": ("OPENAI_API_KEY",),
    "audiocodes": ("OPENAI_API_KEY",),
}
_SERVING = ("start", "dev", "console", "connect")
"""Commands of LiveKit that listen on ports."""
_OURS = {
    "check": ("agent.check", "agent"),
    "ready": ("agent.ready.command", "agent"),
    "webhook": ("agent.phone.serve", "phone"),
    "phone": ("agent.phone.command", "phone"),
}
"""Commands that LiveKit does not have: the module with their `main`, and the extra it needs."""


def main() -> None:
    """Run the command of `sys.argv` and end the program; 2 means that something must be fixed."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("--help", "-h"):
        sys.stdout.write(HELP)
        return
    try:
        _run(arguments)
    except TunerError as error:
        sys.stderr.write("\n  ".join(filter(None, (f"agent: {error}", error.next_step))) + "\n")
        sys.exit(2)


def _run(arguments: Sequence[str]) -> None:
    resolved()  # a mistake in a profile comes first; .env is read too
    if arguments[0] in _OURS:
        module, extra = _OURS[arguments[0]]
        sys.exit(_load(module, extra).main(arguments[1:]))
    if find_spec("livekit") is not None:
        _check_keys(arguments)  # before LiveKit is imported, which takes seconds
    with _without_garbage():
        cli, app = (_load(name, "agent") for name in ("livekit.agents.cli", "agent.app"))
    _check_sound(arguments)
    if arguments[0] == "audiocodes":
        sys.exit(importlib.import_module("agent.audiocodes.command").main(arguments[1:]))
    if arguments[0] in _SERVING and "--help" not in arguments:
        settings = resolved().settings
        check_ports(settings.metrics_host, agent_ports(settings, arguments[0]))
    with warnings.catch_warnings():
        # LiveKit points to `lk agent`, as our README does
        warnings.simplefilter("ignore", DeprecationWarning)
        cli.run_app(app.get_server())


@contextmanager
def _without_garbage() -> Iterator[None]:
    """What LiveKit's imports make stays: to look for garbage in it takes a sixth of their time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _load(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise missing_extra("the agent", extra, error) from error


def missing(arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The variables that this command needs and that neither environment nor options give."""
    if "--help" in arguments:
        return []
    options = {argument.partition("=")[0] for argument in arguments}
    given = {env for env, option in LIVEKIT_OPTIONS.items() if option in options}
    needed = _NEEDED.get(arguments[0], ())
    return [env for env in needed if env not in given and not environ.get(env, "").strip()]


def _check_keys(arguments: Sequence[str]) -> None:
    if lacking := missing(arguments, os.environ):
        raise TunerError(
            f"not set: {', '.join(lacking)}",
            "Put them into .env or the environment; `python agent.py check` tests them.",
        )


def _check_sound(arguments: Sequence[str]) -> None:
    """The console needs a library that pip does not bring."""
    if arguments[0] != "console" or "--help" in arguments:
        return
    try:
        importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise TunerError(
            "console needs the PortAudio library", "Debian, Ubuntu: apt install libportaudio2"
        ) from error
