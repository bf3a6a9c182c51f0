"""The beginning of a CSV export in, the order in which its columns have day and month out; and its
bytes with the month first, which is how times of exports are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tuner.exports.plain_lines import whole_lines
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import date_orders

_CELL = lazy_pattern(
    rb'(?m)(?:^|(?<=[,;\t|]))("?)(\d\d?)([/-])(\d\d?)\3(\d{4})((?:,? +|T)\d\d?:\d\d[^,;\t|"\r\n]*)'
    rb"(?=\1(?:[,;\t|\r\n]|$))"
)


class DateOrder(NamedTuple):
    """Whether the day stands first; `is_open`: nothing tells, so that this is only usual."""

    day_first: bool = False
    is_open: bool = False


MONTH_FIRST = DateOrder()


def order(head: bytes) -> DateOrder:
    """How the cells that are times are written."""
    cells = [b"".join(each[1:]).decode() for each in map(_parts, _CELL.finditer(head))]
    found = date_orders.day_first(cells)
    if found is not None or not cells:
        return DateOrder(bool(found))
    return DateOrder(date_orders.usual(cells[0]), date_orders.is_open(cells))


def _parts(found: re.Match[bytes]) -> tuple[bytes, ...]:
    """The quote, and the parts of the time in their order, with signs between the numbers."""
    quote, one, sign, two, year, clock = found.groups()
    return quote, one, sign, two, sign, year, clock


def month_first(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks of a stream in which the day stands first, as long as they were."""
    for data in whole_lines(blocks):
        yield _CELL.sub(_turned, data)


def _turned(found: re.Match[bytes]) -> bytes:
    quote, day, _, month, _, year, clock = _parts(found)
    if int(month) > date_orders.HIGHEST_MONTH:
        return found[0]
    return b"%b%b/%b/%b%b" % (quote, month, day, year, clock)
