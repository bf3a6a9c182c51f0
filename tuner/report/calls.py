"""The list of calls in, text for a terminal or a document for JSON out."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from tuner.calls.model import CallFigures, CallList, CallTimeline
from tuner.limits import Limits
from tuner.redaction.terminal import printable
from tuner.report.figures import name as name_of
from tuner.report.heading import span
from tuner.report.json import SCHEMA, iso
from tuner.report.text_layout import number, paint, plural, table, wrap

NARROWEST = 40
_INDENT = "   "
_DAY_S = 86_400.0
_WEIGHTS = (
    *("cost_wait_s", "cost_false_interruption_s", "cost_false_cutoff_s", "cost_failure_s"),
    *("e2e_good_s", "end_of_turn_delay_good_s", "llm_ttft_good_s", "tts_ttfb_good_s"),
)


class _Column(NamedTuple):
    """A column; it goes when no call has the figure. On narrow terminals those of high `rank`
    go first."""

    title: str
    cell: Callable[[CallFigures], str]
    rank: int
    left: bool = False


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _precise(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def length(value: float | None) -> str:
    """Minutes and seconds, "-" when not known."""
    if value is None:
        return "-"
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes}:{seconds:02}"


def _words(value: str | None) -> str:
    return printable(value.replace("_", " ")) if value else "-"


_COLUMNS = (
    _Column("call", lambda call: printable(call.id), 0, left=True),
    _Column("cost", lambda call: _seconds(call.cost.total_s), 1),
    _Column("time", lambda call: _time(call.first, "%H:%M:%S"), 6),
    _Column("length", lambda call: length(call.length_s), 9),
    _Column("turns", lambda call: number(call.turns), 8),
    _Column("wait", lambda call: _precise(call.wait_p50_s), 5),
    _Column("longest", lambda call: _precise(call.wait_max_s), 2),
    _Column("turn end", lambda call: _precise(_no_wait(call, call.end_of_turn_p50_s)), 11),
    _Column("model", lambda call: _precise(_no_wait(call, call.llm_ttft_p50_s)), 5),
    _Column("voice", lambda call: _precise(_no_wait(call, call.tts_ttfb_p50_s)), 12),
    _Column("stops", lambda call: number(call.false_stops), 3),
    _Column("cut-offs", lambda call: number(call.cut_offs), 4),
    _Column("dead air", lambda call: _seconds(call.dead_air_s), 7),
    _Column("failures", lambda call: number(call.failures), 10),
    _Column("ended", lambda call: _words(call.ended), 14, left=True),
    _Column("profile", lambda call: _words(call.profile), 13, left=True),
)
_UNITS = {
    "cost": "cost: seconds of waiting beyond a good reply, with stops, cut-offs and failures as "
    "such seconds",
    "wait": "wait: median from the caller's last word to the agent's first sound, in seconds",
    "turn end": "turn end, model, voice: medians of the stages, in seconds: this log has no waits",
    "stops": "stops: sounds without words that stopped the agent audibly",
    "dead air": "dead air: silence after such stops, in seconds",
}
_FROM_PARTS = (
    "where a log has no whole waits, the cost counts what each stage takes beyond its own limit"
)


def _no_wait(call: CallFigures, value: float | None) -> float | None:
    """The figure of a call whose waits are not known as a whole."""
    return None if call.waits else value


def _columns(calls: Sequence[CallFigures]) -> list[_Column]:
    """The columns; calls of several days are shown with their dates."""
    dates = {_time(call.first, "%Y-%m-%d") for call in calls if call.first is not None}
    if len(dates) < 2:
        return list(_COLUMNS)
    dated = _Column("time", lambda call: _time(call.first, "%m-%d %H:%M"), 6)
    return [dated if column.title == "time" else column for column in _COLUMNS]


def _time(first: float | None, form: str) -> str:
    if first is None:
        return "-"
    try:
        moment = datetime.fromtimestamp(first, UTC)
    except (OverflowError, ValueError, OSError):
        return "-"
    return f"{moment:{form}}"


def render(
    found: CallList,
    calls: Sequence[CallFigures],
    logs: Sequence[str],
    width: int = 80,
    colour: bool = False,
    most: int = 0,
) -> str:
    """Return the list in lines of at most `width` columns; `calls` are those that were chosen, of
    which `most` are shown (0: all), `logs` what the user named."""
    width = max(width, NARROWEST)
    shown = calls[:most] if most else calls
    lines = [*_head(found, calls, width), ""]
    lines += _rows(shown, width)
    if len(shown) < len(calls):
        lines += wrap(f"and {len(calls) - len(shown):,} more: --limit 0 shows all", width, _INDENT)
    lines += ["", *_hidden(found, width), *_notes(found, width), *_next(shown, logs, width)]
    return "\n".join(paint(lines) if colour else lines).rstrip("\n")


def _head(found: CallList, calls: Sequence[CallFigures], width: int) -> list[str]:
    of_all = f" of {len(found.calls):,}" if len(calls) < len(found.calls) else ""
    first = min((call.first for call in calls if call.first is not None), default=None)
    last = max((call.last for call in calls if call.last is not None), default=None)
    parts = [f"{plural(len(calls), 'call')}{of_all}", span(first, last)]
    return wrap(" · ".join(part for part in parts if part), width, " ")


def _rows(calls: Sequence[CallFigures], width: int) -> list[str]:
    """The table of the columns that have a value, and what their figures are."""
    if not calls:
        return [" no call is like that"]
    filled = [(each, [each.cell(call) for call in calls]) for each in _columns(calls)]
    filled = [one for one in filled if one[0].rank < 2 or set(one[1]) != {"-"}]
    columns = [column for column, _ in filled]
    rows = list(zip(*(cells for _, cells in filled), strict=True))
    titles = tuple(column.title for column in columns)
    left = [i for i, column in enumerate(columns) if column.left]
    drop = sorted(range(1, len(columns)), key=lambda i: -columns[i].rank)
    lines = [" " + line for line in table([titles, *rows], width - 1, left, drop)]
    there = [text for title, text in _UNITS.items() if title in lines[0]]
    if any(call.cost.from_parts for call in calls):
        there.append(_FROM_PARTS)
    return [*lines, "", *(line for text in there for line in wrap(text, width, _INDENT))]


def _hidden(found: CallList, width: int) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for name, why in found.hidden:
        reasons.setdefault(printable(why), []).append(name_of(name))
    lines = [
        line
        for why, names in reasons.items()
        for line in wrap(f"{', '.join(names)}: {why}", width, _INDENT, _INDENT + "  ")
    ]
    return [" NOT VISIBLE", *lines, ""] if lines else []


def _notes(found: CallList, width: int) -> list[str]:
    lines = [line for note in found.notes for line in wrap(note, width, _INDENT, _INDENT + "  ")]
    return [" NOTES", *lines, ""] if lines else []


def _next(calls: Sequence[CallFigures], logs: Sequence[str], width: int) -> list[str]:
    if not calls:
        return []
    named = " ".join(shlex.quote(printable(log)) for log in logs)
    return [" NEXT", *wrap(f"tuner call {named} {shlex.quote(calls[0].id)}", width, _INDENT)]


def document(
    found: CallList, calls: Sequence[CallFigures], limits: Limits, most: int = 0
) -> dict[str, Any]:
    """The same for JSON: times as text, what is not known as null."""
    return {
        "schema": SCHEMA,
        "basis": found.basis,
        "of": len(found.calls),
        "calls": [call_document(call) for call in (calls[:most] if most else calls)],
        "hidden": hidden_document(found.hidden),
        "weights": {name: getattr(limits, name) for name in _WEIGHTS},
        "notes": list(found.notes),
        "problems": list(found.problems),
    }


def hidden_document(hidden: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """What could not be seen, each with the reason."""
    return [{"name": name, "why": why} for name, why in hidden]


def call_document(call: CallFigures) -> dict[str, Any]:
    """One call's figures for JSON."""
    times = {"first": iso(call.first), "last": iso(call.last)}
    return _finite({**msgspec.to_builtins(call), **times})


def timeline_document(timeline: CallTimeline) -> dict[str, Any]:
    """One call on its timeline for JSON; times are seconds into the call."""
    plain = msgspec.to_builtins(timeline)
    return _finite(
        {
            "schema": SCHEMA,
            "call": call_document(timeline.figures),
            **{name: plain[name] for name in ("turns", "stops", "requests", "warnings")},
            **({} if timeline.speech is None else {"speech": plain["speech"]}),
            "settings": dict(timeline.settings),
            "hidden": hidden_document(timeline.hidden),
            "problems": list(timeline.problems),
        }
    )


def _finite(document: dict[str, Any]) -> dict[str, Any]:
    """Numbers that JSON has no word for become null."""
    return {key: _plain(value) for key, value in document.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return _finite(value)
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
