"""The program around the calls: discovery, exit codes, check, alerts, figures, log levels."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit.agents import AgentServer, AgentStateChangedEvent
from prometheus_client import REGISTRY, generate_latest

from agent import app, check, check_servers, main
from tuner.bench.model import ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.errors import SettingsError
from tuner.livekit.monitoring import prometheus
from tuner.livekit.monitoring.alerts import Alerts
from tuner.livekit.monitoring.call_summary import CallSummary
from tuner.livekit.prompt import instructions
from tuner.livekit.vad_threshold import follow_floor
from tuner.settings import resolution
from tuner.settings.knob_table import Settings

ROOT = Path(__file__).parent.parent
KEYS = {
    "OPENAI_API_KEY": "sk-of-the-test",
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "k",
    "LIVEKIT_API_SECRET": "s" * 32,
}


def run(*command: str, cwd: Path = ROOT, **env: Any) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd), **env}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )


def test_importing_the_package_needs_neither_keys_nor_livekit() -> None:
    code = "import sys, agent; sys.exit('livekit.agents' in sys.modules)"
    assert run("-c", code).returncode == 0


def test_livekits_own_discovery_finds_the_server() -> None:
    code = (
        "from pathlib import Path; from livekit.agents.cli.discover import get_import_data;"
        "print(get_import_data(path=Path('agent.py')).import_string)"
    )
    done = run("-c", code)
    assert done.stdout.strip() == "agent:server", done.stderr


@pytest.mark.parametrize("command", ["dev", "check"])
def test_a_wrong_profile_is_one_clear_message_and_exit_code_2(command: str) -> None:
    done = run("agent.py", command, cwd=ROOT, AGENT_PROFILE="fsat", **KEYS)
    assert done.returncode == 2
    assert "did you mean fast?" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_missing_keys_are_named_all_at_once() -> None:
    done = run("agent.py", "dev")
    assert done.returncode == 2
    for name in KEYS:
        assert name in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert main.missing(["start", "--url", "x", "--api-key=k"], {}) == [
        "OPENAI_API_KEY",
        "LIVEKIT_API_SECRET",
    ]
    assert main.missing(["console"], {"OPENAI_API_KEY": "k"}) == []


def test_check_shows_every_origin_and_all_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LIVEKIT_API_KEY=from-dotenv\nTURN_LOG=/no/such/folder/x\n")
    done = run(str(ROOT / "agent.py"), "check", cwd=tmp_path, AGENT_PROFILE="fast", MAX_TOKENS="99")
    assert done.returncode == 2
    assert "MIN_ENDPOINTING_DELAY" in done.stdout
    assert "fast.env" in done.stdout
    [tokens] = [line for line in done.stdout.splitlines() if line.startswith("  MAX_TOKENS ")]
    assert tokens.split() == ["MAX_TOKENS", "99", "tokens", "environment"]
    wrong = [line for line in done.stdout.splitlines() if line.startswith("  wrong")]
    assert len(wrong) == 4
    assert "ok     LIVEKIT_API_KEY" in done.stdout


@pytest.mark.asyncio
async def test_check_asks_openai_for_key_and_models(monkeypatch: pytest.MonkeyPatch) -> None:
    async def states(settings: Settings, key: str = "right") -> list[tuple[str, str]]:
        monkeypatch.setenv("OPENAI_API_KEY", key)
        async with BenchServer(ServerPlan(api_keys=frozenset({"right"}))) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            return [(one.state, one.what) async for one in check_servers._openai(settings)]

    found = await states(Settings(llm_model="no-such-model"))
    assert found[0][0] == "ok"
    assert ("wrong", "LLM_MODEL=no-such-model is not among the models of this key") in found
    assert await states(Settings(), "wrong") == [("wrong", "OpenAI: wrong key (status 401)")]
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    gone = [one async for one in check_servers._openai(Settings())]
    assert [(one.state, one.what) for one in gone] == [("wrong", "OpenAI: unreachable")]


@pytest.mark.asyncio
@pytest.mark.parametrize("end", ["2027-01-06", "2027-01-06T00:00:00Z", 1799193600])
async def test_check_names_the_day_on_which_a_model_ends(
    end: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()

    async def models(_: web.Request) -> web.Response:
        used = check_servers.models_in_use(settings).values()
        listed: list[dict[str, object]] = [
            {"id": model, "object": "model", "shutdown_date": None} for model in used
        ]
        listed[-1]["shutdown_date"] = end
        return web.json_response({"object": "list", "data": listed})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "any")
        monkeypatch.setenv("OPENAI_BASE_URL", str(server.make_url("/v1")))
        found = [(one.state, one.what) async for one in check_servers._openai(settings)]
    assert [state for state, _ in found] == ["ok", "ok", "ok", "note"]
    assert "TTS_MODEL=gpt-4o-mini-tts may be used until 2027-01-06" in found[-1][1]


@pytest.mark.asyncio
async def test_check_tells_a_livekit_that_does_not_answer() -> None:
    found = await check_servers._livekit(KEYS)
    assert found.state == "wrong"
    assert "does not answer" in found.what
    assert (await check_servers._livekit({**KEYS, "LIVEKIT_URL": "nonsense"})).state == "wrong"


def test_check_names_settings_without_effect_and_azures_switch(tmp_path: Path) -> None:
    now = resolution.resolve("realtime", {"MIN_ENDPOINTING_DELAY": "0.9"}, tmp_path)
    notes = [
        one.what for one in check.look(now, {"OPENAI_API_VERSION": "1"}) if one.state == "note"
    ]
    assert any("MIN_ENDPOINTING_DELAY" in note for note in notes)
    assert any("Azure" in note for note in notes)


def test_instructions_come_from_the_file_or_say_why_not(tmp_path: Path) -> None:
    path = tmp_path / "prompt.txt"
    with pytest.raises(SettingsError, match="INSTRUCTIONS_FILE"):
        instructions(Settings(instructions_file=str(path)))
    path.write_text(" \n")
    with pytest.raises(SettingsError, match="empty"):
        instructions(Settings(instructions_file=str(path)))


def test_a_server_in_development_takes_every_call() -> None:
    made = app.make_server(Settings())
    assert isinstance(made, AgentServer)
    server: Any = made
    assert server._load_threshold.dev_default == float("inf")
    assert server._entrypoint_fnc is app.entry
    assert server.setup_fnc is app.prewarm


def test_weights_of_a_turn_detector_are_loaded_only_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
    monkeypatch.setenv(name, "x")  # so that it is restored
    monkeypatch.delenv(name)
    app.make_server(Settings(turn_detection="detector"))
    assert name not in os.environ
    app.make_server(Settings(turn_detection="vad"))
    assert os.environ[name] == "0"


def test_prewarm_makes_ready_what_a_call_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-01")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    process: Any = SimpleNamespace(userdata={})
    app.prewarm(process)
    assert set(process.userdata) == {"vad", "client"}
    assert "OPENAI_API_VERSION" not in os.environ


def test_the_floor_moves_both_thresholds() -> None:
    asked: list[dict[str, float]] = []
    listeners: list[Any] = []
    session: Any = SimpleNamespace(on=lambda _, callback: listeners.append(callback))
    voice: Any = SimpleNamespace(update_options=lambda **options: asked.append(options))
    follow_floor(session, voice, Settings(interruption_threshold=0.9))
    listeners[0](AgentStateChangedEvent(old_state="thinking", new_state="speaking"))
    listeners[0](AgentStateChangedEvent(old_state="speaking", new_state="listening"))
    assert asked == [
        {"activation_threshold": 0.9, "deactivation_threshold": 0.75},
        {"activation_threshold": 0.5, "deactivation_threshold": 0.35},
    ]


def test_alerts_are_rate_limited_and_count_what_they_swallow() -> None:
    alerts = Alerts(Settings(alert_min_interval=60.0))
    slow = {"llm_ttft": 0.731, "tts_ttfb": 0.2, "e2e_latency": None}
    [first] = alerts.check(slow, 100.0)
    assert (first.title, first.value_ms, first.limit_ms) == ("first token slow", 731, 500)
    assert alerts.check(slow, 159.0) == []
    [later] = alerts.check(slow, 160.0)
    assert later.since_last == 2
    assert alerts.check({"llm_ttft": 0.5, "tts_ttfb": 0.3, "e2e_latency": 1.0}, 300.0) == []


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_figures_travel_over_the_log_to_the_process_that_serves_them() -> None:
    logging.getLogger("agent.metrics").handlers.clear()  # another test may have made a server
    before = sample("voice_agent_interruptions_total", outcome="false")
    prometheus.send("interruption", {"outcome": "false", "dead_air": 2.0})
    assert sample("voice_agent_interruptions_total", outcome="false") == before
    prometheus.receive()
    prometheus.receive()
    try:
        prometheus.send("interruption", {"outcome": "false", "dead_air": 2.0})
        prometheus.send("turn", {"e2e_latency": 0.9, "llm_ttft": None, "prompt_tokens": 7})
        prometheus.send("openai call", {"endpoint": "chat", "status": None, "error": "cancelled"})
        quality = {"participant": "caller", "problem": "loss", "packets": 90, "lost": 10}
        prometheus.send("connection quality", {**quality, "jitter": 0.02, "changed_to": "poor"})
        prometheus.send("session ended", {"reason": "error", "error": "no quota", "duration": 9.0})
    finally:
        logging.getLogger("agent.metrics").handlers.clear()
        logging.getLogger("agent.metrics").propagate = True
    assert sample("voice_agent_interruptions_total", outcome="false") == before + 1
    served = generate_latest().decode()
    assert 'voice_agent_stage_seconds_bucket{le="1.0",stage="e2e_latency"}' in served
    assert 'voice_agent_openai_calls_total{endpoint="chat",status="cancelled"}' in served
    stretches = 'voice_agent_network_stretches_total{participant="caller",problem="loss"}'
    assert f"{stretches} 1.0" in served
    assert 'voice_agent_network_packets_lost_total{participant="caller"} 10.0' in served
    changes = 'voice_agent_network_quality_changes_total{participant="caller",quality="poor"}'
    assert changes in served
    assert 'voice_agent_calls_ended_total{error="no quota",reason="error"}' in served


def queries(panel: Mapping[str, Any]) -> list[str]:
    return [target["expr"] for target in panel.get("targets", [])]


def test_the_dashboard_asks_only_for_figures_that_exist() -> None:
    board = json.loads((ROOT / "agent" / "dashboard.json").read_text())
    served = generate_latest().decode()
    asked = [query for panel in board["panels"] for query in queries(panel)]
    assert len(asked) >= 10
    names = {name for query in asked for name in re.findall(r"\b(?:voice|lk)_\w+", query)}
    for name in names:
        assert f"# HELP {name.removesuffix('_bucket')} " in served, name
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_summary_is_one_line_a_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    summary = CallSummary()
    for wait in (0.8, 1.0, 1.2):
        summary("turn", {"e2e_latency": wait})
    summary("session ended", {"reason": "user_initiated", "turns": 3})
    [record] = [one for one in caplog.records if one.message == "call summary"]
    assert (record.__dict__["turns"], record.__dict__["answer_p50"]) == (3, 1.0)


def test_health_and_metrics_listen_on_loopback_unless_a_setting_says_otherwise() -> None:
    for host, settings in (
        ("127.0.0.1", Settings()),
        ("0.0.0.0", Settings(metrics_host="0.0.0.0")),
    ):
        assert app.make_server(settings)._host == host
