"""The table of calls, and the steps that bring an older database up to it.

A database names its version in `tuner_schema`; each step of `STEPS` leads to the next one. Steps
are plain SQL that SQLite and PostgreSQL both know, and they are never changed once released.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
)

from tuner.errors import InputError

METADATA = MetaData()
SCHEMA = Table("tuner_schema", METADATA, Column("version", Integer, primary_key=True))
CALLS = Table(
    "calls",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("room", Text),
    Column("began", DateTime(timezone=True), index=True),
    Column("first", Double),
    Column("last", Double),
    Column("length_s", Double),
    Column("turns", BigInteger),
    Column("waits", BigInteger, nullable=False),
    Column("wait_p50_s", Double),
    Column("wait_max_s", Double),
    Column("end_of_turn_p50_s", Double),
    Column("llm_ttft_p50_s", Double),
    Column("tts_ttfb_p50_s", Double),
    Column("false_stops", BigInteger),
    Column("cut_offs", BigInteger),
    Column("dead_air_s", Double),
    Column("openai_slow", BigInteger),
    Column("sync_warnings", BigInteger),
    Column("failures", BigInteger),
    Column("ended", Text),
    Column("profile", Text),
    Column("version", Text),
    Column("cost_total_s", Double),
    Column("cost_waiting_s", Double),
    Column("cost_stops_s", Double),
    Column("cost_cut_offs_s", Double),
    Column("cost_failures_s", Double),
    Column("cost_from_parts", Integer, nullable=False),
    Column("seen_s", Double),
    Column("turns_at_risk", BigInteger),
)
"""One row a call. `first` and `last` are epoch seconds, `began` is `first` for SQL; null is what
the log could not show."""
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "ALTER TABLE calls ADD COLUMN seen_s DOUBLE PRECISION",
        "UPDATE calls SET seen_s = length_s WHERE false_stops IS NOT NULL",
        "ALTER TABLE calls ADD COLUMN turns_at_risk BIGINT",
        # A profile is in the turn log only, where every turn is at risk.
        "UPDATE calls SET turns_at_risk = turns WHERE cut_offs IS NOT NULL AND profile IS NOT NULL",
    ),
)
"""`STEPS[n]` leads from version n + 1 to n + 2; a new database is made at the last one."""


def prepare(connection: Connection, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Make the tables, or bring those of an older version up to date, within one transaction.

    Raises InputError for a database that a later tuner wrote.
    """
    newest = len(steps) + 1
    if not inspect(connection).has_table(SCHEMA.name):
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=newest))
        return
    there = connection.scalar(select(func.max(SCHEMA.c.version))) or 1
    if there > newest:
        raise InputError(
            f"the database has version {there} of the tables, this tuner knows {newest}",
            "Update voice-tuner, or name another database.",
        )
    for step in steps[there - 1 :]:
        for statement in step:
            connection.execute(text(statement))
    if there < newest:
        connection.execute(insert(SCHEMA).values(version=newest))
