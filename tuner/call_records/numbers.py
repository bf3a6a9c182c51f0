"""The numbers of a call record, as far as they can be true."""

from __future__ import annotations

LATEST_S = 1e11
"""No epoch time in seconds is larger, and none in milliseconds is smaller."""
_MOST = 1e15


def plain(value: object) -> float | None:
    """A number of a size that any figure of a call can have; None for all else."""
    if type(value) is float:  # nearly all
        return value if -_MOST < value < _MOST else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_MOST < value < _MOST:
        return None
    return float(value)
