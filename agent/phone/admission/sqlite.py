"""Slots in a SQLite file, for every process of one machine; no service to run.

Times are those of the machine's monotonic clock, which all its processes share, so a change of
the date neither ends nor extends a lease. The clock begins anew when the machine starts: a lease
that ends later than any lease can is from before, and does not count.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.phone.admission.slots import (
    REMEMBER_S,
    SlotLimits,
    SlotStoreError,
    Verdict,
    checked,
    refill,
)

WAIT_S = 2.0
"""How long a process waits for the others before it gives up; Twilio waits 15 s."""

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS slots (call TEXT PRIMARY KEY, ends REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closed
  (call TEXT PRIMARY KEY, verdict TEXT NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS closed_ends ON closed (ends);
CREATE TABLE IF NOT EXISTS bucket (id INTEGER PRIMARY KEY, tokens REAL, at REAL);
SELECT call, ends FROM slots LIMIT 0;
SELECT call, verdict, ends FROM closed LIMIT 0;
SELECT tokens, at FROM bucket LIMIT 0;
"""
"""The last three fail in a file that has other tables of these names."""
_CLOSE = """INSERT INTO closed VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET verdict = 'ended', ends = excluded.ends"""
_FILL = "INSERT INTO bucket VALUES (0, ?, ?) ON CONFLICT DO UPDATE SET tokens = ?1, at = ?2"


class SqliteSlots:
    """`Slots` in one file. A thread may use it while another does."""

    def __init__(
        self,
        path: str,
        limits: SlotLimits,
        *,
        wait_s: float = WAIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._path, self._wait_s = Path(path).expanduser(), wait_s
        with _store_errors():
            self._open()

    def acquire(self, call: str) -> Verdict:
        """See `Slots`. One transaction that no other writer can come between."""
        with self._writing() as now:
            self._end_leases(now)
            verdict = self._verdict_before(call)
            if verdict is None:
                verdict = self._decide(now)
                self._write(call, verdict, now)
            return verdict

    def renew(self, call: str) -> bool:
        """See `Slots`."""
        with self._writing() as now:
            self._end_leases(now)
            ends = now + self._limits.lease_s
            changed = self._db.execute("UPDATE slots SET ends = ? WHERE call = ?", (ends, call))
            return changed.rowcount > 0

    def release(self, call: str) -> None:
        """See `Slots`."""
        with self._writing() as now:
            self._db.execute("DELETE FROM slots WHERE call = ?", (call,))
            self._db.execute(_CLOSE, (call, "ended", now + REMEMBER_S))

    def count(self) -> int:
        """See `Slots`."""
        now = self._clock()
        latest = now + self._limits.lease_s + WAIT_S  # others may write after `now`
        query = "SELECT count(*) FROM slots WHERE ends > ? AND ends <= ?"
        with self._lock, _store_errors():
            self._open_anew()
            return int(self._db.execute(query, (now, latest)).fetchone()[0])

    def close(self) -> None:
        """See `Slots`."""
        self._db.close()

    def _open(self) -> None:
        self._db = sqlite3.connect(
            self._path, timeout=self._wait_s, isolation_level=None, check_same_thread=False
        )
        self._db.executescript(_SCHEMA)
        if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("database disk image is malformed")
        self._file = _identity(self._path)

    def _open_anew(self) -> None:
        """Go on in the file that has the name now, if ours was removed or replaced: processes that
        start later know no other, and would count alone."""
        if _identity(self._path) != self._file:
            self._db.close()
            self._open()

    @contextmanager
    def _writing(self) -> Iterator[float]:
        """The time, inside a transaction that began by taking the file's write lock."""
        with self._lock, _store_errors():
            self._open_anew()
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:  # commits, or rolls back on an error
                yield self._clock()

    def _end_leases(self, now: float) -> None:
        for table, longest in (("slots", self._limits.lease_s), ("closed", REMEMBER_S)):
            over = f"DELETE FROM {table} WHERE ends <= ? OR ends > ?"
            self._db.execute(over, (now, now + longest))

    def _verdict_before(self, call: str) -> Verdict | None:
        query = "SELECT 'admitted' FROM slots WHERE call = ?1 UNION ALL SELECT verdict FROM closed"
        row = self._db.execute(f"{query} WHERE call = ?1", (call,)).fetchone()
        return checked(row[0]) if row else None

    def _decide(self, now: float) -> Verdict:
        if self._db.execute("SELECT count(*) FROM slots").fetchone()[0] >= self._limits.calls:
            return "full"
        row = self._db.execute("SELECT tokens, at FROM bucket").fetchone()
        tokens = refill(row[0], now - row[1], self._limits) if row else self._limits.burst
        if tokens < 1:
            return "too fast"
        self._db.execute(_FILL, (tokens - 1, now))
        return "admitted"

    def _write(self, call: str, verdict: Verdict, now: float) -> None:
        if verdict == "admitted":
            row = (call, now + self._limits.lease_s)
            self._db.execute("INSERT INTO slots VALUES (?, ?)", row)
        else:
            self._db.execute(_CLOSE, (call, verdict, now + REMEMBER_S))


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file has this name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SlotStoreError(f"SQLite: {error}") from error
    except (TypeError, ValueError) as error:  # text in place of a number, bytes that are no text
        raise SlotStoreError("SQLite: the file is damaged") from error
