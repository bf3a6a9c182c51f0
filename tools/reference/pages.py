"""The tables of the code in, Markdown pages out: one function a page."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from itertools import groupby, pairwise
from pathlib import Path

from tools.reference.commands import commands
from tools.reference.json_report import json_report
from tools.reference.log_lines import log_lines
from tools.reference.markdown import heading, row, table
from tuner.limits import Limits, meanings, names
from tuner.rules import RULES
from tuner.settings.knob import Knob
from tuner.settings.knob_table import KNOBS

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {
        "README.md": index(),
        "commands.md": commands(),
        "settings.md": settings(),
        "rules.md": rules(),
        "limits.md": limits(),
        "log-lines.md": log_lines(),
        "json-report.md": json_report(),
    }


def index() -> str:
    """What the folder holds."""
    rows = [
        row("[commands](commands.md)", "every command with its options"),
        row("[settings](settings.md)", "every setting of a profile: range, default, effect"),
        row("[rules](rules.md)", "every finding of a report: what, why, evidence, change"),
        row("[limits](limits.md)", "every threshold, with its unit and its source"),
        row("[log lines](log-lines.md)", "every line of a log that is counted, and what it means"),
        row("[JSON report](json-report.md)", "what `tuner analyze --json` writes"),
    ]
    about = "Made from the tables of the code by `python -m tools.reference`; a test compares them."
    return heading("Reference", about) + table(("page", "what it lists"), rows)


def settings() -> str:
    """Every setting, under its group."""
    about = (
        "Settings stand in a profile, in the environment or in `.env`, under these names. "
        "`tuner profiles show` prints the value of each and where it came from."
    )
    groups = groupby(KNOBS.values(), key=lambda knob: knob.group)
    return heading("Settings", about) + "\n".join(_group(name, knobs) for name, knobs in groups)


def _group(name: str, knobs: Iterable[Knob]) -> str:
    rows = [
        row(f"`{knob.env}`", knob.text(knob.default) or "empty", knob.allowed, knob.meaning)
        for knob in knobs
    ]
    return f"## {name}\n\n" + table(("setting", "default", "allowed", "what it does"), rows)


def rules() -> str:
    """Every rule as `tuner explain` prints it."""
    about = "What a report can find, in the order in which `tuner explain` lists it."
    parts = [f"## {rule.id}\n\n{_explanation(rule.doc)}\n" for rule in RULES]
    return heading("Rules", about) + "\n".join(parts)


def _explanation(doc: str) -> str:
    """The docstring of a rule: its headings become bold, their indented text paragraphs."""
    lines = inspect.cleandoc(doc).splitlines()
    is_heading = [below.startswith("    ") and line[:1].strip() for line, below in pairwise(lines)]
    parts = zip(lines, [*is_heading, False], strict=True)
    return "\n".join(f"**{line}**\n" if above else line.strip() for line, above in parts)


def limits() -> str:
    """Every threshold that `--limit NAME=VALUE` sets."""
    about = "`tuner analyze --limit NAME=VALUE` sets one for a run."
    defaults, texts = Limits(), meanings()
    rows = [row(f"`{name}`", str(getattr(defaults, name)), texts[name]) for name in names()]
    return heading("Limits", about) + table(("limit", "default", "meaning"), rows)
