"""`tuner explain`: a rule, a setting or a limit in, what it means and how to change it out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tuner.cli.options import DONE
from tuner.cli.output import emit
from tuner.errors import UsageError, did_you_mean

SETTINGS, LIMITS = "settings", "limits"
_MORE = (
    f"Settings and limits are explained too: `tuner explain {SETTINGS}` and "
    f"`tuner explain {LIMITS}` list them."
)


def known_names(incomplete: str) -> list[str]:
    """Complete the name of a rule, a setting or a limit."""
    from tuner import limits
    from tuner.rules import RULES

    found = [*(rule.id for rule in RULES), SETTINGS, LIMITS, *limits.names()]
    if incomplete.isupper():
        from tuner.settings.knob_table import KNOBS

        found = [*KNOBS]
    return [name for name in found if name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(
        metavar="[NAME]",
        help="A rule, a setting or a limit; without it, the rules are listed.",
        autocompletion=known_names,
    ),
]


def explain(name: Name = "") -> int:
    """Say what a finding, a setting or a limit means, and how to change it."""
    from tuner.rules import RULES

    docs: dict[str, str] = {known.id: known.doc for known in RULES}
    if not name:
        wide = max(map(len, docs))
        titles = [f"{known.id:{wide}}  {known.title}" for known in RULES]
        emit("\n".join([*titles, "", _MORE]))
    else:
        emit(docs[name].strip() if name in docs else _setting_or_limit(name, docs))
    return DONE


def _setting_or_limit(name: str, rules: dict[str, str]) -> str:
    """The text of a name that is no rule. Raises UsageError for one that is nothing at all."""
    from tuner.limits import names
    from tuner.report import explain as texts
    from tuner.settings.knob_table import KNOBS

    if name == LIMITS:
        return texts.limits()
    if name == SETTINGS:
        return texts.settings(KNOBS)
    if name in names():
        return texts.limit(name)
    if (setting := name.upper().replace("-", "_")) in KNOBS:
        from tuner.settings.candidates import candidates

        return texts.setting(KNOBS[setting], candidates(os.environ, Path.cwd()))
    close = did_you_mean(name, [*rules, *KNOBS, *names()])
    raise UsageError(
        f"{name!r} is no rule, setting or limit{close}",
        f"Run `tuner explain`, `tuner explain {SETTINGS}` or `tuner explain {LIMITS}`.",
    )
