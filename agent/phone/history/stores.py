"""Where rows are kept: a SQLite file, or a PostgreSQL server. Each write is one transaction."""

from __future__ import annotations

import importlib
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

from agent.phone.history.row import HistoryRow
from tuner.errors import SettingsError, install_hint

COLUMNS = tuple(field.name for field in fields(HistoryRow))
POSTGRES = ("postgresql://", "postgres://")
WAIT_S = 10
"""How long other writers and a server that does not answer are waited for."""
_OWNER_ONLY, _LOCK = 0o600, 7_301_964
_KINDS = {"str": "TEXT", "float": "DOUBLE PRECISION", "int": "INTEGER"}

Rows = Sequence[tuple[Any, ...]]


class HistoryStoreError(Exception):
    """The store did not take the rows; they may be written again."""


class HistoryStore(Protocol):
    """Takes rows; a row that is there already is left as it is."""

    def write(self, rows: Rows) -> None:
        """Write all of them or none. Raises HistoryStoreError."""

    def close(self) -> None:
        """Close the connection, if there is one."""


def open_history(address: str) -> HistoryStore:
    """The store that `address` names: sqlite:PATH or postgresql://...

    Raises:
        SettingsError: it names neither, or the PostgreSQL driver is not installed.
    """
    if address.startswith("sqlite:"):
        return SqliteHistory(address.removeprefix("sqlite:"))
    if address.startswith(POSTGRES):
        return PostgresHistory(address)
    raise SettingsError(
        "PHONE_HISTORY names no store", "Use sqlite:PATH, postgresql://HOST/DATABASE, or off."
    )


def schema() -> str:
    """The table, as both databases understand it."""
    columns = []
    for field in fields(HistoryRow):
        kind, _, rest = str(field.type).partition(" | ")
        columns.append(f"{field.name} {_KINDS[kind]}{'' if rest else ' NOT NULL'}")
    text = ", ".join(columns).replace("job TEXT", "job TEXT PRIMARY KEY", 1)
    return f"CREATE TABLE IF NOT EXISTS calls ({text})"


def insert(mark: str) -> str:
    """The statement, with the database's own mark for a value."""
    marks = ", ".join([mark] * len(COLUMNS))
    names = ", ".join(COLUMNS)
    return f"INSERT INTO calls ({names}) VALUES ({marks}) ON CONFLICT (job) DO NOTHING"


class SqliteHistory:
    """One file, for every process of one machine."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()

    def write(self, rows: Rows) -> None:
        """See `HistoryStore`."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))
            with closing(sqlite3.connect(self._path, timeout=WAIT_S)) as database, database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute(schema())
                database.executemany(insert("?"), rows)
        except (sqlite3.Error, OSError) as error:
            raise HistoryStoreError(f"SQLite: {error}") from error

    def close(self) -> None:
        """Nothing is open between two writes."""


class PostgresHistory:
    """A server, for every machine; one connection, opened when there is something to write."""

    def __init__(self, address: str) -> None:
        try:
            # by its name: types of a package that is not installed would be missed
            self._psycopg = importlib.import_module("psycopg")
        except ModuleNotFoundError as error:
            raise SettingsError(
                "PHONE_HISTORY names PostgreSQL, and psycopg is not installed",
                install_hint("postgres"),
            ) from error
        self._address = address
        self._connection: Any = None

    def write(self, rows: Rows) -> None:
        """See `HistoryStore`."""
        try:
            connection = self._connected()
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(insert("%s"), rows)
        except self._psycopg.Error as error:
            self.close()
            # the message may hold the address with its password
            raise HistoryStoreError(f"PostgreSQL: {type(error).__name__}") from error

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = self._psycopg.connect(
                self._address, autocommit=True, connect_timeout=WAIT_S
            )
            with self._connection.transaction():  # two that create it at once would fail
                self._connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
                self._connection.execute(schema())
        return self._connection

    def close(self) -> None:
        """See `HistoryStore`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
