"""The recipes of CONTRIBUTING: each is done on a copy of the tree and works from end to end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


class Clone:
    """A copy of the tree in which a recipe is carried out; `changed` are the files it touched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.changed = folder, set[str]()
        for name in ("tuner", "agent", "profiles", "tests", "sample_logs"):
            ignored = shutil.ignore_patterns("__pycache__", "golden*", "*.gz")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def insert_after(self, name: str, anchor: str, text: str) -> None:
        """Insert text behind the one place in a file where the anchor stands."""
        path = self.folder / name
        before = path.read_text(encoding="utf-8")
        assert before.count(anchor) == 1, f"{anchor!r} in {name}"
        path.write_text(before.replace(anchor, anchor + text), encoding="utf-8")
        self.changed.add(name)

    def run(self, *command: str) -> str:
        """Run Python in the copy; its output, which the test fails with if it fails."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(self.folder), "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


KNOB = '''
    speech_gap: float = _turns(
        0.0, "AgentSession(min_consecutive_speech_delay)", "s", 0.0, 60.0
    )
    """Least silence between two things that the agent says."""
'''


def test_a_new_knob_touches_three_files(clone: Clone) -> None:
    pytest.importorskip("livekit.plugins.openai")
    early_voice = (
        '"""Synthesise that early reply too. Earlier first audio; '
        'speech that is thrown away is paid."""'
    )
    clone.insert_after("tuner/settings/knob_table.py", early_voice, KNOB.rstrip("\n"))
    clone.insert_after(
        "tuner/livekit/options.py",
        '"transcription_timeout": settings.transcription_timeout,',
        '"min_consecutive_speech_delay": settings.speech_gap,',
    )
    clone.insert_after(
        "tests/test_agent_knobs.py",
        'Row(True, lambda b: b.turns["preemptive_generation"]["preemptive_tts"]),',
        '"SPEECH_GAP": Row(0.4, lambda b: b.session.options.min_consecutive_speech_delay),',
    )
    assert len(clone.changed) == 3

    (clone.folder / "mine.env").write_text("# Mine.\nSPEECH_GAP=3.5\n")
    shown = json.loads(clone.run("-m", "tuner", "profiles", "show", "./mine.env", "--json"))
    setting = shown["settings"]["SPEECH_GAP"]
    assert (setting["value"], setting["unit"], setting["line"]) == (3.5, "s", 2)
    assert setting["allowed"] == "0.0 to 60.0 s"

    chosen = "test_every_setting_has_a_row or SPEECH_GAP"
    tests = ("tests/test_agent_knobs.py", "tests/test_settings.py")
    assert " passed" in clone.run("-m", "pytest", *tests, "-k", chosen, "-o", "addopts=")
    log = "sample_logs/healthy-info.jsonl"
    report = json.loads(clone.run("-m", "tuner", "analyze", log, "--current", "noisy", "--json"))
    assert report["current"]["settings"]["SPEECH_GAP"] == 0.0
