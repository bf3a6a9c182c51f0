"""`--since`, `--until` and `--call` on the fast path keep what they keep on the careful path."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import samples, shipping
from tests.in_turn import in_turn
from tests.test_properties import DAMAGE, told
from tuner.inputs.chunks import Chunk
from tuner.lines import records, wrappers
from tuner.lines.timestamps import DAY_S
from tuner.model import Record
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.scan import layout
from tuner.summary.summary import Summary

LOGS = {name: samples.data(name) for name in ("false-interruptions.jsonl", "healthy-info.jsonl")}
LOGS["dev"] = samples.data("slow-model.dev.log")
LOGS["info as dev"] = shipping.dev_text(LOGS["healthy-info.jsonl"])
WAYS: dict[str, shipping.Wrap] = {
    way: wrap
    for way, wrap in {**shipping.LINE_WRAPPERS, **shipping.NESTED}.items()
    if way in ("docker", "docker_split", "cri", "cri_split", "syslog", "journal", "docker of cri")
}
RECORDS = [
    record
    for line in shipping.lines(LOGS["false-interruptions.jsonl"])
    if isinstance(record := records.parse(line), Record)
]
ONE = RECORDS[len(RECORDS) // 2]
DEV = [r for line in shipping.lines(LOGS["dev"]) if isinstance(r := records.parse(line), Record)]
TIMES = [record.time or 0.0 for record in RECORDS[:: len(RECORDS) // 7]]
PICKS = {
    "job": Filter(call=ONE.job),
    "room": Filter(call=ONE.room),
    "pid": Filter(call=ONE.pid),
    "unknown call": Filter(call="AJ_nobody"),
    "part of an id": Filter(call=ONE.job[:-1]),
    "more than an id": Filter(call=ONE.job + "x"),
    "empty id": Filter(call=""),
    "a name too long": Filter(call="x" * (layout.CALL_BYTES + 1)),
    "a name that is no text": Filter(call="\udcff"),
    "from a record on": Filter(since=ONE.time),
    "up to a record": Filter(until=ONE.time),
    "between": Filter(TIMES[2], TIMES[4]),
    "nothing": Filter(TIMES[4], TIMES[2]),
    "time of day": Filter(TIMES[2] % DAY_S, TIMES[4] % DAY_S),
    "midnight to midnight": Filter(0.0, DAY_S),
    "dev text": Filter(DEV[len(DEV) // 3].time, DEV[len(DEV) // 2].time),
    "job of dev text": Filter(call=DEV[-1].job),
    "room of dev text": Filter(call=DEV[-1].room),
    "job of dev text from some time on": Filter(DEV[-100].time, None, DEV[-1].job),
    "digits": Filter(call="2026"),
    "call and time": Filter(TIMES[2], None, ONE.job),
}


def both(data: bytes, only: Filter) -> tuple[Summary, Summary]:
    by_python = careful.summarize(Chunk(data), only, 1000.0)
    quick = fast.summarize(Chunk(data), only, 1000.0)
    assert told(quick) == told(by_python)
    assert +quick.wrappers == +by_python.wrappers
    assert quick.evidence == by_python.evidence
    return quick, by_python


@pytest.mark.parametrize(("name", "pick"), in_turn(LOGS, PICKS, 11))
def test_the_same_records_are_kept(name: str, pick: str) -> None:
    both(sparse(name), PICKS[pick])


@cache
def sparse(name: str) -> bytes:
    """The log without most of its lines, but with all at which a pick begins or ends."""
    return b"\n".join(fewer(shipping.lines(LOGS[name]))) + b"\n"


@pytest.mark.parametrize(("way", "pick"), in_turn(WAYS, PICKS, 8))
def test_the_same_records_are_kept_of_a_shipped_log(way: str, pick: str) -> None:
    both(worn(way), PICKS[pick])


@cache
def worn(way: str) -> bytes:
    """The middle of a log, which all times of PICKS are in, in a wrapper."""
    middle = shipping.lines(LOGS["false-interruptions.jsonl"])
    middle = fewer(middle[len(middle) // 4 : 3 * len(middle) // 5])
    return WAYS[way](b"\n".join(middle) + b"\n")


def fewer(lines: list[bytes]) -> list[bytes]:
    """Every sixth ten of the lines, and all at which a pick begins or ends."""
    bounds = {ONE.time, *TIMES, DEV[-100].time, *(DEV[len(DEV) // n].time for n in (2, 3))}
    return [
        line
        for number, line in enumerate(lines)
        if number // 10 % 6 == 0
        or (isinstance(found := records.parse(line), Record) and found.time in bounds)
    ]


def test_an_id_written_in_codes() -> None:
    lines = shipping.lines(LOGS["dev"])
    coded = [line.replace(b'"job_id": "A', b'"job_id": "\\u0041') for line in lines]
    assert coded != lines
    both(b"\n".join(lines + coded), PICKS["job of dev text"])


def test_a_process_written_as_another_number() -> None:
    data = LOGS["dev"].replace(b'"job_id": "', b'"pid": 7.1e3, "job_id": "')
    quick, _ = both(data, Filter(call="7100"))
    assert quick.records


def test_a_process_that_only_the_wrapper_names() -> None:
    data = LOGS["healthy-info.jsonl"].replace(b'"pid"', b'"pod"')
    worn = shipping.LINE_WRAPPERS["syslog"](data)
    pid = wrappers.peel(shipping.lines(worn)[0]).pid
    quick, _ = both(worn, Filter(call=pid))
    assert quick.records


def test_a_pick_is_gone_with_its_chunk() -> None:
    both(LOGS["healthy-info.jsonl"], PICKS["unknown call"])
    quick, _ = both(LOGS["healthy-info.jsonl"], EVERYTHING)
    assert quick.records == quick.lines


@pytest.mark.parametrize("pick", ["job", "unknown call", "between"])
@pytest.mark.parametrize(("reason", "name"), in_turn(DAMAGE, LOGS))
def test_damage_is_found_whether_it_is_asked_for_or_not(reason: str, pick: str, name: str) -> None:
    lines = shipping.lines(LOGS[name])
    lines = lines[2 * len(lines) // 5 : 3 * len(lines) // 5][:400]
    lines[len(lines) // 2 : len(lines) // 2] = [DAMAGE[reason]]
    damaged = [line.replace(b'"name"', b'"na\xffme"') for line in lines[100:130]]
    damaged += [line.replace(b'e": "', b'e": "\\q', 1) for line in lines[100:130]]
    damaged += [line.replace(b"metrics", b"m\xfftrics") for line in lines]
    both(b"\n".join([*lines, *damaged]), PICKS[pick])


@pytest.mark.parametrize("size", [layout.CALL_BYTES, layout.CALL_BYTES + 1])
def test_a_long_id(size: int) -> None:
    log = LOGS["healthy-info.jsonl"]
    job = next(
        r.job for line in shipping.lines(log) if isinstance(r := records.parse(line), Record)
    )
    long = log.replace(job.encode(), b"x" * size)
    quick, _ = both(long, Filter(call="x" * size))
    assert quick.records


@pytest.mark.parametrize(
    "pick", ["job", "pid", "between", "unknown call", "dev text", "job of dev text"]
)
def test_the_scan_does_it(pick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []
    monkeypatch.setattr(careful, "count", lambda *found: counted.append(found))
    data = LOGS["dev" if "dev text" in pick else "false-interruptions.jsonl"]
    fast._json_scanner.cache_clear()
    fast.summarize(Chunk(data), PICKS[pick], 1000.0)
    assert len(counted) < data.count(b"\n") / 3


LINES = [line for data in LOGS.values() for line in shipping.lines(data)[::25]]
WORN = [shipping.LINE_WRAPPERS["cri"](line + b"\n").rstrip(b"\n") for line in LINES]
MIXED = [*LINES, *WORN, *[line.replace(b'"pid"', b'"pod"') for line in WORN]]
DAYS = b"2026-11-31 2026-00-10 1969-12-31 2024-02-29 2023-02-29 2100-02-29 2026-1x-01".split()
CLOCKS = b"24:00:00 23:60:00 23:59:60 09:4x:00 09;41:00 09:41;00".split()
ODD_TIMES = [
    *[(rb"2026-11-20", day) for day in DAYS],
    *[(rb"(?<=-20[T ])..:..:..", clock) for clock in CLOCKS],
    (rb"(?<=-20)[T ]", b"_"),
    (rb"(?<=:\d\d)[.,](?=\d{3})", b":"),
    (rb"(?<=:\d\d[.,]\d\d)\d", b"x"),
]


@pytest.mark.parametrize(("odd", "name"), in_turn(ODD_TIMES, LOGS, 2))
def test_an_odd_time_among_others(name: str, odd: tuple[bytes, bytes]) -> None:
    lines = shipping.lines(LOGS[name])[:200]
    lines[100:100] = [re.sub(*odd, line) for line in lines[100:150]]
    for pick in ("time of day", "dev text", "between", "midnight to midnight"):
        both(b"\n".join(lines), PICKS[pick])


BREAKS = [b'"', b"\0", b"\xff", b"\\", b"{", b",", b"\xc3\xa9", b"\x1b", b"\r", b"-", b"\\u"]
BOUNDS = st.none() | st.sampled_from(TIMES)


@given(
    st.lists(st.sampled_from(MIXED), max_size=40),
    BOUNDS,
    BOUNDS,
    st.none() | st.sampled_from([ONE.job, ONE.room, ONE.pid]),
)
def test_any_mixture_is_kept_alike(
    lines: list[bytes], since: float | None, until: float | None, call: str | None
) -> None:
    both(b"\n".join([LINES[0], *lines]), Filter(since, until, call))


DEV_LINES = shipping.lines(LOGS["dev"])[::10]


def broken(lines: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    one = st.tuples(st.sampled_from(lines), st.integers(0, 600), st.sampled_from(BREAKS))
    return st.lists(one.map(lambda it: it[0][: it[1]] + it[2] + it[0][it[1] + 1 :]))


@given(
    broken(MIXED).map(lambda lines: [LINES[0], *lines])
    | broken(DEV_LINES).map(lambda lines: [DEV_LINES[0], *lines]),
    st.sampled_from([EVERYTHING, PICKS["job"], PICKS["between"]]),
)
def test_a_strict_scan_sees_damage_anywhere(lines: list[bytes], only: Filter) -> None:
    chunk = Chunk(b"\n".join(lines))
    by_python = careful.summarize(chunk, only, 1000.0)
    strict = fast.summarize(chunk, only, 1000.0, strict=True)
    assert told(strict) == told(by_python)
    assert strict.evidence == by_python.evidence


@pytest.mark.parametrize("pick", [EVERYTHING, PICKS["unknown call"]], ids=["every", "none"])
@pytest.mark.parametrize("name", ["dev", "false-interruptions.jsonl"])
def test_what_stands_below_a_line_that_nobody_understands(name: str, pick: Filter) -> None:
    """An indented line belongs to a record above it, but not to a line that is none."""
    line = DEV_LINES[0] if name == "dev" else LINES[0]
    unknown = line.replace(b"DEBUG", b"D{BUG").replace(b'"message"', b'"mess"age"')
    damaged, below = (
        line.replace(b"DEBUG", b"DE\xffBUG"),
        b'  File "/app/agent.py", line 3, in turn',
    )
    for lines in (
        [unknown, below],
        [line, below],
        [damaged, below],
        [below, unknown, below, below],
    ):
        chunk = Chunk(b"\n".join([line, *lines, line]))
        by_python = careful.summarize(chunk, pick, 1000.0)
        strict = fast.summarize(chunk, pick, 1000.0, strict=True)
        assert told(strict) == told(by_python)
        assert strict.evidence == by_python.evidence
