"""Pieces of watched logs in, their calls in a store: every half minute, and at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tuner.cli.options import DONE, FAILED
from tuner.cli.output import notify

if TYPE_CHECKING:
    from tuner.execution.units import Piece
    from tuner.limits import Limits

EVERY_S = 30.0
"""A call in progress is stored this often; one that has grown since replaces what was there."""


class Stored(Protocol):
    """Where the pieces of logs go; nowhere without a store."""

    code: int

    def take(self, path: str, piece: Piece) -> None:
        """Take in what was read."""

    def poll(self) -> None:
        """Store what is due."""


class Nowhere:
    """Without a store."""

    code = DONE

    def take(self, path: str, piece: Piece) -> None:
        """Without a store nobody needs it."""

    def poll(self) -> None:
        """Nothing is due."""


@contextmanager
def stored(url: str, limits: Limits, quiet: bool) -> Iterator[Stored]:
    """Keep calls in the database of this URL while the block runs ("": nowhere), and at its end.

    `code` is the exit code then: FAILED where the database stayed away.
    """
    if not url:
        yield Nowhere()
        return
    kept = _Kept(url, limits, quiet)
    try:
        yield kept
    finally:
        kept.close()


class _Kept:
    def __init__(self, url: str, limits: Limits, quiet: bool) -> None:
        from tuner.store.database import Store
        from tuner.store.writer import StoreWriter
        from tuner.watch.kept_calls import KeptCalls

        self._store = Store(url, time.sleep, _tell)
        self._writer = StoreWriter(self._store, _tell)
        self._calls, self._quiet, self._due = KeptCalls(limits), quiet, 0.0
        self.code = DONE

    def take(self, path: str, piece: Piece) -> None:
        self._calls.add(path, piece, time.time())
        if self._calls.is_full:
            self._put()

    def poll(self) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_S
            self._put()

    def _put(self) -> None:
        if found := self._calls.take(time.time()):
            self._writer.put(found)

    def close(self) -> None:
        self._put()
        self._writer.close()
        self._store.close()
        lost = self._writer.waiting + self._writer.given_up
        if lost:
            self.code = FAILED
            _tell(f"{lost:,} calls are not in the store: tuner analyze LOG --store adds them")
        elif not self._quiet:
            _tell(f"{self._writer.stored:,} new calls stored")


def _tell(text: str) -> None:
    notify(f"tuner: {text}")
