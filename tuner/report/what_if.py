"""Predictions in, text of at most 100 columns or a document for JSON out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tuner.report.text_layout import plural
from tuner.settings.knob_table import KNOBS
from tuner.whatif.draws import Figure
from tuner.whatif.predict import Prediction, Replay
from tuner.whatif.texts import cell
from tuner.whatif.timing import FIGURES, SWEEPS, FigureName, cannot_act

TITLES: dict[FigureName, str] = {
    "cut_offs_per_turn": "cut-offs a turn",
    "wait_p50_s": "median wait, s",
    "false_stops_per_min": "false stops a minute",
    "dead_air_s_per_min": "dead air, s a minute",
    "barge_in_s": "interruption let in later, s",
}
WIDTH = 100
LEGEND = (
    "Figures under the new value, with the 95 % interval that as many calls as these would show. "
    "estimated: see the assumption; bounds only: only the interval counts."
)


class ShownAnswer(NamedTuple):
    """The prediction for settings that differ from those of the log."""

    changes: Mapping[str, Any]
    figures: Prediction


class ShownKnob(NamedTuple):
    """A knob with its value in the log and the answers over a range, or why it cannot act."""

    name: str
    logged: Any
    answers: Sequence[ShownAnswer]
    cannot_act: str = ""


def sweep(log: Replay) -> list[ShownKnob]:
    """Every knob over its range, the logged value among them."""
    idle = cannot_act(log.values)
    found = []
    for name, values in SWEEPS.items():
        if name not in log.values:
            continue
        logged = log.values[name]
        numbers = {*values, *((logged,) if isinstance(logged, int | float) else ())}
        answers = [
            ShownAnswer({name: value}, log.predict({name: value}))
            for value in (() if name in idle else sorted(numbers))
        ]
        found.append(ShownKnob(name, logged, answers, idle.get(name, "")))
    return found


def support(log: Replay) -> str:
    """What the predictions rest on."""
    pauses = plural(len(log.pauses), "pause")
    return (
        f"{len(log.calls)} calls, {log.turns} turns, {pauses} with speech after; silences "
        f"are known up to {log.support_s:.1f} s"
    )


def answer(log: Replay, found: ShownAnswer) -> str:
    """One set of changes: a line for each figure, and why it is no more certain."""
    moves = [
        f"{name} {KNOBS[name].text(log.values[name])} -> {KNOBS[name].text(value)}"
        for name, value in found.changes.items()
    ]
    lines = [support(log), ", ".join(moves), ""]
    for name in FIGURES:
        lines += _figure_lines(name, found.figures[name])
    return "\n".join([*lines, "", *textwrap.wrap(LEGEND, WIDTH)])


def table(log: Replay, knobs: Sequence[ShownKnob]) -> str:
    """A table for each knob that acts, and the reason for each that cannot."""
    lines = [support(log)]
    for knob in knobs:
        lines += ["", f"{knob.name} (in the log: {knob.logged})", *_rows(knob)]
    return "\n".join([*lines, "", *textwrap.wrap(LEGEND, WIDTH)])


def document(log: Replay, knobs: Sequence[ShownKnob]) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "schema": 1,
        "calls": len(log.calls),
        "turns": log.turns,
        "pauses": len(log.pauses),
        "known_up_to_s": round(log.support_s, 3),
        "knobs": [
            {
                "name": knob.name,
                "logged": knob.logged,
                "cannot_act": knob.cannot_act or None,
                "predictions": [_prediction(each) for each in knob.answers],
            }
            for knob in knobs
        ],
    }


def answer_document(log: Replay, found: ShownAnswer) -> dict[str, Any]:
    """One set of changes for JSON."""
    return {**document(log, ()), "knobs": None, **_prediction(found)}


def _prediction(found: ShownAnswer) -> dict[str, Any]:
    figures = {name: _figure_document(figure) for name, figure in found.figures.items()}
    return {"set": dict(found.changes), "figures": figures}


def _figure_document(figure: Figure) -> dict[str, Any]:
    return {
        "logged": _rounded(figure.logged),
        "value": _rounded(figure.value) if figure.label != "bounds only" else None,
        "change": _rounded(figure.change) if figure.label != "bounds only" else None,
        "change_interval": [_rounded(figure.low), _rounded(figure.high)],
        "label": figure.label,
        "why": figure.why,
    }


def _figure_lines(name: FigureName, figure: Figure) -> Iterator[str]:
    logged = "" if figure.logged is None else f"{figure.logged:.2f}"
    yield f"{TITLES[name]:30}{logged:>6}  {cell(figure):24}{figure.label}"
    if figure.why:
        yield from textwrap.wrap(
            figure.why, WIDTH, initial_indent=" " * 10, subsequent_indent=" " * 10
        )


def _rows(knob: ShownKnob) -> Iterator[str]:
    if knob.cannot_act:
        yield f"  cannot act: {knob.cannot_act}"
        return
    shown = [name for name in FIGURES if any(_moves(one.figures[name]) for one in knob.answers)]
    if not shown:
        reasons = {one.figures[name].why for one in knob.answers for name in FIGURES}
        yield f"  not enough data: {'; '.join(sorted(reasons - {''})) or 'no figure would change'}"
        return
    yield "  " + " " * 8 + "".join(f"{TITLES[name]:30}" for name in shown).rstrip()
    for one in knob.answers:
        cells = (f"{cell(one.figures[name])} {_mark(one.figures[name])}" for name in shown)
        value = next(iter(one.changes.values()))
        yield f"  {value!s:8}" + "".join(f"{text:30}" for text in cells).rstrip()


def _moves(figure: Figure) -> bool:
    return figure.label not in ("not enough data",) and (figure.low, figure.high) != (0.0, 0.0)


def _mark(figure: Figure) -> str:
    return {"exact": "=", "estimated": "", "bounds only": "bounds", "not enough data": ""}[
        figure.label
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
