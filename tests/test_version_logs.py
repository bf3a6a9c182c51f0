"""The kept texts belong to the script and the atlas of today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.version_logs import conversation
from tools.version_logs.truth import truth
from tools.version_logs.versions import RELEASES, Release
from tools.version_logs.wording import written

FOLDER = Path(__file__).parent / "version_logs"
TRUTH = json.loads((FOLDER / "truth.json").read_text())


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_the_truth_is_what_the_script_gives(release: Release) -> None:
    lines = list(written(conversation.script(), release))
    for layout in release.layouts:
        calls = {0} if layout.console else {0, 1, 2}
        assert TRUTH[f"{release.version}.{layout.name}.log"] == truth(lines, calls, layout)


@pytest.mark.parametrize("name", TRUTH)
def test_a_text_holds_whole_records_only(name: str) -> None:
    text = (FOLDER / name).read_bytes().decode()
    assert "starting worker" in text.partition("\n")[0]
    assert "Traceback" not in text


def test_there_are_no_other_texts() -> None:
    assert {path.name for path in FOLDER.glob("*.log")} == TRUTH.keys()
