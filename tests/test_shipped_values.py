"""The kept values of the profiles are those of the profiles, and never used when they are not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hatch_build
from tests import samples
from tuner.settings import shipped, shipped_values

ROOT = Path(__file__).parent.parent


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of code and profiles that may be changed, with the file that fits them."""
    shutil.copytree(Path(shipped_values.__file__).parent, tmp_path / "tuner/settings")
    shutil.copytree(shipped.shipped(), tmp_path / "profiles")
    folder = tmp_path / "tuner/settings"
    monkeypatch.setattr(shipped_values, "__file__", str(folder / "shipped_values.py"))
    monkeypatch.setattr(shipped, "__file__", str(folder / "shipped.py"))
    monkeypatch.setattr(shipped_values, "FILE", folder / "shipped_values.json")
    shipped_values.write()
    monkeypatch.setattr(shipped_values, "resolved", lambda: {"resolved": {}})
    return tmp_path


def test_the_kept_values_are_those_of_the_profiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = shipped_values.resolved()
    monkeypatch.setattr(shipped_values, "FILE", tmp_path / "kept.json")
    shipped_values.write()
    monkeypatch.setattr(shipped_values, "resolved", dict)
    kept = shipped_values.values()
    assert kept == fresh
    assert list(kept) == list(fresh)
    pairs = [(kept[name], fresh[name]) for name in fresh]
    assert all(type(a[env]) is type(b[env]) for a, b in pairs for env in b)


def test_a_file_that_fits_is_used(clone: Path) -> None:
    noisy = clone / "profiles" / "noisy.env"
    noisy.write_bytes(noisy.read_bytes().replace(b"\n", b"\r\n"))  # as git may write it
    assert "noisy" in shipped_values.values()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("profiles/noisy.env", "MAX_TOKENS=22\n"),
        ("profiles/mine.env", "MAX_TOKENS=22\n"),
        ("tuner/settings/knob_table.py", "x = 1\n"),
        ("tuner/settings/shipped_values.json", "{"),
        ("tuner/settings/shipped_values.json", '{"made_of": "1"}'),
    ],
)
def test_anything_that_was_changed_is_resolved_anew(clone: Path, name: str, text: str) -> None:
    (clone / name).write_text(text)
    assert list(shipped_values.values()) == ["resolved"]


@pytest.mark.parametrize(
    "name", ["tuner/settings/shipped_values.json", "tuner/settings/knob.py", "profiles/fast.env"]
)
def test_anything_that_is_missing_is_resolved_anew(clone: Path, name: str) -> None:
    (clone / name).unlink()
    assert list(shipped_values.values()) == ["resolved"]


def test_the_build_writes_the_file(tmp_path: Path) -> None:
    for name in ("tuner", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "tuner/settings/shipped_values.json").unlink(missing_ok=True)
    assert hatch_build.keep_profile_values(tmp_path) == ""
    assert "noisy" in (tmp_path / "tuner/settings/shipped_values.json").read_text()
    (tmp_path / "profiles/noisy.env").write_text("MAX_TOKENS=0")
    assert "MAX_TOKENS=0 is not allowed" in hatch_build.keep_profile_values(tmp_path)


CALL_RECORD = Path(__file__).parent / "specimens" / "pipecat-pipeline-debug.log"
"""Its turn log stamps a profile that is not known, and no settings."""


@pytest.mark.parametrize("log", [samples.FOLDER / "healthy-info.jsonl", CALL_RECORD])
def test_a_plain_log_is_judged_without_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Path
) -> None:
    monkeypatch.setattr(shipped_values, "FILE", tmp_path / "kept.json")
    shipped_values.write()
    code = (
        "import sys; from pathlib import Path; from tuner import pipeline;"
        "from tuner.settings import shipped_values;"
        "shipped_values.FILE = Path(sys.argv[1]); pipeline.analyze(sys.argv[2:], environ={});"
        "sys.exit('tuner.settings.knob_table' in sys.modules or 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "kept.json", log], check=False)
    assert done.returncode == 0
