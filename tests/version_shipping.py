"""What shippers and exports make of a text log of any version, with each record's own time."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator

from tests import shipping

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
HEAD = re.compile(
    r"(?:\{.*\"timestamp\": \"|\r? {0,4}(?=[\d ]))"
    r"(?:\d{4}-\d\d-\d\d[ T])?(\d\d:\d\d:\d\d(?:[.,]\d{3})?|\s{8,12})"
    r"(?:\d*\+00:00\"\}| (?:- )?(?:DEBUG|INFO|WARNI|ERROR))"
)
"""The beginning of a record: LiveKit's JSON, its text or its Rich screen."""
DAY = "2026-03-02"


def timed(text: str) -> Iterator[tuple[str, bool, str]]:
    """Each line with the time of its record (HH:MM:SS.mmm) and whether it begins one."""
    time = ""
    for line in text.removesuffix("\n").split("\n"):
        head = HEAD.match(COLOUR.sub("", line))
        if head and head[1].strip():
            time = f"{head[1]}.000".replace(",", ".")[:12]
        yield time, bool(head), line


def newest_first(data: bytes) -> bytes:
    """The records in reverse order; the lines of each stay as they are."""
    records: list[str] = []
    for _, begins, line in timed(data.decode()):
        if begins:
            records.append("")
        records[-1] += line + "\n"
    return "".join(reversed(records)).encode()


def insights_csv(data: bytes) -> bytes:
    """CloudWatch Insights' CSV: every line was an event of its own."""
    target = io.StringIO()
    rows = ((f"{DAY} {time}", line) for time, _, line in timed(data.decode()))
    csv.writer(target, lineterminator="\n").writerows([("@timestamp", "@message"), *rows])
    return target.getvalue().encode()


def json_array(data: bytes) -> bytes:
    """One array of events, each with its time and the line as a string."""
    events = ((f"{DAY}T{time}Z", line) for time, _, line in timed(data.decode()))
    return json.dumps([{"timestamp": time, "message": line} for time, line in events]).encode()


def grep_numbers(data: bytes) -> bytes:
    """What `grep -n` prints."""
    numbered = enumerate(shipping.lines(data), 1)
    return b"".join(f"{number}:".encode() + line + b"\n" for number, line in numbered)


def quoted(data: bytes) -> bytes:
    """A log pasted into a mail and answered."""
    return b"".join(b"> " + line + b"\n" for line in shipping.lines(data))


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    **{name: shipping.LINE_WRAPPERS[name] for name in ("docker", "cri", "compose", "syslog")},
    "insights_csv": insights_csv,
    "json_array": json_array,
    "newest_first": newest_first,
    "gz": gzip.compress,
    "grep_numbers": grep_numbers,
    "quoted": quoted,
}
