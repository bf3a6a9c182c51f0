"""A database's URL in; calls are kept in it and read again.

What is written twice counts once. A connection that breaks is made again and the batch repeated;
batches are transactions, so none is stored by half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tuner.calls.model import CallFigures
from tuner.errors import InputError, UsageError, missing_extra
from tuner.inputs.addresses import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Select
    from sqlalchemy.exc import DBAPIError

BATCH = 500
WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""How long to wait before each further try: half a minute in all."""
Sleep = Callable[[float], None]
Tell = Callable[[str], None]
_FULL = "Free some space."
_NEXT = "Write sqlite:///calls.db or postgresql://user@host/database."
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class Store:
    """The calls in one database."""

    def __init__(self, url: str, sleep: Sleep, tell: Tell) -> None:
        """Connect, and make or update the tables.

        `sleep` waits so many seconds between tries; `tell` reports each further try. Raises
        UsageError for a URL that names no such database, InputError where it cannot be reached.
        """
        self._sleep, self._tell = sleep, tell
        self._engine = _engine(url)
        from tuner.store.tables import prepare

        try:
            self._done(prepare, ())
        except BaseException:
            self.close()
            raise

    def add(self, calls: Sequence[CallFigures]) -> int:
        """Keep the calls; return how many were not there before.

        A call that is there is replaced if this log shows as much of it or more. Raises InputError
        where the database stays away; what was stored until then stays.
        """
        from tuner.store.rows import row

        rows, new = list({one["key"]: one for one in map(row, calls)}.values()), 0
        for done in range(0, len(rows), BATCH):
            try:
                new += self._done(_upsert(rows[done : done + BATCH]))
            except InputError as error:
                raise InputError(
                    f"{error}; {done:,} of {len(rows):,} calls were stored",
                    "Run it again when the database is back: what is stored counts once.",
                ) from error
        return new

    def count(self) -> int:
        """How many calls are there."""
        from sqlalchemy import func, select

        from tuner.store.tables import CALLS

        query = select(func.count()).select_from(CALLS)
        return int(self._done(lambda connection: connection.scalar(query)))

    def calls(self, since: float | None = None, until: float | None = None) -> list[CallFigures]:
        """The calls that began in this time (epoch s), in that order."""
        from tuner.store.rows import call

        query = _between(since, until)
        found = self._done(lambda connection: connection.execute(query).mappings().all())
        return [call(one) for one in found]

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _done(self, work: Callable[[Connection], Any], waits: Sequence[float] | None = None) -> Any:
        """Do it in a transaction, again when the database was away."""
        from sqlalchemy.exc import DBAPIError

        for wait in (*(WAITS_S if waits is None else waits), None):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if wait is None or not _may_come_back(error):
                    why = _why(error)
                    raise InputError(
                        f"the database: {why}", _FULL if "full" in why else _NEXT
                    ) from None
                self._tell(f"the database is away, trying again in {wait:g} s: {_why(error)}")
                self._sleep(wait)
        raise AssertionError


def _engine(url: str) -> Engine:
    """The engine of a URL; nothing is connected yet."""
    try:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise missing_extra("a store of calls", "store", error) from error
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(f"{without_secrets(url)!r} is no URL of a database", _NEXT) from error
    name = _DRIVERS.get(parsed.drivername, parsed.drivername)
    if name not in ("sqlite", *_DRIVERS.values()):
        raise UsageError(f"{parsed.drivername!r} is neither SQLite nor PostgreSQL", _NEXT)
    try:
        return create_engine(parsed.set(drivername=name), pool_pre_ping=True)
    except ImportError as error:
        raise missing_extra("a store in PostgreSQL", "store", error) from error


def _upsert(rows: Sequence[dict[str, Any]]) -> Callable[[Connection], Any]:
    """Insert the rows; where a call is there, the reading that shows as much or more of it wins.
    It returns how many calls were not there: of several runs at once, only one inserts each."""
    from sqlalchemy import func
    from sqlalchemy.dialects import postgresql, sqlite

    from tuner.store.tables import CALLS

    def work(connection: Connection) -> Any:
        dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(CALLS)
        alone = new.on_conflict_do_nothing().returning(CALLS.c.key)
        inserted = len(connection.execute(alone, list(rows)).all())
        more = [
            func.coalesce(new.excluded[name], 0) >= func.coalesce(CALLS.c[name], 0)
            for name in ("last", "turns")
        ]
        names = [column.name for column in CALLS.columns if column.name != "key"]
        put = new.on_conflict_do_update(
            index_elements=["key"],
            set_={name: new.excluded[name] for name in names},
            where=more[0] & more[1],
        )
        connection.execute(put, list(rows))
        return inserted

    return work


def _between(since: float | None, until: float | None) -> Select[Any]:
    from sqlalchemy import select

    from tuner.store.tables import CALLS

    query = select(CALLS).order_by(CALLS.c.first, CALLS.c.key)
    if since is not None:
        query = query.where(CALLS.c.first >= since)
    if until is not None:
        query = query.where(CALLS.c.first < until)
    return query


def _may_come_back(error: DBAPIError) -> bool:
    """Whether the connection broke or the database is busy, rather than the statement being bad."""
    if error.connection_invalidated:
        return True
    text, state = str(error.orig), getattr(error.orig, "sqlstate", None) or ""
    return state[:2] in ("08", "53", "57") or (
        type(error).__name__ == "OperationalError"
        and not state
        and any(word in text for word in ("locked", "busy", "connection", "server"))
    )


def _why(error: DBAPIError) -> str:
    """The database's message in one line, without the values of a statement."""
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    return without_secrets(lines[0])
