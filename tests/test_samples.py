from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import samples
from tuner.facts import combined
from tuner.inputs.chunks import Chunk
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.report import json as report_json
from tuner.report import text as report_text

GOLDEN = Path(__file__).parent / "golden"
VERDICTS = {
    "false-interruptions.jsonl": ("switch", "noisy"),
    "cut-offs.jsonl.gz": ("switch", "patient"),
    "slow-model.dev.log": ("keep", None),
    "healthy-info.jsonl": ("undecided", None),
    "openai-2.54.log": ("keep", None),
}


def test_every_sample_log_has_its_truth() -> None:
    files = {p.name for p in samples.FOLDER.glob("*.*") if p.suffix not in (".json", ".md")}
    assert files == set(samples.NAMES)


@pytest.mark.parametrize("name", samples.NAMES)
def test_counts_equal_truth(name: str) -> None:
    found = samples.headline(samples.report(samples.FOLDER / name))
    expected = samples.expected(name)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_line_is_understood(name: str) -> None:
    (info,) = samples.report(samples.FOLDER / name).inputs
    assert (info.lines, info.understood) == (samples.TRUTH[name]["lines"],) * 2
    assert not info.unread
    assert not info.problem


@pytest.mark.parametrize("name", [n for n in samples.NAMES if "info" not in n])
def test_processing_times_equal_truth(name: str) -> None:
    truth = np.array(samples.TRUTH[name]["openai_processing_ms"])
    found = samples.report(samples.FOLDER / name).signals["openai_calls"].more["processing_ms"]
    for share in (50, 90, 95, 99):
        assert found[f"p{share}"] == pytest.approx(np.percentile(truth, share))
    assert found["max"] == truth.max()


def test_a_blind_signal_says_why_and_is_never_zero() -> None:
    signals = samples.report(samples.FOLDER / "healthy-info.jsonl").signals
    for name in ("false_interruptions", "openai_calls", "false_cutoffs", "http_connections"):
        assert signals[name].observable == "no"
        assert signals[name].count is None
        assert signals[name].why
    assert "DEBUG" in (signals["false_interruptions"].why or "")
    assert signals["sync_warnings"].count == 0
    assert signals["sync_warnings"].observable == "yes"


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_verdict_fits_what_happened(name: str) -> None:
    advice = samples.report(samples.FOLDER / name).recommendation
    verdict, profile = VERDICTS[name]
    assert advice.verdict == verdict
    if profile is not None:
        assert advice.profile == profile


@pytest.mark.parametrize("name", samples.NAMES)
@pytest.mark.parametrize("kind", ["txt", "json"])
def test_golden_report(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    report = samples.report(Path("sample_logs") / name)
    found = report_text.render(report) if kind == "txt" else report_json.render(report) + "\n"
    golden = GOLDEN / f"{name}.{kind}"
    if request.config.getoption("--rewrite-golden"):
        golden.write_text(found)
    assert found == golden.read_text()


def test_no_golden_report_is_orphaned() -> None:
    expected = {f"{name}.{kind}" for name in samples.NAMES for kind in ("txt", "json")}
    assert {p.name for p in GOLDEN.iterdir()} == expected


TURN_LOG = "".join(
    f'{{"message": "{message}", "level": "DEBUG", "name": "{logger}", "job_id": "AJ_{job}", '
    f'{fields}, "timestamp": "2026-11-20T09:36:0{job}.904371+00:00"}}\n'
    for job, (message, logger, fields) in enumerate(
        [
            ("turn", "tuner.turns", '"resumed_after_commit": true'),
            ("interruption", "tuner.turns", '"outcome": "lost"'),
            ("interruption", "tuner.turns", '"outcome": "false", "agent_audible": false'),
            ("openai call", "tuner.turns", '"endpoint": "chat", "processing_ms": 1500.0'),
            ("resumed false interrupted speech", "livekit.agents", '"timeout": 0'),
        ]
    )
).encode()


@pytest.mark.parametrize("name", [*samples.NAMES, "a turn log"])
def test_a_figure_without_events_is_0_in_every_call(name: str) -> None:
    """`CombinedLogs` looks at no call for such a figure; here every call is looked at."""
    data = samples.data(name) if name in samples.NAMES else TURN_LOG
    summary = careful.summarize(Chunk(data), EVERYTHING, 1000.0)
    view = combined.CombinedLogs([summary], 1000.0)
    for field in combined.COUNTED_FROM:
        assert view.per_call(field) == tuple(getattr(call, field) for call in view.calls)
    assert view.cutoffs == combined.cutoffs(view.calls)
