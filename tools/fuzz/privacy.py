"""`python -m tools.fuzz.privacy [INPUTS] [SEED]`: private texts in every field of every record.

Each input is a log in which one private text stands in one place; it goes through the report, its
JSON, its page and other formats, the list of calls, the timeline of one, watch, capacity, the
export, what-if, compare, a store and what is read from it, and the errors of the command line.
Nothing of it may come out.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import typer.main

from tests import export_shapes, samples, shipping
from tuner.cli.main import run

typer.main.get_command = cache(typer.main.get_command)
"""To build the commands anew for each of them took half of the time."""

TESTS = Path(__file__).parents[2] / "tests"
MARK = "Quetzal"
"""Stands in every private text, and in nothing that the program says by itself."""
NUMBER = "5557654321"
PRIVATE = (
    *(f"sk-proj-{MARK}a8Zk2kdj38dha", f"{MARK}.roe@example.com", f"my name is {MARK} Roe"),
    *(f"+1{NUMBER}", "+1 555-765-4321", "(555) 765-4321", f"sip:+1{NUMBER}@{MARK}.example"),
    *(f"https://user:{MARK}@host.example/a?sig={MARK}", f"{MARK}-Wilhelmina", f"{MARK}"),
    *(f"eyJhbGciOi{MARK}.eyJzdWIi{MARK}.c2ln{MARK}", f"AKIA{MARK.upper()}ABCDEFGHIJ"),
    *(f"x\\n{MARK}", f"\x1b[31m{MARK}", f"/home/{MARK}/calls.wav", f"4{NUMBER}12345"),
)
FIELDS = (
    *("level", "name", "reason", "model", "model_name", "model_provider", "endpoint", "method"),
    *("role", "source", "outcome", "profile", "mode", "language", "job_id", "room", "pid", "kind"),
    *("request_id", "error", "impl_id", "status", "path", "type", "label", "attempt", "version"),
    *("transcript", "text", "participant", "identity", "exc_info", "settings", "versions"),
)
MESSAGES = (
    *("LLM metrics", "session closed", "openai call", "session started", "session ended", "turn"),
    *("interruption", "user turn committed", "starting worker", "what is this", "received user"),
    "HTTP Request: POST {} \"HTTP/1.1 200 OK\"",
    "_SegmentSynchronizerImpl.{} called after close",
    "failed to generate LLM completion, retrying in 0.1s {}",
    "event loop blocked for 900ms {}",
    "{}",
)  # fmt: skip
LOGGERS = ("livekit.agents", "tuner.turns", "openai", "httpx", "app")
FORMATS = ("md", "github", "slack", "junit", "sarif")
Fields = dict[str, Any]
SHAPES: dict[str, Callable[[Sequence[Fields]], bytes]] = {
    "json": lambda records: b"".join(json.dumps(r).encode() + b"\n" for r in records),
    "dev": lambda records: shipping.dev_text(SHAPES["json"](records)),
    "cri": lambda records: shipping.LINE_WRAPPERS["cri"](SHAPES["json"](records)),
    **{name: export_shapes.SHAPES[name] for name in ("insights_csv", "gcp_array", "bigquery_csv")},
}


class Input(NamedTuple):
    """A private text, and where it stands: in a field of a record, or, of a specimen, a key."""

    private: str
    message: str
    field: str
    logger: str
    shape: str

    def data(self) -> bytes:
        """The log."""
        if self.message in SPECIMENS:
            return self._specimen()
        record: Fields = {"message": self.message.replace("{}", self.private), "level": "WARNING"}
        record |= {"name": self.logger, "job_id": "AJ_1", "ttft": 0.4, "processing_ms": 3000}
        record |= {self.field: self.private, "timestamp": "2026-11-20T09:36:05.904371+00:00"}
        sound = [json.loads(line) for line in _sound()]
        return SHAPES[self.shape]([*sound[:20], record, *sound[20:]])

    def _specimen(self) -> bytes:
        """A recorded call in which every text of one key is the private one."""
        data = _bytes(self.message).decode()
        private = json.dumps(self.private)
        parts = data.split(f'"{self.field}": "')
        rest = [part[part.index('"') :].removeprefix('"') for part in parts[1:]]
        return (parts[0] + "".join(f'"{self.field}": {private}{part}' for part in rest)).encode()


SPECIMENS = {
    "slow-thinker.d05.jsonl.gz": ("profile", "room", "job_id", "mode", "outcome", "reason"),
    "session_report.json": ("transcript", "room", "job_id", "type", "role", "id", "new_agent_id"),
    "spans.console.jsonl": ("lk.pii.user_transcript", "lk.agent_label", "name", "service.name"),
    "turns.jsonl": ("profile", "room", "GREETING", "LLM_MODEL", "openai", "reason", "endpoint"),
}
"""Call records and turn logs with keys whose texts are replaced."""


@cache
def _bytes(name: str) -> bytes:
    path = next(path for path in TESTS.rglob(name))
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@cache
def _sound() -> list[bytes]:
    return samples.data("healthy-info.jsonl").splitlines()[:60]


def inputs(number: int, random: Random) -> Iterator[Input]:
    """So many inputs: the specimens' first, of the others any."""
    for name, keys in SPECIMENS.items():
        for key, private in product(keys, random.sample(PRIVATE, 4)):
            yield Input(private, name, key, "", "")
    every = list(product(PRIVATE, MESSAGES, FIELDS, LOGGERS, SHAPES))
    yield from (Input(*each) for each in random.sample(every, number))


def leaked(given: Input, folder: Path) -> str:
    """What came out of an input that holds some of the private text; "" if nothing did."""
    log, table, page = folder / "a.log", folder / "a.csv", folder / "a.html"
    store = f"sqlite:///{folder}/calls.db"
    log.write_bytes(given.data())
    commands = [["analyze", str(log)], ["analyze", str(log), "--json"], ["what-if", str(log)]]
    commands += [["export", str(log), "-o", str(table), "--force"], ["analyze", "--call", "x"]]
    commands[-1].append(str(log))
    commands += [["analyze", str(log), "--html", str(page)], ["calls", str(log), "--json"]]
    commands += [["calls", str(log)], ["watch", str(log), "--once"], ["capacity", str(log)]]
    commands += [["call", str(log), "AJ_1"], ["call", str(log), "AJ_1", "--json"]]
    commands += [["analyze", str(log), "--format", name] for name in FORMATS]
    commands += [
        ["analyze", str(log), "--store", store],
        ["trend", store],
        ["trend", store, "--json"],
    ]
    if given.message in SPECIMENS:
        commands += [["compare", str(log), str(log)], ["what-if", str(log), "--json"]]
    for command in commands:
        written = _written(command) + "".join(map(_taken, (table, page)))
        if command == commands[-1]:
            written += (folder / "calls.db").read_bytes().decode(errors="replace")
            (folder / "calls.db").unlink()
        if is_private(written, given.private):
            return f"{command[0]}: {_around(written)}"
    return ""


def _taken(path: Path) -> str:
    """The text of a file, which is removed; "" if there is none."""
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def is_private(text: str, private: str) -> bool:
    """Whether a text holds the mark, or the digits of a number that is private."""
    digits = "".join(filter(str.isdigit, private))
    has_number = len(digits) > 6 and any(part in text for part in ("7654321", "765-4321"))
    return MARK.lower() in text.lower() or has_number


def _around(text: str) -> str:
    at = max(text.lower().find(MARK.lower()), text.find("765"))
    return text[max(at - 60, 0) : at + 40].replace("\n", " ")


def _written(command: list[str]) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        run(command)
    return out.getvalue()


def main(number: int, seed: int) -> int:
    """Try so many inputs; return how many leak."""
    failed = done = 0
    with tempfile.TemporaryDirectory() as folder:
        for given in inputs(number, Random(seed)):
            done += 1
            if done > number:
                break
            if why := leaked(given, Path(folder)):
                failed += 1
                sys.stdout.write(f"{given}: {why}\n")
    sys.stdout.write(f"{min(done, number)} inputs, {failed} leak\n")
    return failed


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 1_476, numbers[1] if numbers[1:] else 0)))
