"""Logs in which some records stand twice, or once more as nothing but their message."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.test_pasted_stretches import NOTE as NOTE_OF_SOME
from tests.test_posted_logs import analyzed
from tests.test_second_prints import (
    EVERY,
    NOTE,
    RECORDS,
    Printed,
    assert_same,
    bare,
    dev,
    docker,
    loguru,
    once,
    other_json,
    stamp,
    usual,
)
from tuner.exports.doubling import doubled
from tuner.model import Report

HEADS: dict[str, Printed] = {
    "JSON": json.dumps,
    "dev text": dev,
    "other JSON": other_json,
    "usual text": usual,
    "text without a time": bare,
}
FEW = [
    (10, "DEBUG", "received user transcript"),
    (13, "DEBUG", "resumed false interrupted speech"),
    (16, "WARNING", "_SegmentSynchronizerImpl.push_audio called after close"),
    (19, "DEBUG", "resumed false interrupted speech"),
]


def message(record: dict[str, Any]) -> str:
    return str(record["message"])


def assert_counts(found: Report, wanted: Report) -> None:
    """The same, also where the lines leave the figures out."""
    assert wanted.signals["openai_calls"].count
    assert found.signals == wanted.signals
    assert found.latency == wanted.latency


def in_seconds(record: dict[str, Any]) -> str:
    return f"[{record['level']}] {stamp(record)[11:19]} - {record['name']}: {record['message']}"


def mixed(*printed: Printed) -> str:
    lines = chain.from_iterable([each(record) for each in printed] for record in RECORDS)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("is_above", [False, True], ids=["below", "above"])
@pytest.mark.parametrize("name", HEADS)
def test_a_message_alone_beside_its_record_is_its_copy(
    name: str, is_above: bool, copies: int, tmp_path: Path
) -> None:
    parts = [*[message] * copies, HEADS[name]] if is_above else [HEADS[name], *[message] * copies]
    found = analyzed(tmp_path, mixed(*parts))
    assert_counts(found, once(tmp_path, HEADS[name]))
    assert NOTE in found.inputs[0].notes
    assert not found.inputs[0].unread


def test_so_it_is_behind_a_shipper(tmp_path: Path) -> None:
    def shipped(text: str) -> str:
        return json.dumps({"log": f"{text}\n", "stream": "stderr", "time": "2026-11-20T09:36:07Z"})

    lines = chain.from_iterable((docker(record), shipped(message(record))) for record in RECORDS)
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert_same(found, once(tmp_path, docker))


@pytest.mark.parametrize("name", ["usual text", "text without a time"])
def test_a_layout_of_whole_seconds_beside_another(name: str, tmp_path: Path) -> None:
    found = analyzed(tmp_path, mixed(HEADS[name], in_seconds))
    wanted = once(tmp_path, usual if name == "usual text" else in_seconds)
    assert found.signals["openai_calls"] == wanted.signals["openai_calls"]
    assert found.signals["vad_slow"].count == wanted.signals["vad_slow"].count
    assert found.latency == wanted.latency


def test_three_ways_of_printing(tmp_path: Path) -> None:
    assert_same(analyzed(tmp_path, mixed(dev, loguru, in_seconds)), once(tmp_path, dev))


def of_few(records: Iterable[tuple[int, str, str]]) -> str:
    lines = [
        f"2026-03-02 08:14:{second},120 - livekit.agents - {level} - {text}\n"
        f"{level}:livekit.agents:{text}\n"
        for second, level, text in records
    ]
    return "".join(lines)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_few_records_beside_their_twins(n: int, tmp_path: Path) -> None:
    for end in ["\n", ""][: n - 1]:
        found = analyzed(tmp_path, of_few(FEW[:n]).rstrip("\n") + end)
        assert found.signals["false_interruptions"].count == max(n - 2, 1)


def twice(records: Iterable[dict[str, Any]], printed: Printed, of: set[str]) -> str:
    """Records of some loggers on two lines each."""
    lines = [line for r in records for line in [printed(r)] * (1 + (r["name"] in of))]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["JSON", "dev text", "other JSON", "usual text"])
def test_a_second_handler_on_some_loggers(name: str, tmp_path: Path) -> None:
    data = twice(RECORDS, HEADS[name], {"livekit.agents"})
    found = analyzed(tmp_path, data)
    assert data.count("\n") > len(RECORDS) + 30
    assert_counts(found, once(tmp_path, HEADS[name]))
    assert NOTE_OF_SOME in found.inputs[0].notes


@pytest.mark.parametrize("name", ["JSON", "dev text"])
def test_a_handler_that_was_added_later(name: str, tmp_path: Path) -> None:
    printed = HEADS[name]
    later = [line for record in RECORDS[100:] for line in [printed(record)] * 2]
    found = analyzed(tmp_path, "\n".join([*map(printed, RECORDS[:100]), *later]) + "\n")
    assert_same(found, once(tmp_path, printed))


@pytest.mark.parametrize(("name", "n"), [("JSON", 100), ("JSON", 2000), ("dev text", 2000)])
def test_two_exports_that_have_a_part_in_common(name: str, n: int, tmp_path: Path) -> None:
    """Small ones; a stretch further on is known where times go back."""
    lines = list(map(HEADS[name], EVERY[600:]))
    found = analyzed(tmp_path, "\n".join([*lines[:n], *lines[n // 2 :]]) + "\n")
    assert_same(found, once(tmp_path, HEADS[name], EVERY[600:]))
    assert NOTE_OF_SOME in found.inputs[0].notes


def test_a_storm_of_one_message_is_no_second_print() -> None:
    text = "_SegmentSynchronizerImpl.push_audio called after close"
    fields = '{"room": "r", "job_id": "AJ_1"}'
    lines = [
        f"2026-03-02 08:14:{n // 3:02d},120 - WARNING livekit.agents - {text} {fields}"
        for n in range(90)
    ]
    assert doubled("\n".join(lines).encode()) is None


def test_requests_at_once_are_no_second_prints() -> None:
    lines = [
        f"DEBUG:httpcore.http11:{what}.{when}"
        for _ in range(10)
        for what in ("send_request_headers", "receive_response_headers")
        for when in ("started", "started", "complete", "complete")
    ]
    assert doubled("\n".join(lines).encode()) is None


@pytest.mark.parametrize("name", ["JSON", "dev text"])
@pytest.mark.parametrize("is_above", [True, False])
def test_what_was_searched_for_beside_the_log_counts_once(
    name: str, is_above: bool, tmp_path: Path
) -> None:
    lines = list(map(HEADS[name], EVERY[600:]))
    some = [line for line in lines if "resumed false" in line or "after close" in line]
    found = analyzed(tmp_path, "\n".join([*some, *lines] if is_above else [*lines, *some]) + "\n")
    assert len(some) > 20
    assert_same(found, once(tmp_path, HEADS[name], EVERY[600:]))


@pytest.mark.parametrize("n", [5, 10, 30])
def test_a_burst_of_one_line_in_a_short_log_is_kept(n: int, tmp_path: Path) -> None:
    said = [record for record in EVERY[600:] if record["name"] == "livekit.agents"][:10]
    burst = {**said[-1], "message": "_SegmentSynchronizerImpl.push_audio called after close"}
    burst["level"] = "WARNING"
    found = analyzed(tmp_path, "\n".join(map(dev, [*said, *[burst] * n])) + "\n")
    others = sum("after close" in record["message"] for record in said)
    assert found.signals["sync_warnings"].count == n + others


def test_a_row_that_was_opened_shows_its_record_once_more(tmp_path: Path) -> None:
    """On CloudWatch's page: the fields of a row stand below it."""
    rows = []
    for n, record in enumerate(RECORDS):
        rows.append(f"2026-07-18T09:00:{n % 60:02d}.123Z\t{json.dumps(record)}")
        if n % 5 == 0:
            rows += ["Field\tValue", f"@message\t{json.dumps(record)}", "@timestamp\t1784365206183"]
    found = analyzed(tmp_path, "\n".join(rows) + "\n")
    wanted = analyzed(tmp_path, "\n".join(row for row in rows if row[:4] == "2026") + "\n")
    assert wanted.signals["openai_calls"].count
    assert found.signals == wanted.signals
    assert NOTE_OF_SOME in found.inputs[0].notes
