"""The checkers are part of the tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.file_order import FIRST
from tests.test_catalogue import change

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".mypy_cache"


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
    ],
    ids=" ".join,
)
def test_checker_is_content(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy keeps of one run for the next; it begins with that of the whole tree, above."""
    kept = tmp_path_factory.mktemp("types")
    if KEPT.exists():
        shutil.copytree(KEPT, kept, dirs_exist_ok=True)
    return kept


def test_a_copy_passes_the_type_check(tmp_path: Path, types: Path) -> None:
    """Otherwise one that was changed would fail it in any case."""
    copy_to(tmp_path)
    done = checked(tmp_path, types)
    assert done.returncode == 0, done.stdout + done.stderr


CHANGES = {
    "\"Literal['slow_flush']\"": (
        "tuner/lines/catalogue/livekit.py", 'evidence="slow_flushes"', 'evidence="slow_flush"'
    ),
    "\"Literal['slow_vad']\"": (
        "tuner/rules/starved_vad.py", 'Final = "vad_slow"', 'Final = "slow_vad"'
    ),
    'type of "settings"': (
        "tuner/summary/summary.py", "        self.settings: dict[str, Any] = {}\n", ""
    ),
    "\"Literal['late_transcripts']\"": (
        "tuner/names.py", '"late_transcripts", "eot_timeouts", "llm_failures", "tts_failures"',
        '"late_transcript", "eot_timeouts", "llm_failures", "tts_failures"'
    ),
}  # fmt: skip
"""By what is said of each, and of no other."""


def test_a_renamed_name_or_a_dropped_field_fails_the_type_check(
    tmp_path: Path, types: Path
) -> None:
    """All in one copy, since most of the time of a check goes into what uses the names."""
    copy_to(tmp_path)
    for path, before, after in CHANGES.values():
        change(tmp_path / path, before, after)
    done = checked(tmp_path, types)
    errors = [line for line in done.stdout.splitlines() if "error:" in line]
    assert done.returncode == 1
    assert [said for said in CHANGES if not any(said in error for error in errors)] == []


def copy_to(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tuner", folder / "tuner", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)


def checked(folder: Path, types: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(types)]
    modules = ["tuner/lines", "tuner/summary", "tuner/rules", "tuner/redaction"]
    return subprocess.run(
        [*command, *modules], cwd=folder, capture_output=True, text=True, check=False
    )


TABLES = {
    *("tuner/lines/catalogue/livekit.py", "tuner/scan/layout.py", "tuner/scan/csrc/scan.h"),
    *("tuner/settings/knob_table.py", "tuner/settings/check_table.py"),
}
"""Files that hold rows, and are as long as there are rows."""


def test_no_file_is_long_but_tables() -> None:
    folders = (ROOT / name for name in ("tuner", "agent", "benchmarks", "tools"))
    files = [
        one for folder in folders for end in ("py", "c", "h") for one in folder.rglob(f"*.{end}")
    ]
    long = {
        one.relative_to(ROOT).as_posix() for one in files if one.read_bytes().count(b"\n") > 300
    }
    assert long == TABLES


def test_the_files_that_start_first_are_there() -> None:
    assert len(FIRST) == len(set(FIRST))
    assert set(FIRST) <= {path.name for path in (ROOT / "tests").iterdir()}


def test_xdist_takes_the_files_in_our_order(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("loadscopereorder", False) is False
