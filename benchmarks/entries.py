"""A genuine sample log in, its records out: which kind each is, and what must stay together.

The reading here is naive on purpose (json, one line at a time): it is the second opinion that the
counts of everyone else are held to.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tuner.lines.catalogue.table import LINES, TURNS

FOLDER = Path(__file__).parent.parent / "sample_logs"
_DEV = re.compile(
    r"(?P<time>[-\d]+ [\d:,]+) - \x1b\[\d+m(?P<level>\w+)\s*\x1b\[0m (?P<name>\S+) - "
    r"(?P<message>.*?) \x1b\[90m(?P<extras>.*)\x1b\[0m"
)
_SERVER = re.compile(rb"127\.0\.0\.1:\d+")
_MS = re.compile(r"openai-processing-ms', b?'(\d+)'")
_METHOD = re.compile(r"HTTP (?:Request|Response): (\w+)")


class Entry(NamedTuple):
    """One record: its whole lines, and its `unit`, kept or dropped with the others of the unit.

    The lines that speak of one HTTP response are one unit; `method` is its method, else "".
    """

    raw: bytes
    level: str
    kind: str
    unit: int
    message: str
    extras: dict[str, Any]
    method: str = ""

    @property
    def telling(self) -> bool:
        """Whether a report needs the line: it is an event, or stands above DEBUG."""
        return bool(self.kind) or self.level != "DEBUG"

    @property
    def processing_ms(self) -> int | None:
        """What the response's own header says, if the line carries it."""
        found = _MS.search(self.message) if self.kind == "http_headers" else None
        return int(found[1]) if found else None


@cache
def read(name: str) -> tuple[Entry, ...]:
    """Return the records of a sample log, in order, as production would have written them.

    The sample logs spoke with a server on this machine, at another port in each, and its own
    errors stand among theirs; everybody else speaks with one OpenAI.
    """
    data = (FOLDER / name).read_bytes()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    data = _SERVER.sub(b"api.openai.com", data.replace(b"http://127", b"https://127"))
    entries = [_entry(raw, unit) for unit, raw in enumerate(_records(data))]
    return tuple(_joined([e for e in entries if e.extras["name"] != "aiohttp.server"]))


def literals() -> tuple[str, ...]:
    """The literals that find every line of the table; the turn log's words are found by logger."""
    spellings = [spelling for line in LINES for spelling in line.spellings]
    found = (TURNS[0] if s.loggers == TURNS else s.starts for s in spellings)
    return tuple(dict.fromkeys(found))


def _records(data: bytes) -> list[bytes]:
    """Whole records: a line that begins none, as in a traceback, belongs to the one before."""
    records: list[bytes] = []
    for line in data.splitlines(keepends=True):
        if line.startswith((b"{", b"20")) or not records:
            records.append(line)
        else:
            records[-1] += line
    return records


def _entry(raw: bytes, unit: int) -> Entry:
    text = raw.decode()
    if text.startswith("{"):
        found = json.loads(text)
    else:
        match = _DEV.match(text)
        assert match is not None, text
        found = json.loads(match["extras"] or "{}") | match.groupdict()
    message, level = found["message"], found["level"]
    return Entry(raw, level, _kind(message, found["name"]), unit, message, found)


def _kind(message: str, logger: str) -> str:
    for line in LINES:
        for spelling in line.spellings:
            starts = spelling.starts
            fits = message == starts if spelling.exact else message.startswith(starts)
            if fits and logger.startswith(spelling.loggers):
                return line.kind
    return ""


def _joined(entries: Sequence[Entry]) -> list[Entry]:
    """Give the lines of one HTTP response one unit: headers, then request, later the SDK's line.

    Within a job the request line follows its headers at once; the SDK speaks of the responses of
    a job in their order.
    """
    out = list(entries)
    headers: dict[Any, int] = {}
    waiting: dict[Any, deque[int]] = defaultdict(deque)
    for place, entry in enumerate(entries):
        job = entry.extras.get("job_id")
        if entry.kind == "http_headers":
            headers[job] = place
        elif entry.kind in ("http_request", "openai_response"):
            method = _METHOD.match(entry.message)
            assert method is not None, entry.message
            queue, unit = waiting[job, method[1]], entry.unit
            if entry.kind == "openai_response":
                unit = queue.popleft() if queue else unit
            else:
                first = headers.pop(job, place)
                unit = out[first].unit
                out[first] = out[first]._replace(method=method[1])
                queue.append(unit)
            out[place] = entry._replace(unit=unit, method=method[1])
    return out
