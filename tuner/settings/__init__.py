"""Every knob, the named profiles, and the checks of both.

`Settings` is loaded on first use: importing `tuner.settings` stays cheap (no pydantic).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuner.settings.knob_table import Settings

__all__ = ["Settings"]


def __getattr__(name: str) -> Any:
    """Import `Settings` when it is first asked for."""
    if name in __all__:
        from tuner.settings import knob_table

        return knob_table.Settings
    raise AttributeError(f"module 'tuner.settings' has no attribute {name!r}")
