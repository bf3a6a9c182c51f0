"""What goes to stdout and to stderr: the only functions that print."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from tuner.cli import failures
from tuner.cli.options import DONE, FAILED


def emit(text: str) -> bool:
    """Print a result. A reader who closed the pipe has read enough: that is no error, and false
    says that nobody reads on.

    Raises OSError when stdout cannot be written to, such as on a full disk.
    """
    if sys.stdout is None:  # started with stdout closed
        return False
    try:
        sys.stdout.write(failures.encodable(text, sys.stdout.encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()
        return False
    except OSError as error:
        raise OSError(error.errno, error.strerror, "stdout") from error
    return True


def notify(text: str) -> None:
    """Print a message on stderr, if there is anyone to read it."""
    from tuner.redaction.terminal import printable

    lines = "\n".join(printable(line) for line in text.splitlines())
    with suppress(OSError, AttributeError):
        sys.stderr.write(failures.encodable(lines, sys.stderr.encoding) + "\n")
        sys.stderr.flush()


class Problems:
    """Prints what is wrong with the inputs of a command; `code` is then that of a failure."""

    def __init__(self) -> None:
        self.code = DONE

    def __call__(self, problem: str) -> None:
        """Name one problem."""
        self.code = FAILED
        notify("\n".join(f"tuner: {line}" for line in problem.splitlines()))


def abandon_stdout() -> None:
    """Let what cannot be written go nowhere: Python flushes stdout again at its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
