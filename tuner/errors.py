"""Every error that a user can cause, in one family: what happened, and what to type next.

The command line catches `TunerError` once, prints it on stderr and exits with code 2.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterable
from pathlib import Path


class TunerError(Exception):
    """An error that the user can fix. `str(error)` says what happened; `next_step` what to do."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class UsageError(TunerError):
    """The command line itself is wrong: an unknown name, a time that cannot be read."""


class InputError(TunerError):
    """A log could not be read, or nothing in it was understood."""


class SettingsError(TunerError):
    """A profile or an environment variable is wrong; names file, line, key and range."""


class Interrupted(TunerError):
    """The user stopped the work (Ctrl-C); what was done so far is reported as partial."""


def named(path: object) -> str:
    """A path as a message names it: in one line, whatever is in it, so that a file's name cannot
    pass for a message of ours."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def fault(error: BaseException) -> str:
    """A bug in here in a few words. Its text may quote a log, so only its place is shown.

    Whatever reads logs writes nothing but temporary files: a full disk is theirs, and no bug.
    """
    if is_full_disk(error):
        return "no space is left for temporary files: set TMPDIR to a folder that has more"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"


def is_full_disk(error: BaseException) -> bool:
    """Whether there was no space left to write to, or no more was allowed."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """A suggestion for a mistyped name, to be put behind it; "" when none is close.

    Letter case does not matter. `cutoff` is the ratio of difflib from which a name is close.
    """
    import difflib  # only mistakes need it

    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""


def install_hint(extra: str) -> str:
    """How to install one of the extras: this package is not on the index."""
    return (
        f"Run `pip install '.[{extra}]'` in a clone, "
        f"or `pip install 'PATH_OF_THE_WHEEL[{extra}]'` if you have a wheel."
    )


def missing_extra(what: str, extra: str, error: ImportError) -> TunerError:
    """The error for a part that needs packages of an extra which are not installed."""
    missing = f" ({error.name} is not installed)" if error.name else ""
    return TunerError(f"{what} needs the extra `{extra}`{missing}", install_hint(extra))
