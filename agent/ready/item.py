"""One line of the checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Section = Literal["Infrastructure", "Code", "Operations"]
State = Literal["done", "not done", "unknown"]


@dataclass(frozen=True, slots=True)
class Item:
    """What the guide asks for; `how` says how that is known, `then` what is missing."""

    section: Section
    title: str
    state: State
    how: str
    then: str = ""


def item(section: Section, title: str, ok: bool | None, how: str, then: str = "") -> Item:
    """An item that was checked; None: there was nothing to check."""
    state: State = "unknown" if ok is None else "done" if ok else "not done"
    return Item(section, title, state, how, "" if ok else then)
