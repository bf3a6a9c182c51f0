"""`tuner capacity`: calls an hour in; lines, machines and money out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli.numbers import number, whole
from tuner.cli.output import Problems, emit
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.capacity.observed import Observed


Logs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[LOG...]", help="Turn logs of your own calls, instead of --calls."),
]


def capacity(
    logs: Logs = None,
    calls: Annotated[
        float | None,
        typer.Option(
            "--calls", parser=number(0.1, 1e6), metavar="N", help="Calls in the busy hour."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            parser=number(0.1, 1440),
            metavar="N",
            help="Mean length of a call; 5 without logs.",
            show_default=False,
        ),
    ] = None,
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
    """Plan lines, machines and costs for telephone calls.

    Of turn logs the busiest hour, the length of calls, and the CPU and memory of each are taken;
    what you give by an option counts instead.
    """
    import msgspec

    from tuner.capacity import plan, text
    from tuner.capacity.cost import Talk
    from tuner.capacity.prices import SHIPPED, read

    problems = Problems()
    found = _observed(logs, plan.START_S, problems) if logs else None
    if found is None and calls is None:
        raise UsageError(
            "neither --calls nor a log is given", "Give --calls N, or turn logs of your own calls."
        )
    demand = plan.Demand(
        calls_an_hour=calls or (found.calls_an_hour if found else 0.0),
        talk=Talk(minutes=minutes or (found.minutes if found else 5.0), cached=cached),
        most_blocked=blocked,
        cores=cores,
        memory_gb=memory,
        realtime=realtime,
        llm=model or plan.LLM,
        realtime_model=model or plan.REALTIME,
        cpu_a_call=(found and found.cores_a_call) or plan.CPU_A_CALL,
        mb_a_call=(found and found.mb_a_call) or plan.MB_A_CALL,
        burst=found.most_in_start_s if found else 0,
        from_logs=f"{found.calls} calls of your logs" if found and not calls else "",
    )
    made = plan.make(demand, read(Path(prices).expanduser() if prices else SHIPPED))
    if found:
        made = replace(made, notes=(*made.notes, *_notes(found)))
    emit(msgspec.json.encode(made).decode() if json else text.render(made))
    return problems.code


def _observed(logs: list[str], start_s: float, problems: Problems) -> Observed:
    from tuner.capacity import observed
    from tuner.execution.turn_log_rows import turn_log_rows
    from tuner.reading.record_filter import Filter

    rows = turn_log_rows(logs, Filter(None, None, None), problems)
    return observed.observe(observed.ended(rows), start_s)


def _notes(found: Observed) -> tuple[str, ...]:
    most = f"at most {found.most_at_once} calls at once in the logs"
    return (most, *found.notes)
