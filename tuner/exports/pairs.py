"""Records that are lists, a time and a line as Loki answers them, perhaps with labels, in; where
their line and their time stand out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tuner.exports import names, times
from tuner.exports.finding import TEXT, Path, Way, line_strength
from tuner.exports.typed_records import decoded
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.scan.export_lines import FieldLists, Lists

_LONGEST, _FEWEST_COLUMNS = 3, 4
_TIME = "time "
_STREAM = lazy_pattern(rb'\{\s*"stream"\s*:\s*\{')


def as_record(value: Sequence[Any]) -> dict[str, Any] | None:
    """A list as a record whose fields have names, so that a way can be found; None if no time is
    in it."""
    if len(value) > _LONGEST or not any(times.parse(part) for part in value):
        return None
    if labelled := _with_labels(value):
        return labelled
    return {f"{_TIME}{at}" if times.parse(v) else str(at): v for at, v in enumerate(value)}


def bare(time: Any, text: Any, labels: Any) -> dict[str, Any] | None:
    """A message alone as a record, with the labels of Loki that say what it does not: its logger,
    its level, its ids. None of a line as a whole, and where they say nothing of it."""
    says = isinstance(labels, dict) and (names.has_level(labels) or {*names.SCOPES} & {*labels})
    if not says or not isinstance(text, str) or line_strength(text):
        return None
    return {**labels, "line": text, "timestamp": time}


def _with_labels(value: Sequence[Any]) -> dict[str, Any] | None:
    """Loki's list of a time, a message alone and what else is known of it."""
    if len(value) != _LONGEST or not isinstance(value[2], dict):
        return None
    return bare(value[0], value[1], value[2].get("structuredMetadata"))


def of_stream(raw: bytes) -> Iterator[bytes]:
    """Records of a stream of Loki's with messages alone."""
    if _STREAM.match(raw) is None:
        return
    value = decoded(raw)
    found = value if isinstance(value, dict) else {}
    rows, labels = found.get("values"), found.get("stream")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list) and len(row) > 1 and (record := bare(row[0], row[1], labels)):
            yield msgspec.json.encode(record)


def columns(value: Any) -> list[str]:
    """The names of columns that a list of them has, above the rows of an answer of Elasticsearch,
    OpenSearch or Azure; [] of any other value."""
    if not isinstance(value, list) or len(value) < _FEWEST_COLUMNS:
        return []
    found = [column.get("name") for column in value if isinstance(column, dict)]
    texts = [name for name in found if isinstance(name, str)]
    is_all = len(texts) == len(value) and any(map(names.message_rank, texts))
    return texts if is_all else []


def of_row(row: Any, named: Sequence[str]) -> dict[str, Any] | None:
    """A row of such columns as a record; None of any other value."""
    if not named or not isinstance(row, list) or len(row) != len(named):
        return None
    return {name: cell for name, cell in zip(named, row, strict=True) if cell is not None}


def of_list(value: Any, way: Way) -> Way | None:
    """The way that was found in such a record, by places alone; None if the value is no list of a
    time and a line."""
    if not isinstance(value, list) or way.time is None or not _is_placed(way.path):
        return None
    level = way.level and _placed(way.level)
    placed = way._replace(path=_placed(way.path), time=_placed(way.time), level=level)
    return None if by_place(value, placed) is None else placed


def by_place(value: Any, way: Way) -> dict[str, Any] | None:
    """A list by its places; None if it has no time where the way says."""
    if not isinstance(value, list) or not 0 < len(value) <= _LONGEST or way.time is None:
        return None
    record = {str(at): part for at, part in enumerate(value)}
    return record if times.parse(record.get(way.time[0])) is not None else None


def form(way: Way) -> Lists | None:
    """What the scan takes lists by, whose line is a text; None of others."""
    if way.kind != TEXT or way.time is None or len(way.path) > 1 or len(way.time) > 1:
        return None
    from tuner.scan.export_lines import Lists  # what small exports do not need

    return Lists(int(way.path[0]), int(way.time[0]))


def of_fields(way: Way) -> FieldLists | None:
    """What the scan takes lists of named fields by, in one of which the line is; None of others."""
    time = way.time or ("",)
    if way.kind != TEXT or len(way.path) != 1 or len(time) != 1:
        return None
    from tuner.scan.export_lines import FieldLists  # what small exports do not need

    return FieldLists(way.path[0], time[0])


def _is_placed(path: Path) -> bool:
    """Whether a path begins at a place of a list."""
    return bool(path) and path[0].removeprefix(_TIME).isdecimal()


def _placed(path: Path) -> Path:
    return (path[0].removeprefix(_TIME), *path[1:])
