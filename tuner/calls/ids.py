"""Keys of calls in, names out that may be shown and typed: no phone number, no person's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tuner.errors import InputError, did_you_mean
from tuner.redaction.shown import has_phone, room, shown


class Aliases:
    """The same stand-in for the same text, numbered in the order of the log: "phone1", "name2"."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many texts have a stand-in."""
        return len(self._known)

    def of(self, kind: str, text: str) -> str:
        """The stand-in of a text of this kind."""
        if (kind, text) not in self._known:
            self._counts[kind] += 1
            self._known[kind, text] = f"{kind}{self._counts[kind]}"
        return self._known[kind, text]

    def room(self, name: str) -> str:
        """A room's name as it may be shown."""
        return room(name, self.of)


def shown_ids(keys: Iterable[str], aliases: Aliases) -> dict[str, str]:
    """A name for each call (key as `call_key` has it), no two alike."""
    names: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for key in keys:
        name = shown_id(key, aliases)
        taken[name] += 1
        names[key] = name if taken[name] == 1 else f"{name}~{taken[name]}"
    return names


def shown_id(key: str, aliases: Aliases) -> str:
    """The name of one call: its own id where that is harmless, else a stand-in."""
    kind, _, text = key.partition(":")
    if kind == "room" and any(map(str.isalnum, shown_room := aliases.room(text))):
        return shown_room
    safe = shown(kind, text)
    return safe if safe and not has_phone(safe) else aliases.of("call", key)


def find(wanted: str, names: dict[str, str], rooms: dict[str, str]) -> str:
    """The key of the call that is meant: by its name, room or raw id, or the beginning of one.

    Raises InputError where no call is meant, with a suggestion, or more than one.
    """
    for spelled in _spellings(names, rooms):
        exact = [key for key, text in spelled if text == wanted]
        if len(exact) == 1:
            return exact[0]
    begins = dict.fromkeys(
        key
        for spelled in _spellings(names, rooms)
        for key, text in spelled
        if wanted and text.startswith(wanted)
    )
    if len(begins) == 1:
        return next(iter(begins))
    raise _many([names[key] for key in begins], wanted) if begins else _none(wanted, names)


def _spellings(names: dict[str, str], rooms: dict[str, str]) -> Sequence[Sequence[tuple[str, str]]]:
    raw = [(key, key.partition(":")[2]) for key in names]
    return [*names.items()], raw, [*rooms.items()]


def _many(names: Sequence[str], wanted: str) -> InputError:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return InputError(
        f"{len(names)} calls begin with {wanted!r}: {', '.join(names[:3])}{more}",
        "Give more of the id.",
    )


def _none(wanted: str, names: dict[str, str]) -> InputError:
    close = did_you_mean(wanted, names.values(), cutoff=0.4)
    return InputError(f"no call {wanted!r} in these logs{close}", "`tuner calls LOG` lists them.")
