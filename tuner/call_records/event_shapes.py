"""The bytes of an event of a session report in, the event as the session emitted it out.

Of each kind of event msgspec takes what its handler uses, and steps over all else. That is done
only where the fields are of the types and have the names that livekit-agents writes; an event
with any other is left to `json`. Both give the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from tuner.call_records.session_events import DELAYS, TIMES, in_seconds

_Nothing = Annotated[str, msgspec.Meta(min_length=1, max_length=0)]
"""The type of a field that no event may have."""
_Text = str | None
_Number = int | float | None
REFUSED = (msgspec.DecodeError, ValueError, RecursionError)


def spellings(name: str) -> list[str]:
    """The other names that mean the same, in camel case or half in it."""
    first, *others = name.split("_")
    names = [first]
    for part in others:
        names = [begun + more for begun in names for more in ("_" + part, part.capitalize())]
    return names[1:]


def shape(title: str, needed: Mapping[str, Any], optional: Mapping[str, Any]) -> Any:
    """The type of an object with the `needed` fields, and perhaps the `optional` ones (else None);
    with another spelling of one it is refused."""
    fields: list[Any] = [*needed.items()]
    fields += [(name, kind, None) for name, kind in optional.items()]
    camel = [other for name in (*needed, *optional) for other in spellings(name)]
    return msgspec.defstruct(title, [*fields, *((name, _Nothing, "") for name in camel)], gc=False)


_STATES = shape("States", {"new_state": _Text, "old_state": _Text}, {})
_METRICS = shape("Metrics", {}, dict.fromkeys((*TIMES, *DELAYS), _Number))
_ITEM = shape("Item", {}, {"role": _Text, "interrupted": bool | None, "metrics": _METRICS | None})
_SHAPES = {
    "user_state_changed": _STATES,
    "agent_state_changed": _STATES,
    "user_input_transcribed": shape("Transcribed", {"is_final": bool, "transcript": str}, {}),
    "conversation_item_added": shape("Added", {"item": _ITEM}, {}),
    "speech_created": shape("Speech", {"user_initiated": bool, "source": _Text}, {}),
    "agent_false_interruption": shape("FalseInterruption", {"resumed": bool}, {}),
    "close": shape("Close", {}, {"reason": _Text}),
}
_HEAD: Any = shape("Head", {"type": str, "created_at": int | float}, {})
_ONE_HEAD = msgspec.json.Decoder(_HEAD)
HEADS = msgspec.json.Decoder(list[_HEAD])
"""Reads the type and the time of each of a list of events."""
_DECODERS = {kind: msgspec.json.Decoder(one) for kind, one in _SHAPES.items()}
_ADDED = "conversation_item_added"


def head(raw: bytes) -> Any:
    """Type and time of an event; None if it has none, or has them in another way."""
    try:
        return _ONE_HEAD.decode(raw)
    except REFUSED:
        return None


def event(kind: str, raw: bytes) -> Any:
    """An event of this kind with its fields as attributes; None if it is not as it is known."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return None
    try:
        found = decoder.decode(raw)
    except REFUSED:
        return None
    if kind == _ADDED:
        found.item.metrics = _metrics(found.item.metrics)
    return found


def _metrics(given: Any) -> dict[str, float]:
    """The times and delays of a message in seconds."""
    if given is None:
        return {}
    return in_seconds({name: getattr(given, name) for name in (*TIMES, *DELAYS)})
