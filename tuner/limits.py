"""The thresholds that verdicts are made with: named, with unit and source, and all of them settings.

`tuner analyze --limit false_interruptions_per_minute=2` overrides one; the report prints each
limit beside the figure that it judges.
"""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Every threshold. "Guides" are the tuning guides that this project came from."""

    openai_slow_ms: float = 1000.0
    """A call counts as slow above this `openai-processing-ms` (guides)."""
    probability: float = 0.8
    """How sure a verdict must be: above a limit at >= this, below it at <= 1 - this."""


def names() -> tuple[str, ...]:
    """The names that `--limit` takes."""
    return Limits.__struct_fields__
