"""Fields of a line in, numbers out: whatever else stands there counts as not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def number(fields: Mapping[str, Any], name: str) -> float | None:
    """The field as a number; None where it is missing or none."""
    value = fields.get(name)
    return float(value) if is_number(value) else None  # type: ignore[arg-type]


def is_number(value: object) -> bool:
    """Whether it is a number that can be counted with; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
