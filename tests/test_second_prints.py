"""Logs in which two handlers printed each record: each counts once, and the report says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.rich_screens import VERSIONS, AsLiveKit, drawn
from tests.test_posted_logs import analyzed
from tuner import pipeline
from tuner.exports.doubling import doubled
from tuner.exports.second_prints import single
from tuner.inputs.chunks import Chunk
from tuner.model import Report

EVERY: list[dict[str, Any]] = [
    json.loads(line)
    for line in (samples.FOLDER / "false-interruptions.jsonl").read_text().splitlines()
]
RECORDS = EVERY[600:1000]
SAID = [found for found in EVERY[2300:2560] if found["name"].startswith("livekit")]
NOTE = "records stand here twice: counted once"
Printed = Callable[[dict[str, Any]], str]
ONCE: dict[Printed, Report] = {}
"""The report of what one handler printed."""


def fields(record: dict[str, Any]) -> dict[str, Any]:
    own = ("message", "level", "name", "timestamp")
    return {key: value for key, value in record.items() if key not in own}


def stamp(record: dict[str, Any], hours: int = 0) -> str:
    when = datetime.fromisoformat(record["timestamp"]) + timedelta(hours=hours)
    return f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d}"


def dev(record: dict[str, Any], hours: int = 0) -> str:
    head = f"{stamp(record, hours)} - {record['level']:<8} {record['name']} - {record['message']}"
    return f"{head} {json.dumps(fields(record))}"


def usual(record: dict[str, Any]) -> str:
    return f"{stamp(record)} {record['level']} {record['name']}: {record['message']}"


def with_ids(record: dict[str, Any]) -> str:
    return f"{usual(record)} job_id={record.get('job_id', '-')}"


def bare(record: dict[str, Any]) -> str:
    return f"{record['level']}:{record['name']}:{record['message']}"


def loguru(record: dict[str, Any]) -> str:
    time = stamp(record).replace(",", ".")
    return f"{time} | {record['level']:<8} | {record['name']}:run:12 - {record['message']}"


def other_json(record: dict[str, Any]) -> str:
    head = {"asctime": stamp(record), "levelname": record["level"], "name": record["name"]}
    return json.dumps({**head, "message": record["message"], **fields(record)})


def coloured(record: dict[str, Any]) -> str:
    return dev(record).replace(record["level"], f"\x1b[32m{record['level']}\x1b[0m", 1)


def docker(record: dict[str, Any]) -> str:
    time = "2026-11-20T09:36:07.000000000Z"
    return json.dumps({"log": f"{json.dumps(record)}\n", "stream": "stdout", "time": time})


BOTH: dict[str, tuple[Printed, Printed]] = {
    "JSON and dev text": (json.dumps, dev),
    "dev text and JSON": (dev, json.dumps),
    "dev text in another zone": (json.dumps, lambda record: dev(record, 2)),
    "JSON twice": (json.dumps, json.dumps),
    "dev text twice": (dev, dev),
    "dev text, one in colours": (dev, coloured),
    "JSON and usual text": (json.dumps, usual),
    "JSON and text with ids": (json.dumps, with_ids),
    "JSON and text without a time": (json.dumps, bare),
    "JSON and other JSON": (json.dumps, other_json),
    "dev text and loguru": (dev, loguru),
    "JSON and Docker's copy": (json.dumps, docker),
}


def once(folder: Path, printed: Printed, records: list[dict[str, Any]] = RECORDS) -> Report:
    if records is not RECORDS:
        return analyzed(folder, "\n".join(map(printed, records)) + "\n")
    if printed not in ONCE:
        ONCE[printed] = analyzed(folder, "\n".join(map(printed, RECORDS)) + "\n")
    return ONCE[printed]


def assert_same(found: Report, wanted: Report) -> None:
    assert wanted.signals["openai_calls"].count and wanted.latency["llm_ttft"].n
    assert found.signals == wanted.signals
    assert found.latency == wanted.latency
    assert found.exposure == wanted.exposure
    assert found.inputs[0].first == wanted.inputs[0].first


@pytest.mark.parametrize("at_once", [1, 20])
@pytest.mark.parametrize("name", BOTH)
def test_it_counts_once_and_the_report_says_so(name: str, at_once: int, tmp_path: Path) -> None:
    first, second = BOTH[name]
    parts = [RECORDS[at : at + at_once] for at in range(0, len(RECORDS), at_once)]
    lines = chain.from_iterable([*map(first, part), *map(second, part)] for part in parts)
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert_same(found, once(tmp_path, second if name.endswith("and JSON") else first))
    assert NOTE in found.inputs[0].notes
    assert found.inputs[0].lines == 2 * len(RECORDS) == found.inputs[0].understood


def test_two_ways_without_fields(tmp_path: Path) -> None:
    lines = chain.from_iterable((usual(record), loguru(record)) for record in RECORDS)
    found, wanted = analyzed(tmp_path, "\n".join(lines)), once(tmp_path, usual)
    assert found.signals == wanted.signals and found.latency == wanted.latency


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("at_once", [1, 400])
def test_calls_that_print_the_same_in_a_millisecond_are_kept(
    times: int, at_once: int, tmp_path: Path
) -> None:
    """Without ids in the lines some of one handler are equal, too."""
    records = EVERY[600:1400]
    parts = [records[at : at + at_once] for at in range(0, len(records), at_once)]
    lines = [line for part in parts for line in [*map(usual, part)] * times]
    found = analyzed(tmp_path, "\n".join(lines))
    wanted = once(tmp_path, usual, records)
    assert len({*map(usual, records)}) < len(records)
    assert found.signals == wanted.signals and found.latency == wanted.latency


def test_three_handlers(tmp_path: Path) -> None:
    lines = chain.from_iterable([json.dumps(record)] * 3 for record in RECORDS)
    assert_same(analyzed(tmp_path, "\n".join(lines)), once(tmp_path, json.dumps))


def compact(record: dict[str, Any]) -> str:
    time = stamp(record)[11:19]
    head = f"{time} {record['level']} {record['name']} {record['message']}"
    return f"{head} {json.dumps(fields(record))}"


def test_three_handlers_without_fractions_of_a_second() -> None:
    lines = [line for record in RECORDS for line in [compact(record)] * 3]
    (left,) = single(iter(chunks(lines, len(lines))), 1 << 16)
    kept = [line for line in bytes(left.data).split(b"\n") if line]
    assert kept == [compact(record).encode() for record in RECORDS]


def test_few_messages_of_exact_time_and_call_count_once() -> None:
    lines = [json.dumps({**SAID[0], "message": "a", "job_id": "AJ_1", "n": n}) for n in range(20)]
    assert doubled("\n".join(lines).encode()) is None
    assert doubled("\n".join(line for line in lines for _ in range(2)).encode()) is not None


def test_two_ways_of_printing_and_each_twice(tmp_path: Path) -> None:
    lines = chain.from_iterable([json.dumps(r)] * 2 + [dev(r)] * 2 for r in RECORDS)
    assert_same(analyzed(tmp_path, "\n".join(lines)), once(tmp_path, json.dumps))


def test_what_one_handler_alone_prints_is_kept(tmp_path: Path) -> None:
    def pair(record: dict[str, Any]) -> list[str]:
        is_shown = record["level"] != "DEBUG"
        return [json.dumps(record), usual(record)] if is_shown else [json.dumps(record)]

    lines = chain.from_iterable(map(pair, RECORDS))
    assert_same(analyzed(tmp_path, "\n".join(lines)), once(tmp_path, json.dumps))


def test_in_a_range_of_an_export(tmp_path: Path) -> None:
    events = [
        {"timestamp": round(datetime.fromisoformat(record["timestamp"]).timestamp() * 1000), **line}
        for record in RECORDS
        for line in ({"message": json.dumps(record)}, {"message": dev(record)})
    ]
    found = analyzed(tmp_path, json.dumps({"events": events}, indent=1))
    assert_same(found, once(tmp_path, json.dumps))


@pytest.mark.parametrize("first", [json.dumps, dev])
def test_a_traceback_goes_with_its_record(first: Printed, tmp_path: Path) -> None:
    below = "\n  File 'a.py', line 1\n    raise ValueError"
    lines = [each for r in RECORDS for each in (first(r) + below * (first is dev), dev(r) + below)]
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert found.signals["openai_calls"] == once(tmp_path, dev).signals["openai_calls"]
    assert not found.inputs[0].unread


def test_with_a_state_it_is_read_again(tmp_path: Path) -> None:
    log, state = tmp_path / "a.log", tmp_path / "state"
    lines = list(chain.from_iterable((json.dumps(r), dev(r)) for r in RECORDS))
    log.write_text("\n".join(lines[:450]) + "\n")
    pipeline.analyze([log], environ={}, state=state)
    log.write_text("\n".join(lines) + "\n")
    found = pipeline.analyze([log], environ={}, state=state)
    assert_same(found, once(tmp_path, json.dumps))


def chunks(lines: list[str], size: int) -> list[Chunk]:
    parts = [lines[at : at + size] for at in range(0, len(lines), size)]
    return [Chunk("".join(f"{line}\n" for line in part).encode()) for part in parts]


@pytest.mark.parametrize("size", [201, 400])
@pytest.mark.parametrize("name", BOTH)
def test_twins_in_two_chunks(name: str, size: int) -> None:
    first, second = BOTH[name]
    lines = [each for record in RECORDS for each in (first(record), second(record))]
    left = list(single(iter(chunks(lines, size)), 1 << 16))
    kept = [line for chunk in left for line in bytes(chunk.data).split(b"\n") if line]
    assert len(kept) == len(RECORDS)
    assert sum(bytes(chunk.data).count(b"\n") for chunk in left) == len(lines)


def test_equal_lines_of_calls_at_once_are_kept() -> None:
    same = [
        f"09:36:{n // 30:02d} DEBUG httpcore.http11: send_request_body.started" for n in range(600)
    ]
    assert doubled("\n".join(f"{line}.{n % 3}" for n, line in enumerate(same)).encode()) is None


@pytest.mark.parametrize("ids", ["job_id", "pid"])
def test_two_agents_that_say_the_same_are_two(ids: str) -> None:
    other = [{**record, ids: f"9{record.get(ids)}"} for record in RECORDS if record.get(ids)]
    mine = [record for record in RECORDS if record.get(ids)]
    lines = chain.from_iterable((json.dumps(a), dev(b)) for a, b in zip(mine, other, strict=True))
    assert doubled("\n".join(lines).encode()) is None


TWO_BLOCKS: dict[str, tuple[Printed, Printed]] = {
    "JSON, then dev text": (json.dumps, dev),
    "dev text, then JSON": (dev, json.dumps),
    "dev text in another zone": (json.dumps, lambda record: dev(record, 2)),
    "JSON, then usual text": (json.dumps, usual),
    "usual text, then other JSON": (usual, other_json),
    "dev text, then loguru": (dev, loguru),
}


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("name", TWO_BLOCKS)
def test_one_behind_the_other_they_count_once(name: str, end: str, tmp_path: Path) -> None:
    one, other = TWO_BLOCKS[name]
    lines = [*map(one, RECORDS), *map(other, RECORDS)]
    found = analyzed(tmp_path, "\n".join(lines) + end)
    kept = json.dumps if json.dumps in (one, other) else other_json if other is other_json else dev
    assert_same(found, once(tmp_path, kept))
    assert NOTE in found.inputs[0].notes
    assert found.inputs[0].lines == 2 * len(RECORDS) == found.inputs[0].understood


def test_two_runs_in_two_layouts_both_count(tmp_path: Path) -> None:
    def later(record: dict[str, Any], seconds: float) -> str:
        time = datetime.fromisoformat(record["timestamp"]) + timedelta(seconds=seconds)
        return dev({**record, "timestamp": time.isoformat()})

    for seconds in (0.002, 120.0):
        lines = [*map(json.dumps, RECORDS), *(later(record, seconds) for record in RECORDS)]
        found = analyzed(tmp_path, "\n".join(lines))
        wanted = once(tmp_path, json.dumps).signals["openai_calls"]
        assert found.signals["openai_calls"].count == 2 * (wanted.count or 0) > 0


def test_nearly_as_many_records_in_two_layouts_are_named(tmp_path: Path) -> None:
    lines = [*map(json.dumps, RECORDS), *map(dev, RECORDS[5:])]
    notes = " ".join(analyzed(tmp_path, "\n".join(lines)).inputs[0].notes)
    assert "as many records in LiveKit JSON as in LiveKit dev text" in notes


@pytest.mark.parametrize("printed", [usual, bare, with_ids])
def test_a_part_of_few_messages_that_come_again_is_counted_as_it_stands(printed: Printed) -> None:
    said = [record for record in EVERY if "Synchronizer" in record["message"]]
    assert len(said) >= 10
    for times in (2, 6):  # a warning for each word, all in one millisecond
        lines = [line for record in said for line in [printed(record)] * times]
        assert doubled("\n".join(lines).encode()) is None


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("job", ["{}", "{}x"])
def test_rows_of_screens_that_are_alike_are_no_second_prints(
    job: str, width: int, tmp_path: Path
) -> None:
    """Fields stand below the rows: those of another run differ in them alone."""
    again = [{**found, "job_id": job.format(found["job_id"])} for found in SAID]
    runs = [drawn(AsLiveKit(VERSIONS["1.5.8"], width), records) for records in (SAID, again)]
    one, both = (analyzed(tmp_path, text) for text in (runs[0], "".join(runs)))
    count = one.signals["false_interruptions"].count
    assert count
    assert both.signals["false_interruptions"].count == count * len(set(runs))
    assert "records printed twice" not in both.inputs[0].wrappers
