"""`tuner.livekit` as a library: for any agent, cheap to import, clear without LiveKit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import tuner.livekit
from tuner.settings.knob_table import Settings

ROOT = Path(__file__).parent.parent


def test_importing_the_library_does_not_import_livekit() -> None:
    code = "import sys, tuner.livekit; sys.exit('livekit.agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_without_livekit_a_name_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['livekit'] = None\n"
        "from tuner.errors import TunerError\n"
        "try:\n    from tuner.livekit import session_options\n"
        "except TunerError as error:\n    print(error, error.next_step)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("tuner.livekit needs the extra `agent`"), done.stderr
    assert "pip install '.[agent]'" in done.stdout


def test_the_agent_without_livekit_ends_with_one_message_and_code_2() -> None:
    code = (
        "import sys; sys.modules['livekit'] = None; sys.argv = ['agent.py', 'dev']\n"
        "from agent.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("agent: the agent needs the extra `agent`")
    assert "Traceback" not in done.stderr


def test_the_agents_help_lists_every_command_and_needs_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "agent.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    for name in ("check", "dev", "start", "console"):
        assert f"\n  {name} " in done.stdout


def test_every_public_name_is_there() -> None:
    pytest.importorskip("livekit.agents")
    assert sorted(tuner.livekit.__all__) == list(tuner.livekit.__all__)
    for name in tuner.livekit.__all__:
        assert getattr(tuner.livekit, name) is not None
        assert name in (tuner.livekit.__doc__ or "")
    assert set(tuner.livekit.__all__) <= set(dir(tuner.livekit))


@pytest.mark.asyncio
async def test_any_agent_gets_session_options_and_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    agents = pytest.importorskip("livekit.agents")
    from tuner.livekit import live_session

    monkeypatch.setenv("OPENAI_API_KEY", "k")
    settings = Settings(min_endpointing_delay=0.7, turn_log="off")
    session = live_session.LiveSession(**tuner.livekit.session_options(settings))
    assert session.options.turn_handling["endpointing"]["min_delay"] == 0.7

    class Mine(agents.Agent):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(instructions="Be brief.")

    client = tuner.livekit.make_client(settings)
    mine = Mine()
    call = tuner.livekit.make_call(settings, client, agent=mine)
    assert call.agent is mine
    await client.close()


def test_frequent_events_reach_every_listener_past_one_that_fails() -> None:
    from tuner.livekit.listeners import hand_on_directly

    emitter = pytest.importorskip("livekit.rtc").EventEmitter()
    heard: list[object] = []

    def fails(_: object) -> None:
        raise ValueError

    hand_on_directly(emitter, ["often"])
    emitter.on("often", fails)
    emitter.on("often", heard.append)
    emitter.on("seldom", lambda: heard.append("seldom"))
    emitter.emit("often", {"type": "a"}, "more than it takes")
    emitter.emit("seldom", "more than it takes")
    emitter.off("often", heard.append)
    emitter.emit("often", {"type": "b"})
    assert heard == [{"type": "a"}, "seldom"]


@pytest.mark.asyncio
async def test_a_detection_is_done_when_it_is_asked_for() -> None:
    from tuner.livekit.vad import _InLoop

    loop = asyncio.get_running_loop()
    asked = loop.run_in_executor(_InLoop(), int, "7")
    assert asked.done()  # no thread, and no turn of the event loop
    assert await asked == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await loop.run_in_executor(_InLoop(), int, "seven")
