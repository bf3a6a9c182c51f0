"""LiveKit's own JSON records rewritten in layouts that nobody listed: for tests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

Fields = dict[str, Any]
_OWN = ("message", "level", "name", "timestamp", "exc_info")
TIMES: tuple[str, ...] = (
    "%Y-%m-%d %H:%M:%S,{ms}",
    "%Y-%m-%dT%H:%M:%S.{ms}Z",
    "%Y-%m-%d %H:%M:%S.{ms}+0000",
    "%Y/%m/%d %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S +0000",
    "%b %d %H:%M:%S.{ms}",
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%H:%M:%S.{ms}",
    "%Y%m%d %H:%M:%S.{ms}",
)
BRACKETS = ("{}", "[{}]", "({})", "<{}>", "{}:", "|{}|")
SEPARATORS = (" ", " - ", " | ", "\t", "  ", ": ", " > ")
COLOURS = ("{}", "\x1b[36m{}\x1b[0m", "\x1b[1;32m{}\x1b[39m")
QUOTES = ("{}", '"{}"', "> {}")
LEVELS: tuple[Callable[[str], str], ...] = (
    lambda level: level,
    str.lower,
    lambda level: level.ljust(8),
    lambda level: level[:4] if level == "WARNING" else level,
    lambda level: level[0],
)
TAILS: tuple[Callable[[Fields], str], ...] = (
    lambda fields: " " + json.dumps(fields),
    lambda fields: " " + " ".join(f"{k}={json.dumps(v)}" for k, v in fields.items()),
    lambda fields: " " + repr(fields),
)


def extras(found: Fields) -> Fields:
    """The fields of a record that a text layout prints behind the message."""
    named = {k: v for k, v in found.items() if k not in _OWN and not k.startswith("code.")}
    return {k: v for k, v in named.items() if isinstance(v, str | int | float | bool)}


class Grammar:
    """A layout drawn at random: time, level, logger and process in any order and dress."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.pieces = dice.sample(("time", "level", "name", "pid"), dice.randint(2, 4))
        if not {"time", "level"} & set(self.pieces):
            self.pieces.append(dice.choice(("time", "level")))
        self.time, self.level = dice.choice(TIMES), dice.choice(LEVELS)
        self.dress = {piece: dice.choice(BRACKETS) for piece in self.pieces}
        self.colour = dice.choice(COLOURS)
        self.separator, self.tail = dice.choice(SEPARATORS), dice.choice(TAILS)
        self.whole = dice.choice(QUOTES)
        self.end = dice.choice((" ", " - ", ": ", " | ", "\t"))

    def line(self, found: Fields) -> str:
        """A record as a line of this layout."""
        when = datetime.fromisoformat(found["timestamp"])
        words = {
            "time": when.strftime(self.time).replace("{ms}", f"{when.microsecond // 1000:03d}"),
            "level": self.level(found["level"]),
            "name": found["name"],
            "pid": str(found.get("pid", 1)),
        }
        head = self.separator.join(
            self.colour.format(self.dress[piece].format(words[piece])) for piece in self.pieces
        )
        message = found["message"].replace("\n", " ")
        return self.whole.format(f"{head}{self.end}{message}{self.tail(extras(found))}")

    def __repr__(self) -> str:
        return self.line(
            {"timestamp": "2026-11-20T09:36:06.123000+00:00", "level": "DEBUG", "pid": 4242,
             "name": "livekit.agents", "message": "resumed false interrupted speech"}
        )  # fmt: skip
