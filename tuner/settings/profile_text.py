"""Profiles, resolved settings, differences and problems in; text of at most 80 columns out.

The functions for `tuner profiles list`, `show`, `diff` and `check`. No colour, no printing.
Each `..._document` gives the same facts for JSON.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from tuner.model import SettingProblem
from tuner.settings.knob import Knob
from tuner.settings.knob_table import KNOBS
from tuner.settings.profiles import Difference
from tuner.settings.resolution import Resolved

WIDTH = 80
"""Columns of a report, of which a line uses one less."""
_VALUE = 22
"""Columns for a value in `show`; a longer one is cut, its whole text stands in the JSON."""
_NAMED = {
    "argument": "as asked",
    "environment": "AGENT_PROFILE in the environment",
    ".env": "AGENT_PROFILE in .env",
    "default": "no AGENT_PROFILE is set",
}


def listing(described: Mapping[str, str], current: str = "") -> str:
    """Every profile with what it is for; the one in use is marked with an asterisk."""
    wide = max((len(name) for name in described), default=0)
    return _text(
        line
        for name, purpose in described.items()
        for line in _entry(f"{'*' if name == current else ' '} {name:{wide}}  ", purpose)
    )


def listing_document(described: Mapping[str, str], current: str = "") -> dict[str, Any]:
    """The listing for JSON."""
    profiles = [{"name": name, "for": purpose} for name, purpose in described.items()]
    return {"profiles": profiles, "current": current or None}


def show(resolved: Resolved, problems: Sequence[SettingProblem] = ()) -> str:
    """Every setting with its unit and where the value came from, then what deserves a look."""
    return _text(
        [
            *_wrapped(f"profile {resolved.name} ({_NAMED[resolved.how_named]})"),
            *_wrapped(str(resolved.path)),
            *_settings(resolved),
            *_overrides(resolved),
            *_headed("WARNINGS", (_wrapped(text, "  ") for text in resolved.warnings)),
            *_headed("PROBLEMS", map(_problem, problems)),
        ]
    )


def show_document(resolved: Resolved, problems: Sequence[SettingProblem] = ()) -> dict[str, Any]:
    """The resolved settings for JSON: value, unit, range and origin of each."""
    return {
        "profile": resolved.name,
        "named_by": resolved.how_named,
        "path": str(resolved.path),
        "settings": {env: _setting_document(resolved, knob) for env, knob in KNOBS.items()},
        "overrides": [
            {
                "setting": o.env,
                "value": o.value,
                "instead_of": o.instead_of,
                "hidden": str(o.hidden),
            }
            for o in resolved.overrides
        ],
        "warnings": list(resolved.warnings),
        "problems": [_problem_document(problem) for problem in problems],
    }


def diff(before: str, after: str, differences: Sequence[Difference]) -> str:
    """What changes from one profile to another, each change with what it means and costs."""
    if not differences:
        return f"{before} and {after} set the same.\n"
    return _text([f"from {before} to {after}", *(line for d in differences for line in _change(d))])


def diff_document(before: str, after: str, differences: Sequence[Difference]) -> dict[str, Any]:
    """The differences for JSON, with the units of the values."""
    changes = [
        {"setting": d.env, "from": d.before, "to": d.after, "unit": KNOBS[d.env].unit}
        for d in differences
    ]
    return {"from": before, "to": after, "changes": changes}


def check(found: Mapping[str, Sequence[SettingProblem]]) -> str:
    """The problems of each profile; one line for a profile without any."""
    return _text(line for name, problems in found.items() for line in _verdict(name, problems))


def check_document(found: Mapping[str, Sequence[SettingProblem]]) -> dict[str, Any]:
    """The problems of each profile for JSON."""
    return {
        "profiles": {
            name: [_problem_document(problem) for problem in problems]
            for name, problems in found.items()
        }
    }


def _settings(resolved: Resolved) -> Iterator[str]:
    wide = max(map(len, KNOBS))
    for group, knobs in groupby(KNOBS.values(), key=lambda knob: knob.group):
        yield from ("", group)
        for knob in knobs:
            value = _short(knob.text_with_unit(getattr(resolved.settings, knob.field)), _VALUE)
            origin = _short(str(resolved.origins[knob.env]), WIDTH - wide - _VALUE - 7)
            yield f"  {knob.env:{wide}}  {value:{_VALUE}}  {origin}"


def _overrides(resolved: Resolved) -> Iterator[str]:
    yield from _headed(
        "OVERRIDDEN BY THE ENVIRONMENT",
        (
            _wrapped(
                f"{o.env} = {_value(o.env, o.value)} instead of {_value(o.env, o.instead_of)} "
                f"({o.hidden})",
                "  ",
            )
            for o in resolved.overrides
        ),
    )


def _change(difference: Difference) -> Iterator[str]:
    knob = KNOBS[difference.env]
    old, new = _value(knob.env, difference.before), _value(knob.env, difference.after)
    yield ""
    yield from _wrapped(f"{knob.env}  {old} -> {new}", hang="    ")
    yield from _wrapped(knob.meaning, "    ")


def _verdict(name: str, problems: Sequence[SettingProblem]) -> Iterator[str]:
    if not problems:
        yield f"{name}: no problem"
        return
    yield f"{name}:"
    for problem in problems:
        yield from _problem(problem)


def _problem(problem: SettingProblem) -> Iterator[str]:
    yield from _wrapped(f"{problem.kind}  {', '.join(problem.settings)}", "  ", "    ")
    yield from _wrapped(problem.why, "    ")
    yield from _wrapped(problem.advice, "    ")


def _setting_document(resolved: Resolved, knob: Knob) -> dict[str, Any]:
    origin = resolved.origins[knob.env]
    return {
        "value": getattr(resolved.settings, knob.field),
        "unit": knob.unit,
        "allowed": knob.allowed,
        "origin": origin.kind,
        "file": str(origin.file) if origin.file else None,
        "line": origin.line,
    }


def _problem_document(problem: SettingProblem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "settings": list(problem.settings),
        "why": problem.why,
        "advice": problem.advice,
    }


def _value(env: str, value: object) -> str:
    return _short(KNOBS[env].text_with_unit(value), 60)


def _headed(heading: str, blocks: Iterable[Iterable[str]]) -> Iterator[str]:
    """The blocks under a heading; nothing at all if there are none."""
    lines = [line for block in blocks for line in block]
    if lines:
        yield from ("", heading, *lines)


def _entry(label: str, text: str) -> list[str]:
    return _wrapped(label + text, hang=" " * len(label))


def _wrapped(text: str, indent: str = "", hang: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH - 1,
        initial_indent=indent,
        subsequent_indent=indent if hang is None else hang,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [indent.rstrip()]


def _short(text: str, wide: int) -> str:
    """One line of at most `wide` columns; an empty text is shown as such."""
    line = " ".join(text.split()) or '""'
    return line if len(line) <= wide else line[: wide - 3] + "..."


def _text(lines: Iterable[str]) -> str:
    """The lines as text; what a terminal would obey (a prompt may hold it) becomes "?"."""
    shown = ("".join(c if c.isprintable() else "?" for c in line) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in shown)
