"""`tuner latency-test`: calls a bot as VoiceAI Connect would, and says how long it takes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tuner.cli.numbers import number, whole
from tuner.cli.options import DONE, FOUND
from tuner.cli.output import emit, notify
from tuner.errors import UsageError, missing_extra

Url = Annotated[str, typer.Argument(metavar="URL", help="ws:// or wss:// address of the bot.")]
Calls = Annotated[int, typer.Option(parser=whole(1, 2000), metavar="N", help="Calls at a time.")]
Seconds = Annotated[
    float, typer.Option(parser=number(1, 86_400), metavar="S", help="How long they talk.")
]
Token = Annotated[
    str, typer.Option(envvar="AUDIOCODES_TOKEN", help="Bearer token.", show_default=False)
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="NAME", help="Offer this format; may be given again."),
]
MaxMs = Annotated[
    float | None,
    typer.Option(
        parser=number(0), metavar="MS", help="Exit 1 when the median round trip is longer."
    ),
]
MaxAddedMs = Annotated[
    float | None,
    typer.Option(
        parser=number(0),
        metavar="MS",
        help="Exit 1 when the server's own p99 for a chunk is longer.",
    ),
]


def latency_test(
    url: Url,
    calls: Calls = 5,
    seconds: Seconds = 30.0,
    token: Token = "",
    formats: Formats = None,
    max_ms: MaxMs = None,
    max_added_ms: MaxAddedMs = None,
    json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    seed: Annotated[
        int,
        typer.Option(
            parser=whole(0, 1 << 32), metavar="N", help="Which sentences are spoken, and when."
        ),
    ] = 0,
) -> int:
    """Call an AudioCodes bot and measure its answers (needs LiveKit's extra)."""
    import asyncio
    from json import dumps

    try:
        from tuner.bench.vaic import load, report, wire
    except ModuleNotFoundError as error:
        raise missing_extra("latency-test", "agent", error) from error
    offered = tuple(formats or wire.FORMATS)
    _check(url, offered, tuple(wire.FORMATS))
    plan = load.LoadPlan(url, calls, seconds, token, offered, seed)
    found = report.figures(*asyncio.run(_measure(plan)))
    emit(dumps(found, indent=2) if json else report.text(found))
    problems = report.over_limits(found, max_ms, max_added_ms)
    for problem in problems:
        notify(f"latency-test: {problem}")
    return FOUND if problems else DONE


async def _measure(plan: Any) -> tuple[Any, Any]:
    from tuner.bench.vaic import load

    results = await load.run(plan)
    return results, await load.server_figures(plan.url)


def _check(url: str, offered: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not url.startswith(("ws://", "wss://", "http://", "https://")):
        raise UsageError(f"{url}: not a WebSocket address", "Give one as wss://host/audiocodes.")
    if unknown := [name for name in offered if name not in known]:
        raise UsageError(
            f"{', '.join(unknown)}: a format that is not spoken here", f"One of {', '.join(known)}."
        )
