"""Where the profiles are that come with the program."""

from __future__ import annotations

from pathlib import Path


def shipped() -> Path:
    """Their folder, in a wheel or in a clone."""
    wheel = Path(__file__).parent.parent / "_profiles"
    return wheel if wheel.is_dir() else Path(__file__).parents[2] / "profiles"
