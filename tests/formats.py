"""LiveKit's own JSON log rewritten in the layouts of other loggers: for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

Fields = dict[str, Any]
_OWN = ("message", "level", "name", "timestamp", "pid", "exc_info")


def _extras(found: Fields) -> Fields:
    return {k: v for k, v in found.items() if k not in _OWN and not k.startswith("code.")}


def _stamp(found: Fields) -> datetime:
    return datetime.fromisoformat(found["timestamp"])


def _local(found: Fields) -> str:
    return _stamp(found).strftime("%Y-%m-%d %H:%M:%S,") + f"{_stamp(found).microsecond // 1000:03d}"


def structlog(found: Fields) -> str:
    head = {"event": found["message"], "level": found["level"].lower(), "logger": found["name"]}
    return json.dumps({**_extras(found), **head, "timestamp": found["timestamp"]})


def structlog_console(found: Fields) -> str:
    """structlog's ConsoleRenderer without colours."""
    pairs = " ".join(f"{key}={json.dumps(value)}" for key, value in _extras(found).items())
    time = _stamp(found).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    head = f"{time} [{found['level'].lower():<9}] {found['message']:<30} [{found['name']}]"
    return f"{head} {pairs}"


def json_logger(found: Fields) -> str:
    head = {"asctime": _local(found), "levelname": found["level"], "name": found["name"]}
    return json.dumps({**head, "message": found["message"], **_extras(found)})


def pino(found: Fields) -> str:
    level = {"DEBUG": 20, "INFO": 30, "WARNING": 40, "ERROR": 50}[found["level"]]
    head = {"level": level, "time": int(_stamp(found).timestamp() * 1000), "pid": found["pid"]}
    return json.dumps({**head, "name": found["name"], **_extras(found), "msg": found["message"]})


def loguru(found: Fields) -> str:
    record = {
        "message": found["message"],
        "level": {"name": found["level"], "no": 10},
        "name": found["name"],
        "time": {"repr": found["timestamp"], "timestamp": _stamp(found).timestamp()},
        "process": {"id": found["pid"], "name": "MainProcess"},
        "extra": _extras(found),
    }
    return json.dumps({"text": found["message"] + "\n", "record": record})


def stackdriver(found: Fields) -> str:
    payload = {"message": found["message"], "name": found["name"], **_extras(found)}
    head = {"severity": found["level"], "timestamp": found["timestamp"]}
    return json.dumps({**head, "jsonPayload": payload})


def dev(found: Fields) -> str:
    extras = json.dumps(_extras(found)) if _extras(found) else ""
    head = f"{_local(found)} - \x1b[36m{found['level']:<4}\x1b[0m {found['name']}"
    return f"{head} - {found['message']} \x1b[90m{extras}\x1b[0m"


def compact(found: Fields) -> str:
    extras = json.dumps(_extras(found)) if _extras(found) else ""
    head = f"{_stamp(found):%H:%M:%S} \x1b[36m{found['level']:<4}\x1b[0m {found['name']}"
    return f"{head} {found['message']} \x1b[90m{extras}\x1b[0m"


def console(found: Fields) -> str:
    return "\r" + compact(found)


def basic(found: Fields) -> str:
    return f"{found['level']}:{found['name']}:{found['message']}"


def plain(found: Fields) -> str:
    return f"{_local(found)} {found['level']} {found['name']}: {found['message']}"


def openai_style(found: Fields) -> str:
    return f"[{_local(found)[:19]} - {found['name']}:1234 - {found['level']}] {found['message']}"


def dashes(found: Fields) -> str:
    return f"{_local(found)} - {found['name']} - {found['level']} - {found['message']}"


def american(found: Fields) -> str:
    return f"{_stamp(found):%m/%d/%Y %I:%M:%S %p} - {found['level']} - {found['message']}"


def seconds(found: Fields) -> str:
    return f"{_stamp(found).timestamp():.3f} {found['level']} {found['name']} {found['message']}"


def pino_pretty(found: Fields) -> str:
    """The screen of agents-js: a line for each field."""
    below = "".join(f"\n    {key}: {json.dumps(value)}" for key, value in _extras(found).items())
    head = f"[{_local(found)[11:].replace(',', '.')}] {found['level']} ({found['pid']})"
    return f"{head}: {found['message']}{below}"


Layout = Callable[[Fields], str]
WITH_EXTRAS: tuple[Layout, ...] = (
    *(structlog, json_logger, pino, loguru, stackdriver, dev, compact, console),
)
WITHOUT_EXTRAS: tuple[Layout, ...] = (basic, plain, openai_style, dashes)


def rewrite(data: bytes, layout: Layout) -> bytes:
    lines = (layout(json.loads(line)) for line in data.splitlines())
    return "".join(re.sub(r"\n(?=.)", " ", line) + "\n" for line in lines).encode()
