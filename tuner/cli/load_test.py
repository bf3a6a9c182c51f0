"""`tuner load-test`: many calls to a telephone service of your own, measured from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuner import whole_files
from tuner.cli.numbers import number, whole
from tuner.cli.options import DONE, FOUND
from tuner.cli.output import emit, notify
from tuner.errors import Interrupted, TunerError, UsageError, missing_extra

if TYPE_CHECKING:
    from tuner.load_test.marks import PassLimits
    from tuner.load_test.plan import CallingPlan
    from tuner.load_test.results import LoadResult
    from tuner.load_test.running import LoadTest

PROGRESS_S = 5.0


class Via(StrEnum):
    """How the calls are made."""

    room = "room"
    sip = "sip"


Webhook = Annotated[
    str, typer.Option(metavar="URL", help="The webhook server, such as http://127.0.0.1:8080.")
]
Calls = Annotated[int, typer.Option(parser=whole(0, 2000), metavar="N", help="Callers at once.")]
Rate = Annotated[
    float,
    typer.Option(
        parser=number(0, 10_000), metavar="N", help="More calls a second that are only reported."
    ),
]
Seconds = Annotated[float, typer.Option(parser=number(0, 86_400 * 7), metavar="S")]
HowVia = Annotated[
    Via, typer.Option(help="Callers are participants of a LiveKit room, or SIP telephones.")
]
Sip = Annotated[
    str, typer.Option(metavar="HOST:PORT", help="Dial this address, whatever the webhook says.")
]
Own = Annotated[
    list[str] | None, typer.Option("--i-own", metavar="HOST", help="A host of yours to be called.")
]
Process = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=PID", help="Measure its CPU and memory; may be given again."),
]
File = Annotated[Path | None, typer.Option(metavar="FILE")]
TurnLogs = Annotated[
    list[Path] | None,
    typer.Option(
        "--turn-log",
        metavar="FILE",
        help="The agents' turn log, for false stops; may be given again.",
    ),
]
Number = Annotated[str, typer.Option("--to", metavar="NUMBER", help="The number that is dialled.")]


def load_test(
    webhook: Webhook = "",
    via: HowVia = Via.room,
    calls: Calls = 5,
    rate: Rate = 0.0,
    ramp: Seconds = 10.0,
    hold: Seconds = 60.0,
    call_seconds: Annotated[
        float, typer.Option(parser=number(5, 86_400), metavar="S", help="Length of a call.")
    ] = 30.0,
    sip: Sip = "",
    number: Number = "+15551234567",
    i_own: Own = None,
    process: Process = None,
    turn_log: TurnLogs = None,
    out: File = None,
    html: File = None,
    max_latency: Annotated[
        float, typer.Option(parser=number(0, 60), metavar="N", help="Seconds; p95 of replies.")
    ] = 1.0,
    max_errors: Annotated[
        float, typer.Option(parser=number(0, 100), metavar="N", help="Percent of calls.")
    ] = 1.0,
    max_cpu: Annotated[
        float, typer.Option(parser=number(0, 101), metavar="N", help="Percent of all cores.")
    ] = 80.0,
    max_growth: Annotated[
        float,
        typer.Option(parser=number(0, 1000), metavar="N", help="Percent of memory, over the hold."),
    ] = 5.0,
    json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Which sentences are said.")] = 0,
) -> int:
    """Call your own telephone service many times at once; exit 1 when it misses a pass mark.

    --out FILE keeps the figures for `python agent.py ready`. Signatures need
    PHONE_TWILIO_AUTH_TOKEN and PHONE_PUBLIC_URL, rooms LIVEKIT_URL, LIVEKIT_API_KEY,
    LIVEKIT_API_SECRET and LIVEKIT_AGENT_NAME, from the environment or .env.
    """
    try:
        from tuner.load_test import processes, room, running, twilio  # noqa: F401 - all extras
        from tuner.load_test.marks import PassLimits
        from tuner.load_test.plan import CallingPlan
    except ModuleNotFoundError as error:
        raise missing_extra("load-test", "agent,bench", error) from error
    plan = CallingPlan(calls, ramp, hold, call_seconds, rate=rate, seed=seed)
    limits = PassLimits(max_latency, max_errors / 100, max_cpu / 100, max_growth / 100)
    setup = _Setup(webhook.rstrip("/"), via, sip, number, tuple(i_own or ()), _variables())
    setup.check(plan)
    _must_be_writable(out, html)
    watched = dict(map(_process, process or ()))
    began = time.time()
    result = _run(plan, setup, watched)
    _add_false_stops(result, turn_log or (), began)
    return _report(result, limits, setup, as_json=json, out=out, html=html)


def _add_false_stops(result: LoadResult, turn_logs: Sequence[Path], began: float) -> None:
    from tuner.load_test import agent_log

    if turn_logs:
        answered = sum(call.answer == "answered" for call in result.calls)
        result.false_stops = agent_log.false_stops(turn_logs, began, answered)


def _must_be_writable(*paths: Path | None) -> None:
    """Refuse a result's file before an hour of calls."""
    for path in filter(None, paths):
        try:
            whole_files.try_out(path)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written: {error.strerror}",
                "Name a file in a folder that you may write to.",
            ) from error


def _variables() -> dict[str, str]:
    from tuner.settings import resolution

    return {**resolution.other_variables(Path.cwd()), **os.environ}


def _process(text: str) -> tuple[str, int]:
    from tuner.load_test.processes import is_running

    name, _, pid = text.rpartition("=")
    if not name or not pid.isdigit() or not is_running(int(pid)):
        raise UsageError(
            f"--process {text}: no such process", "Give NAME=PID of one that runs here."
        )
    return name, int(pid)


class _Setup:
    """Who is called, and with which keys."""

    def __init__(
        self,
        webhook: str,
        via: Via,
        sip: str,
        number: str,
        owned: tuple[str, ...],
        variables: dict[str, str],
    ) -> None:
        self.webhook, self.via, self.sip, self.number = webhook, via, sip, number
        self.owned, self._variables = owned, variables

    def check(self, plan: CallingPlan) -> None:
        """Raises UsageError for a target that is not the user's, TunerError for missing keys."""
        from tuner.load_test import targets

        if not self.webhook and (plan.rate or self.via is Via.sip):
            raise UsageError("no webhook to ask", "Add --webhook http://127.0.0.1:8080")
        needed = ["PHONE_TWILIO_AUTH_TOKEN", "PHONE_PUBLIC_URL"] if self.webhook else []
        hosts = [self.webhook] if self.webhook else []
        if plan.calls and self.via is Via.room:
            needed += ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_AGENT_NAME"]
            hosts += filter(None, [self.get("LIVEKIT_URL")])
        for address in (*hosts, *filter(None, [self.sip])):
            targets.check(targets.host_of(address), self.owned)
        if missing := [name for name in needed if not self.get(name)]:
            raise TunerError(
                f"not set: {', '.join(missing)}", "Put them into .env or the environment."
            )

    def get(self, name: str) -> str:
        """A variable; "" if it is not set."""
        return self._variables.get(name, "").strip()


def _run(plan: CallingPlan, setup: _Setup, watched: dict[str, int]) -> LoadResult:
    import asyncio

    tests: list[LoadTest] = []
    try:
        asyncio.run(_hold(plan, setup, watched, tests))
    except KeyboardInterrupt:
        notify("load-test: stopped; these are the figures until then")
    if not tests:
        raise Interrupted("load-test: stopped before the first call", "Run it again.")
    return tests[0].result


async def _hold(
    plan: CallingPlan, setup: _Setup, watched: dict[str, int], tests: list[LoadTest]
) -> None:
    import aiohttp

    from tuner.load_test import dialling
    from tuner.load_test.processes import ProcessWatch
    from tuner.load_test.running import LoadTest
    from tuner.load_test.twilio import TIMEOUT_S, TwilioSide

    limits = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(
        timeout=limits, connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        token, public = setup.get("PHONE_TWILIO_AUTH_TOKEN"), setup.get("PHONE_PUBLIC_URL")
        side = TwilioSide(http, setup.webhook, public.rstrip("/"), token, setup.number)
        dial = dialling.sip(setup.sip, setup.owned) if setup.via is Via.sip else _room(setup)
        webhook = side if setup.webhook else None
        tests.append(LoadTest(plan, webhook, dial, ProcessWatch(watched), _progress()))
        await tests[0].run()


def _room(setup: _Setup) -> Any:
    from tuner.load_test import dialling

    names = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_AGENT_NAME")
    return dialling.room(*map(setup.get, names))


def _progress() -> Callable[[LoadResult], None]:
    """A line on stderr every few seconds."""
    due = 0.0

    def show(result: LoadResult) -> None:
        from tuner.load_test import text

        nonlocal due
        if result.readings[-1].at_s >= due:
            due = result.readings[-1].at_s + PROGRESS_S
            notify(text.progress(result))

    return show


def _report(
    result: LoadResult,
    limits: PassLimits,
    setup: _Setup,
    *,
    as_json: bool,
    out: Path | None,
    html: Path | None,
) -> int:
    from dataclasses import asdict
    from datetime import UTC, datetime
    from json import dumps

    from tuner.load_test import marks, page, results, text

    found = results.figures(result)
    judged = marks.judge(found, result.plan, limits)
    whole = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "via": setup.via.value if result.plan.calls else "webhook only",
        "plan": asdict(result.plan),
        "marks": [asdict(mark) for mark in judged],
        **found,
        "each_call": [asdict(call) for call in result.calls],
    }
    emit(dumps(whole, indent=2) if as_json else text.render(found, judged))
    if out is not None:
        whole_files.write(out, f"{dumps(whole, indent=2)}\n".encode())
    if html is not None:
        made = f"Load test of {whole['made']}"
        whole_files.write(html, page.page(result, found, judged, made).encode())
    return FOUND if any(mark.passed is False for mark in judged) else DONE
