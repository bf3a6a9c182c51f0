"""Text in layouts that nobody listed: what the compiled scan counts by templates that it was taught
equals what is counted line by line."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import formats, layouts, samples
from tests.in_turn import one_in
from tests.test_properties import DAMAGE
from tuner.inputs.chunks import Chunk
from tuner.lines import look
from tuner.lines.layouts import NONE
from tuner.reading import careful, fast, scanning, text_templates
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.scan import ready
from tuner.summary import serialization
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

Fields = dict[str, Any]
Format = Callable[[Fields], str]
_HEAD = ("message", "level", "name", "timestamp", "exc_info")
RECORDS = [
    [json.loads(line) for line in samples.data(name).splitlines()]
    for name in ("false-interruptions.jsonl", "cut-offs.jsonl.gz", "healthy-info.jsonl")
]
RECORDS = [[r for r in records if r["name"] != "tuner.turns"] for records in RECORDS]


def kind(found: Fields) -> tuple[str, ...]:
    """What is the same in records that one line of code wrote."""
    words = re.split(r"""[\d'"]""", found["message"], maxsplit=1)[0][:40]
    return found["level"], found["name"], words, *sorted(found)


def varied(records: Sequence[Fields], most: int) -> list[Fields]:
    """The records but for those behind so many of their kind: few, and of all kinds."""
    seen: Counter[tuple[str, ...]] = Counter()
    return [
        found for found in records if not seen.update([kind(found)]) and seen[kind(found)] <= most
    ]


VARIED = [varied(records, 6) for records in RECORDS]
SHOWN = varied(RECORDS[0], 4)
FORMATS: dict[str, str] = {
    "logging": "{date} {clock},{ms} {level} {name}: {message}",
    "dev without colours": "{date} {clock},{ms} - {level:<4} {name} - {message}",
    "level first": "{level} [{date} {clock}] {name} - {message}",
    "compact with padded names": "{clock} {level:<8} {name:<20} {message}",
    "compact": "{clock} {level:<7} {name} {message}",
    "brackets": "{date}T{clock}.{ms}Z {level} [{name}] {message}",
    "dashes": "{date} {clock},{ms} - {name} - {level} - {message}",
    "time of day": "[{level}] {clock}.{ms} - {name}: {message}",
    "loguru": "{date} {clock}.{ms} | {level:<8} | {name}:func:{number} - {message}",
    "a number": "{date} {clock},{ms} [{number}] {level} {name}: {message}",
    "a zone": "{date}T{clock}.{ms}000+02:00 {level} {name} - {message}",
    "bars": "{date} {clock},{ms}|{level}|{name}|{message}",
    "slashes": "{at:%Y/%m/%d} {clock} {level} {name}: {message}",
    "month first": "{at:%m/%d/%Y} {clock},{ms} {level} [{name}] {message}",
    "day first": "{at:%d.%m.%Y} {clock} - {level} - {name} - {message}",
    "day first, slashes": "{at:%d/%m/%Y %H:%M:%S} [{level}] {name}: {message}",
    "AM and PM": "{at:%m/%d/%Y %I:%M:%S %p} - {level} - {name} - {message}",
    "AM and PM without a date": "{at:%I:%M:%S %p} {level} [{name}] {message}",
    "ctime": "{at:%c} {level} {name} {message}",
    "a month's name": "{at:%d-%b-%y %H:%M:%S} - {name} - {level} - {message}",
    "a month's name first": "{at:%b %d, %Y %H:%M:%S} [{level}] {name}: {message}",
    "a month's name without a year": "{at:%b %d} {clock} {level} {name}: {message}",
    "no year": "{at:%m-%d} {clock},{ms} {level} {name} - {message}",
    "glog": "{level[0]}{at:%m%d %H:%M:%S.%f} {process} agent.py:{number}] {message}",
    "a date without signs": "{at:%Y%m%d} {clock} {level} {name} - {message}",
    "no signs at all": "{at:%Y%m%d-%H%M%S} - {name} - {level} - {message}",
    "ISO without signs": "{at:%Y%m%dT%H%M%S}.{ms} [{level}] {name}: {message}",
    "a line in the date": "{date}_{clock} | {level} | {name} | {message}",
    "JavaScript's": "{at:%-m/%-d/%Y}, {at:%-I:%M:%S\u202f%p} {level} {name} {message}",
    "seconds before bars": "{at_s:.3f} | {level} | {name} | {message}",
    "a place behind a zone": "{date}T{clock}Z {level:<8} agent.py:{number} {message}",
    "seconds": "{at_s:.3f} {level} {name} {message}",
    "milliseconds": "{at_s:.0f}{ms} {level} {name} - {message}",
    "no time": "{level}:{name}:{message}",
    "level and message": "{level}:     {message}",
    "no time in a wrapper": "{date}T{clock}.{ms}Z {level}:{name}:{message}",
    "no year in a wrapper": "{date}T{clock}Z agent {at:%m-%d %H:%M:%S} {level} {name} {message}",
    "no logger": "[{date} {clock} +0000] [{process}] [{level}] {message}",
    "syslog": "<14>1 {date}T{clock}.{ms}Z host agent {process} - - "
    "{date} {clock},{ms} {level} {name} {message}",
    "journal": "{date}T{clock}+0000 host agent[{process}]: "
    "{date} {clock},{ms} - {level} {name} - {message}",
    "journal in full": "{at:%a} {date} {clock} UTC host agent[{process}]: "
    "{date} {clock},{ms} - {level} {name} - {message}",
    "a process": "{date} {clock},{ms} {name}[{process}] {level} {message}",
    "a named process": "{date} {clock},{ms} {level} pid={process} {name}: {message}",
    "a quote before": '"{level}: {date} {clock} ({process}) <{name}> | {message}',
    "syslog without a year": "{at:%b %d} {clock} host python[{process}]: {level}:{name}:{message}",
    "a word before": "agent-1 {date} {clock} {level} {name} {message}",
}


def written(form: str, with_fields: bool) -> Format:
    """A layout of text, with the fields behind the message or without them."""

    def line(found: Fields) -> str:
        stamp, rest = found["timestamp"], {k: v for k, v in found.items() if k not in _HEAD}
        text = form.format(
            date=stamp[:10],
            at=datetime.fromisoformat(stamp),
            at_s=datetime.fromisoformat(stamp).timestamp() // 1e-3 * 1e-3,
            clock=stamp[11:19],
            ms=stamp[20:23],
            number=1 + sum(map(ord, found["message"])) % 99_999,
            process=998 + sum(map(ord, found.get("job_id", ""))) % 4,
            level=found["level"],
            name=found["name"],
            message=found["message"].replace("\n", " "),
        )
        return f"{text} {json.dumps(rest)}" if with_fields and rest else text

    return line


_NUMBERED = {"console", "a number", "a number, fields"}
"""Layouts in which many lines begin alike with no other."""
OWN: dict[str, Format] = {"coloured compact": formats.compact, "console": formats.console}
ALL: dict[str, Format] = {
    **{name: written(form, False) for name, form in FORMATS.items()},
    **{f"{name}, fields": written(form, True) for name, form in FORMATS.items()},
    **OWN,
}


def stored(summary: Summary) -> Any:
    """All that a summary holds, in an order that does not depend on who came first."""
    return plain(serialization.dump(summary))


def plain(data: bytes) -> Any:
    found = msgspec.msgpack.decode(data, strict=False)
    found["levels"], found["other_lines"] = sorted(found["levels"]), sorted(found["other_lines"])
    found["counters"] = {k: {n: v for n, v in c.items() if v} for k, c in found["counters"].items()}
    found["histograms"] = {name: counts for name, counts in found["histograms"].items() if counts}
    for name in ("first_of_day", "last_of_day"):  # to the line only where Python reads all
        del found["times"][name]
    for (responses, _), *_others in found["wire"].values():
        responses.sort()
    found["echo"] = plain(found["echo"]) if found["echo"] else None
    if found["echo"] and found["echo"]["calls"].get("") == {}:
        del found["echo"]["calls"][""]  # of what adds nothing
    return found


def both(
    data: bytes, strict: bool = False, only: Filter = EVERYTHING
) -> tuple[Summary, Summary | None]:
    """What is counted line by line, and by the scan; None if it leaves the chunk to the other."""
    chunk, known = Chunk(data, at=len(data)), look.look(data)
    return (
        careful.summarize(chunk, only, 1000.0, known),
        fast._scanned(chunk, only, 1000.0, strict, known),
    )


@pytest.mark.parametrize("end", ["", "…", "..."])
@pytest.mark.parametrize("width", [120, 230, 360])
@pytest.mark.parametrize("name", ["logging, fields", "no time, fields", "no logger, fields"])
def test_lines_that_were_cut_count_the_same(name: str, width: int, end: str) -> None:
    lines = [*map(ALL[name], SHOWN)]
    cut = [line if len(line) <= width else line[:width] + end for line in lines]
    by_line, scanned = both("\n".join(cut).encode() + b"\n")
    assert scanned is None or stored(scanned) == stored(by_line)


@pytest.mark.parametrize("name", ["logging, fields", "no time, fields", "no logger, fields"])
@pytest.mark.parametrize("seed", range(8))
def test_empty_lines_count_the_same(name: str, seed: int) -> None:
    dice = random.Random(seed)
    lines = [line.encode() for line in map(ALL[name], SHOWN)]
    for place in sorted(dice.sample(range(len(lines)), 12), reverse=True):
        lines[place:place] = dice.choice([[b""], [b"", b""], [*BELOW, b""], [b"", *BELOW], [b" "]])
    by_line, scanned = both(b"\n".join(lines) + b"\n")
    assert scanned is None or stored(scanned) == stored(by_line)
    assert scanned is not None or seed


_PLAIN = ("logging, fields", "no time", "AM and PM, fields", "no logger", *OWN)
"""Layouts that are read strictly, too: what that changes depends on no layout."""


@pytest.mark.parametrize(
    ("name", "strict"),
    [
        *((name, False) for name in one_in(2, sorted(ALL.keys() - _NUMBERED))),
        *((name, True) for name in _PLAIN if name not in _NUMBERED),
    ],
)
def test_a_layout_is_learnt_and_counts_the_same(name: str, strict: bool) -> None:
    data = "\n".join(map(ALL[name], SHOWN)).encode() + b"\n"
    by_line, scanned = both(data, strict)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    left = fast._text_scanner().places()
    assert len(left) * 4 <= len(data.splitlines())


@pytest.mark.parametrize(
    "name", ["logging", "brackets, fields", "compact, fields", "a process, fields"]
)
@pytest.mark.parametrize(
    "only", [Filter(call="AJ_axzaui0012"), Filter(since=1795167390.0), Filter(until=34_575.0)]
)
def test_filters_keep_the_same(name: str, only: Filter) -> None:
    data = "\n".join(map(ALL[name], SHOWN)).encode() + b"\n"
    by_line, scanned = both(data, only=only)
    assert scanned is None or stored(scanned) == stored(by_line)


BELOW = [b"Traceback (most recent call last):", b'  File "a.py", line 3, in f', b"ValueError: x"]
ROWS = [
    b"    16:19:59.000 INFO     livekit.agents     starting worker  ",
    b'                                         {"version": "1.5.8"}',
]
ENDS = (b" a=b", b' x="y z"', b" [log]", b" {'a': 1}", b"}", b' {"a": 1', b' {"job_id": 5}', b" ")


def damaged(lines: list[bytes], records: Sequence[Fields], dice: random.Random) -> None:
    """Put something between the lines, or into one of them."""
    at = dice.randrange(len(lines))
    odd = bytearray(lines[at] or b" ")
    odd[dice.randrange(len(odd))] = dice.choice(b'"\\{}[]=: \t|-\x1b0aZ\xc3')
    other = dice.choice(list(ALL.values()))(dice.choice(records)).encode()
    what = dice.randrange(9)
    if what < 5:
        new = (dice.choice(list(DAMAGE.values())), other, b"", b'    room: "x"', bytes(odd))[what]
        lines.insert(at, new)
    elif what == 5:
        lines[at:at] = dice.choice((BELOW, ROWS))
    elif what == 6:
        lines.insert(at, json.dumps(dice.choice(records)).encode())
    else:
        lines[at] += dice.choice((b"\r", *ENDS))


@given(st.integers(0, 10**9))
@settings(max_examples=30, deadline=None)
def test_whatever_stands_between_the_lines_counts_the_same(seed: int) -> None:
    dice = random.Random(seed)
    form = dice.choice([*ALL.values(), layouts.Grammar(seed).line])
    records = dice.choice(RECORDS)
    start = dice.randrange(len(records) - 200)
    lines = [form(found).encode() for found in records[start : start + dice.randint(60, 250)]]
    for _ in range(dice.choice((0, 3, 9))):
        damaged(lines, records, dice)
    by_line, scanned = both(b"\n".join(lines) + b"\n", strict=True)  # else damage may be missed
    assert scanned is None or stored(scanned) == stored(by_line)


def test_midnight_is_passed() -> None:
    records = [r for r in RECORDS[2] if "job_id" in r][:40]
    night = [r | {"timestamp": f"2026-11-20T23:59:{at:02d}.000"} for at, r in enumerate(records)]
    morning = [r | {"timestamp": f"2026-11-21T00:00:{at:02d}.000"} for at, r in enumerate(records)]
    lines = map(written(FORMATS["compact"], True), night + morning)
    by_line, scanned = both("\n".join(lines).encode() + b"\n")
    assert scanned is not None
    assert scanned.days == by_line.days == 1
    assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-20 09:36:05,123 INFO: message",
        "2026-11-20 09:36:05,123 CRITICAL livekit.agents: message",
        "2026-11-20 09:36:05,123 INFO tuner.turns: turn",
    ],
    ids=["no logger", "another level", "the turn log"],
)
def test_what_is_no_template(line: str) -> None:
    known = text_templates.of(NONE, [line.encode()])
    assert known is None or not known.learn([line.encode()])


@pytest.mark.parametrize("name", ["AM and PM", "AM and PM without a date", "ctime"])
def test_lines_begin_otherwise_from_the_middle_on(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At noon, or on the next day, behind many lines that go to Python."""
    monkeypatch.setattr(scanning, "_MOST_LEARNT", 50)
    records = [
        r | {"timestamp": f"2026-11-20T{hour}:00:05.000"}
        for hour in ("10", "13")
        for r in RECORDS[0][20:420]
    ]
    records += [r | {"timestamp": "2026-11-21T10:00:05.000"} for r in RECORDS[0][20:420]]
    data = "\n".join(map(ALL[name], records)).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert len(fast._text_scanner().places()) < 400


def test_a_sign_of_a_damaged_line_is_not_what_all_begin_with() -> None:
    """A line without the blank before its message is learnt first."""
    form = written(FORMATS["slashes"].replace("{level}", "[{level}]"), False)
    lines = [form(found) for found in RECORDS[0][:600]]
    response = [line for line in lines if "HTTP Response" in line]
    damaged = response[0].replace("openai._base_client: ", "openai._base_client:")
    by_line, scanned = both("\n".join([damaged, *response, *lines]).encode() + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize("end", [" [log]", " [log] a=1", '"'])
@pytest.mark.parametrize("name", ["no logger, fields", "a quote before, fields"])
def test_what_stands_behind_the_fields_is_read_by_nobody_else(name: str, end: str) -> None:
    lines = [ALL[name](found) + end * (at % 9 == 0) for at, found in enumerate(RECORDS[0][:400])]
    by_line, scanned = both("\n".join(lines).encode() + b"\n", strict=True)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize(
    "name", ["slashes", "month first", "day first", "day first, slashes", "AM and PM"]
)
def test_the_order_of_a_date_is_the_same_on_all_days(name: str) -> None:
    days = [f"2026-{month}-{day}" for month in ("11", "12") for day in ("02", "12", "13", "28")]
    records = [
        {**found, "timestamp": day + found["timestamp"][10:]}
        for day in days
        for found in VARIED[0][:80]
    ]
    data = "\n".join(map(ALL[name], records)).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert by_line.first is not None and by_line.last is not None
    found = [datetime.fromtimestamp(time, UTC).date() for time in (by_line.first, by_line.last)]
    assert [str(day) for day in found] == [days[0], days[-1]]


@pytest.mark.parametrize("name", ["syslog, fields", "a process, fields"])
def test_of_two_processes_the_records_own_counts(name: str) -> None:
    """A wrapper's is the last to be asked, one before the message the first."""
    kept = [{k: v for k, v in r.items() if k not in ("job_id", "room")} for r in RECORDS[0][:300]]
    data = "\n".join(ALL[name]({**found, "pid": 77}) for found in kept).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert by_line.calls.keys() == {"pid:77" if name == "syslog, fields" else "pid:998"}


def test_without_a_logger_a_message_may_hold_metrics_whatever_it_begins_with() -> None:
    metrics = "LLMMetrics(label='x', request_id='r', ttft=0.3, duration=1.0, cancelled=False)"
    messages = ["turn taken"] * 50 + [
        f"{word} {metrics} done" for word in ("livekit", "http", "app")
    ]
    found = [{**RECORDS[0][0], "level": "INFO", "message": message} for message in messages]
    data = "\n".join(map(ALL["no logger"], found)).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    part = by_line.echo or by_line
    assert sum(sum(times.counts.values()) for times in part.histograms.values()) == 3


@pytest.mark.parametrize("logger", ["livekit-demo", "http_app", "openai-agent", "app"])
def test_an_app_may_call_itself_like_a_library_and_log_metrics(logger: str) -> None:
    found = {**RECORDS[0][0], "level": "INFO", "name": logger}
    found["message"] = "LLMMetrics(label='x', request_id='r', ttft=0.3, cancelled=False) done"
    data = "\n".join(json.dumps(found) for _ in range(20)).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert by_line.histogram("llm_ttft@object").counts == {300: 20}


def test_a_stamp_before_basic_lines_takes_none_of_them_for_a_host() -> None:
    """`2026-11-20T09:36:05.904Z INFO:httpx2:HTTP Request: GET` names no host called INFO:httpx2."""
    plain_lines = "\n".join(map(ALL["no time"], VARIED[0])).encode() + b"\n"
    stamped = "\n".join(map(ALL["no time in a wrapper"], VARIED[0])).encode() + b"\n"
    bare, _ = both(plain_lines)
    by_line, _ = both(stamped)
    assert by_line.understood == bare.understood
    assert by_line.counts == bare.counts
    assert by_line.echo is not None and bare.echo is not None
    assert by_line.echo.counts == bare.echo.counts


def test_what_stands_between_logger_and_message_makes_no_other_message() -> None:
    """More tasks than the scan has room for messages, and two clients that ask for the same."""
    request = 'HTTP Request: POST https://api.openai.com/v1/audio/speech "HTTP/1.1 200 OK"'
    warning = "_SegmentSynchronizerImpl.push_text called after close"
    said = [("INFO", "httpx2", request), ("INFO", "httpx", request)]
    said.append(("WARNING", "livekit.agents", warning))
    lines = [
        f"2026-11-20 09:{n // 6000:02}:{n // 100 % 60:02},{n % 100:03} {level} [{name}] "
        f"[Task-{1000 + n}] {message}"
        for n in range(6000)
        for level, name, message in [said[n * 7 % 3]]
    ]
    by_line, scanned = both("\n".join(lines).encode() + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert (by_line.echo or by_line).counts["http_request"] == 4000
    assert len(fast._text_scanner().places()) < 10
