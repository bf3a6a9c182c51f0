"""A sample of the calls of a turn log: whole calls, so many at most, the same ones each time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.page import make
from tuner.execution import turn_log_rows
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.execution.sampled_calls import SampledCalls
from tuner.reading.record_filter import EVERYTHING


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "calls.jsonl"
    make(path, 200)
    return path


def test_a_log_of_few_calls_is_read_whole(log: Path) -> None:
    every = list(turn_log_rows.turn_log_rows([log], EVERYTHING))
    assert turn_log_rows.sampled_rows([log], EVERYTHING, KeptTurnLogs(1000)) == every


@pytest.mark.parametrize("chunked", [False, True])
def test_a_sample_has_whole_calls_and_no_more_than_asked_for(
    log: Path, tmp_path: Path, chunked: bool
) -> None:
    every = list(turn_log_rows.turn_log_rows([log], EVERYTHING))
    paths = [log]
    if chunked:  # in many inputs, so that the sample halves between them
        lines = log.read_bytes().splitlines(keepends=True)
        paths = [tmp_path / f"{n:03}.jsonl" for n in range(20)]
        for n, path in enumerate(paths):
            path.write_bytes(b"".join(lines[n * len(lines) // 20 : (n + 1) * len(lines) // 20]))
    found = turn_log_rows.sampled_rows(paths, EVERYTHING, KeptTurnLogs(50))
    keys = {row[0] for row in found}
    assert 10 < len(keys) <= 50
    assert found == [row for row in every if row[0] in keys]


def test_lines_and_keys_agree_on_what_is_in_the_sample() -> None:
    sample = SampledCalls(10)
    keys = [f"job:AJ_{n}" for n in range(1000)]
    for key in keys:
        sample.takes(key)
        sample.halved()
    lines = {key: b'{"message": "turn", "job_id": "%s"}' % key[4:].encode() for key in keys}
    unnamed = [b"a line that names no job", b'{"message": "turn", "job_id": "\\u0041"}']
    found = sample.lines(b"\n".join([*lines.values(), *unnamed]))
    assert found == [line for key, line in lines.items() if sample.takes(key)] + unnamed


def test_lines_that_do_not_name_their_job_are_sampled_by_what_they_name(
    log: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rooms.jsonl"  # every second line has a room, and no job
    lines = log.read_bytes().splitlines(keepends=True)
    lines[::2] = [re.sub(rb'"job_id": "[^"]*", ', b"", line) for line in lines[::2]]
    path.write_bytes(b"".join(lines))
    every = list(turn_log_rows.turn_log_rows([path], EVERYTHING))
    assert {key[:4] for key, *_ in every} == {"job:", "room"}
    found = turn_log_rows.sampled_rows([path], EVERYTHING, KeptTurnLogs(50))
    keys = {row[0] for row in found}
    assert 10 < len(keys) <= 50
    assert found == [row for row in every if row[0] in keys]
