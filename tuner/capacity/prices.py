"""The prices: a file with a date, ours or the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from tuner import small_files
from tuner.errors import UsageError

T = TypeVar("T")

_Dollars = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class _File(msgspec.Struct):
    date: Any
    model: dict[str, dict[str, _Dollars]]
    speech: dict[str, _Dollars]
    minute: dict[str, _Dollars]
    plan: dict[str, dict[str, _Dollars]]


SHIPPED = Path(__file__).with_name("prices.toml")


class Rates(dict[str, float]):
    """The prices of one model or plan, by what is paid for. One that is missing is a UsageError."""

    def __init__(self, of: str, rates: dict[str, float]) -> None:
        super().__init__(rates)
        self._of = of

    def __missing__(self, kind: str) -> float:
        raise UsageError(
            f"no price {kind!r} of {self._of}", "Name another --model, or add it to your --prices."
        )


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars: models per million tokens, speech and lines per minute, plans per month."""

    date: str
    models: dict[str, dict[str, float]]
    speech: dict[str, float]
    minute: dict[str, float]
    plans: dict[str, Rates]

    def model(self, name: str) -> Rates:
        """The prices of a model.

        Raises:
            UsageError: the file has none.
        """
        return Rates(name, _found(self.models, name))

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
        file = msgspec.convert(small_files.toml(path), _File)
    except OSError as error:
        why = f"cannot read the prices: {path}: {error.strerror}"
        raise UsageError(why, "Check the name and the permissions.") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}", f"See {SHIPPED.name}, and change a copy.") from error
    return Prices(str(file.date), file.model, file.speech, file.minute, _rates(file.plan))


def _rates(tables: dict[str, dict[str, float]]) -> dict[str, Rates]:
    return {name: Rates(name, table) for name, table in tables.items()}
