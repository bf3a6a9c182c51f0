"""Log-driven tuning for voice agents: read the logs, say what is wrong, name the profile.

The two functions that most programs need are loaded on first use, so that importing
`tuner` stays cheap (no pandas, no pydantic).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # not typing's own: this runs before Ctrl-C can be taken
    from typing import Any

    from tuner.pipeline import analyze, load

__all__ = ["analyze", "load"]


def __getattr__(name: str) -> Any:
    """Import `analyze` and `load` when they are first asked for."""
    if name in __all__:
        from tuner import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'tuner' has no attribute {name!r}")
