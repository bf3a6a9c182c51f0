"""`tuner latency-test` against the server of the agent, and its figures."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from tests.audiocodes_rig import REALTIME, TOKEN, a_server
from tuner.bench.vaic import report
from tuner.bench.vaic.call import HeardAudio, Stream
from tuner.bench.vaic.load import CallResult

ROOT = Path(__file__).parent.parent


async def latency_test(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tuner", "latency-test", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(program.communicate(), 90)
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
    return program.returncode or 0, out.decode(), err.decode()


@pytest.mark.asyncio
async def test_it_measures_our_server_and_exits_by_its_limits(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        url = f"ws://127.0.0.1:{rig.port}/audiocodes"
        common = ("--calls", "2", "--seconds", "8", "--token", TOKEN, "--json")
        code, out, err = await latency_test(url, *common, "--max-ms", "60000")
        found = json.loads(out)
        assert (code, err) == (0, "")
        assert (found["calls"], found["failed_calls"], found["protocol_errors"]) == (2, 0, {})
        assert found["turns"] >= 2
        # OpenAI's wait for silence alone
        assert found["round_trip_ms"]["min"] > 300
        assert found["server"]["latency_ms"]["caller audio"]["count"] > 100
        code, _, err = await latency_test(url, *common, "--max-ms", "1")
        assert code == 1
        assert "median round trip" in err


@pytest.mark.asyncio
async def test_calls_that_are_refused_are_reported_and_exit_1(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        url = f"ws://127.0.0.1:{rig.port}/audiocodes"
        code, out, err = await latency_test(url, "--calls", "1", "--token", "wrong")
        assert code == 1
        assert "HTTP 401" in out
        assert "1 of 1 calls failed" in err


@pytest.mark.asyncio
async def test_an_address_that_is_none_exits_2() -> None:
    code, _, err = await latency_test("example.com")
    assert code == 2
    assert "not a WebSocket address" in err
    code, _, err = await latency_test("ws://127.0.0.1:9/", "--format", "raw/opus")
    assert code == 2


def test_a_limit_that_could_not_be_measured_is_exceeded() -> None:
    found = report.figures([CallResult(0)], None)
    assert found["round_trip_ms"] is None
    assert len(report.over_limits(found, 100.0, 5.0)) == 2
    assert report.over_limits(found, None, None) == []


@pytest.mark.parametrize(
    ("chunks_at", "late"),
    [
        ([0.0, 0.0, 0.0, 0.0], 0),
        ([0.0, 0.02, 0.04, 0.06], 0),
        ([0.0, 0.02, 0.1, 0.1], 1),
        ([0.0, 0.0, 0.06, 0.09], 2),
    ],
)
def test_a_gap_is_a_chunk_that_came_after_the_sound_before_it_had_ended(
    chunks_at: list[float], late: int
) -> None:
    stream = Stream("play-0", "raw/lpcm16", 0.0, chunks_at, bytearray(640 * len(chunks_at)))
    found = report.figures([CallResult(0, heard=HeardAudio(streams=[stream]))], None)
    assert (found["chunks_received"], found["chunks_after_a_gap"]) == (4, late)


def test_figures_have_an_interval_and_fit_into_text() -> None:
    results = [CallResult(0, setup_s=0.1, waits_s=[number / 100 for number in range(1, 101)])]
    found: dict[str, Any] = report.figures(results, None)
    assert found["round_trip_ms"]["p50"] == 505.0
    low, high = found["round_trip_ms"]["p50_interval"]
    assert 380 <= low < 505 < high <= 630
    text = report.text(found)
    assert "median 505.0 ms" in text
    assert "not known" in text
