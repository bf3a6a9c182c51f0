"""Every error that a user can cause, in one family: what happened, and what to type next.

`cli.py` catches `TunerError` once, prints it on stderr and exits with code 2.
"""

from __future__ import annotations


class TunerError(Exception):
    """Something the user can mend. `str(error)` says what happened; `next_step` what to do."""

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
