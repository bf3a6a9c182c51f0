"""The prices: a file with a date, ours or the user's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tuner.errors import UsageError

T = TypeVar("T")

SHIPPED = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars: models per million tokens, speech and lines per minute, plans per month."""

    date: str
    models: dict[str, dict[str, float]]
    speech: dict[str, float]
    minute: dict[str, float]
    plans: dict[str, dict[str, float]]

    def model(self, name: str) -> dict[str, float]:
        """The prices of a model.

        Raises:
            UsageError: the file has none.
        """
        return _found(self.models, name)

    def minute_of_speech(self, name: str) -> float:
        """The price of a minute transcribed or spoken.

        Raises:
            UsageError: the file has none.
        """
        return _found(self.speech, name)


def _found(table: dict[str, T], name: str) -> T:
    if name not in table:
        known = ", ".join(table)
        raise UsageError(f"no price of {name}", f"Known: {known}; --prices names your own file.")
    return table[name]


def read(path: Path = SHIPPED) -> Prices:
    """Read a file of prices.

    Raises:
        UsageError: it cannot be read, is not TOML, or lacks a part.
    """
    try:
        file = tomllib.loads(path.read_text())
        return Prices(
            str(file["date"]), file["model"], file["speech"], file["minute"], file["plan"]
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read the prices: {error}") from error
    except KeyError as error:
        raise UsageError(f"{path}: {error} is missing", f"See {SHIPPED.name}.") from error
