"""The figures of a log do not depend on who reads it: a bounded run of the differential fuzzer."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests import samples, shipping
from tools.fuzz import __main__ as fuzz
from tools.fuzz import mutations
from tools.fuzz.compare import difference, log, pick
from tools.fuzz.shrinking import smallest
from tuner import scan
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING

JSON = shipping.lines(samples.data("false-interruptions.jsonl"))[:600]
DEV = shipping.lines(samples.data("slow-model.dev.log"))[:600]
INFO = shipping.lines(samples.data("healthy-info.jsonl"))
METRICS = next(line for line in INFO if b"LLM metrics" in line)
PIECE = b"2026-11-20T09:36:05Z stderr P " + DEV[0][:40]
TWICE = b"2026-11-20T09:36:05.123456789Z stdout F " * 2
CASES = {
    "a message with an escaped letter": [*JSON, METRICS.replace(b"metrics", b"m\\u0065trics")],
    "an object with an escaped letter": [
        *JSON,
        METRICS.replace(b"LLM metrics", b"my LLMM\\u0065trics(ttft=0.4)").replace(
            b"livekit.agents", b"app"
        ),
    ],
    "two carriage returns": [line + b"\r" for line in DEV],
    "a piece whose end never comes": [PIECE, *DEV[:300], JSON[0], PIECE, *DEV[300:]],
    "evidence in Docker's JSON with carriage returns": [
        line + b"\r" for line in shipping.LINE_WRAPPERS["docker"](b"\n".join(JSON)).split(b"\n")
    ],
    "pieces in two other wrappers": [
        *(TWICE + b"2026-11-20T09:36:05Z stderr P " + JSON[0][:30], TWICE + JSON[1]),
        TWICE + b"2026-11-20T09:36:05Z stderr F " + JSON[0][30:],
    ],
    "evidence behind byte order marks": [b"\xef\xbb\xbf" + line for line in DEV],
    "a layout that comes late": [*JSON, *(b" " + line for line in DEV[:60])],
}


@pytest.mark.parametrize("lines", CASES.values(), ids=CASES.keys())
def test_what_once_differed(lines: list[bytes]) -> None:
    assert difference(b"\n".join(lines) + b"\n") == {}


def test_cutting_down_ends_in_time_with_the_fewest_lines_so_far() -> None:
    """A fault that takes very many lines would keep a run of an hour for days."""
    data, tries = b"\n".join(b"%d" % n for n in range(4_000)), iter(range(20))
    fails = lambda less: less.count(b"\n") >= 1_000  # noqa: E731
    kept = smallest(data, fails, lambda: next(tries, None) is None)
    assert 1_000 <= kept.count(b"\n") < 4_000
    assert smallest(data, fails).count(b"\n") == 1_000


def test_a_run_says_where_it_is_and_what_differs_before_it_is_cut_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fuzz, "SIZES", {1: 1})
    monkeypatch.setattr(fuzz, "difference", lambda *_, **__: {"counts": (1, 2)})

    def cut_down(data: bytes, *_: object) -> bytes:
        assert "7: counts" in capsys.readouterr().out
        return data

    monkeypatch.setattr(fuzz, "smallest", cut_down)
    progress = fuzz.Progress(minutes=60)
    progress.show(7, 0, "seed 7, 0.3 MB")
    progress.show(8, 0, "seed 8, 0.3 MB")
    shown = capsys.readouterr().err
    assert shown == "0.0 of 60 min: 7 logs, 0 differ; now seed 7, 0.3 MB\n"
    progress.show(9, 0, "seed 9, 64.0 MB", at_once=True)
    assert "seed 9, 64.0 MB" in capsys.readouterr().err
    assert fuzz.differs(JSON[0], EVERYTHING, 7)
    assert (tmp_path / "fuzz-found/7.log").read_bytes() == JSON[0]


def test_an_escaped_letter_hides_no_latency() -> None:
    lines = b"\n".join(CASES["a message with an escaped letter"]) + b"\n"
    for read in (careful.summarize, fast.summarize):
        summary = read(Chunk(lines), EVERYTHING, 1e3)
        assert summary.counts["llm_metrics"] == b"\n".join(JSON).count(b'"LLM metrics"') + 1


@pytest.mark.parametrize("seed", range(24))
def test_damaged_logs_give_equal_figures(seed: int) -> None:
    random = Random(seed)
    lines = random.choice(mutations.samples())[:300]
    data = log(lines, 300_000 if seed % 8 == 0 else 1, random)
    only = pick(data, random)
    differs = difference(data, only)
    assert not differs, (
        differs,
        only,
        smallest(data, lambda less: difference(less, only)),
    )


def test_the_fuzzer_sees_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scan.ready()
    monkeypatch.setattr(careful, "count", lambda *_: None)
    monkeypatch.setattr(fast, "_scanned", lambda *_: None)
    assert difference(METRICS) == {}
    monkeypatch.undo()
    data = b"\n".join(JSON[:50])
    monkeypatch.setattr("tuner.summary.event_counting._measures", lambda *_: iter(()))
    assert "histograms" in difference(data + b"\n" + METRICS)
