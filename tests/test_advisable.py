"""The kept values of the profiles are those of the profiles, and never used when they are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests import samples
from tuner.settings import shipped, shipped_values


def test_the_kept_values_are_those_of_the_profiles(request: pytest.FixtureRequest) -> None:
    fresh = shipped_values.Kept(shipped_values.fingerprint(), shipped_values.resolved())
    if request.config.getoption("--rewrite-golden"):
        text = json.dumps(msgspec.to_builtins(fresh), indent=1, ensure_ascii=False)
        shipped_values.FILE.write_text(text + "\n", encoding="utf-8")
    kept = msgspec.json.decode(shipped_values.FILE.read_bytes(), type=shipped_values.Kept)
    assert kept.made_of == fresh.made_of, "changed: run this with --rewrite-golden"
    assert kept.profiles == fresh.profiles
    assert list(kept.profiles) == list(fresh.profiles)
    pairs = [(kept.profiles[name], fresh.profiles[name]) for name in fresh.profiles]
    assert all(type(a[env]) is type(b[env]) for a, b in pairs for env in b)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of code and profiles that may be changed."""
    here, there = Path(shipped_values.__file__).parent, tmp_path / "tuner"
    there.mkdir()
    for name in ("settings.py", "knobs.py", "advisable.json"):
        (there / name).write_bytes((here / name).read_bytes())
    (tmp_path / "profiles").mkdir()
    for path in shipped.shipped().glob("*.env"):
        (tmp_path / "profiles" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(shipped_values, "__file__", str(there / "advisable.py"))
    monkeypatch.setattr(shipped, "__file__", str(there / "shipped.py"))
    monkeypatch.setattr(shipped_values, "FILE", there / "advisable.json")
    monkeypatch.setattr(shipped_values, "resolved", lambda: {"resolved": {}})
    return tmp_path


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


def test_a_plain_log_is_judged_without_the_model() -> None:
    code = (
        "import sys; from tuner import pipeline; pipeline.analyze(sys.argv[1:], environ={});"
        "sys.exit('tuner.settings' in sys.modules or 'pydantic' in sys.modules)"
    )
    log = samples.FOLDER / "healthy-info.jsonl"
    done = subprocess.run([sys.executable, "-c", code, str(log)], check=False)
    assert done.returncode == 0
