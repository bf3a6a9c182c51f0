"""Events as flat mappings in, a pandas frame out, and the frame into a file.

A table is meant to leave the house, so columns of text are named here one by one; any other field
counts only if it is a number or a truth value. What a text may look like stands in
`redaction.shown`; parts of names of jobs and rooms that may be a person's are replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tuner import whole_files
from tuner.errors import InputError, UsageError
from tuner.redaction.shown import room, shown

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]

FIRST = ("time", "call", "job_id", "room", "pid", "kind", "level", "logger", "path", "line")
"""The columns that every table has, in this order."""
TEXT = frozenset(FIRST) - {"time", "line"} | {
    *("endpoint", "method", "model_name", "model", "source", "outcome", "reason", "role"),
    *("request_id", "impl_id", "profile", "mode", "language"),
}
SUFFIXES = (".csv", ".parquet")

_OWN = frozenset({"time", "line", "kind", "path"})
"""Columns that come from us and not from the log."""
_CHUNK = 50_000


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return events as a frame: `time` in UTC, text as categories, figures as numbers."""
    import pandas as pd

    names = _StandIns()
    clean = (_clean(row, names) for row in rows)
    parts = [pd.DataFrame.from_records(chunk) for chunk in _chunks(clean)]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(FIRST))
    micros = (whole["time"].astype("float64") * 1e6).round().astype("Int64")
    whole["time"] = pd.to_datetime(micros, unit="us", utc=True)
    for column in TEXT.intersection(whole.columns):
        whole[column] = whole[column].astype("category")
    rest = sorted(set(whole.columns) - set(FIRST))
    return whole[[*FIRST, *rest]]


def check_target(path: Path, force: bool) -> None:
    """Refuse a file that cannot be written as asked, before hours of reading.

    Raises:
        UsageError: another kind of file, or as `whole_files.check_new` does.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"cannot tell the format of {path}",
            f"Name a file that ends in {' or '.join(SUFFIXES)}.",
        )
    whole_files.check_new(path, force)


def write(events: pd.DataFrame, path: Path) -> None:
    """Write a frame as the format that the file's name ends in, whole or not at all.

    Raises InputError where it cannot be written.
    """
    try:
        with whole_files.replaced(path) as file:
            if path.suffix.lower() == ".csv":
                events.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%S.%fZ")
            else:
                _parquet(events, file)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"{path}: the table was not written: {why}", "Free some space.") from error


def _parquet(events: pd.DataFrame, file: BinaryIO) -> None:
    try:
        events.to_parquet(file, index=False)
    except ImportError as error:
        raise InputError(
            "writing Parquet needs the package pyarrow",
            "Run: pip install pyarrow, or write a .csv file.",
        ) from error


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


class _StandIns:
    """The same stand-in for the same name, so that calls can still be told apart."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def of(self, kind: str, name: str) -> str:
        """The stand-in: "[phone 1]", "[name 2]"."""
        if (kind, name) not in self._known:
            self._counts[kind] += 1
            self._known[kind, name] = f"[{kind} {self._counts[kind]}]"
        return self._known[kind, name]


def _clean(row: Row, names: _StandIns) -> dict[str, Any]:
    """The row without anything that may be speech, a name or a number to call."""
    kept = {}
    for key, value in row.items():
        clean = _shown(key, value, names) if isinstance(value, str) and key not in _OWN else value
        if clean != "" and (key in FIRST or isinstance(clean, str | int | float)):
            kept[key] = clean
    return dict.fromkeys(FIRST) | kept


def _shown(key: str, text: str, names: _StandIns) -> str:
    """What of a text may leave the house, "" if nothing may."""
    if key == "call":
        key, colon, text = text.partition(":")
        return key + colon + _shown({"job": "job_id"}.get(key, key), text, names)
    if not text:
        return ""
    if key == "room":
        return room(text, names.of)
    if key == "job_id":
        return shown("job", text) or names.of("job", text)
    return shown(key, text) if key in TEXT else ""
