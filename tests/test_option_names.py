"""What other people's agents are told to change has the names that their agent has."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import msgspec
import pytest
from livekit.agents import AgentServer, AgentSession, APIConnectOptions
from livekit.agents.voice import turn
from livekit.plugins import openai, silero
from openai.types.realtime.realtime_audio_input_turn_detection import SemanticVad, ServerVad

from tests.facts import PROFILES, make, under
from tuner import pipeline, rules
from tuner.advice import recommend
from tuner.advice.agent_names import in_its_names
from tuner.facts.writer import Writer
from tuner.model import Finding, Recommendation
from tuner.names import RuleId
from tuner.report import text as report_text
from tuner.rules.answers import REALTIME, fixed_by
from tuner.rules.false_interruptions import ID, REMEDY
from tuner.settings.knob_table import KNOBS
from tuner.settings.option_names import Agent, Option, option, spoken
from tuner.settings.option_table import IN_SECONDS, NODE, PIPECAT, PYTHON

NEW, FLAT, OLD = Agent(PYTHON, (1, 8, 9)), Agent(PYTHON, (1, 0, 22)), Agent(PYTHON, (0, 12, 7))
JS, OLDER_JS = Agent(NODE, (1, 9)), Agent(NODE, (1, 0, 22))
AGENTS = [Agent(), NEW, FLAT, OLD, Agent(PYTHON, (0, 7)), JS, OLDER_JS, Agent(PIPECAT)]
TAKERS: dict[str, Callable[..., Any]] = {
    "AgentSession": AgentSession,
    "AgentServer": AgentServer,
    "WorkerOptions": AgentServer,
    "APIConnectOptions": APIConnectOptions,
    "silero.VAD.load": silero.VAD.load,
    "openai.STT": openai.STT,
    "openai.LLM": openai.LLM,
    "openai.TTS": openai.TTS,
    "RealtimeModel": openai.realtime.RealtimeModel,
    "httpx.Timeout": httpx2.Timeout,
    "httpx.Limits": httpx2.Limits,
}
SERVER_VAD = SimpleNamespace(__annotations__={**ServerVad.model_fields, **SemanticVad.model_fields})
GROUPS = {
    "endpointing": turn.EndpointingOptions,
    "interruption": turn.InterruptionOptions,
    "preemptive_generation": turn.PreemptiveGenerationOptions,
    "user_turn_limit": turn.UserTurnLimitOptions,
}


@pytest.mark.parametrize("agent", [NEW, FLAT, Agent()], ids=str)
@pytest.mark.parametrize("env", KNOBS)
def test_livekit_has_the_options(env: str, agent: Agent) -> None:
    """Also those of older versions: newer ones still take their names."""
    found = option(env, agent)
    if found is None:
        return
    taker, name, *rest = found.path
    assert name in inspect.signature(TAKERS[taker]).parameters
    place: Any = SERVER_VAD if taker == "RealtimeModel" else turn.TurnHandlingOptions
    for each in rest:
        assert each in place.__annotations__
        place = GROUPS.get(each)


@pytest.mark.parametrize("env", KNOBS)
def test_the_newest_names_are_those_of_the_table_of_settings(env: str) -> None:
    found = option(env, NEW)
    if found is not None:
        owner = found.owner.replace("silero.VAD.load", "VAD")
        ways = (f"{owner}.", f"{owner}(", f"RealtimeModel({owner}).")
        assert KNOBS[env].option.startswith(tuple(f"{way}{found.name}" for way in ways))


def test_times_of_node_are_the_settings_in_seconds() -> None:
    assert {KNOBS[env].unit for env in IN_SECONDS} == {"s"}
    in_seconds = {env for env, knob in KNOBS.items() if knob.unit == "s" and option(env, JS)}
    assert in_seconds <= IN_SECONDS


@pytest.mark.parametrize(
    ("agent", "text", "said"),
    [
        (NEW, "LOAD_THRESHOLD", "load_threshold of AgentServer"),
        (FLAT, "LOAD_THRESHOLD", "load_threshold of WorkerOptions"),
        (JS, "NUM_IDLE_PROCESSES", "numIdleProcesses of ServerOptions"),
        (Agent(NODE, (0, 7)), "MEMORY_LIMIT_MB", "jobMemoryLimitMB of WorkerOptions"),
        (NEW, "MIN_ENDPOINTING_DELAY", "endpointing.min_delay of turn_handling"),
        (FLAT, "MIN_ENDPOINTING_DELAY", "min_endpointing_delay of AgentSession"),
        (OLD, "MIN_INTERRUPTION_WORDS", "interrupt_min_words of VoicePipelineAgent"),
        (JS, "MIN_ENDPOINTING_DELAY=1.3.", "endpointing.minDelay=1300 of turnHandling."),
        (OLDER_JS, "MIN_ENDPOINTING_DELAY", "minEndpointingDelay of voiceOptions"),
        (FLAT, "(TURN_DETECTION=vad)", "(turn_detection='vad' of AgentSession)"),
        (OLD, "TURN_DETECTION=vad", "turn_detector=None of VoicePipelineAgent"),
        (JS, "TURN_DETECTION=detector: it", "a turn detector as turnDetection of turnHandling: it"),
        (NEW, "STT_REALTIME=true, or", "use_realtime=True of openai.STT, or"),
        (NEW, "INTERRUPTION_MODE=adaptive", "interruption.mode='adaptive' of turn_handling"),
        (FLAT, "the log (TURN_LOG=stdout): it", "the log (tuner.turn_log.attach): it"),
        (NEW, "REALTIME_VAD_THRESHOLD", "threshold of turn_detection"),
        (Agent(PIPECAT), "MIN_INTERRUPTION_WORDS", "min_words of MinWordsInterruptionStrategy"),
        (Agent(PIPECAT), "LOAD_THRESHOLD", "load threshold"),
        (NEW, "LIVEKIT_URL or JOB_ID", "LIVEKIT_URL or JOB_ID"),
    ],
    ids=str,
)
def test_a_setting_is_named_as_the_agent_has_it(agent: Agent, text: str, said: str) -> None:
    assert spoken(text, agent) == said


def test_what_came_with_a_later_version_says_so() -> None:
    said = spoken("FALSE_INTERRUPTION_TIMEOUT", Agent(PYTHON, (1, 1)))
    assert said == "false_interruption_timeout of AgentSession (livekit-agents 1.2.7 and later)"
    assert option("FALSE_INTERRUPTION_TIMEOUT", FLAT._replace(version=(1, 2, 7))) == Option(
        ("AgentSession", "false_interruption_timeout")
    )


def sentences() -> list[str]:
    """Every text of a rule, but for what `tuner explain` prints."""
    names = [each.name for each in pkgutil.iter_modules(rules.__path__)]
    modules = [importlib.import_module(f"tuner.rules.{name}") for name in names]
    texts: list[object] = []
    for each in modules:
        texts += [text for name, text in vars(each).items() if name[0] != "_"]
    steps = [remedy.next_step for remedy in rules.REMEDIES.values()]
    texts += [*steps, *vars(recommend).values()]
    return [text for text in texts if isinstance(text, str)]


@pytest.mark.parametrize("agent", AGENTS, ids=str)
def test_no_sentence_names_a_setting_of_this_project(agent: Agent) -> None:
    texts = [spoken(text, agent) for text in sentences()]
    assert [(env, text) for text in texts for env in KNOBS if env in text and "_" in env] == []


def test_only_other_agents_get_options() -> None:
    finding = Finding(
        RuleId("slow-start"), "warning", "t", "m", "", (), "Raise NUM_IDLE_PROCESSES."
    )
    advice = Recommendation("keep", None, None, "why", (), "", (), "LOAD_THRESHOLD=0.8")
    ours = make(current=under("balanced"))
    theirs = msgspec.structs.replace(make(), agent=PYTHON, agent_version=(1, 2))
    found, _, said = in_its_names([finding], [], advice, theirs, PROFILES)
    assert found[0].advice == "Raise num_idle_processes of WorkerOptions."
    assert said.needs == "load_threshold=0.8 of WorkerOptions"
    assert in_its_names([finding], [], advice, ours, PROFILES) == (
        (finding,),
        (),
        advice,
    )


def test_settings_are_named_only_where_the_profile_is_advised() -> None:
    theirs = msgspec.structs.replace(make(), agent=PYTHON, agent_version=(1, 2))
    other = Finding(ID, "high", "t", "m", "", (), REALTIME, remedies=("noisy",))
    cured = msgspec.structs.replace(other, advice=fixed_by(REMEDY))
    advice = Recommendation("keep", None, None, "why", (), "", ())
    found, _, _ = in_its_names([other, cured], [], advice, theirs, PROFILES)
    assert found[0].advice == REALTIME
    assert "Set min_interruption_duration=" in found[1].advice


@pytest.mark.parametrize(
    ("versions", "names"),
    [
        (("1.2.5", "1.8.9"), (1, 2, 5)),
        (("0.12.7", "1.0.22", "1.1.7"), (1, 0, 22)),
        (("0.7.2", "0.12.20"), (0, 12, 20)),
        ((), ()),
    ],
)
def test_the_names_are_of_the_oldest_version_that_newer_ones_follow(
    versions: tuple[str, ...], names: tuple[int, ...]
) -> None:
    assert Writer(PYTHON, versions).names_since == names


def log(folder: Path, version: str, false: int) -> Path:
    """A worker that is full, and calls in which the agent stops for noise."""
    start = {"timestamp": "2026-01-30T16:20:00.000+00:00", "logger": "livekit.agents"}
    lines: list[dict[str, object]] = [
        {**start, "level": "INFO", "message": "starting worker", "version": version},
        {**start, "level": "INFO", "message": "worker is at full capacity, marking as unavailable"},
    ]
    for n in range(false):
        at = f"2026-01-30T16:{20 + n // 4:02}:{n % 4 * 15:02}.000+00:00"
        lines.append(
            {
                **start,
                "timestamp": at,
                "level": "DEBUG",
                "message": "resumed false interrupted speech",
                "timeout": 2.0,
                "job_id": f"AJ_{n // 8}",
            }
        )
    path = folder / "worker.log"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    return path


@pytest.mark.parametrize(
    ("version", "minimum", "full", "session"),
    [
        (
            "1.8.2",
            "interruption.min_duration",
            "load_threshold of AgentServer",
            "turn_handling={'interruption': {'min_dur",
        ),
        (
            "1.2.18",
            "min_interruption_duration",
            "load_threshold of WorkerOptions",
            "min_interruption_duration=0.9, false_int",
        ),
    ],
)
def test_the_report_of_a_python_agent_can_be_followed(
    version: str, minimum: str, full: str, session: str, tmp_path: Path
) -> None:
    found = pipeline.analyze([log(tmp_path, version, 100)], environ={})
    shown = " ".join(report_text.render(found, width=400).split())
    assert f"A higher {full} only helps" in shown
    assert f"does not help. Set {minimum}=0.9 of " in shown
    assert f"in your agent: AgentSession({session}" in shown
    assert found.recommendation.changes[0].setting == "MIN_INTERRUPTION_DURATION"
    assert [env for env in KNOBS if "_" in env and env in shown] == []


def test_the_report_of_our_own_agent_keeps_its_settings(tmp_path: Path) -> None:
    found = pipeline.analyze([log(tmp_path, "1.8.2", 100)], environ={}, current="balanced")
    shown = " ".join(report_text.render(found, width=400).split())
    assert "A higher LOAD_THRESHOLD only helps" in shown
    assert "MIN_INTERRUPTION_DURATION 0.5 → 0.9" in shown
    assert "in your agent: AgentSession" not in shown
