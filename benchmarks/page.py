"""How long a page takes to make, how large it is, and how soon a real Chromium shows it.

    python -m benchmarks.page [--calls 10000]

The log is made of the bench's turn logs in tests/whatif, repeated with later times and other ids.
Aims for 10,000 calls on two cores: made in less than 5 s, under 2 MB, shown in less than 2 s.
"""

from __future__ import annotations

import argparse
import gzip
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

from benchmarks.measure import run
from benchmarks.templates import Template
from tests import chromium

ROOT = Path(__file__).parent.parent
LOGS = ("slow-thinker.d05", "quiet-office.d05")
_JOB = re.compile(rb"(?<!room-)AJ_[\w.-]+\.(\d+)\b")
_ROOM = re.compile(rb"room-AJ_[\w.-]+\.(\d+)\b")


def records(number: int, name: str) -> Iterator[bytes]:
    """The lines of one of the logs, with ids as the template knows them."""
    text = gzip.decompress((ROOT / "tests" / "whatif" / f"{name}.jsonl.gz").read_bytes())
    for line in text.splitlines(keepends=True):
        with_rooms = re.sub(rb'"room": "[^"]*?(\d+)"', _room(number), line)
        yield _JOB.sub(
            lambda found: b"AJ_%s%04d" % (b"abcdef"[:6], number * 100 + int(found[1])), with_rooms
        )


def _room(number: int) -> bytes:
    return b'"room": "call-%06x\\g<1>"' % number


def make(path: Path, calls: int) -> None:
    """Write a log of at least so many calls."""
    template = Template([*chain.from_iterable(records(n, name) for n, name in enumerate(LOGS))])
    clock, number = template.start, 0
    with path.open("wb") as out:
        while number < calls:
            out.write(template.copy(clock, number))
            clock += timedelta(minutes=template.minutes)
            number += template.ids


def shown_in(path: Path) -> float:
    """Seconds from the request for the page to the end of its loading, and its first layout."""
    browser = chromium.Browser()
    try:
        tab = chromium.Tab(browser)
        begun = time.perf_counter()
        tab.open(path)
        tab.ask(
            "new Promise(done => requestAnimationFrame(() => done(document.body.offsetHeight)))"
        )
        return time.perf_counter() - begun
    finally:
        browser.close()


def main(arguments: list[str]) -> int:
    """Make the log, the page, and print what was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=10_000)
    calls = parser.parse_args(arguments).calls
    with tempfile.TemporaryDirectory() as folder:
        log, page = Path(folder) / "calls.jsonl", Path(folder) / "report.html"
        make(log, calls)
        sys.stdout.write(f"log: {log.stat().st_size / 1e6:.0f} MB\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken, _ = run([sys.executable, "-m", "tuner", "analyze", str(log), "--html", str(page)])
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sys.stdout.write(f"made in {taken:.2f} s ({cpu:.2f} s of CPU)\n")
        sys.stdout.write(f"size: {page.stat().st_size / 1e6:.2f} MB\n")
        if chromium.found() is None:
            sys.stdout.write(f"shown: not measured, {chromium.WHY_NOT}\n")
        else:
            sys.stdout.write(f"shown in {min(shown_in(page) for _ in range(3)):.2f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
