"""`tuner compare`: two groups of calls in, what differs out; the exit code is for CI."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuner.cli.options import DONE, FOUND, Since, Until, span
from tuner.cli.output import Problems, emit
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.report.compared import Compared


class ByWhat(StrEnum):
    """What tells the two groups of one log apart."""

    profile = "profile"
    day = "day"
    room = "room"
    version = "version"


CompareLogs = Annotated[
    list[str],
    typer.Argument(
        metavar="BEFORE AFTER",
        help="A log, folder or glob from before the change, and one from after it. "
        "With --by any number of them.",
    ),
]
Grouping = Annotated[
    ByWhat | None, typer.Option("--by", help="Compare two groups of calls of the same logs.")
]
BeforeName = Annotated[
    str, typer.Option("--before", metavar="NAME", help="With --by: the first group.")
]
AfterName = Annotated[
    str, typer.Option("--after", metavar="NAME", help="With --by: the second group.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def compare(
    logs: CompareLogs,
    by: Grouping = None,
    before: BeforeName = "",
    after: AfterName = "",
    json: Json = False,
    since: Since = "",
    until: Until = "",
) -> int:
    """Compare the turn logs of two groups of calls; exit 1 if the second one is worse."""
    import json as encoder

    from tuner.report import compared
    from tuner.whatif.compare import overall

    problems = Problems()
    only = {**span(since, until, ""), "on_problem": problems}
    found = _compared(logs, by, (before, after), only)
    emit(encoder.dumps(compared.document(found), indent=2) if json else compared.text(found))
    return problems.code or (FOUND if overall(found.differences) == "worse" else DONE)


def _compared(
    logs: list[str], by: ByWhat | None, names: tuple[str, str], only: dict[str, Any]
) -> Compared:
    from tuner import pipeline

    if by is not None:
        return pipeline.compare_groups(logs, by.value, before=names[0], after=names[1], **only)
    if any(names):
        raise UsageError(
            "--before and --after name groups", "Add --by profile, day, room, version."
        )
    if len(logs) != 2:
        raise UsageError(
            f"{len(logs)} log{'s' if len(logs) > 1 else ''} given, two are compared",
            "Give BEFORE and AFTER, or compare groups of one log with --by.",
        )
    return pipeline.compare([logs[0]], [logs[1]], **only)
