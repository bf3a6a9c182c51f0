"""The profile that a log was made under in, the same with what may be shown of it out."""

from __future__ import annotations

from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.model import Current
from tuner.redaction.redact import HIDDEN
from tuner.redaction.shown import shown

_NUMBER = lazy_pattern(r"-?\d{1,9}(?:\.\d{1,9})?")
_FINGERPRINT = lazy_pattern(r"\(\d{1,9} characters, [0-9a-f]{8}\)")
UNKNOWN = "unknown"


def shown_profile(current: Current) -> Current:
    """Without settings that are none of ours, and without texts: a stamp may hold anything."""
    if current.how == "log":
        names = dict.fromkeys(shown("profile", name) or UNKNOWN for name in current.mixed)
        name = shown("profile", current.name or "") or UNKNOWN
        current = msgspec.structs.replace(current, name=name, mixed=tuple(names))
    return (
        msgspec.structs.replace(current, settings=_settings(current))
        if current.settings
        else current
    )


def _settings(current: Current) -> dict[str, Any]:
    from tuner.settings.knob_table import KNOBS  # pydantic is slow to load

    return {
        env: value if isinstance(value, int | float) else _text(str(value), KNOBS[env].choices)
        for env, value in current.settings.items()
        if env in KNOBS
    }


def _text(text: str, choices: tuple[str, ...]) -> str:
    """A setting that is no number: a word of a list, or the name of a model, a voice, a file."""
    if not text or text in choices or _NUMBER.fullmatch(text) or _FINGERPRINT.fullmatch(text):
        return text
    return shown("profile", text) or shown("model", text) or HIDDEN
