"""The figures of a log do not depend on who reads it: a bounded run of the differential fuzzer."""

from __future__ import annotations

from random import Random

import pytest

from tests import samples, shipping
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
    "a layout that comes late": [*JSON, *(b" " + line for line in DEV[:60])],
}


@pytest.mark.parametrize("lines", CASES.values(), ids=CASES.keys())
def test_what_once_differed(lines: list[bytes]) -> None:
    assert difference(b"\n".join(lines) + b"\n") == {}


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
