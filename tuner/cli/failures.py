"""What went wrong in, the message for the user out: the reason and the next step."""

from __future__ import annotations

import traceback
from pathlib import Path

from tuner.errors import TunerError, fault, is_full_disk
from tuner.inputs.addresses import without_secrets
from tuner.lazy_patterns import lazy_pattern

_UNKNOWN = lazy_pattern("No such command '(.+?)'")
_PLAIN = {
    0x2588: "#",
    0x2593: "=",
    0x2591: "~",
    0xD7: "x",
    0xB7: "-",
    0x2013: "-",
    0x2192: "->",
    0x2026: "...",
}


def message_of(error: Exception) -> str:
    """Return what to print for an error that ends the program."""
    if isinstance(error, TunerError):
        return _message(str(error), error.next_step)
    if hasattr(error, "format_message"):
        return _misused(error)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        next_step = "Free some space." if is_full_disk(error) else ""
        return _message(f"{error.filename}: {reason}" if error.filename else reason, next_step)
    return _crashed(error)


def traceback_of(error: Exception) -> str:
    """Return the traceback, which may quote a log and is shown only when it is asked for."""
    return "".join(traceback.format_exception(error)).rstrip()


def encodable(text: str, encoding: str | None) -> str:
    """Return the text in what a stream can encode: marks in plain ASCII, the rest as "?"."""
    encoding = encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def _message(message: str, next_step: str = "") -> str:
    return without_secrets(f"tuner: {message}" + (f"\n  {next_step}" if next_step else ""))


def _misused(error: Exception) -> str:
    """A usage error of typer, recognised by what it can do: its class has no public name."""
    text = str(error.format_message())  # type: ignore[attr-defined]
    if type(error).__name__ == "NoArgsIsHelpError":
        return text
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "tuner"
    if text.startswith("Missing argument 'LOG"):
        return _message(text, f"Name a file, or - for what comes on stdin. Run `{command} --help`.")
    unknown = _UNKNOWN.match(text)
    if unknown and _is_there(unknown[1]):
        return _message(text, f"Run `tuner analyze {unknown[1]}`.")
    return _message(text, f"Run `{command} --help`.")


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # the name is too long, or nobody may look
        return False


def _crashed(error: Exception) -> str:
    """One line about a bug in here."""
    return _message(
        f"internal error, please report it: {fault(error)}",
        "Set TUNER_TRACEBACK=1 to see the traceback (it may quote the log).",
    )
