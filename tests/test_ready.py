"""`python agent.py ready`: each item of the checklist, done, not done and open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("fastapi")

from agent.phone.settings import read_settings
from agent.ready import load_results, questions
from agent.ready.command import markdown
from agent.ready.item import Item, item
from agent.ready.settings_items import settings_items
from tuner.errors import InputError
from tuner.load_test import marks, results
from tuner.load_test.caller import LoadCall
from tuner.load_test.marks import PassLimits
from tuner.load_test.plan import CallingPlan
from tuner.load_test.processes import Reading
from tuner.load_test.results import LoadResult
from tuner.settings.knob_table import Settings

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "metrics_port": 9090,
    "max_processes": 150,
    "memory_limit_mb": 1000,
    "memory_warn_mb": 500,
    "agent_mode": "realtime",
    "realtime_transcription_model": None,
    "drain_timeout": 900,
}
PHONE: dict[str, Any] = {
    "public_url": "https://voice.example.com",
    "twilio_auth_token": "x",
    "numbers": ["+15551234567"],
}
NAMED = {"LIVEKIT_AGENT_NAME": "voice-agent"}


def written(folder: Path, calls: int = 100, reply: float = 0.7, **more: Any) -> Path:
    """A result as the load test writes it."""
    plan = CallingPlan(calls, ramp_s=10, hold_s=100)
    made = [LoadCall(0.0, "answered", replies_s=[reply] * 5) for _ in range(calls)]
    readings = [Reading(at, 0.5, {}, {}, running=calls) for at in range(111)]
    result = LoadResult(plan, made, readings, left=0)
    found = results.figures(result)
    judged = [asdict(mark) for mark in marks.judge(found, plan, PassLimits())]
    whole = {"made": "2026-11-20T08:00:00+00:00", "via": "room", "plan": asdict(plan)}
    path = folder / "load.json"
    path.write_text(json.dumps({**whole, "marks": judged, **found, **more}))
    return path


def states(items: Any) -> dict[str, str]:
    return {one.title: one.state for one in items}


def test_a_load_test_counts_if_it_is_large_enough_lately_made_and_passed(tmp_path: Path) -> None:
    found = load_results.read(written(tmp_path))
    good = states(load_results.load_items(found, 100, NOW))
    assert good["Load tested with 100 calls at once"] == "done"
    assert good["Load test: reply latency"] == good["Load test: errors"] == "done"
    assert good["Load test: memory"] == "unknown", "no process was named"
    larger = states(load_results.load_items(found, 101, NOW))
    assert larger["Load tested with 101 calls at once"] == "not done"
    later = states(load_results.load_items(found, 100, NOW + timedelta(days=30)))
    assert later["Load tested with 100 calls at once"] == "not done"
    slow = load_results.read(written(tmp_path, reply=1.2))
    assert states(load_results.load_items(slow, 100, NOW))["Load test: reply latency"] == "not done"
    assert set(states(load_results.load_items(None, 100, NOW)).values()) == {"unknown"}


def test_what_is_no_result_is_named(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"made": "yesterday", "plan": {"calls": 1}}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(InputError, match="no result of a load test"):
            load_results.read(tmp_path / "x.json")
    with pytest.raises(InputError, match="cannot read"):
        load_results.read(tmp_path / "missing.json")


def test_real_calls_are_judged_by_their_logs() -> None:
    sample = str(ROOT / "sample_logs" / "false-interruptions.jsonl")
    assert set(states(load_results.log_items([])).values()) == {"unknown"}
    found = states(load_results.log_items([sample]))
    assert found["Latency of real calls under 1 s (p95)"] == "unknown", "it has no turn log"
    assert found["Failed calls under 1 %"] == "done"


def test_good_settings_pass_and_each_bad_one_is_named() -> None:
    phone = read_settings(**PHONE)
    good = list(settings_items(Settings(**GOOD), phone, NAMED))
    assert set(states(good).values()) == {"done"}, [one for one in good if one.state != "done"]
    bad: dict[str, dict[str, Any]] = {
        "Monitoring in place": {"metrics_port": None},
        "Turn log on": {"turn_log": "off"},
        "Alerts reach the log": {"log_level": "ERROR"},
        "Models that last": {"realtime_model": "gpt-realtime"},
        "Connection pooling configured": {"http_max_keepalive": 0},
        "Failures are survived": {"max_retries": 0},
        "Memory of a call limited": {"memory_limit_mb": 0},
        "Graceful shutdown": {"drain_timeout": 899},
        "Calls limited": {"max_processes": None},
    }
    for title, settings in bad.items():
        found = states(settings_items(Settings(**(GOOD | settings)), phone, NAMED))
        assert [name for name, state in found.items() if state != "done"] == [title]
    bare = read_settings(**(PHONE | {"public_url": "http://x", "numbers": []}))
    wrong = states(settings_items(Settings(**GOOD), bare, {}))
    for title in ("Webhook over HTTPS", "The agent has a name", "Numbers listed"):
        assert wrong[title] == "not done"
    assert states(settings_items(Settings(**GOOD), None, NAMED))["Calls limited"] == "unknown"


def test_questions_are_open_until_they_are_answered(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    assert set(states(questions.asked_items({})).values()) == {"unknown"}
    file.write_text("".join(f'{name} = "yes, see the runbook"\n' for name in questions.QUESTIONS))
    assert set(states(questions.asked_items(questions.read(file))).values()) == {"done"}
    file.write_text('rollback = "  "')
    assert states(questions.asked_items(questions.read(file)))["Rollback plan documented"] == (
        "unknown"
    )
    for text, why in (("rolback = 'x'", "did you mean rollback"), ("rollback = 1", "not a text")):
        file.write_text(text)
        with pytest.raises(InputError, match=why):
            questions.read(file)


def test_markdown_has_a_box_for_each_item() -> None:
    items = [item("Code", "A", True, "a"), item("Code", "B", False, "b", "Do c.")]
    text = markdown([*items, Item("Operations", "C", "unknown", "Who?", "Answer.")], "phone", NOW)
    assert "1 of 3 done; profile `phone`, 2026-11-26." in text
    assert "- [x] A: a.\n- [ ] B: **not done**: b. Do c.\n" in text
    assert "- [ ] C: **open**: Who? Answer.\n" in text


def test_the_command_reads_env_and_files_and_exits_by_what_is_open(tmp_path: Path) -> None:
    load = written(tmp_path, calls=5, made=datetime.now(UTC).isoformat())
    (tmp_path / ".env").write_text(
        "PHONE_PUBLIC_URL=https://voice.example.com\nPHONE_TWILIO_AUTH_TOKEN=a-secret-token\n"
        "PHONE_MAX_CALLS=5\n"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "METRICS_PORT": "9090"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "agent.py"), "ready", "--load-test", str(load)],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "- [x] Load tested with 5 calls at once: 5 calls at once via room" in done.stdout
    assert "- [x] Monitoring in place: METRICS_PORT=9090." in done.stdout
    assert "ends gpt-4o-mini-tts on 2027-01-06. It names no other voice model: plan" in done.stdout
    assert "**open**: Who is called at night? Answer `on_call`" in done.stdout
    assert "a-secret-token" not in done.stdout + done.stderr
