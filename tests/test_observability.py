"""What a log could have shown, by the versions that wrote it; warnings that no rule judges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tuner import pipeline
from tuner.model import Report

FOLDER = Path(__file__).parent / "version_logs"
TRUTH = json.loads((FOLDER / "truth.json").read_text())
READ = [name for name in TRUTH if name.split(".")[-2] in ("dev", "production", "production-debug")]


def report_of(path: Path) -> Report:
    return pipeline.analyze([path], environ={})


@pytest.mark.parametrize("name", READ)
def test_each_version_is_named_and_shows_what_it_can(name: str) -> None:
    report = report_of(FOLDER / name)
    version = name.rpartition(".log")[0].rsplit(".", 1)[0]
    assert report.inputs[0].versions == f"livekit-agents {version}, as logged at its start"
    truth = TRUTH[name]["signals"]
    hidden = {s for s in truth if report.signals[s].observable == "no"}
    assert hidden == {s for s, n in truth.items() if n is None}
