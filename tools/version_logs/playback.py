"""Runs inside a version's own environment: sets its logging up and logs what stdin lists.

Each text is written by a fork of its own, since logging is set up once in a process.
Uses livekit-agents of that environment and the standard library, nothing of this repository.
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

job, metrics, executors, plugins = (
    cast(Any, importlib.import_module(f"livekit.agents.{name}"))
    for name in ("job", "metrics", "ipc.job_proc_executor", "plugin")
)
SOURCES = Path(metrics.__file__).parents[3]
MUTED = ("openai", "httpx", "httpx2", "httpcore2")
METADATA = {"model_name": "gpt-4.1-mini", "model_provider": "api.openai.com"}
MAIN_PID = 4000


class Stage:
    """The clock and the call that the next record belongs to."""

    def __init__(self, calls: list[dict[str, Any]], console: bool) -> None:
        self.now = 0.0
        self.place: tuple[str, str, int] | None = None
        self.contexts = [] if console else [_process_fields(call) for call in calls]
        self.fields = [{"room": call["room"]} for call in calls]
        self.pids = [call["pid"] for call in calls]
        self.of_app: dict[str, Any] = {}
        self.call: int | None = None

    def enter(self, at: float, call: int | None) -> None:
        """Sets the clock, and the job whose process logs; None is the worker."""
        self.now, self.call = at, call
        self.of_app.clear()
        self.of_app.update({} if call is None else self.fields[call])

    def record(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """A record of this moment, from the place in the sources that really logs it."""
        record = logging.LogRecord(*args, **kwargs)
        record.created, record.msecs = self.now, float(round(self.now * 1000) % 1000)
        in_job = self.call is not None and bool(self.contexts)
        record.process = self.pids[self.call] if in_job and self.call is not None else MAIN_PID
        if self.place:
            record.pathname, record.funcName, record.lineno = self.place
        record.pathname = record.pathname.replace(str(SOURCES), "/app/.venv/site-packages")
        record.filename = Path(record.pathname).name
        return record

    def filter(self, record: logging.LogRecord) -> bool:
        """What the worker adds to a record that it receives from a job's process."""
        if self.call is not None and self.contexts:
            record.__dict__.update(self.contexts[self.call])
        return True


def _process_fields(call: dict[str, Any]) -> dict[str, Any]:
    """The version's own fields for the lines of a job's process."""
    executor = object.__new__(executors.ProcJobExecutor)
    room = SimpleNamespace(name=call["room"], sid=call["room_sid"])
    about = SimpleNamespace(id=call["job_id"], room=room, agent_name="")
    executor._pid, executor._running_job = call["pid"], SimpleNamespace(job=about)
    return dict(executor.logging_extra())


def _add_app_fields(stage: Stage) -> None:
    """What the version does with `ctx.log_context_fields`; 0.12 has no such thing."""
    kind = getattr(job, "JobExecutorType", None)
    process = SimpleNamespace(executor_type=kind and kind.PROCESS)
    context = SimpleNamespace(
        _log_fields=stage.of_app, log_context_fields=stage.of_app, proc=process, _proc=process
    )
    if hasattr(job, "_ContextLogFieldsFilter"):
        for handler in logging.getLogger().handlers:
            handler.addFilter(job._ContextLogFieldsFilter(context))
    elif hasattr(job.JobContext, "_init_log_factory"):
        job.JobContext._init_log_factory(context)


def set_up(level: str, production: bool, console: bool) -> None:
    """Calls the function that this version's `start`, `dev` or `console` calls."""
    cli: Any = importlib.import_module("livekit.agents.cli.cli")
    if hasattr(cli, "_configure_logger"):
        screen = None if production else cli.AgentsConsole.get_instance()
        cli._configure_logger(screen, level)
        return
    setup: Callable[..., None] = cli.setup_logging if hasattr(cli, "setup_logging") else _setup()
    named = {"log_level": level, "devmode": not production, "console": console}
    setup(**{k: v for k, v in named.items() if k in inspect.signature(setup).parameters})


def _setup() -> Callable[..., None]:
    found: Callable[..., None] = importlib.import_module("livekit.agents.cli.log").setup_logging
    return found


def _place(file: str, message: str) -> tuple[str, str, int]:
    """Path, function and line of the call; of other packages, which are not pinned, the path."""
    path = SOURCES / file
    lines = path.read_text().splitlines() if file.startswith("livekit/agents/") else []
    for number, text in enumerate(lines, 1):
        if message[:24] in text:
            above = (line.split("def ")[1] for line in reversed(lines[:number]) if "def " in line)
            return str(path), next(above, "<module>").partition("(")[0], number
    return str(path), "<module>", 1


def _measured(family: str, values: dict[str, Any], at: float) -> Any:
    """An instance of the version's own class; the pipeline's in 0.12."""
    kind: Any = getattr(metrics, f"Pipeline{family}Metrics", None) or getattr(
        metrics, f"{family}Metrics"
    )
    offered = {"label": "openai", "request_id": "req", "sequence_id": "seq", "timestamp": at}
    offered |= {"duration": 0.9, "cancelled": False, "streamed": True, "characters_count": 17}
    offered |= {"error": None, "prompt_cached_tokens": 0, "on_user_turn_completed_delay": 0.0}
    offered |= {"last_speaking_time": at, "metadata": METADATA, **values}
    has = inspect.signature(kind).parameters
    return kind(**{key: value for key, value in offered.items() if key in has})


def play(script: dict[str, Any]) -> None:
    """Logs every line of the script at its time."""
    stage = Stage(script["calls"], script["console"])
    logging.setLogRecordFactory(stage.record)
    for name in MUTED if script["level"] == "DEBUG" else ():
        logging.getLogger(name).setLevel("DEBUG")
    silero = logging.getLogger("livekit.plugins.silero")
    plugins.Plugin.register_plugin(
        plugins.Plugin("livekit.plugins.silero", "1", "livekit.plugins.silero", silero)
    )
    set_up(script["level"], script["production"], script["console"])
    _add_app_fields(stage)
    for handler in logging.getLogger().handlers:
        handler.addFilter(stage.filter)
    for line in script["lines"]:
        _log(stage, line)


def _log(stage: Stage, line: dict[str, Any]) -> None:
    stage.enter(line["at"], line["call"])
    if "family" in line:
        stage.place = None
        metrics.log_metrics(_measured(line["family"], line["values"], line["at"]))
        return
    stage.place = _place(line["file"], line["message"])
    level = logging.getLevelName(line["level"])
    logging.getLogger(line["logger"]).log(level, line["message"], extra=line["fields"] or None)


def play_into(file: str, script: dict[str, Any]) -> None:
    """Plays a script in a child process whose output is the file."""
    child = os.fork()
    if child:
        if os.waitpid(child, 0)[1]:
            raise SystemExit(f"{file} was not written")
        return
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.environ.update(script["environ"])
    try:
        play(script)
        sys.stdout.flush()
        os._exit(0)
    finally:
        os._exit(1)


if __name__ == "__main__":
    for name, script in json.load(sys.stdin).items():
        play_into(name, script)
