"""A piece of a log in, whether its records stand in order of time out."""

from __future__ import annotations

import re

from tuner.exports.entries import own_time
from tuner.exports.ordering import Order
from tuner.exports.plain_lines import time_of
from tuner.inputs.chunks import Data, is_partial

_BEGINNING = 64
"""Lines of a beginning that are looked at."""
_CALL = re.compile(rb'"(?:job_id|room)": ?"([^"]{1,80})"')


def broken(data: Data) -> bool:
    """Whether records of a call go back in time: each line is looked at, which takes a while."""
    order = Order()
    _add(order, bytes(data).split(b"\n"))
    return order.broken


def of_beginning(head: bytes) -> bool:
    """Whether the records in a log's first bytes are not in order of time."""
    order = Order()
    _add(order, head.split(b"\n")[:-1][:_BEGINNING])
    return order.broken


def _add(order: Order, lines: list[bytes]) -> None:
    for line in lines:
        if not is_partial(line) and (time := time_of(line)) is not None:
            call = _CALL.search(line)
            clock = "agent" if own_time(line) is not None else "shipper"
            order.add(time, clock + (call[1].decode(errors="replace") if call else ""))
