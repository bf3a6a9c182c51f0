"""Text inside the wrappers of those who ship logs: what the scan counts by templates that it learnt
of both equals what is counted line by line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import formats
from tests.in_turn import in_turn
from tests.test_scan_text import ALL, RECORDS, SHOWN, VARIED, Fields, Format, both, damaged, stored
from tuner.reading import fast
from tuner.reading.record_filter import Filter
from tuner.scan import ready
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

Wrap = Callable[[bytes, str], bytes]
LATE_S = (0, 0.2, 3, 59, 61, 449, 451, 7_201, 19_803.5, -16_199.25)
"""How far wrappers' clocks are before those of records: other zones, and writers that are late."""


def docker(line: bytes, time: str, separators: tuple[str, str] = (",", ":")) -> bytes:
    entry = {"log": line.decode(errors="replace") + "\n", "stream": "stderr", "time": time}
    return json.dumps(entry, separators=separators).encode()


WRAPS: dict[str, Wrap] = {
    "cri": lambda line, time: f"{time} stderr F ".encode() + line,
    "cri with an offset": lambda line, time: f"{time[:-1]}+02:00 stdout F ".encode() + line,
    "docker": docker,
    "docker, trimmed": lambda line, time: docker(line, time[:-1].rstrip("0") + "Z"),
    "docker with blanks": lambda line, time: docker(line, time, (", ", ": ")),
    "compose": lambda line, _: b"agent-1  | " + line,
    "compose in colours": lambda line, _: b"\x1b[36magent-1  |\x1b[0m " + line,
    "kubectl": lambda line, _: b"[pod/agent-7d9f6c-x2x7k/agent] " + line,
    "cloudwatch": lambda line, time: f"{time} ".encode() + line,
    "mail": lambda line, _: b"> " + line,
}
FORMS: dict[str, Format] = {
    "dev": formats.dev,
    **{
        name: ALL[name]
        for name in (
            *("logging, fields", "dev without colours", "dev without colours, fields", "compact"),
            *("compact, fields", "coloured compact", "brackets, fields", "a zone", "time of day"),
        )
    },
}
LEFT = {("mail", "dev"), ("mail", "coloured compact")}
"""A prefix that was found takes the colours off what it stands before."""


def stamped(found: Fields, late_s: float) -> str:
    """The time of a wrapper, so many seconds after that of the record."""
    time = datetime.fromisoformat(found["timestamp"]).replace(tzinfo=UTC)
    return (time + timedelta(seconds=late_s)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "417Z"


def shipped(wrap: Wrap, form: Format, records: list[Fields], late_s: float = 0.2) -> list[bytes]:
    return [wrap(form(found).encode(), stamped(found, late_s)) for found in records]


_STRICT = ("dev", "compact, fields")
"""Forms that are read strictly, too: what that changes depends on no layout."""


@pytest.mark.parametrize(
    ("wrap", "form", "strict"),
    [
        *((wrap, form, False) for wrap, form in in_turn(WRAPS, FORMS, 5)),
        *((wrap, form, True) for wrap, form in in_turn(WRAPS, _STRICT)),
    ],
)
def test_a_shipped_layout_is_learnt_and_counts_the_same(wrap: str, form: str, strict: bool) -> None:
    data = b"\n".join(shipped(WRAPS[wrap], FORMS[form], SHOWN)) + b"\n"
    by_line, scanned = both(data, strict)
    if scanned is None:
        assert (wrap, form) in LEFT
        return
    assert stored(scanned) == stored(by_line)
    assert len(fast._text_scanner().places()) * 4 <= data.count(b"\n")
    assert by_line.wrappers.total() in (0, data.count(b"\n"))  # 0: the wrapper is no wrapper here


@pytest.mark.parametrize(
    ("late_s", "form"),
    in_turn(LATE_S, ["dev", "compact, fields", "logging, fields", "a zone"]),
)
@pytest.mark.parametrize("wrap", ["cri", "cri with an offset", "docker, trimmed"])
def test_the_clock_of_the_wrapper_counts_the_same(wrap: str, form: str, late_s: float) -> None:
    data = b"\n".join(shipped(WRAPS[wrap], FORMS[form], VARIED[1][:120], late_s)) + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize("wrap", ["cri", "docker", "compose in colours"])
@pytest.mark.parametrize(
    "only", [Filter(call="AJ_axzaui0012"), Filter(since=1795167390.0), Filter(until=34_575.0)]
)
def test_filters_keep_the_same(wrap: str, only: Filter) -> None:
    data = b"\n".join(shipped(WRAPS[wrap], formats.dev, SHOWN)) + b"\n"
    by_line, scanned = both(data, only=only)
    assert scanned is None or stored(scanned) == stored(by_line)


SPLIT = [b" stderr P 2026-11-20 09:36:05,123 - ", b" stderr F INFO livekit.agents - x"]
ODD = (
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"|",
    b" ",
    b"\t",
    b"-",
    b"9",
    b"Z",
    b"P",
    b"\xc3",
    b"\0",
    b"\r",
)


def spoilt(lines: list[bytes], dice: random.Random) -> None:
    """Damage a wrapped line, leave its wrapper away, or split it as a container runtime does."""
    at, what = dice.randrange(len(lines)), dice.randrange(5)
    line = lines[at]
    if what < 3:
        place = dice.randrange(min(len(line), dice.choice((30, 90, 500))) or 1)
        lines[at] = line[:place] + dice.choice(ODD) + line[place + dice.randrange(2) :]
    elif what == 3:
        lines[at] = line[dice.randrange(60) :]
    else:
        lines[at:at] = [line[:30] + piece for piece in SPLIT[: dice.randint(1, 2)]]


def counted(summary: Summary) -> Any:
    """All that a summary holds but for examples of other lines (the scan's come before those that
    Python read) and calls in which nothing was counted."""
    found = stored(summary)
    for part in filter(None, (found, found["echo"])):
        part["other_lines"] = [[*line[:3], *line[4:]] for line in part["other_lines"]]
        part["calls"] = {key: call for key, call in part["calls"].items() if call}
    return found


@example(3388)
@example(3547)
@given(st.integers(0, 10**9))
@settings(max_examples=30, deadline=None)
def test_whatever_happens_to_shipped_lines_counts_the_same(seed: int) -> None:
    dice = random.Random(seed)
    wrap, form = dice.choice(list(WRAPS.values())), dice.choice(list(FORMS.values()))
    records, late_s = dice.choice(RECORDS), dice.choice(LATE_S)
    start = dice.randrange(len(records) - 200)
    found = records[start : start + dice.randint(60, 300)]
    lines = [form(one).encode() for one in found]
    for _ in range(dice.choice((0, 0, 3, 9))):
        damaged(lines, records, dice)
    times = [stamped(one, late_s) for one in found]
    lines = [
        wrap(line, dice.choice(times[:3]) if n % 9 == 0 else times[n % len(times)])
        for n, line in enumerate(lines)
    ]
    for _ in range(dice.choice((0, 3, 9))):
        spoilt(lines, dice)
    by_line, scanned = both(b"\n".join(lines) + b"\n", strict=True)
    assert scanned is None or counted(scanned) == counted(by_line)
