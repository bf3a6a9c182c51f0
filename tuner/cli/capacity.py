"""`tuner capacity`: calls an hour in; lines, machines and money out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuner.cli.numbers import number, whole
from tuner.cli.options import DONE
from tuner.cli.output import emit


def capacity(
    calls: Annotated[
        float,
        typer.Option(
            "--calls", parser=number(0.1, 1e6), metavar="N", help="Calls in the busy hour."
        ),
    ],
    minutes: Annotated[
        float, typer.Option(parser=number(0.1, 1440), metavar="N", help="Mean length of a call.")
    ] = 5.0,
    blocked: Annotated[
        float,
        typer.Option(
            parser=number(1e-6, 0.5), metavar="SHARE", help="Share of callers who may hear busy."
        ),
    ] = 0.01,
    cores: Annotated[
        int, typer.Option(parser=whole(1, 4096), metavar="N", help="Cores of a machine.")
    ] = 4,
    memory: Annotated[
        float, typer.Option(parser=number(0.5, 1e6), metavar="GB", help="Memory of a machine.")
    ] = 8.0,
    realtime: Annotated[bool, typer.Option("--realtime", help="One model, not three.")] = False,
    model: Annotated[str, typer.Option(help="Another chat or Realtime model.")] = "",
    cached: Annotated[
        float,
        typer.Option(
            parser=number(0, 1), metavar="SHARE", help="Share of the history that the cache holds."
        ),
    ] = 1.0,
    prices: Annotated[str, typer.Option(metavar="FILE", help="Your own prices, TOML.")] = "",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Plan lines, machines and costs for telephone calls."""
    import msgspec

    from tuner.capacity import plan, text
    from tuner.capacity.cost import Talk
    from tuner.capacity.prices import SHIPPED, read

    demand = plan.Demand(
        calls_an_hour=calls,
        talk=Talk(minutes=minutes, cached=cached),
        most_blocked=blocked,
        cores=cores,
        memory_gb=memory,
        realtime=realtime,
        llm=model or plan.LLM,
        realtime_model=model or plan.REALTIME,
    )
    made = plan.make(demand, read(Path(prices).expanduser() if prices else SHIPPED))
    emit(msgspec.json.encode(made).decode() if json else text.render(made))
    return DONE
