"""`tuner compare`: two logs in, better, worse or cannot tell out; the exit code is for CI."""

from __future__ import annotations

from typing import Annotated

import typer

from tuner.cli.options import DONE, FOUND, Since, Until, span
from tuner.cli.output import Problems, emit

Before = Annotated[str, typer.Argument(help="A log, folder or glob from before the change.")]
After = Annotated[str, typer.Argument(help="The same from after it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def compare(
    before: Before, after: After, json: Json = False, since: Since = "", until: Until = ""
) -> int:
    """Compare the turn logs of two groups of calls; exit 1 if the second one is worse."""
    import json as encoder

    from tuner import pipeline
    from tuner.report import compared
    from tuner.whatif.compare import overall

    problems = Problems()
    found = pipeline.compare([before], [after], **span(since, until, ""), on_problem=problems)
    emit(encoder.dumps(compared.document(found), indent=2) if json else compared.text(found))
    return problems.code or (FOUND if overall(found.differences) == "worse" else DONE)
