"""Parts of a call record that bring out a fault of this program: each costs no more than itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tuner.errors import InputError, fault


class Faults:
    """Counts the parts (`what` they are, in the plural) that could not be read."""

    def __init__(self, what: str) -> None:
        self._what, self._number, self._first = what, 0, ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold a fault in what is done inside; an InputError is none, and goes on."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            self._number += 1
            self._first = self._first or fault(error)

    def named(self) -> None:
        """Raise InputError if there were any; called when all else has been read."""
        if self._number:
            raise InputError(
                f"{self._number} {self._what} could not be read ({self._first})",
                "The others count. Please report it.",
            )
