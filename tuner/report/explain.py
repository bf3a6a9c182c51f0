"""A setting or a limit in, what it means and what it is set to out, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuner.limits import Limits, meanings
from tuner.redaction.terminal import cut
from tuner.report.text_layout import wrap
from tuner.settings import stamp
from tuner.settings.knob import Knob
from tuner.settings.knob_table import Settings
from tuner.settings.option_names import everywhere
from tuner.settings.option_table import IN_WORDS

WIDTH = 80


def setting(knob: Knob, profiles: Mapping[str, Mapping[str, Any]]) -> str:
    """A setting with its default, its range and its value in each profile that differs."""
    lines = [f"{knob.env} ({knob.group})", "", *wrap(knob.meaning, WIDTH), ""]
    rows = {
        "default": knob.text_with_unit(knob.default) or "empty",
        "allowed": knob.allowed,
        "becomes": knob.option,
        **_differing(knob, profiles),
    }
    for name, text in rows.items():
        lines += wrap(text, WIDTH, f"{name:<12}", " " * 12)
    own = "`tuner profiles show` prints the value in force and its origin."
    return "\n".join([*lines, "", own, *_elsewhere(knob.env)])


def _elsewhere(env: str) -> list[str]:
    """What the owners of other agents write, a line for each package and range of versions."""
    found = [f"  {where}: {name}" for where, name in everywhere(env)]
    if not found and env in IN_WORDS:
        found = [f"  none has an option for it: {IN_WORDS[env]}"]
    return ["", "In agents without these profiles:", *found] if found else []


def _differing(knob: Knob, profiles: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    usual = knob.text(stamp.shown(Settings())[knob.env])
    return {
        name: f"{value} {knob.unit}".rstrip() if value else "empty"
        for name, values in profiles.items()
        if (value := knob.text(values.get(knob.env, usual))) != usual
    }


def limit(name: str) -> str:
    """A limit with its default and how to set it."""
    value = f"{getattr(Limits(), name):g}"
    lines = [f"{name} (limit)", "", *wrap(meanings()[name], WIDTH), ""]
    lines += [f"{'default':<12}{value}", f"{'set it':<12}tuner analyze LOG --limit {name}={value}"]
    return "\n".join(lines)


def settings(knobs: Mapping[str, Knob]) -> str:
    """Every setting with its default, a line each."""
    wide = max(map(len, knobs))
    values = {name: knob.text_with_unit(knob.default) or "empty" for name, knob in knobs.items()}
    return "\n".join(cut(f"{name:{wide}}  {value}", WIDTH) for name, value in values.items())


def limits() -> str:
    """Every limit with its default, a line each."""
    found = meanings()
    wide = max(map(len, found))
    return "\n".join(f"{name:{wide}}  {getattr(Limits(), name):g}" for name in found)
