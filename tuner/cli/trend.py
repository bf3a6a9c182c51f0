"""`tuner trend`: a database of calls in, their figures over time out."""

from __future__ import annotations

import time
from contextlib import closing
from enum import StrEnum
from typing import Annotated

import typer

from tuner.cli.options import DONE, Since, Until, span
from tuner.cli.output import emit, notify
from tuner.errors import InputError
from tuner.inputs.addresses import without_secrets


class GroupBy(StrEnum):
    """What calls are put together by."""

    day = "day"
    profile = "profile"
    version = "version"


Url = Annotated[
    str,
    typer.Argument(
        metavar="STORE", help="sqlite:///calls.db or postgresql://…, as `analyze --store` wrote."
    ),
]
ByOption = Annotated[GroupBy, typer.Option("--by", help="What calls are put together by.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def trend(
    store: Url, by: ByOption = GroupBy.day, since: Since = "", until: Until = "", json: Json = False
) -> int:
    """Say how calls changed: by day, profile or version, and when."""
    from tuner.limits import Limits
    from tuner.report import trend as report
    from tuner.store.database import Store

    when = span(since, until, "")
    with closing(Store(store, time.sleep, lambda text: notify(f"tuner: {text}"))) as database:
        calls = database.calls(when["since"], when["until"])
    if not calls:
        raise InputError(
            "no call of this time is in the store",
            f"Run: tuner analyze LOG --store {without_secrets(store)}",
        )
    found = report.trend(calls, by.value, Limits())
    emit(_json(report.document(found)) if json else report.text(found, _width()))
    return DONE


def _json(document: object) -> str:
    import json

    return json.dumps(document, indent=2)


def _width() -> int:
    import shutil

    return max(40, min(120, shutil.get_terminal_size((80, 24)).columns))
