"""What `tuner profiles show --as` prints is what the library gives LiveKit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import inference

from tuner.cli.main import run
from tuner.livekit.options import turn_handling
from tuner.livekit.vad import make_vad
from tuner.settings import profiles
from tuner.settings.agent_options import agent_options, render
from tuner.settings.knob_table import Settings

NAMES = profiles.names()


def compared(value: Any) -> Any:
    """A detector is compared by its class: each is another object."""
    if isinstance(value, dict):
        return {key: compared(each) for key, each in value.items()}
    return type(value).__name__ if isinstance(value, inference.TurnDetector) else value


def run_python(settings: Settings) -> dict[str, Any]:
    """The names that the text makes, up to the session: that one needs models."""
    text = render("mine", settings, "python").split("session = ")[0]
    made: dict[str, Any] = {}
    exec(text, made)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_the_python_text_makes_what_the_library_makes(name: str) -> None:
    settings = profiles.load(name)
    made = run_python(settings)
    assert compared(made["turn_handling"]) == compared(dict(turn_handling(settings)))
    assert made["vad"]._opts == make_vad(settings)._opts
    assert made["each"].max_retry == settings.max_retries
    assert made["each"].timeout == settings.http_timeout


def test_the_python_text_imports_the_plugin_that_listens_at_8_khz() -> None:
    made = run_python(Settings(vad_sample_rate=8000))
    assert made["vad"]._opts.sample_rate == 8000


def test_the_python_text_is_whole() -> None:
    text = render("mine", Settings(), "python")
    compile(text, "mine", "exec")
    assert "user_away_timeout=15.0" in text
    assert "INTERRUPTION_THRESHOLD=0.8: tuner.livekit" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_env_text_is_a_profile(name: str, tmp_path: Path) -> None:
    settings = profiles.load(name)
    (tmp_path / "copy.env").write_text(render(name, settings, "env") + "\n")
    assert profiles.load("copy", (tmp_path,)) == settings


def test_json_and_yaml_hold_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    yaml = pytest.importorskip("yaml")
    assert run(["profiles", "show", "patient", "--as", "json"]) == 0
    as_json = json.loads(capsys.readouterr().out)
    assert run(["profiles", "show", "patient", "--as", "yaml"]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == as_json
    assert as_json["turn_handling"]["endpointing"]["min_delay"] == 1.3
    assert as_json == agent_options(profiles.load("patient"))


def test_a_realtime_profile_says_what_makes_its_model() -> None:
    assert "AGENT_MODE" in agent_options(profiles.load("realtime"))["needs_code"]


def test_an_unknown_layout_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profiles", "show", "patient", "--as", "xml"]) == 2
    assert "python" in capsys.readouterr().err
