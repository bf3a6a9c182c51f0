"""Each check fires on its case, stays silent beside it, and no shipped profile needs one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.model import SettingProblem
from tuner.settings import profiles
from tuner.settings.check_table import CHECKS, SettingCheck
from tuner.settings.checks import MISTAKES, check
from tuner.settings.knob_table import KNOBS, Settings, parse

SHIPPED = profiles.names()


def found(
    values: str, kinds: tuple[str, ...] = ("no-op", "conflict", "risk", "retirement")
) -> list[SettingProblem]:
    """The problems of the defaults with `values` ("NAME=value NAME=value") over them.

    The ending voice model is left out: it accompanies every pipeline.
    """
    texts = dict(item.split("=", 1) for item in values.split())
    problems = check(parse(texts))
    return [p for p in problems if p.kind in kinds and p.settings != ("TTS_MODEL",)]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_has_no_setting_that_cannot_act(name: str) -> None:
    assert [p for p in check(profiles.load(name)) if p.kind in MISTAKES] == []


REALTIME = "AGENT_MODE=realtime TURN_DETECTION=realtime_llm"

CASES = [
    # fires, stays silent, kind, settings
    ("REALTIME_SPEED=1.2", f"REALTIME_SPEED=1.2 {REALTIME}", "no-op", "AGENT_MODE REALTIME_SPEED"),
    (f"MAX_TOKENS=9 {REALTIME}", "MAX_TOKENS=9", "no-op", "AGENT_MODE MAX_TOKENS"),
    (
        f"PREEMPTIVE_GENERATION=false {REALTIME}",
        "PREEMPTIVE_GENERATION=false",
        "no-op",
        "AGENT_MODE PREEMPTIVE_GENERATION",
    ),
    ("TURN_DETECTION=realtime_llm", REALTIME, "conflict", "AGENT_MODE TURN_DETECTION"),
    (
        "AGENT_MODE=realtime TURN_DETECTION=stt",
        "AGENT_MODE=realtime TURN_DETECTION=vad",
        "conflict",
        "AGENT_MODE TURN_DETECTION",
    ),
    (
        f"{REALTIME} MIN_INTERRUPTION_DURATION=0.9 INTERRUPTION_THRESHOLD=0.9",
        "AGENT_MODE=realtime MIN_INTERRUPTION_DURATION=0.9 INTERRUPTION_THRESHOLD=0.9",
        "no-op",
        "TURN_DETECTION INTERRUPTION_THRESHOLD MIN_INTERRUPTION_DURATION",
    ),
    (
        f"{REALTIME} MIN_ENDPOINTING_DELAY=0.9",
        "AGENT_MODE=realtime MIN_ENDPOINTING_DELAY=0.9",
        "no-op",
        "TURN_DETECTION MIN_ENDPOINTING_DELAY",
    ),
    (
        "TURN_DETECTION=manual MIN_ENDPOINTING_DELAY=0.9",
        "MIN_ENDPOINTING_DELAY=0.9",
        "no-op",
        "TURN_DETECTION MIN_ENDPOINTING_DELAY",
    ),
    (
        "AGENT_MODE=realtime REALTIME_TURN_DETECTION=server_vad",
        f"{REALTIME} REALTIME_TURN_DETECTION=server_vad",
        "no-op",
        "TURN_DETECTION REALTIME_TURN_DETECTION",
    ),
    (
        f"{REALTIME} REALTIME_SILENCE_DURATION_MS=200",
        f"{REALTIME} REALTIME_SILENCE_DURATION_MS=200 REALTIME_TURN_DETECTION=server_vad",
        "no-op",
        "REALTIME_TURN_DETECTION REALTIME_SILENCE_DURATION_MS",
    ),
    (
        f"{REALTIME} REALTIME_EAGERNESS=low REALTIME_TURN_DETECTION=server_vad",
        f"{REALTIME} REALTIME_EAGERNESS=low",
        "no-op",
        "REALTIME_TURN_DETECTION REALTIME_EAGERNESS",
    ),
    ("TURN_DETECTION=manual", "TURN_DETECTION=vad", "risk", "TURN_DETECTION"),
    ("TURN_DETECTION=stt", "TURN_DETECTION=detector", "risk", "TURN_DETECTION"),
    (
        "MIN_ENDPOINTING_DELAY=0.29",
        "MIN_ENDPOINTING_DELAY=0.3",
        "no-op",
        "VAD_MIN_SILENCE_DURATION MIN_ENDPOINTING_DELAY",
    ),
    (
        "MIN_ENDPOINTING_DELAY=3.1",
        "MIN_ENDPOINTING_DELAY=3.0",
        "conflict",
        "MAX_ENDPOINTING_DELAY MIN_ENDPOINTING_DELAY",
    ),
    (
        "MAX_ENDPOINTING_DELAY=4",
        "MAX_ENDPOINTING_DELAY=4 TURN_DETECTION=detector",
        "no-op",
        "TURN_DETECTION ENDPOINTING_MODE MAX_ENDPOINTING_DELAY",
    ),
    (
        "TURN_DETECTION=detector VAD_MIN_SILENCE_DURATION=0.24",
        "TURN_DETECTION=detector_cloud VAD_MIN_SILENCE_DURATION=0.25",
        "conflict",
        "TURN_DETECTION VAD_MIN_SILENCE_DURATION",
    ),
    (
        "PREEMPTIVE_TTS=true PREEMPTIVE_GENERATION=false",
        "PREEMPTIVE_TTS=true",
        "no-op",
        "PREEMPTIVE_GENERATION PREEMPTIVE_TTS",
    ),
    (
        "PREEMPTIVE_MAX_RETRIES=1 PREEMPTIVE_GENERATION=false",
        "PREEMPTIVE_MAX_RETRIES=1",
        "no-op",
        "PREEMPTIVE_GENERATION PREEMPTIVE_MAX_RETRIES",
    ),
    (
        "ENDPOINTING_ALPHA=0.5",
        "ENDPOINTING_ALPHA=0.5 ENDPOINTING_MODE=dynamic",
        "no-op",
        "ENDPOINTING_MODE ENDPOINTING_ALPHA",
    ),
    (
        "DETECTOR_UNLIKELY_THRESHOLD=0.2",
        "DETECTOR_UNLIKELY_THRESHOLD=0.2 TURN_DETECTION=detector",
        "no-op",
        "TURN_DETECTION DETECTOR_UNLIKELY_THRESHOLD",
    ),
    (
        "BACKCHANNEL_BOUNDARY=2",
        "BACKCHANNEL_BOUNDARY=2 INTERRUPTION_MODE=adaptive",
        "no-op",
        "INTERRUPTION_MODE BACKCHANNEL_BOUNDARY",
    ),
    (
        "BACKCHANNEL_WORDS=auto",
        "BACKCHANNEL_WORDS=auto STT_MODEL=gpt-live-transcribe",
        "conflict",
        "BACKCHANNEL_WORDS STT_MODEL",
    ),
    (
        "BACKCHANNEL_WORDS=ok,Wait STT_MODEL=gpt-live-transcribe",
        "BACKCHANNEL_WORDS=ok STT_MODEL=gpt-live-transcribe",
        "conflict",
        "BACKCHANNEL_WORDS",
    ),
    (
        "ENABLE_INTERRUPTIONS=false FALSE_INTERRUPTION_TIMEOUT=1",
        "ENABLE_INTERRUPTIONS=false",
        "no-op",
        "ENABLE_INTERRUPTIONS FALSE_INTERRUPTION_TIMEOUT",
    ),
    (
        f"{REALTIME} ENABLE_INTERRUPTIONS=false",
        "AGENT_MODE=realtime ENABLE_INTERRUPTIONS=false",
        "conflict",
        "TURN_DETECTION ENABLE_INTERRUPTIONS",
    ),
    (
        "INTERRUPTION_THRESHOLD=0.4",
        "INTERRUPTION_THRESHOLD=0.5",
        "conflict",
        "INTERRUPTION_THRESHOLD VAD_ACTIVATION_THRESHOLD",
    ),
    (
        "MIN_INTERRUPTION_DURATION=0.35",
        "MIN_INTERRUPTION_DURATION=0.36",
        "no-op",
        "VAD_MIN_SILENCE_DURATION VAD_MIN_SPEECH_DURATION MIN_INTERRUPTION_DURATION",
    ),
    (
        "MIN_INTERRUPTION_WORDS=2",
        "MIN_INTERRUPTION_WORDS=2 STT_REALTIME=true",
        "conflict",
        "MIN_INTERRUPTION_WORDS STT_REALTIME",
    ),
    (
        "MIN_INTERRUPTION_WORDS=1 STT_MODEL=gpt-transcribe",
        "MIN_INTERRUPTION_WORDS=1 STT_MODEL=gpt-live-transcribe",
        "conflict",
        "MIN_INTERRUPTION_WORDS STT_REALTIME",
    ),
    (
        "RESUME_FALSE_INTERRUPTION=false FALSE_INTERRUPTION_TIMEOUT=1",
        "FALSE_INTERRUPTION_TIMEOUT=1",
        "no-op",
        "RESUME_FALSE_INTERRUPTION FALSE_INTERRUPTION_TIMEOUT",
    ),
    (
        "RESUME_FALSE_INTERRUPTION=false",
        "RESUME_FALSE_INTERRUPTION=true",
        "risk",
        "RESUME_FALSE_INTERRUPTION",
    ),
    (
        "FALSE_INTERRUPTION_TIMEOUT=0.4",
        "FALSE_INTERRUPTION_TIMEOUT=0.5",
        "risk",
        "FALSE_INTERRUPTION_TIMEOUT",
    ),
    (
        "VAD_ACTIVATION_THRESHOLD=0.9 INTERRUPTION_THRESHOLD=0.9",
        "VAD_ACTIVATION_THRESHOLD=0.8",
        "risk",
        "VAD_ACTIVATION_THRESHOLD",
    ),
    (
        "STT_NOISE_REDUCTION=far_field",
        "STT_NOISE_REDUCTION=far_field STT_REALTIME=true",
        "no-op",
        "STT_MODEL STT_NOISE_REDUCTION",
    ),
    (
        "LLM_REASONING_EFFORT=low",
        "LLM_REASONING_EFFORT=low LLM_TEMPERATURE=off",
        "conflict",
        "LLM_REASONING_EFFORT LLM_TEMPERATURE",
    ),
    (
        "INSTRUCTIONS_FILE=p.txt INSTRUCTIONS=Hi",
        "INSTRUCTIONS_FILE=p.txt",
        "no-op",
        "INSTRUCTIONS_FILE INSTRUCTIONS",
    ),
    (
        "HTTP_MAX_CONNECTIONS=9 HTTP_MAX_KEEPALIVE=10",
        "HTTP_MAX_CONNECTIONS=9",
        "no-op",
        "HTTP_MAX_CONNECTIONS HTTP_MAX_KEEPALIVE",
    ),
    (
        "HTTP_CONNECT_TIMEOUT=16",
        "HTTP_CONNECT_TIMEOUT=15",
        "no-op",
        "HTTP_TIMEOUT HTTP_CONNECT_TIMEOUT",
    ),
    ("HTTP_POOL_TIMEOUT=16", "HTTP_POOL_TIMEOUT=15", "no-op", "HTTP_TIMEOUT HTTP_POOL_TIMEOUT"),
    (
        "MAX_RETRIES=1 RETRY_INTERVAL=1",
        "MAX_RETRIES=2 RETRY_INTERVAL=1",
        "no-op",
        "MAX_RETRIES RETRY_INTERVAL",
    ),
    (
        "HTTP_TIMEOUT=2.9 HTTP_CONNECT_TIMEOUT=1 HTTP_POOL_TIMEOUT=1",
        "HTTP_TIMEOUT=5",
        "risk",
        "HTTP_TIMEOUT",
    ),
    (
        "MAX_PROCESSES=5 NUM_IDLE_PROCESSES=6",
        "MAX_PROCESSES=6 NUM_IDLE_PROCESSES=6",
        "conflict",
        "MAX_PROCESSES NUM_IDLE_PROCESSES",
    ),
    (
        "MEMORY_LIMIT_MB=1000",
        "MEMORY_LIMIT_MB=1001",
        "conflict",
        "MEMORY_LIMIT_MB MEMORY_WARN_MB",
    ),
    (
        "LOG_METRICS=true LOG_LEVEL=WARNING",
        "LOG_METRICS=true LOG_LEVEL=INFO",
        "no-op",
        "LOG_LEVEL LOG_METRICS",
    ),
    ("LOAD_THRESHOLD=0.8", "LOAD_THRESHOLD=0.7", "risk", "LOAD_THRESHOLD"),
    ("TURN_LOG=off", "TURN_LOG=a.jsonl", "risk", "TURN_LOG LOG_LEVEL"),
    ("LOG_LEVEL=DEBUG", "LOG_LEVEL=INFO", "risk", "LOG_LEVEL"),
    ("LIB_LOG_LEVEL=DEBUG", "LIB_LOG_LEVEL=INFO", "risk", "LIB_LOG_LEVEL"),
]


@pytest.mark.parametrize(("fires", "silent", "kind", "settings"), CASES)
def test_a_check_fires_on_its_case_and_not_beside_it(
    fires: str, silent: str, kind: str, settings: str
) -> None:
    def hits(values: str) -> list[SettingProblem]:
        return [p for p in found(values) if (p.kind, " ".join(p.settings)) == (kind, settings)]

    assert len(hits(fires)) == 1
    assert hits(silent) == []


@pytest.mark.parametrize("rule", CHECKS, ids=lambda rule: " ".join((rule.kind, *rule.settings)))
def test_every_row_of_the_table_has_a_case(rule: SettingCheck) -> None:
    text = re.compile(".*".join(map(re.escape, re.split(r"\{.*?\}", rule.why))))
    assert any(text.fullmatch(p.why) for case in CASES for p in found(case[0]))


def test_the_texts_name_the_values() -> None:
    (problem,) = found("MIN_ENDPOINTING_DELAY=0.1")
    assert "0.1 s acts as 0.3 s" in problem.why
    assert problem.advice.startswith("Lower VAD_MIN_SILENCE_DURATION")


def test_the_old_advice_is_a_no_op_with_livekits_own_silence() -> None:
    """silero.VAD.load waits 0.55 s: the guides' 0.3 s and LiveKit's 0.5 s do nothing there."""
    livekit = "VAD_MIN_SILENCE_DURATION=0.55"
    for delay in ("0.3", "0.5"):
        kinds = {p.settings[-1] for p in found(f"{livekit} MIN_ENDPOINTING_DELAY={delay}")}
        assert "MIN_ENDPOINTING_DELAY" in kinds
    assert "MIN_INTERRUPTION_DURATION" in {p.settings[-1] for p in found(livekit)}


def test_max_tokens_is_never_a_problem() -> None:
    assert found("MAX_TOKENS=1") == found("MAX_TOKENS=32768") == []


@pytest.mark.parametrize(
    ("values", "model"),
    [
        ("LLM_MODEL=gpt-4o-mini", "LLM_MODEL"),
        ("STT_MODEL=whisper-1", "STT_MODEL"),
        (f"{REALTIME} REALTIME_MODEL=gpt-realtime", "REALTIME_MODEL"),
    ],
)
def test_a_model_that_ends_is_a_retirement_with_its_date(values: str, model: str) -> None:
    (problem,) = [p for p in found(values, ("retirement",)) if p.settings == (model,)]
    assert "2027-" in problem.why


def test_a_model_that_is_not_used_is_not_retired() -> None:
    assert found("REALTIME_MODEL=gpt-realtime", ("retirement",)) == []
    assert all("TTS_MODEL" not in p.settings for p in check(parse({"AGENT_MODE": "realtime"})))


def test_risks_come_last() -> None:
    kinds = [
        p.kind not in MISTAKES
        for p in check(
            parse(
                {
                    "TURN_LOG": "off",
                    "MAX_RETRIES": "0",
                    "RETRY_INTERVAL": "1",
                    "REALTIME_SPEED": "1.2",
                }
            )
        )
    ]
    assert kinds == sorted(kinds)
    assert set(kinds) == {True, False}


@given(st.data())
def test_a_setting_at_its_default_is_never_the_one_that_is_told_off(data: st.DataObject) -> None:
    choices = [knob for knob in KNOBS.values() if knob.choices or isinstance(knob.default, bool)]
    values = {
        knob.env: data.draw(st.sampled_from(knob.choices or ("true", "false")), label=knob.env)
        for knob in choices
    }
    settings = parse(values)
    for problem in check(settings):
        assert any(
            getattr(settings, KNOBS[env].field) != KNOBS[env].default for env in problem.settings
        ) or problem.settings == ("TTS_MODEL",)


def test_the_defaults_have_no_problem_but_the_ending_voice() -> None:
    assert [p.settings for p in check(Settings())] == [("TTS_MODEL",)]
