"""Every error that a user can meet: how it is provoked, what it says, and that it says what to do.

A raise that is not in the table fails `test_every_raise_is_in_the_table`: add it.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import aiohttp
import pytest
import typer
from livekit import api

from agent import check, main, ports
from agent.audiocodes import bridge
from agent.audiocodes import command as audiocodes
from agent.audiocodes.line import BotLine
from agent.audiocodes.workers import run_workers
from agent.phone import command as phone
from agent.phone import profile_rules, serve
from agent.phone import settings as phone_settings
from agent.phone.admission import open_slots
from agent.phone.admission.slots import SlotLimits
from agent.phone.history import stores
from agent.ready import command as ready
from agent.ready import load_results, questions
from tests import raise_sites, samples
from tuner import livekit, pipeline, whole_files
from tuner.bench import choices, command, latency_from_log
from tuner.bench.callers import scenarios, sounds
from tuner.bench.tuning import holding, profile, race
from tuner.call_records import session_report, spans
from tuner.call_records.faults import Faults
from tuner.calls import choose, read
from tuner.capacity import observed, prices
from tuner.cli import (
    analyze,
    arguments,
    compare,
    explain,
    export,
    init,
    latency_test,
    load_test,
    metrics_server,
    numbers,
    page_and_store,
    stdin_file,
    times,
    trend,
    tune,
    watch,
    what_if,
)
from tuner.cli import capacity as capacity_command
from tuner.cli.watch_store import Nowhere
from tuner.errors import TunerError
from tuner.execution import dask_cluster, processes, state_file, streamed_archives
from tuner.execution.event_rows import refuse
from tuner.execution.units import Job
from tuner.exports import wrapped_call_records
from tuner.html import file as html_file
from tuner.inputs import archives, packed, remote, streams
from tuner.limits import Limits
from tuner.livekit import prompt
from tuner.load_test import targets
from tuner.load_test.plan import CallingPlan
from tuner.pipeline import turn_logs
from tuner.report import dataframe
from tuner.settings import env_file, logged_values, profiles, resolution
from tuner.settings.knob_table import Settings, parse
from tuner.store.database import Store
from tuner.turn_log import first_line
from tuner.watch import follow
from tuner.whatif import groups, predict

LOG = samples.FOLDER / "healthy-info.jsonl"
WHAT_IF = str(Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz")
PIPECAT = Path(__file__).parent / "specimens" / "pipecat-pipeline-debug.log"


class World(NamedTuple):
    """A folder of its own, and what may be changed in the program for a moment."""

    folder: Path
    patch: pytest.MonkeyPatch

    def file(self, data: str | bytes, name: str = "file") -> Path:
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def breaks(self, where: Any, name: str, error: BaseException) -> None:
        def fails(*_: object, **__: object) -> None:
            raise error

        self.patch.setattr(where, name, fails)

    def hides(self, *modules: str) -> None:
        for module in modules:
            self.patch.setitem(sys.modules, module, None)


def archive(world: World, depth: int) -> Path:
    data = LOG.read_bytes()
    for _ in range(depth):
        path = world.folder / "logs.zip"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a", data)
        data = path.read_bytes()
    return path


def state(world: World, data: bytes) -> None:
    state_file.load(world.file(data, "state"), {})


def saved(world: World) -> Path:
    path = world.folder / "state"
    state_file.save(path, {"--call": "a"}, [])
    return path


def damaged(world: World) -> None:
    body = b"not packed"
    state(world, b"voice-tuner state 5\n" + state_file.digest(body) + body)


def unwritable(world: World) -> None:
    world.breaks(tempfile, "TemporaryFile", PermissionError(13, "Permission denied"))
    state_file.check(world.folder / "state")


def too_many_files(world: World) -> None:
    world.patch.setattr(archives, "_MOST_MEMBERS", 0)
    archives.members(str(archive(world, 1)))


def broken_scan(world: World) -> None:
    path = world.file(gzip.compress(LOG.read_bytes())[:-20])
    with streams.opened(str(path), 1 << 40):
        pass


def explained(error: Exception) -> None:
    with remote._explained("s3://logs/a"):
        raise error


def dask(_: World, **attributes: Any) -> None:
    fake = SimpleNamespace(**attributes)
    with dask_cluster._connected(fake, "tcp://127.0.0.1:1"):
        pass


def no_workers(world: World) -> None:
    from contextlib import nullcontext

    world.patch.setattr(dask_cluster, "_has_workers", lambda _: False)
    dask(world, Client=lambda *_, **__: nullcontext())


def no_dask(world: World) -> None:
    world.hides("distributed")
    with dask_cluster._client("", 1):
        pass


def used_folder(world: World) -> None:
    world.file("x")
    with command.log_folder(world.folder):
        pass


def folder_in_a_file(world: World) -> None:
    with command.log_folder(world.file("x") / "logs"):
        pass


def without_livekit(world: World) -> None:
    world.hides("tuner.bench.running")
    world.patch.delitem(sys.modules, "tuner.bench.running.runner", raising=False)
    command.hold(None, None, None)  # type: ignore[arg-type]


def without_clips(world: World) -> None:
    world.breaks(sounds, "clips", FileNotFoundError(2, "No such file"))
    command._check_clips()


def mixed_calls(_: World) -> None:
    line = PIPECAT.read_bytes().splitlines(keepends=True)
    starts = [each for each in line if b"Waiting for StartFrame#" in each]
    from tuner.call_records import pipecat

    list(pipecat.translate(_stream(starts[0] + starts[0] + PIPECAT.read_bytes())))


def _stream(data: bytes) -> Any:
    import io

    return io.BytesIO(data)


def held_fault(_: World) -> None:
    faults = Faults("events")
    with faults.held():
        raise KeyError("a text of the log")
    faults.named()


def large_report(world: World) -> None:
    world.patch.setattr(session_report, "LARGEST", 3)
    list(session_report.translate(_stream(b"{   }")))


def many_turned(world: World) -> None:
    world.patch.setattr(wrapped_call_records, "_MOST_HELD", 99)
    data = (Path(__file__).parent / "specimens" / "spans.console.jsonl").read_bytes()
    pretty = json.dumps(json.loads(data.splitlines()[0]), indent=4).encode()
    list(wrapped_call_records.unwrapped([b"\n".join(reversed(pretty.split(b"\n")))]))


def deadly_part(_: World) -> None:
    list(processes.each(2, os._exit, [1]))


def half_a_report(_: World) -> None:
    data = (Path(__file__).parent / "specimens" / "session_report.json").read_bytes()
    list(session_report.translate(_stream(data[: len(data) // 2])))


def half_a_batch(_: World) -> None:
    data = (Path(__file__).parent / "specimens" / "spans.otlp.jsonl").read_bytes()
    list(spans.translate(_stream(data.splitlines()[0][:-500])))


def stamps(*delays: str) -> None:
    each = [{"MIN_ENDPOINTING_DELAY": delay} for delay in delays]
    logged_values.logged_values(each, ("MIN_ENDPOINTING_DELAY",), None, {}, Path("/nowhere"))


def no_such_profile(world: World) -> None:
    resolution.resolve(None, {"AGENT_PROFILE": "nosuch"}, world.folder)


def idle_setting(_: World) -> None:
    log = pipeline.replay([WHAT_IF])
    log.values = {**log.values, "ENABLE_INTERRUPTIONS": False}
    what_if._wanted("", {"MIN_INTERRUPTION_DURATION": "1.0"}, log)


def empty_export(world: World) -> None:
    path = world.file('{"message": "hello", "level": "INFO"}\n', "a.log")
    export.export([str(path)], world.folder / "a.csv")


def hidden_latency_test(world: World) -> None:
    world.hides("tuner.bench.vaic")
    for name in ("load", "report", "wire"):
        world.patch.delitem(sys.modules, f"tuner.bench.vaic.{name}", raising=False)
    latency_test.latency_test("wss://localhost")


def hidden_library(world: World) -> None:
    world.hides("tuner.livekit.vad")
    livekit.__getattr__("make_vad")


def taken_port(_: World) -> None:
    async def listen() -> None:
        from aiohttp import web

        fake = SimpleNamespace(address=("203.0.113.1", 9), place=None)
        runner = web.AppRunner(web.Application())
        await runner.setup()
        await bridge._listen(fake, runner)  # type: ignore[arg-type]

    asyncio.run(listen())


def no_shared_port(_: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.platform", "win32")
        run_workers(2, "127.0.0.1", 0, lambda _: None)


def telephone(world: World, **values: str) -> None:
    names = ("url", "api_key", "api_secret")
    for name in names:
        world.patch.setenv(f"LIVEKIT_{name.upper()}", "x")
    world.patch.setenv("LIVEKIT_AGENT_NAME", values.get("agent_name", "agent"))
    world.patch.setenv("PHONE_SIP_PASSWORD", "x")
    world.patch.setenv("PHONE_PUBLIC_URL", "https://a.example")
    world.patch.setenv("PHONE_TWILIO_AUTH_TOKEN", "x")
    phone.main(["check"])


def refused(world: World) -> None:
    error = api.TwirpError("unauthenticated", "wrong key", status=401)
    world.breaks(phone, "_run", error)
    telephone(world)


def silent(world: World) -> None:
    world.breaks(phone, "_run", aiohttp.ClientError())
    telephone(world)


def service(**values: Any) -> phone_settings.PhoneSettings:
    given = {"public_url": "https://a.example", "twilio_auth_token": "x", **values}
    return phone_settings.read_settings(**given)


def on_windows(world: World) -> None:
    world.patch.setattr(sys, "platform", "win32")
    serve.check(service(sip_host="a", workers=2), {}, world.folder)


def port_in_use(_: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports.check_ports("127.0.0.1", [("HEALTH_PORT", other.getsockname()[1])])


def line() -> BotLine:
    return BotLine(lambda _: None)


def full_folder(world: World) -> None:
    world.breaks(shutil, "copyfileobj", OSError(ENOSPC, "No space left on device"))
    world.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    with stdin_file.readable(["-"]):
        pass


def full_disk(world: World) -> None:
    world.breaks(dataframe, "_parquet", OSError(ENOSPC, "No space left on device"))
    dataframe.write(None, world.folder / "a.parquet")  # type: ignore[arg-type]


def limit_setting(world: World) -> None:
    world.patch.setenv(packed.SETTING, "1_0")
    packed.limit()


def existing_project(world: World) -> None:
    world.file("", "agent.py")
    init.write_project(world.folder, force=False)


def without_key(world: World) -> None:
    world.patch.delenv("OPENAI_API_KEY", raising=False)
    main._check_keys(["console"])


def without_sound(world: World) -> None:
    world.hides("sounddevice")
    main._check_sound(["console"])


def calls_held(**values: Any) -> Any:
    usual = {"problem": "", "good": [1], "calls": [], "too_slow": False, "lag_p99_s": 1.0}
    return SimpleNamespace(**{**usual, "at_once": 3, **values})


def nameless_calls(world: World) -> None:
    record = '{"message": "LLM metrics", "level": "INFO", "name": "livekit.agents", "ttft": 0.4}'
    read.ReadCalls([world.file(record + "\n")], Job(), Limits())


def used_port(_: World) -> None:
    server = metrics_server.MetricsServer(0)
    try:
        metrics_server.MetricsServer(server.port)
    finally:
        server._server.shutdown()
        server._server.server_close()


def tuned(log: str) -> Any:
    return SimpleNamespace(logs=[log], current="", only={})


def replayed(world: World, **values: Any) -> Any:
    log = SimpleNamespace(pauses=[], turns=3, **values)
    world.patch.setattr(pipeline, "replay", lambda *_, **__: log)
    return tuned("a")


def hidden_bench(world: World) -> None:
    import tuner.bench.tuning

    for name in ("holding", "race"):
        world.hides(f"tuner.bench.tuning.{name}")
        world.patch.delattr(tuner.bench.tuning, name, raising=False)
    tune._bench()


def number_without_brackets(world: World) -> None:
    world.patch.setenv("PHONE_NUMBERS", "+15551234567")
    service()


def without_psycopg(world: World) -> None:
    world.hides("psycopg")
    stores.open_history("postgresql://host/calls")


def webhook_without_token(world: World) -> None:
    world.patch.setenv("PHONE_PUBLIC_URL", "https://a.example")
    world.patch.delenv("PHONE_TWILIO_AUTH_TOKEN", raising=False)
    ready._phone()


def load_test_without_psutil(world: World) -> None:
    world.hides("psutil")
    world.patch.delitem(sys.modules, "tuner.load_test.processes", raising=False)
    world.patch.delattr("tuner.load_test.processes", raising=False)
    load_test.load_test()


def load_setup(webhook: str = "", via: load_test.Via = load_test.Via.room) -> Any:
    return load_test._Setup(webhook, via, "", "", (), {})


def stopped_early(world: World) -> None:
    world.breaks(load_test, "_hold", KeyboardInterrupt())
    load_test._run(CallingPlan(), load_setup(), {})


def broken_archive_at_a_url(world: World) -> None:
    data = archive(world, 1).read_bytes()[:-30]
    chunks_of(data)


def chunks_of(archived: bytes) -> None:
    list(streamed_archives.cut(archived, streams.Opened(io.BytesIO(), "", int), lambda _: iter(())))


def too_much_at_a_url(world: World) -> None:
    world.patch.setenv("TUNER_UNPACK_LIMIT_GB", "0.000001")
    chunks_of(archive(world, 1).read_bytes())


def too_large_inside(world: World) -> None:
    world.patch.setattr(archives, "_largest", lambda: 10)
    chunks_of(archive(world, 2).read_bytes())


def folder_for_a_page(world: World) -> None:
    (world.folder / "a.html").mkdir()
    html_file.check(world.folder / "a.html")


def unwritable_page(world: World) -> None:
    world.breaks(tempfile, "TemporaryFile", PermissionError(13, "Permission denied"))
    html_file.check(world.folder / "a.html")


def long_turn_log(world: World) -> None:
    world.patch.setattr(turn_logs, "MOST_ROWS", 0)
    pipeline.compare([WHAT_IF], [WHAT_IF])


def store(url: str) -> Store:
    pytest.importorskip("sqlalchemy", reason="pip install 'voice-tuner[store]'")
    return Store(url, lambda _: None, lambda _: None)


def without_sqlalchemy(world: World) -> None:
    world.hides("sqlalchemy")
    Store("sqlite:///calls.db", lambda _: None, lambda _: None)


def empty_store(_: World) -> None:
    store("sqlite:///calls.db").close()
    trend.trend("sqlite:///calls.db")


def changed_store(statement: str) -> Store:
    """A store of calls to which something was done since it was made."""
    made = store("sqlite:///calls.db")
    with closing(sqlite3.connect("calls.db")) as database, database:
        database.execute(statement)
    return made


def store_that_refuses(_: World) -> None:
    made = changed_store(
        "CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    with closing(made):
        made.add(pipeline.calls([WHAT_IF]).calls[:1])


def later_store(_: World) -> None:
    changed_store("UPDATE tuner_schema SET version = 99").close()
    store("sqlite:///calls.db")


LIMITS = SlotLimits(1, 1.0, 1.0)
CALL = SimpleNamespace()
Provoke = Callable[[World], object]
TABLE: dict[str, tuple[str, Provoke]] = {
    "tuner/bench/callers/scenarios.py:load": (
        "unknown scenario 'nosuch'",
        lambda _: scenarios.load("nosuch"),
    ),
    "tuner/bench/callers/scenarios.py:read": (
        "file: title is missing",
        lambda w: scenarios.read(w.file("")),
    ),
    "tuner/bench/callers/scenarios.py:read:2": (
        "nowhere: No such file",
        lambda w: scenarios.read(w.folder / "nowhere"),
    ),
    "tuner/bench/choices.py:_knob": ("'X' is not a setting", lambda _: choices._knob("X=1")),
    "tuner/bench/choices.py:_knob:2": ("has no value", lambda _: choices._knob("MAX_TOKENS")),
    "tuner/bench/command.py:_held": ("needs the extra `agent`", without_livekit),
    "tuner/bench/command.py:_check_clips": ("no audio clips", without_clips),
    "tuner/bench/command.py:log_folder": ("Not a directory", folder_in_a_file),
    "tuner/bench/command.py:log_folder:2": ("is not empty", used_folder),
    "tuner/bench/latency_from_log.py:latencies": (
        "a.log: no latencies of a model in it",
        lambda _: latency_from_log.latencies("a.log", []),
    ),
    "tuner/call_records/faults.py:named": (
        "1 events could not be read (KeyError in test_messages.py:",
        held_fault,
    ),
    "tuner/call_records/pipecat.py:translate": ("calls of Pipecat ran at the same", mixed_calls),
    "tuner/call_records/session_report.py:_lines": ("a session report may have", large_report),
    "tuner/call_records/session_report.py:_call": ("session report is cut off", half_a_report),
    "tuner/call_records/spans.py:translate": ("a batch of spans is cut off", half_a_batch),
    "tuner/capacity/prices.py:__missing__": (
        "no price 'audio_in' of gpt-5.4-mini",
        lambda _: prices.read().model("gpt-5.4-mini")["audio_in"],
    ),
    "tuner/capacity/prices.py:_found": ("no price of x", lambda _: prices.read().model("x")),
    "tuner/capacity/prices.py:read": (
        "nowhere: No such file",
        lambda w: prices.read(w.folder / "nowhere"),
    ),
    "tuner/capacity/prices.py:read:2": ("file: ", lambda w: prices.read(w.file("date = "))),
    "tuner/capacity/observed.py:observe": (
        "0 calls that ended in the turn log: too few to plan from",
        lambda _: observed.observe([], 1.0),
    ),
    "tuner/cli/arguments.py:limits": (
        "min_events takes a whole number, not 1.5",
        lambda _: arguments.limits(["min_events=1.5"], None),
    ),
    "tuner/cli/arguments.py:engine": (
        "--scheduler is for --engine dask",
        lambda _: arguments.engine("local", "tcp://a"),
    ),
    "tuner/cli/arguments.py:_pair": (
        "unknown limit 'x'",
        lambda _: arguments.limits(["x=1"], None),
    ),
    "tuner/cli/arguments.py:_pair:2": (
        "has no value",
        lambda _: arguments.limits(["min_events"], None),
    ),
    "tuner/cli/arguments.py:_number": (
        "'1_0' is not a number",
        lambda _: arguments.limits(["min_events=1_0"], None),
    ),
    "tuner/cli/arguments.py:_number:2": (
        "'-1' is out of range",
        lambda _: arguments.limits(["min_events=-1"], None),
    ),
    "tuner/cli/explain.py:_setting_or_limit": (
        "'x' is no rule, setting or limit",
        lambda _: explain.explain("x"),
    ),
    "tuner/cli/capacity.py:capacity": (
        "neither --calls nor a log is given",
        lambda _: capacity_command.capacity(),
    ),
    "tuner/cli/load_test.py:load_test": (
        "load-test needs the extra `agent,bench` (psutil is not installed)",
        load_test_without_psutil,
    ),
    "tuner/cli/load_test.py:_process": (
        "--process agent=0: no such process",
        lambda _: load_test._process("agent=0"),
    ),
    "tuner/cli/load_test.py:_must_be_writable": (
        "a.json cannot be written: No such file or directory",
        lambda _: load_test._must_be_writable(Path("none/a.json"), None),
    ),
    "tuner/cli/load_test.py:check": (
        "no webhook to ask",
        lambda _: load_setup(via=load_test.Via.sip).check(CallingPlan()),
    ),
    "tuner/cli/load_test.py:check:2": (
        "not set: PHONE_TWILIO_AUTH_TOKEN, PHONE_PUBLIC_URL",
        lambda _: load_setup(webhook="http://127.0.0.1:1").check(CallingPlan(calls=0)),
    ),
    "tuner/cli/load_test.py:_run": ("load-test: stopped before the first call", stopped_early),
    "tuner/cli/page_and_store.py:__init__": (
        "--html shows only the calls of these logs",
        lambda _: page_and_store.PageAndStore(Path("a.html"), "", True, True),
    ),
    "tuner/cli/page_and_store.py:_opened": (
        "--store keeps whole calls",
        lambda _: page_and_store.PageAndStore(None, "sqlite:///calls.db", False, False),
    ),
    "tuner/cli/trend.py:trend": ("no call of this time is in the store", empty_store),
    "tuner/cli/export.py:export": ("no event was found, nothing was written", empty_export),
    "tuner/cli/init.py:write_project": (
        "agent.py exists, nothing was written",
        existing_project,
    ),
    "tuner/cli/latency_test.py:latency_test": ("needs the extra `agent`", hidden_latency_test),
    "tuner/cli/latency_test.py:_check": (
        "x: not a WebSocket address",
        lambda _: latency_test._check("x", (), ()),
    ),
    "tuner/cli/latency_test.py:_check:2": (
        "mp3: a format that is not spoken here",
        lambda _: latency_test._check("wss://a", ("mp3",), ("raw",)),
    ),
    "tuner/cli/numbers.py:parse": (
        "'nan' is not a plain number",
        lambda _: numbers.number()("nan"),
    ),
    "tuner/cli/numbers.py:parse:2": (
        "'1.5' is not a plain whole number",
        lambda _: numbers.whole()("1.5"),
    ),
    "tuner/cli/numbers.py:_check": (
        "1 is too small, the least is 2",
        lambda _: numbers.whole(2)("1"),
    ),
    "tuner/cli/numbers.py:_check:2": (
        "3 is too large, the most is 2",
        lambda _: numbers.number(0, 2)("3"),
    ),
    "tuner/cli/what_if.py:_pair": (
        "a turn log cannot answer for 'X'",
        lambda _: what_if._pair("X=1"),
    ),
    "tuner/cli/what_if.py:_pair:2": (
        "has no value",
        lambda _: what_if._pair("MIN_ENDPOINTING_DELAY="),
    ),
    "tuner/cli/what_if.py:_wanted": ("cannot act here", idle_setting),
    "tuner/exports/wrapped_call_records.py:_turned": ("the newest first, may have", many_turned),
    "tuner/execution/dask_cluster.py:_client": ("which is not installed", no_dask),
    "tuner/execution/dask_cluster.py:_connected": (
        "no Dask scheduler answers at tcp://127.0.0.1:1",
        lambda w: dask(w, Client=lambda *_, **__: (_ for _ in ()).throw(TimeoutError())),
    ),
    "tuner/execution/dask_cluster.py:_connected:2": ("has no workers", no_workers),
    "tuner/execution/processes.py:each": ("a process that read it died twice", deadly_part),
    "tuner/execution/event_rows.py:refuse": ("a.log: cut", lambda _: refuse("a.log: cut")),
    "tuner/execution/state_file.py:load": (
        "made with other options (--call a)",
        lambda w: state_file.load(saved(w), {}),
    ),
    "tuner/execution/state_file.py:_decoded": (
        "state: no state file of tuner",
        lambda w: state(w, b"{}"),
    ),
    "tuner/execution/state_file.py:_decoded:2": (
        "written by another version",
        lambda w: state(w, b"voice-tuner state 0\n"),
    ),
    "tuner/execution/state_file.py:_decoded:3": (
        "the state file is damaged",
        lambda w: state(w, b"voice-tuner state 5\nxx"),
    ),
    "tuner/execution/state_file.py:_decoded:4": ("the state file is damaged", damaged),
    "tuner/execution/state_file.py:check": (
        "a state must be a plain file",
        lambda w: state_file.check(w.folder),
    ),
    "tuner/execution/state_file.py:check:2": ("cannot be written: Permission", unwritable),
    "tuner/execution/streamed_archives.py:cut": (
        "an archive without a file that can be read",
        lambda w: chunks_of(archive(w, 1).read_bytes()),
    ),
    "tuner/html/file.py:check": (
        "a.txt: not a page's name",
        lambda _: html_file.check(Path("a.txt")),
    ),
    "tuner/html/file.py:check:2": ("is a folder", folder_for_a_page),
    "tuner/html/file.py:check:3": (
        "there is no folder none",
        lambda _: html_file.check(Path("none/a.html")),
    ),
    "tuner/html/file.py:check:4": ("a.html cannot be written: Permission denied", unwritable_page),
    "tuner/inputs/archives.py:_list": (
        "archives inside archives, 3 deep",
        lambda w: archives.members(str(archive(w, 6))),
    ),
    "tuner/inputs/archives.py:_list_member": ("more than 0 files", too_many_files),
    "tuner/inputs/archives.py:opened": (
        "no file 'b' in the archive",
        lambda w: archives.opened(f"{archive(w, 1)}!b"),
    ),
    "tuner/inputs/packed.py:limit": ("TUNER_UNPACK_LIMIT_GB: '1_0' is no size", limit_setting),
    "tuner/inputs/remote.py:_explained": (
        "s3://logs/a: reading it needs s3fs, which is not installed",
        lambda _: explained(ImportError(name="s3fs")),
    ),
    "tuner/inputs/remote.py:_explained:2": (
        "s3://logs/a: no such object",
        lambda _: explained(FileNotFoundError()),
    ),
    "tuner/inputs/remote.py:_explained:3": (
        "s3://logs/a: permission refused",
        lambda _: explained(PermissionError()),
    ),
    "tuner/inputs/streams.py:opened": ("reading stopped early: the gz data is cut", broken_scan),
    "tuner/inputs/streams.py:_raw": (
        "nowhere: no such file",
        lambda w: streams._raw(str(w.folder / "nowhere")),
    ),
    "tuner/livekit/__init__.py:__getattr__": ("needs the extra `agent`", hidden_library),
    "tuner/livekit/prompt.py:instructions": (
        "INSTRUCTIONS_FILE: cannot read",
        lambda w: prompt.instructions(Settings(instructions_file=str(w.folder))),
    ),
    "tuner/livekit/prompt.py:instructions:2": (
        "file is empty",
        lambda w: prompt.instructions(Settings(instructions_file=str(w.file(" ")))),
    ),
    "tuner/load_test/targets.py:host_and_port": (
        "http://...: no host and port in it",
        lambda _: targets.host_of("http://[::1"),
    ),
    "tuner/load_test/targets.py:check": (
        "192.0.2.1 is not this machine",
        lambda _: targets.check("192.0.2.1", ["192.0.2.2"]),
    ),
    "tuner/report/dataframe.py:check_target": (
        "cannot tell the format of a.doc",
        lambda _: dataframe.check_target(Path("a.doc"), False),
    ),
    "tuner/whole_files.py:check_new": (
        "is no plain file",
        lambda w: whole_files.check_new(w.folder, True),
    ),
    "tuner/whole_files.py:check_new:2": (
        "a.csv exists",
        lambda w: whole_files.check_new(w.file("", "a.csv"), False),
    ),
    "tuner/whole_files.py:check_new:3": (
        "is no folder to write to",
        lambda w: whole_files.check_new(w.folder / "none" / "a.csv", False),
    ),
    "tuner/report/dataframe.py:write": ("the table was not written: No space left", full_disk),
    "tuner/report/dataframe.py:_parquet": (
        "needs the package pyarrow",
        lambda _: dataframe._parquet(
            SimpleNamespace(to_parquet=lambda *_, **__: exec("raise ImportError")),  # type: ignore[arg-type]
            io.BytesIO(),
        ),
    ),
    "tuner/settings/env_file.py:read_text": (
        "is a folder, not a file",
        lambda w: env_file.read_text(w.folder),
    ),
    "tuner/settings/env_file.py:read_text:2": (
        "file: it is larger than 1 MiB",
        lambda w: env_file.read_text(w.file(b"#" * (2 << 20))),
    ),
    "tuner/settings/env_file.py:read_text:3": (
        "file:2: not UTF-8 text",
        lambda w: env_file.read_text(w.file(b"A=1\nB=\xff\n")),
    ),
    "tuner/settings/knob_table.py:parse": (
        "MAX_TOKENS=many is not allowed (allowed: ",
        lambda _: parse({"MAX_TOKENS": "many"}),
    ),
    "tuner/settings/logged_values.py:logged_values": (
        "does not hold the settings of its calls",
        lambda _: stamps(),
    ),
    "tuner/settings/logged_values.py:logged_values:2": (
        "mixes calls with MIN_ENDPOINTING_DELAY 0.5 and 0.8",
        lambda _: stamps("0.5", "0.8"),
    ),
    "tuner/settings/logged_values.py:_readable": (
        "the log was made with MIN_ENDPOINTING_DELAY=12.0 (known here: 0.0 to 10.0 s)",
        lambda _: stamps("12.0"),
    ),
    "tuner/settings/profiles.py:folders": (
        "AGENT_PROFILES_DIR='none' is not a folder",
        lambda w: profiles.folders({"AGENT_PROFILES_DIR": "none"}, w.folder),
    ),
    "tuner/settings/profiles.py:refuse_path": (
        "AGENT_PROFILE is a path",
        lambda _: profiles.refuse_path("../a"),
    ),
    "tuner/settings/profiles.py:path_of": (
        "unknown profile 'noisi'; did you mean noisy?",
        lambda _: profiles.path_of("noisi"),
    ),
    "tuner/settings/profiles.py:refuse": (
        "file:1: GREETINGS is not a setting; did you mean GREETING?",
        lambda w: profiles.refuse(env_file.read_profile(w.file("GREETINGS=1\n")).mistakes),
    ),
    "tuner/settings/resolution.py:_found": ("AGENT_PROFILE names it in env", no_such_profile),
    "tuner/turn_log/first_line.py:stamp": (
        "'balanced' given as settings",
        lambda _: first_line.stamp("balanced"),  # type: ignore[arg-type]
    ),
    "tuner/turn_log/first_line.py:_known:2": (
        "MIN_ENDPOINTING_DELAY=0.8s is not allowed (allowed: 0.0 to 10.0 s, as a number without",
        lambda _: first_line._known({"MIN_ENDPOINTING_DELAY": "0.8s"}),
    ),
    "tuner/turn_log/first_line.py:_known": (
        "X is not a setting",
        lambda _: first_line._known({"X": 1}),
    ),
    "tuner/whatif/predict.py:enough": ("no turn of a turn log", lambda _: predict.enough([])),
    "tuner/whatif/predict.py:enough:2": (
        "1 call has turns: a prediction needs",
        lambda _: predict.enough([CALL]),  # type: ignore[list-item]
    ),
    "agent/audiocodes/bridge.py:_listen": ("cannot listen on 203.0.113.1:9", taken_port),
    "agent/audiocodes/command.py:_workers": (
        "audiocodes takes --workers 1 to 64 and nothing else: x",
        lambda _: audiocodes.main(["x"]),
    ),
    "agent/audiocodes/command.py:_check": (
        "AUDIOCODES_HOST is 0.0.0.0, and AUDIOCODES_TOKEN is not set",
        lambda _: audiocodes._check(Settings(audiocodes_host="0.0.0.0"), ""),
    ),
    "agent/audiocodes/workers.py:run_workers": ("--workers needs Linux or macOS", no_shared_port),
    "agent/audiocodes/workers.py:run_workers:2": (
        "cannot listen on 203.0.113.1:9",
        lambda _: run_workers(2, "203.0.113.1", 9, lambda _: None),
    ),
    "agent/audiocodes/line.py:transfer": (
        "a transfer needs a sip: or tel: address",
        lambda _: line().transfer("x"),
    ),
    "agent/audiocodes/line.py:send_dtmf": ("DTMF is 1 to 20", lambda _: line().send_dtmf("x")),
    "agent/check.py:main": ("check takes no arguments: x", lambda _: check.main(["x"])),
    "agent/main.py:_load": (
        "the agent needs the extra `agent` (nosuch is not installed)",
        lambda _: main._load("nosuch", "agent"),
    ),
    "agent/main.py:_check_keys": (
        "not set: OPENAI_API_KEY",
        without_key,
    ),
    "agent/main.py:_check_sound": (
        "console needs the PortAudio library",
        without_sound,
    ),
    "agent/phone/admission/__init__.py:open_slots": (
        "PHONE_SLOTS names no store",
        lambda _: open_slots("x", LIMITS),
    ),
    "agent/phone/command.py:main": ("phone: cannot read x", lambda _: phone.main(["x"])),
    "agent/phone/command.py:main:2": ("LiveKit refuses: wrong key", refused),
    "agent/phone/command.py:main:3": ("LiveKit does not answer (ClientError)", silent),
    "agent/phone/command.py:_check": (
        "not set: LIVEKIT_AGENT_NAME",
        lambda w: telephone(w, agent_name=""),
    ),
    "agent/phone/profile_rules.py:read_rules": (
        "cannot read nowhere: No such file",
        lambda _: profile_rules.read_rules("nowhere"),
    ),
    "agent/phone/profile_rules.py:read_rules:2": (
        "file: x: ",
        lambda w: profile_rules.read_rules(str(w.file("x = 1"))),
    ),
    "agent/phone/profile_rules.py:read_rules:3": (
        "file: ",
        lambda w: profile_rules.read_rules(str(w.file("x = "))),
    ),
    "agent/phone/serve.py:main": ("webhook takes no arguments: x", lambda _: serve.main(["x"])),
    "agent/phone/serve.py:check": (
        "PHONE_SIP_HOST is not set",
        lambda w: serve.check(service(), {}, w.folder),
    ),
    "agent/phone/serve.py:check:2": ("PHONE_WORKERS above 1 needs Linux", on_windows),
    "agent/phone/serve.py:_check_slots": (
        "PHONE_SLOTS: SQLite: unable to open database file",
        lambda w: serve.check(service(sip_host="a", slots="sqlite:nowhere/a"), {}, w.folder),
    ),
    "agent/ports.py:_bind": ("HEALTH_PORT: port ", port_in_use),
    "agent/phone/settings.py:_read": ("PHONE_PORT: ", lambda _: service(port=70_000)),
    "agent/phone/settings.py:_read:2": ("PHONE_NUMBERS: not JSON", number_without_brackets),
    "agent/phone/history/stores.py:open_history": (
        "PHONE_HISTORY names no store",
        lambda _: stores.open_history("calls.db"),
    ),
    "agent/phone/history/stores.py:__init__": ("psycopg is not installed", without_psycopg),
    "agent/ready/command.py:_phone": (
        "webhook: PHONE_TWILIO_AUTH_TOKEN: not set",
        webhook_without_token,
    ),
    "agent/ready/load_results.py:read": (
        "cannot read nowhere: No such file",
        lambda _: load_results.read(Path("nowhere")),
    ),
    "agent/ready/load_results.py:read:2": (
        "file is no result of a load test",
        lambda w: load_results.read(w.file("{}")),
    ),
    "agent/ready/questions.py:read": (
        "cannot read nowhere: No such file",
        lambda _: questions.read(Path("nowhere")),
    ),
    "agent/ready/questions.py:read:2": (
        "file: not TOML: ",
        lambda w: questions.read(w.file("alerts = ")),
    ),
    "agent/ready/questions.py:read:3": (
        "file: alert is not a question; did you mean alerts?",
        lambda w: questions.read(w.file("alert = 'mail'")),
    ),
    "agent/ready/questions.py:read:4": (
        "file: alerts is not a text in quotes",
        lambda w: questions.read(w.file("alerts = 1")),
    ),
    "tuner/bench/tuning/holding.py:_must_be_whole": (
        "stopped: nothing was written",
        lambda _: holding._must_be_whole(calls_held(problem="stopped")),
    ),
    "tuner/bench/tuning/holding.py:_must_be_whole:2": (
        "the calls could not be held: every call failed ()",
        lambda _: holding._must_be_whole(calls_held(good=[])),
    ),
    "tuner/bench/tuning/holding.py:_must_be_whole:3": (
        "the machine could not keep up",
        lambda _: holding._must_be_whole(calls_held(too_slow=True)),
    ),
    "tuner/bench/tuning/profile.py:check_target": (
        "a profile ends in .env",
        lambda _: profile.check_target(Path("a.txt"), False),
    ),
    "tuner/bench/tuning/race.py:plan": (
        "--minutes 1 is too short for 20 candidates",
        lambda _: race.plan(1, 60, 1, 20),
    ),
    "tuner/calls/choose.py:condition": (
        "--where 'x' is no condition",
        lambda _: choose.condition("x"),
    ),
    "tuner/calls/choose.py:known_name": (
        "--sort: a call has no figure 'x'",
        lambda _: choose.known_name("x", "--sort"),
    ),
    "tuner/calls/counted.py:__init__": (
        "no line of these logs says which call it belongs to",
        nameless_calls,
    ),
    "tuner/cli/analyze.py:_format": (
        "ask for more than one format",
        lambda _: analyze._format(True, analyze.Format.text, False),
    ),
    "tuner/cli/compare.py:_compared": (
        "--before and --after name groups",
        lambda _: compare._compared([], None, ("a", ""), {}),
    ),
    "tuner/cli/compare.py:_compared:2": (
        "1 log given, two are compared",
        lambda _: compare._compared(["a"], None, ("", ""), {}),
    ),
    "tuner/cli/metrics_server.py:__init__": ("--metrics ", used_port),
    "tuner/cli/times.py:parse_time": (
        "--since '１h' is not a time",
        lambda _: times.parse_time("１h", "--since", 0.0),
    ),
    "tuner/cli/times.py:parse_time:2": (
        "--since 'noon' is not a time",
        lambda _: times.parse_time("noon", "--since", 0.0),
    ),
    "tuner/cli/tune.py:_replay": (
        "stdin cannot be read twice",
        lambda _: tune._replay(tuned("-")),
    ),
    "tuner/cli/tune.py:_replay:2": (
        "nothing to tune: ",
        lambda w: tune._replay(
            replayed(w, values={"AGENT_MODE": "realtime", "TURN_DETECTION": "realtime_llm"})
        ),
    ),
    "tuner/cli/tune.py:_replay:3": (
        "no pause in 3 turns",
        lambda w: tune._replay(replayed(w, values={})),
    ),
    "tuner/cli/tune.py:_bench": ("`tuner tune` needs the extra `agent`", hidden_bench),
    "tuner/cli/watch.py:_source": (
        "- is read alone",
        lambda _: watch._source(["-", "a"], "", 60.0, Nowhere()),
    ),
    "tuner/facts/countable.py:countable": (
        "file: nothing understood",
        lambda w: pipeline.analyze([w.file("To be or not to be\n")], environ={}),
    ),
    "tuner/pipeline/turn_logs.py:_all_rows": (
        "the turn log holds more than 0 events",
        long_turn_log,
    ),
    "tuner/cli/stdin_file.py:_copied": ("stdin cannot be kept in /", full_folder),
    "tuner/store/database.py:_engine": (
        "a store of calls needs the extra `store` (sqlalchemy is not installed)",
        without_sqlalchemy,
    ),
    "tuner/store/database.py:_engine:2": (
        "'calls.db' is no URL of a database",
        lambda _: store("calls.db"),
    ),
    "tuner/store/database.py:_engine:3": (
        "'mysql' is neither SQLite nor PostgreSQL",
        lambda _: store("mysql://host/calls"),
    ),
    "tuner/store/database.py:_engine:4": (
        "a store in PostgreSQL needs the extra `store` (psycopg is not installed)",
        lambda w: (w.hides("psycopg"), store("postgresql://host/calls")),
    ),
    "tuner/store/database.py:_done": (
        "the database: unable to open database file",
        lambda _: store("sqlite:///none/calls.db"),
    ),
    "tuner/store/database.py:add": ("0 of 1 calls were stored", store_that_refuses),
    "tuner/store/tables.py:prepare": ("the database has version 99 of the tables", later_store),
    "tuner/pipeline/turn_logs.py:_enough": (
        "Monday: no turn of a turn log",
        lambda _: turn_logs._enough([], "Monday"),
    ),
    "tuner/watch/follow.py:checked": (
        "https://a.example/log: only files of this machine can be followed",
        lambda _: follow.checked(["https://user:word@a.example/log"]),
    ),
    "tuner/watch/follow.py:checked:2": (
        "nowhere: no such file",
        lambda w: follow.checked([str(w.folder / "nowhere")]),
    ),
    "tuner/whatif/groups.py:two_groups": (
        "--by profile: ",
        lambda _: groups.two_groups([], "profile"),
    ),
    "tuner/whatif/groups.py:_named": (
        "--before: no such group",
        lambda _: groups._named("x", {}, "--before"),
    ),
}
SITES = raise_sites.sites()


def test_every_raise_is_in_the_table() -> None:
    assert sorted(TABLE) == sorted(SITES)


@pytest.mark.parametrize("site", TABLE)
def test_an_error_says_what_is_wrong_and_what_to_do(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, provoke = TABLE[site]
    monkeypatch.chdir(tmp_path)
    with pytest.raises((TunerError, typer.BadParameter)) as caught:
        provoke(World(tmp_path, monkeypatch))
    assert message in str(caught.value).replace("file.toml", "file")
    path, lines = SITES[site]
    raised = [(Path(str(e.path)), e.lineno + 1) for e in caught.traceback]
    assert any(file == path and number in lines for file, number in raised), raised
    if isinstance(caught.value, TunerError):
        assert caught.value.next_step or "; did you mean" in str(caught.value)
