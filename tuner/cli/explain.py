"""`tuner explain`: the name of a rule in, what it means and how to fix it out."""

from __future__ import annotations

from typing import Annotated

import typer

from tuner.cli.options import DONE
from tuner.cli.output import emit
from tuner.errors import UsageError, did_you_mean


def known_rules(incomplete: str) -> list[str]:
    """Complete the name of a rule."""
    from tuner.rules import RULES

    return [rule.id for rule in RULES if rule.id.startswith(incomplete)]


RuleName = Annotated[
    str, typer.Argument(help="The rule; without it, all are listed.", autocompletion=known_rules)
]


def explain(rule: RuleName = "") -> int:
    """Say what a finding means and how to fix it."""
    from tuner.rules import RULES

    if not rule:
        wide = max(len(known.id) for known in RULES)
        emit("\n".join(f"{known.id:{wide}}  {known.title}" for known in RULES))
        return DONE
    docs: dict[str, str] = {known.id: known.doc for known in RULES}
    if rule not in docs:
        raise UsageError(
            f"unknown rule {rule!r}{did_you_mean(rule, docs)}",
            "Run `tuner explain` to list them.",
        )
    emit(docs[rule].strip())
    return DONE
