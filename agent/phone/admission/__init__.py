"""How many calls may run at once: one interface, kept in SQLite or in Redis.

slots = open_slots("sqlite:calls.db", SlotLimits(calls=150))
if slots.acquire(call_sid) == "admitted":
    ...
slots.release(call_sid)
"""

from __future__ import annotations

from agent.phone.admission.slots import SlotLimits, Slots, SlotStoreError, Verdict
from tuner.errors import SettingsError

__all__ = ["SlotLimits", "SlotStoreError", "Slots", "Verdict", "open_quick", "open_slots"]

_REDIS = ("redis://", "rediss://", "unix://", "valkey://", "valkeys://")


def open_slots(url: str, limits: SlotLimits) -> Slots:
    """The store that `url` names: `sqlite:PATH`, or the address of a Redis or Valkey server.

    Raises:
        SettingsError: the address names neither.
        SlotStoreError: the SQLite file cannot be opened. A Redis is first reached by a call.
    """
    if url.startswith("sqlite:"):
        from agent.phone.admission.sqlite import SqliteSlots

        return SqliteSlots(url.removeprefix("sqlite:"), limits)
    if url.startswith(_REDIS):
        from agent.phone.admission.redis import RedisSlots

        return RedisSlots(url.replace("valkey", "redis", 1), limits)
    raise SettingsError("PHONE_SLOTS names no store", "Use sqlite:PATH or redis://HOST:PORT/0.")


def open_quick(url: str, limits: SlotLimits) -> Slots | None:
    """The same store for the event loop: it answers in 0.1 ms, or raises SlotStoreError at once
    because another process writes. None where every answer takes a network."""
    if not url.startswith("sqlite:"):
        return None
    from agent.phone.admission.sqlite import SqliteSlots

    return SqliteSlots(url.removeprefix("sqlite:"), limits, wait_s=0.0)
