"""Settings as the turn log writes them on its first line, and such a stamp read back.

A stamp holds every setting by its environment name, as it would stand in a profile. Of prompt and
greeting, which may be long or private, it holds only length and fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tuner.settings.knob_table import (
    KNOBS,
    Settings,
    as_text,
    as_values,
    faults,
    looks_secret,
    parse,
)

_TEXTS = ("INSTRUCTIONS", "GREETING")


def stamped(settings: Settings) -> dict[str, Any]:
    """Settings as a log may show them."""
    return public(as_text(settings))


def public(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by environment name, as a log may show them: texts and what looks like a key only
    as length and fingerprint."""
    return {env: _public(env, value) for env, value in values.items()}


def _public(env: str, value: Any) -> Any:
    private = env in _TEXTS or looks_secret(str(value))
    return _fingerprint(str(value)) if private else value


def numbers(settings: Settings) -> dict[str, Any]:
    """The settings that are numbers or switches, typed."""
    values = as_values(settings)
    return {env: value for env, value in values.items() if isinstance(value, bool | int | float)}


def shown(settings: Settings) -> dict[str, Any]:
    """Every setting: numbers and switches typed, texts as a log may show them."""
    return {**stamped(settings), **numbers(settings)}


def read(stamp: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """The settings that a stamp holds, and those of its numbers that could be read.

    A stamp of another version is read as far as it can be: what is missing, unknown or out of
    range is the default in the settings and absent from the numbers.
    """
    known = {env: value for env, value in stamp.items() if env in KNOBS}
    wrong = faults(known)
    right = {env: value for env, value in known.items() if env not in wrong}
    settings = parse(right)
    return settings, {env: n for env, n in numbers(settings).items() if env in right}


def _fingerprint(text: str) -> str:
    if not text:
        return ""
    return f"({len(text)} characters, {hashlib.sha256(text.encode()).hexdigest()[:8]})"
