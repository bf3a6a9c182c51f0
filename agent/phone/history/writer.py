"""Rows of all calls in, batches into the store out; one thread, and nobody waits for it."""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any

from agent.phone.history.stores import COLUMNS, HistoryStore, HistoryStoreError

BATCH_ROWS, BATCH_S = 100, 1.0
"""A batch is written when it has so many rows, or its first row is so old."""
WAITING_ROWS = 10_000
"""Rows that are kept while the store does not answer; then new ones are lost and counted."""
RETRY_S = 5.0
CLOSING_S = 5.0
_log = logging.getLogger("agent.phone")


class HistoryWriter:
    """`add` never waits and never raises."""

    def __init__(
        self, store: HistoryStore, *, batch_s: float = BATCH_S, retry_s: float = RETRY_S
    ) -> None:
        self.lost = 0
        self._store, self._batch_s, self._retry_s = store, batch_s, retry_s
        self._rows: queue.Queue[tuple[Any, ...]] = queue.Queue(WAITING_ROWS)
        self._closing = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="call history", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def add(self, row: Mapping[str, Any]) -> None:
        """Hand over one row."""
        try:
            self._rows.put_nowait(tuple(row.get(name) for name in COLUMNS))
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Write what waits, for a short time."""
        atexit.unregister(self.close)
        self._closing.set()
        self._thread.join(CLOSING_S)

    def _run(self) -> None:
        while not (self._closing.is_set() and self._rows.empty()):
            if batch := self._batch():
                self._write(batch)
        self._store.close()

    def _batch(self) -> list[tuple[Any, ...]]:
        """The next rows: as many as come until the batch is full or old."""
        batch: list[tuple[Any, ...]] = []
        ends = time.monotonic() + self._batch_s
        while len(batch) < BATCH_ROWS and (left := ends - time.monotonic()) > 0:
            if self._closing.is_set() and self._rows.empty():
                break
            try:
                batch.append(self._rows.get(timeout=min(left, 0.1)))
            except queue.Empty:
                continue
        return batch

    def _write(self, batch: list[tuple[Any, ...]]) -> None:
        """Write a batch, again and again; at the end of the program what is left is lost."""
        while True:
            try:
                self._store.write(batch)
            except HistoryStoreError as error:
                if not self._failed:
                    _log.error("the call history does not take rows, they wait: %s", error)
                self._failed = True
            else:
                self._failed = False
                return
            if self._closing.wait(self._retry_s):
                self.lost += len(batch)
                _log.error("%d calls are not in the call history", self.lost + self._rows.qsize())
                return
