"""Parts of a call record that bring out a fault of this program: each costs no more than itself."""

from __future__ import annotations

from types import TracebackType

from tuner.errors import InputError, fault


class Faults:
    """Counts the parts (`what` they are, in the plural) that could not be read."""

    def __init__(self, what: str) -> None:
        self._what, self._number, self._first = what, 0, ""

    def held(self) -> Faults:
        """Hold a fault in what is done inside; an InputError is none, and goes on."""
        return self  # a generator of contextlib would take longer than most events

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, InputError):
            return False
        self.note(error)
        return True

    def note(self, error: Exception) -> None:
        """Count a fault that a part has brought out: where `held` would cost as much as the part.

        Raises the error itself if it is an InputError, which is none.
        """
        if isinstance(error, InputError):
            raise error
        self._number += 1
        self._first = self._first or fault(error)

    def add(self, others: Faults) -> None:
        """Count those of later parts, too."""
        self._number += others._number
        self._first = self._first or others._first

    def named(self) -> None:
        """Raise InputError if there were any; called when all else has been read."""
        if self._number:
            raise InputError(
                f"{self._number} {self._what} could not be read ({self._first})",
                "The others count. Please report it.",
            )
