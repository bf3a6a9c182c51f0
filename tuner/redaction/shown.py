"""A field and its value out of a log in, what of it may be shown out: "" where nothing may.

The one list of what may leave: by field, and in each field by shape. Reports, exports, evidence
and messages of errors all ask here. Whatever is not on the list stays in the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import get_args

from tuner.inputs.addresses import without_secrets
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.levels import LEVELS
from tuner.lines.message_figures import ENDPOINT_NAMES, METHODS
from tuner.names import Kind

_SECRET = lazy_pattern(r"\b(?:sk|pk|rk|key|xox[a-z])[-_]|eyJ[\w-]{8}|AKIA[0-9A-Z]{8}")
_NAME = lazy_pattern(r"_{0,2}[a-z][a-z0-9]{0,30}(?:[._-]{1,2}[a-z0-9]{1,30}){0,7}(?:__)?")
_LONG_NUMBER = lazy_pattern(r"\d(?:[._-]?\d){6}")
"""Seven digits may be a number to call, if they are no date."""
_DATE = lazy_pattern(r"(?<!\d)20[2-9]\d-?[01]\d-?[0-3]\d(?!\d)")
_MODEL = lazy_pattern(
    r"(?:[a-z]{2,12}/)?(?:ft:)?(?:gpt|chatgpt|o\d|tts|whisper|text-embedding|claude|gemini|gemma"
    r"|llama|mistral|mixtral|qwen|deepseek|grok|kimi|glm|command|nova|aura|sonic|ink|flux|eleven"
    r"|scribe|universal|azure|chirp|kokoro|parakeet|canary|realtime|silero|inworld|phi|fake|model)"
    r"(?:[-_.:]?[a-z0-9]{1,14}){0,8}"
)
_ID = lazy_pattern(r"(?:AJ|RM|SSI|req)_[0-9A-Za-z]{1,32}")
_JOB = lazy_pattern(r"AJ_[\w.-]{1,80}", re.ASCII)
_LANGUAGE = lazy_pattern(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_PID = lazy_pattern(r"\d{1,7}")
_REASONS = """
participant disconnected / room closed disconnected / job shutdown / error / user initiated / task
completed done / agent session ended / timeout time out idle / transferred hangup hung up cancelled
none unknown / llm stt tts vad realtime model / learnt pause max min delay duration call limit
signal server connection lost no credit failed not answered start
"""
_REASON_WORDS = frozenset(_REASONS.replace("/", " ").split())


def _is_secret(text: str) -> bool:
    return bool(_SECRET.search(text) or _LONG_NUMBER.search(_DATE.sub("", text)))


def _is_name(text: str) -> bool:
    """Whether it has the shape of a name that programs give, with no key or number in it."""
    return bool(_NAME.fullmatch(text)) and not _is_secret(text)


def _is_model(text: str) -> bool:
    return bool(_MODEL.fullmatch(text)) and not _is_secret(text)


def _is_reason(text: str) -> bool:
    return len(text) <= 60 and set(re.split(r"[ _-]", text.lower())) <= _REASON_WORDS


def _one_of(*words: str) -> Callable[[str], bool]:
    return frozenset(words).__contains__


_SWITCH = _one_of("true", "false", "True", "False")
SHAPES: Mapping[str, Callable[[str], object]] = {
    "kind": _one_of(*get_args(Kind)),
    "level": LEVELS.__contains__,
    "logger": _is_name,
    "profile": _is_name,
    "endpoint": ENDPOINT_NAMES.__contains__,
    "method": METHODS.__contains__,
    "model": _is_model,
    "model_name": _is_model,
    "reason": _is_reason,
    "role": _one_of("user", "assistant", "system", "developer", "tool"),
    "source": _one_of("vad", "stt", "manual", "realtime_llm"),
    "outcome": _one_of("false", "lost", "real", "backchannel"),
    "problem": _one_of("none", "loss", "jitter", "rtt", "quality"),
    "participant": _one_of("caller", "agent"),
    "quality": _one_of("excellent", "good", "poor", "lost", "unknown"),
    "mode": _one_of("pipeline", "realtime", "unknown"),
    "delay_completed": _SWITCH,
    "interrupted": _SWITCH,
    "language": _LANGUAGE.fullmatch,
    "pid": _PID.fullmatch,
    "job": _JOB.fullmatch,
    "job_id": _ID.fullmatch,
    "impl_id": _ID.fullmatch,
    "request_id": _ID.fullmatch,
    "x-request-id": _ID.fullmatch,
}
"""What the text of a field must look like to be shown; a field that is not here is not shown."""


def shown(field: str, text: str) -> str:
    """The text if this field may show it, else ""."""
    shape = SHAPES.get(field)
    return text if shape is not None and shape(text) else ""


# --- rooms ---------------------------------------------------------------------------------------

Alias = Callable[[str, str], str]
"""What stands in for a part of a name, given what it may be ("phone", "name") and the part."""

_PHONE = lazy_pattern(r"\+\d|\d{7}|\d{2,4}[-._]\d{2,4}[-._]\d{3,4}")
_PHONES = lazy_pattern(r"\+?\d(?:[-. ()_]?\d){6,14}(?!\d)")
_ROOM_WORDS = frozenset({"call", "room", "sip", "phone", "agent", "console", "test", "playground"})
_ROOM_PART = lazy_pattern(r"(?=[A-Za-z]*\d)(?!\d{7})[0-9A-Za-z]{1,12}|[A-Za-z]{1,2}")
_STAND_IN = lazy_pattern(r"(\[phone \d+\]|[^0-9A-Za-z\[\]]+)")


def has_phone(room: str) -> bool:
    """Whether digits in it may be a number to call."""
    return _PHONE.search(room) is not None


def room(name: str, alias: Alias) -> str:
    """A room's name without the parts that may be a person's: SIP rooms carry phone numbers."""
    if _SECRET.search(name):
        return alias("name", name)  # the parts of a key look like short codes
    text = _PHONES.sub(lambda found: alias("phone", found[0]), name)
    parts = _STAND_IN.split(text)
    return "".join(_separator(p) if i % 2 else _room_part(p, alias) for i, p in enumerate(parts))


def _separator(text: str) -> str:
    """What stands between the parts: the stand-in of a number, or signs."""
    return text if text[:1] == "[" else re.sub(r"[^-_.+]", "-", text[:3])


def _room_part(part: str, alias: Alias) -> str:
    is_harmless = not part or part in _ROOM_WORDS or _ROOM_PART.fullmatch(part)
    return part if is_harmless else alias("name", part)


__all__ = ["SHAPES", "has_phone", "room", "shown", "without_secrets"]
