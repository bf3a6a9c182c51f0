from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import compare, entries, make_logs, measure, readme, tables
from benchmarks.blocks import DEBUG, DEV, KINDS
from benchmarks.make_logs import Log, Recipe, make
from benchmarks.measure import Memory
from benchmarks.peers import BY_NAME, GZ, PEERS, TUNER, Peer, disagreements
from benchmarks.results import Results, Scene, Timing, slope
from benchmarks.truth import tell
from tests import samples
from tests.in_turn import EVERY_PAIR, one_in

RECIPES = {
    "JSON": Recipe("sparse", 3_000_000),
    "dense JSON": Recipe("dense", 400_000),
    "text": Recipe("dev", 2_000_000),
    "gz": Recipe("sparse", 3_000_000, gz=True),
    "Docker text": Recipe("docker", 400_000),
    "Kubernetes text": Recipe("cri", 400_000),
    "CSV": Recipe("csv", 400_000),
    "array": Recipe("array", 400_000),
    "pipecat record": Recipe("pipecat", 400_000),
    "spans record": Recipe("spans", 400_000),
    **{
        f"{kind} text": Recipe(kind, 400_000)
        for kind in ("pretty", "nested", "heroku", "formatter", "logging", "compact", "rich")
    },
}
PAIRS = [
    pytest.param(shape, peer, id=f"{shape}-{peer.name}")
    for number, shape in enumerate(RECIPES)
    for peers in [[peer for peer in PEERS if shape.split()[-1] in peer.shapes]]
    # of the kinds of text each with ours and one other: they take turns
    for peer in (
        peers
        if EVERY_PAIR or "text" not in shape
        else [peers[0], peers[1 + number % (len(peers) - 1)]]
    )
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


def decoded(log: Log) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.path.read_bytes().splitlines()]


@pytest.mark.parametrize("name", [DEBUG, DEV, "cut-offs.jsonl.gz", "healthy-info.jsonl"])
def test_the_naive_reading_finds_the_truth_of_a_sample_log(name: str) -> None:
    true, found = samples.TRUTH[name], tell(entries.read(name)).figures()
    assert entries.read.__wrapped__(name) == entries.read(name), "read anew"
    records = entries._records(samples.data(name))
    server = [record for record in records if b"aiohttp.server" in record]  # that it was made with
    assert found["lines"] == true["lines"] - sum(record.count(b"\n") for record in server)
    assert found["calls"] == true["calls"]
    assert found["kind:false_interruption"] == true["false_interruptions_in_log"]
    assert found["kind:sync_warning"] == true["sync_warnings"]
    assert found["openai_responses"] == true["openai_responses_in_log"]
    assert found["openai_slow"] == true["openai_over_1000_ms"]


@pytest.mark.parametrize("shape", one_in(2, RECIPES))
def test_a_log_is_the_same_whenever_it_is_made(shape: str, folder: Path, tmp_path: Path) -> None:
    first, second = make(RECIPES[shape], folder), make(RECIPES[shape], tmp_path)
    assert first.truth == second.truth
    assert first.path.read_bytes() == second.path.read_bytes()
    other = make(RECIPES[shape]._replace(seed=2), tmp_path)
    if "calls" not in first.truth.get("hidden", ()):  # else no line has an id
        assert other.path.read_bytes() != first.path.read_bytes()


@pytest.mark.parametrize("kind", ["debug", "info-debug", "sparse", "dense"])
def test_the_truth_is_what_stands_in_the_log(kind: str, folder: Path) -> None:
    log = make(Recipe(kind, 5_500_000 if kind == "debug" else 3_000_000), folder)
    lines = decoded(log)
    assert log.truth["bytes"] == log.path.stat().st_size <= 5_500_000
    assert log.truth["lines"] == len(lines)
    assert log.truth["calls"] == len({line["job_id"] for line in lines if "job_id" in line})
    for level in ("DEBUG", "INFO", "WARNING", "ERROR"):
        found = sum(line["level"] == level for line in lines)
        assert log.truth.get(f"level:{level}", 0) == found
    ttft = sum(line["message"] == "LLM metrics" for line in lines)
    assert log.truth["kind:llm_metrics"] == ttft


def test_copies_have_new_times_calls_rooms_and_processes(folder: Path) -> None:
    lines = decoded(make(Recipe("debug", 5_500_000), folder))
    half = len(lines) // 2
    first, second = lines[:half], lines[half:]
    assert [line["level"] for line in first] == [line["level"] for line in second]
    assert max(line["timestamp"] for line in first) < min(line["timestamp"] for line in second)
    for key in ("job_id", "room", "pid"):
        here, there = ({line[key] for line in part if key in line} for part in (first, second))
        assert len(here) == len(there)
        assert not here & there


def test_all_times_of_a_line_move_together(folder: Path) -> None:
    def waits(line: dict[str, Any]) -> list[float]:
        """How long before the line the times in it were."""
        stood = datetime.fromisoformat(line["timestamp"])
        dates = re.findall(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", line["message"])
        keys = ("last_speaking_time", "speech_start_time", "last_final_transcript_time")
        told = [line[key] for key in keys if line.get(key)]
        told += [parsedate_to_datetime(date).timestamp() for date in dates]
        return [round(stood.timestamp() - time, 3) for time in told]

    lines = decoded(make(Recipe("debug", 5_500_000), folder))
    half = len(lines) // 2
    first = [waits(line) for line in lines[:half]]
    assert sum(map(len, first)) > 400
    assert first == [waits(line) for line in lines[half:]]


@pytest.mark.parametrize("kind", ["sparse", "dev"])
def test_a_thinned_log_has_the_density_that_was_asked_for(kind: str, folder: Path) -> None:
    for density in (0.01, 0.1):
        log = make(Recipe(kind, 3_000_000, density), folder)
        assert log.truth["signals"] / log.truth["lines"] == pytest.approx(density, rel=0.15)


def test_thinning_loses_no_kind_of_line() -> None:
    blocks = KINDS["sparse"](0.01, 1)
    kinds = {e.kind for block in blocks for e in block.entries}
    assert kinds == {e.kind for e in entries.read(DEBUG)}


def test_a_packed_log_is_the_plain_one(folder: Path) -> None:
    plain, packed = make(RECIPES["JSON"], folder), make(RECIPES["gz"], folder)
    assert gzip.decompress(packed.path.read_bytes()) == plain.path.read_bytes()
    assert packed.truth == plain.truth


def test_cleaning_deletes_what_was_made_and_nothing_else(tmp_path: Path) -> None:
    log = make(Recipe("dense", 200_000), tmp_path)
    mine = tmp_path / "bench-notes.txt"
    mine.write_text("kept")
    assert make_logs.clean(tmp_path) == [log.path]
    assert list(tmp_path.iterdir()) == [mine]


def test_an_unfinished_log_is_made_again(tmp_path: Path) -> None:
    log = make(Recipe("dense", 200_000), tmp_path)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:1000])
    make_logs.truth_path(log.path).unlink()
    assert make(Recipe("dense", 200_000), tmp_path).path.read_bytes() == whole


@pytest.mark.parametrize(
    ("text", "size"), [("10MB", 10**7), ("1.5GB", 1_500_000_000), ("64kb", 64_000), ("7", 7)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert make_logs.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "10 miles", "-1GB", "0", "nan"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        make_logs.parse_size(text)


@pytest.mark.parametrize(("shape", "peer"), PAIRS)
def test_every_peer_counts_the_truth(shape: str, peer: Peer, folder: Path) -> None:
    if peer.missing:
        pytest.skip(f"{peer.name} needs {', '.join(peer.missing)}")
    log = make(RECIPES[shape], folder)
    _, output = measure.run(peer.command(log.path))
    figures = peer.figures(output)
    assert figures
    assert disagreements(figures, log.truth) == []


def test_a_wrong_count_is_told() -> None:
    truth = {"lines": 5, "ttft_p50": 0.42, "ttfb_p50": None}
    assert disagreements({"lines": 5, "ttft_p50": 0.4205, "ttfb_p50": None}, truth) == []
    assert disagreements({"lines": 4, "ttft_p50": 0.43}, truth) == [
        "lines: 4, truly 5",
        "ttft_p50: 0.43, truly 0.42",
    ]


def test_a_missing_peer_and_a_failing_one_are_named(tmp_path: Path) -> None:
    absent = BY_NAME["re"]._replace(name="absent", needs=("no_such_program",))
    broken = BY_NAME["re"]._replace(name="broken", command=lambda _: ["sh", "-c", "exit 3"])
    scene = compare.play(
        "dense", Recipe("dense", 200_000), [absent, broken], compare.QUICK, tmp_path
    )
    results = Results({"versions": {}} | dict.fromkeys(FACTS, ""), "", [scene], {})
    text = tables.markdown(results)
    assert scene.missing == {"absent": ["no_such_program"]}
    assert "| absent | missing here: no_such_program |" in text
    assert "| broken | failed: sh ended with 3" in text
    assert len(results.faults) == 1


FACTS = ("command", "cpu", "cores", "memory_gb", "system", "python", "commit", "load_before")


def grown(size: int, seconds: float, memory: float = 100.0) -> Scene:
    timing = Timing(TUNER, "", [seconds], Memory(memory, 50.0, "PSS"), 1)
    return Scene("growth", "log", size, size // 100, [timing], {})


def test_the_slope_is_that_of_large_logs() -> None:
    linear = [grown(10**7, 5.0), grown(10**8, 1.0), grown(10**9, 10.0), grown(10**10, 100.0)]
    assert slope(linear) == pytest.approx(1.0)
    assert slope([grown(10**8, 1.0), grown(10**9, 100.0)]) == pytest.approx(2.0)
    assert slope(linear[:2]) is None


def test_targets_are_judged_and_written_both_ways() -> None:
    ours, theirs = Timing(TUNER, "all", [2.0, 3.0, 1.0]), Timing("rg -c", "counts", [1.0])
    scene = Scene("sparse", "log", 10**9, 10**6, [ours, theirs], {})
    growth = {"sparse": [grown(10**8, 1.0, 310.0), grown(10**9, 10.0)]}
    results = Results({"versions": {}} | dict.fromkeys(FACTS, ""), "2026-11-20", [scene], growth)
    text, found = tables.markdown(results), json.loads(tables.document(results))
    assert "| sparse: our time against `rg -c` | ≤ 1.5 | 2.00 | **no** |" in text
    assert "| growth: our peak memory, MB | ≤ 300 | 310.00 | **no** |" in text
    assert "not measured" in text
    assert [t["met"] for t in found["targets"]][:3] == [False, None, None]
    assert found["scenes"][0]["timings"][0]["seconds"] == [2.0, 3.0, 1.0]
    assert found["slopes"] == {"sparse": pytest.approx(1.0)}


def test_the_command_is_told_without_the_folders_of_this_machine() -> None:
    words = ["--only", "gz", "growth", "--dir", "/x", "--repeats", "3", "--out", "/y", "--clean"]
    told = "python -m benchmarks.compare --only gz growth --repeats 3 --clean"
    assert compare._command(words) == told
    assert compare._command([]) == "python -m benchmarks.compare"


def test_memory_of_a_process_tree_is_measured() -> None:
    if not measure.can_watch():
        pytest.skip("psutil is missing")
    eater = "import time; x = b'x' * 60_000_000; time.sleep(0.3); print(len(x))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {eater!r}])"
    memory, output = measure.watch([sys.executable, "-c", child])
    assert output == "60000000\n"
    assert memory.total > 60


def test_the_plans_name_known_kinds() -> None:
    for plan in (compare.FULL, compare.QUICK):
        assert {recipe.kind for recipe in plan.scenes.values()} <= set(KINDS)
        assert set(plan.growth_kinds) <= set(KINDS)
        assert compare.shape(plan.scenes["gz"]) == GZ


def test_the_table_of_the_readme_comes_from_the_results() -> None:
    text = readme.README.read_text()
    assert readme.table(json.loads(readme.RESULTS.read_text())) in text
    assert text.count(readme.HEAD) == 1
    assert set(readme.LOGS) == set(compare.FULL.scenes)
