"""What runtimes, shippers and stores make of the lines that a container prints."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

Wrap = Callable[[list[str]], str]


def time(n: int) -> str:
    return f"2026-11-25T22:{30 + n // 60_000:02}:{n // 1000 % 60:02}.{n % 1000:03}Z"


def before(words: str) -> Wrap:
    """These words before each line, in which TIME stands for its time."""
    return lambda lines: "".join(
        f"{words.replace('TIME', time(n))}{line}\n" for n, line in enumerate(lines)
    )


def record(make: Callable[[int, str], dict[str, Any]]) -> Wrap:
    return lambda lines: "".join(json.dumps(make(n, line)) + "\n" for n, line in enumerate(lines))


def document(make: Callable[[int, str], dict[str, Any]]) -> Wrap:
    return lambda lines: json.dumps([make(n, line) for n, line in enumerate(lines)], indent=2)


def table(*header: str) -> Wrap:
    def wrapped(lines: list[str]) -> str:
        out = io.StringIO()
        rows = [[time(n), *["INFO"] * (len(header) - 2), line] for n, line in enumerate(lines)]
        csv.writer(out, lineterminator="\n").writerows([header, *rows])
        return out.getvalue()

    return wrapped


def docker(n: int, line: str) -> dict[str, Any]:
    return {"log": line + "\n", "stream": "stdout", "time": time(n)}


def in_pieces(lines: list[str], piece: Callable[[int, str, bool], str]) -> str:
    """As runtimes keep long lines: 16 KB at a time."""
    size = 1 << 14
    return "".join(
        piece(n, line[at : at + size], at + size >= len(line)) + "\n"
        for n, line in enumerate(lines)
        for at in range(0, len(line), size)
    )


def docker_piece(n: int, part: str, is_last: bool) -> str:
    return json.dumps({**docker(n, part), "log": part + "\n" * is_last})


def cri_piece(n: int, part: str, is_last: bool) -> str:
    return f"{time(n)} stdout {'F' if is_last else 'P'} {part}"


def gcp(n: int, line: str) -> dict[str, Any]:
    return {"insertId": f"x{n}", "textPayload": line, "timestamp": time(n), "severity": "INFO"}


def journald(n: int, line: str) -> dict[str, Any]:
    return {"__REALTIME_TIMESTAMP": str(1795645768000000 + n), "_PID": "8", "MESSAGE": line}


def event(n: int, line: str) -> dict[str, Any]:
    return {"timestamp": 1795645768000 + n, "message": line, "ingestionTime": 1795645769000 + n}


WRAPPERS: dict[str, Wrap] = {
    "compose": before("agent-1  | "),
    "compose in colour": before("\x1b[36magent-1  | \x1b[0m"),
    "compose with times": before("agent-1  | TIME "),
    "docker logs -t": before("TIME "),
    "docker": record(docker),
    "docker in pieces": lambda lines: in_pieces(lines, docker_piece),
    "cri": before("TIME stdout F "),
    "cri in pieces": lambda lines: in_pieces(lines, cri_piece),
    "kubectl": before("[pod/agent-1/agent] "),
    "stern": before("agent-7c9f4d-x2x agent "),
    "heroku": before("TIME app[worker.1]: "),
    "fly": before("TIME app[91857] fra [info] "),
    "pm2": before("0|agent    | "),
    "syslog": before("Nov 25 22:30:28 host agent[812]: "),
    "rfc5424": before("<14>1 TIME host agent 812 - - "),
    "cloudwatch tail": before("TIME agent/agent/0a1b2c3d "),
    "journald": record(journald),
    "gcp": record(gcp),
    "gcp as an array": document(gcp),
    "loki": record(lambda n, line: {"labels": {"app": "a"}, "line": line, "timestamp": time(n)}),
    "cloudwatch events": lambda lines: json.dumps(
        {"events": [event(n, line) for n, line in enumerate(lines)]}, indent=4
    ),
    "insights": table("@timestamp", "@message"),
    "viewer": table("timestamp", "severity", "textPayload"),
}
