"""Calls in, kept in a store by a thread of its own: nobody waits for a database that is away."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tuner.calls.model import CallFigures
from tuner.errors import InputError
from tuner.store.database import Store, Tell
from tuner.store.rows import key

RETRY_S = 30.0
MOST_WAITING = 100_000
"""So many calls wait for a database (some 150 MB); of more the oldest are given up."""


class StoreWriter:
    """Writes what it is given, the later reading of a call instead of the earlier one."""

    def __init__(self, store: Store, tell: Tell, retry_s: float = RETRY_S) -> None:
        """`tell` reports each try that failed."""
        self._store, self._tell, self._retry_s = store, tell, retry_s
        self._waiting: dict[str, CallFigures] = {}
        self._lock, self._work, self._end = threading.Lock(), threading.Event(), threading.Event()
        self.stored = self.given_up = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many calls are not in the store yet."""
        return len(self._waiting)

    def put(self, calls: Sequence[CallFigures]) -> None:
        """Have these calls stored."""
        with self._lock:
            self._waiting |= {key(call): call for call in calls}
            for name in list(self._waiting)[: max(0, len(self._waiting) - MOST_WAITING)]:
                del self._waiting[name]
                self.given_up += 1
        self._work.set()

    def close(self) -> None:
        """Store what waits, with a last try where the database is away."""
        self._end.set()
        self._work.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._work.wait()
            ends = self._end.is_set()
            self._work.clear()
            done = self._write()
            if ends:
                return
            if not done:
                self._end.wait(self._retry_s)
                self._work.set()

    def _write(self) -> bool:
        """Whether all that waits is stored now."""
        with self._lock:
            calls = dict(self._waiting)
        try:
            self.stored += self._store.add(list(calls.values()))
        except InputError as error:
            self._tell(f"{error}; {len(calls):,} calls wait for it")
            return False
        with self._lock:
            kept = self._waiting.items()
            self._waiting = {name: call for name, call in kept if calls.get(name) is not call}
        return True
