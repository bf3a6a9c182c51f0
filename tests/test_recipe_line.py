"""The recipes of CONTRIBUTING, done on a copy: what a change touches, and that it works."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("tuner", "profiles")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and what it needs to run, in a folder of its own."""
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def insert(path: Path, before: str, text: str) -> None:
    """Put a text in front of another one."""
    source = path.read_text()
    assert source.count(before) == 1, before
    path.write_text(source.replace(before, text + before))


def analyze(folder: Path, log: Path) -> dict[str, Any]:
    """The report of the copy on a log."""
    command = [sys.executable, "-B", "-m", "tuner", "analyze", "--json", str(log)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


ROW = """    LogLine(
        "loop_blocked",
        "the event loop stood still",
        (Spelling("event loop blocked for", LIVEKIT, "WARNING", versions=">=1.8"),),
        evidence="loop_blocked",
        signal="loop_blocked",
    ),
"""


def add_a_line(folder: Path) -> list[Path]:
    """A name and a row; the files that were touched (a test of the line is the third)."""
    names, rows = folder / "tuner/model.py", folder / "tuner/lines/catalogue/livekit.py"
    insert(
        names,
        '    "session_started", "turn", "interruption", "openai_call"',
        '    "loop_blocked",\n',
    )
    signals = '    "llm_failures", "tts_failures", "stt_failures", "slow_flushes", "preemptive"'
    insert(names, signals, '    "loop_blocked",\n')
    insert(names, '    "slow_flushes", "unread"', '    "loop_blocked",\n')
    insert(rows, '    LogLine(\n        "eot_timeout",', ROW)
    return [names, rows]


def record(message: str, level: str, second: int) -> str:
    time = f"2026-11-20T09:36:{second:02}.000000+00:00"
    fields = {"message": message, "level": level, "name": "livekit.agents", "job_id": "AJ_1"}
    return json.dumps(fields | {"timestamp": time})


def test_a_new_line_touches_three_files_and_is_counted_from_log_to_report(copy: Path) -> None:
    log = copy / "agent.jsonl"
    blocked = "event loop blocked for 812ms; a task is running blocking code"
    lines = [record("session started", "INFO", 1), record(blocked, "WARNING", 2)]
    log.write_text("\n".join([*lines, record(blocked, "WARNING", 3)]) + "\n")
    assert "loop_blocked" not in analyze(copy, log)["signals"]
    assert len(add_a_line(copy)) + 1 == 3
    signal = analyze(copy, log)["signals"]["loop_blocked"]
    assert (signal["count"], signal["observable"]) == (2, "yes")
