"""Every setting reaches the object that it is for: one row a knob; without its row a knob fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import inference
from livekit.plugins.openai.realtime import RealtimeModel

from agent import app
from agent.audiocodes import bridge
from agent.audiocodes.messages import Incoming
from tuner.livekit.call import _listeners, make_call
from tuner.livekit.http_client import TimedClient, make_client
from tuner.livekit.live_session import LiveSession
from tuner.livekit.monitoring import logging as telemetry
from tuner.livekit.monitoring.alerts import Alerts
from tuner.livekit.monitoring.prometheus import send
from tuner.livekit.prompt import instructions
from tuner.livekit.vad import make_vad
from tuner.livekit.vad_threshold import threshold
from tuner.settings.knob_table import KNOBS, Settings


@dataclass
class Built:
    """What the product builds from one set of settings; each part when it is asked for."""

    settings: Settings

    @cached_property
    def client(self) -> Any:
        return make_client(self.settings, api_key="k", base_url="http://127.0.0.1:9/v1")

    @cached_property
    def call(self) -> Any:
        return make_call(self.settings, self.client, turn_log="off")

    @cached_property
    def session(self) -> LiveSession[Any]:
        session: LiveSession[Any] = self.call.session
        return session

    @property
    def turns(self) -> Any:
        return self.session.options.turn_handling

    @property
    def vad(self) -> Any:
        return make_vad(self.settings)._opts

    @property
    def stt(self) -> Any:
        return self.session.stt

    @property
    def llm(self) -> Any:
        return self.session.llm._opts  # type: ignore[union-attr]

    @property
    def tts(self) -> Any:
        return self.session.tts._opts  # type: ignore[union-attr]

    @property
    def waits(self) -> Any:
        http: TimedClient = self.client._client
        return http._waits

    @property
    def pool(self) -> Any:
        return self.client._client._transport._pool

    @property
    def connects(self) -> Any:
        return self.session.conn_options.llm_conn_options

    @cached_property
    def bridge(self) -> Any:
        return bridge.assemble(self.settings, self.client)

    @property
    def agreed(self) -> Any:
        first = Incoming("session.initiate", "c1", supported_media_formats=("raw/lpcm16",))
        return self.bridge.conversations._agree(first)

    @cached_property
    def server(self) -> Any:
        return app.make_server(self.settings)


REALTIME = {"agent_mode": "realtime", "turn_detection": "realtime_llm"}
SERVER_VAD = {**REALTIME, "realtime_turn_detection": "server_vad"}
STREAM = {"stt_realtime": True}


def library_level(b: Built) -> str:
    telemetry.set_levels(b.settings)
    return logging.getLevelName(logging.getLogger("openai").level)


def loaded(b: Built) -> float:
    """What the server reports with no room for another call."""
    full = type("Server", (), {"active_jobs": [1, 2, 3]})()
    return app.load(b.settings, lambda: 0.2, full)


def append_ms(b: Built) -> Any:
    model: Any = b.session.llm
    return model._append_ms


def log_metrics(b: Built) -> bool:
    events: Any = b.session._events
    return any("on_metrics" in repr(one) for one in events["metrics_collected"])


@dataclass(frozen=True)
class Row:
    """A value that is not the default, other settings it needs, and where it must be found."""

    value: Any
    found: Callable[[Built], Any]
    with_: Any = None
    expected: Any = None


ROWS = {
    "AGENT_MODE": Row(
        "realtime", lambda b: isinstance(b.session.llm, RealtimeModel), expected=True
    ),
    "INSTRUCTIONS": Row("Be brief.", lambda b: b.call.agent.instructions),
    "INSTRUCTIONS_FILE": Row("prompt.txt", lambda b: instructions(b.settings), expected="A file."),
    "GREETING": Row("Hi.", lambda b: b.call.settings.greeting),
    "TURN_DETECTION": Row("manual", lambda b: b.turns["turn_detection"]),
    "ENDPOINTING_MODE": Row("dynamic", lambda b: b.turns["endpointing"]["mode"]),
    "MIN_ENDPOINTING_DELAY": Row(0.7, lambda b: b.turns["endpointing"]["min_delay"]),
    "MAX_ENDPOINTING_DELAY": Row(4.5, lambda b: b.turns["endpointing"]["max_delay"]),
    "ENDPOINTING_ALPHA": Row(0.7, lambda b: b.turns["endpointing"]["alpha"]),
    "DETECTOR_UNLIKELY_THRESHOLD": Row(
        0.3,
        lambda b: b.turns["turn_detection"]._opts.thresholds.overrides,
        {"turn_detection": "detector"},
    ),
    "PREEMPTIVE_GENERATION": Row(False, lambda b: b.turns["preemptive_generation"]["enabled"]),
    "PREEMPTIVE_TTS": Row(True, lambda b: b.turns["preemptive_generation"]["preemptive_tts"]),
    "PREEMPTIVE_MAX_SPEECH_DURATION": Row(
        8.0, lambda b: b.turns["preemptive_generation"]["max_speech_duration"]
    ),
    "PREEMPTIVE_MAX_RETRIES": Row(2, lambda b: b.turns["preemptive_generation"]["max_retries"]),
    "USER_TURN_MAX_WORDS": Row(90, lambda b: b.turns["user_turn_limit"]["max_words"]),
    "USER_TURN_MAX_DURATION": Row(60.0, lambda b: b.turns["user_turn_limit"]["max_duration"]),
    "USER_AWAY_TIMEOUT": Row(20.0, lambda b: b.session.options.user_away_timeout),
    "TRANSCRIPTION_TIMEOUT": Row(3.0, lambda b: b.session.options.transcription_timeout),
    "ENABLE_INTERRUPTIONS": Row(False, lambda b: b.turns["interruption"]["enabled"]),
    "INTERRUPTION_MODE": Row("adaptive", lambda b: b.turns["interruption"]["mode"]),
    "BACKCHANNEL_BOUNDARY": Row(None, lambda b: b.turns["interruption"]["backchannel_boundary"]),
    "INTERRUPTION_THRESHOLD": Row(0.91, lambda b: threshold(b.settings, "speaking")),
    "MIN_INTERRUPTION_DURATION": Row(0.9, lambda b: b.turns["interruption"]["min_duration"]),
    "MIN_INTERRUPTION_WORDS": Row(2, lambda b: b.turns["interruption"]["min_words"]),
    "BACKCHANNEL_WORDS": Row(
        "yeah, ok",
        lambda b: (b.turns["interruption"]["min_words"], b.call.agent.stt_node.__qualname__),
        {"stt_model": "gpt-live-transcribe"},
        expected=(1, "ignore_backchannels.<locals>.stt_node"),
    ),
    "FALSE_INTERRUPTION_TIMEOUT": Row(
        1.1, lambda b: b.turns["interruption"]["false_interruption_timeout"]
    ),
    "RESUME_FALSE_INTERRUPTION": Row(
        False, lambda b: b.turns["interruption"]["resume_false_interruption"]
    ),
    "AEC_WARMUP_DURATION": Row(1.5, lambda b: b.session.options.aec_warmup_duration),
    "VAD_MIN_SPEECH_DURATION": Row(0.12, lambda b: b.vad.min_speech_duration),
    "VAD_MIN_SILENCE_DURATION": Row(0.4, lambda b: b.vad.min_silence_duration),
    "VAD_ACTIVATION_THRESHOLD": Row(0.61, lambda b: b.vad.activation_threshold),
    "VAD_PREFIX_PADDING_DURATION": Row(0.3, lambda b: b.vad.prefix_padding_duration),
    "VAD_SAMPLE_RATE": Row(8000, lambda b: b.vad.sample_rate),
    "STT_MODEL": Row("m1", lambda b: b.stt._opts.model),
    "STT_REALTIME": Row(True, lambda b: b.stt.capabilities.streaming),
    "STT_LANGUAGE": Row("de", lambda b: b.stt._opts.languages, expected=["de"]),
    "STT_NOISE_REDUCTION": Row("far_field", lambda b: b.stt._opts.noise_reduction_type, STREAM),
    "LLM_MODEL": Row("m2", lambda b: b.llm.model),
    "LLM_TEMPERATURE": Row(0.2, lambda b: b.llm.temperature),
    "LLM_REASONING_EFFORT": Row("low", lambda b: b.llm.reasoning_effort),
    "MAX_TOKENS": Row(77, lambda b: b.llm.max_completion_tokens),
    "TTS_MODEL": Row("m3", lambda b: b.tts.model),
    "TTS_VOICE": Row("coral", lambda b: b.tts.voice),
    "TTS_SPEED": Row(1.2, lambda b: b.tts.speed),
    "REALTIME_MODEL": Row("m4", lambda b: b.llm.model, REALTIME),
    "REALTIME_VOICE": Row("cedar", lambda b: b.llm.voice, REALTIME),
    "REALTIME_SPEED": Row(1.1, lambda b: b.llm.speed, REALTIME),
    "REALTIME_TURN_DETECTION": Row("server_vad", lambda b: b.llm.turn_detection.type, REALTIME),
    "REALTIME_VAD_THRESHOLD": Row(0.6, lambda b: b.llm.turn_detection.threshold, SERVER_VAD),
    "REALTIME_PREFIX_PADDING_MS": Row(
        200, lambda b: b.llm.turn_detection.prefix_padding_ms, SERVER_VAD
    ),
    "REALTIME_SILENCE_DURATION_MS": Row(
        250, lambda b: b.llm.turn_detection.silence_duration_ms, SERVER_VAD
    ),
    "REALTIME_IDLE_TIMEOUT_MS": Row(
        6000, lambda b: b.llm.turn_detection.idle_timeout_ms, SERVER_VAD
    ),
    "REALTIME_EAGERNESS": Row("high", lambda b: b.llm.turn_detection.eagerness, REALTIME),
    "REALTIME_NOISE_REDUCTION": Row(
        "near_field", lambda b: b.llm.input_audio_noise_reduction.type, REALTIME
    ),
    "REALTIME_TRANSCRIPTION_MODEL": Row(
        "m5", lambda b: b.llm.input_audio_transcription.model, REALTIME
    ),
    "REALTIME_TRUNCATION": Row(0.8, lambda b: b.llm.truncation.retention_ratio, REALTIME),
    "REALTIME_REASONING_EFFORT": Row("low", lambda b: b.llm.reasoning.effort, REALTIME),
    "REALTIME_APPEND_MS": Row(20, append_ms, REALTIME),
    "REALTIME_MAX_TOKENS": Row(900, lambda b: b.llm.max_response_output_tokens, REALTIME),
    "HTTP_TIMEOUT": Row(7.0, lambda b: (b.waits.read, b.connects.timeout), expected=(7.0, 7.0)),
    "HTTP_CONNECT_TIMEOUT": Row(2.0, lambda b: b.waits.connect),
    "HTTP_POOL_TIMEOUT": Row(3.0, lambda b: b.waits.pool),
    "HTTP_MAX_CONNECTIONS": Row(9, lambda b: b.pool._max_connections),
    "HTTP_MAX_KEEPALIVE": Row(4, lambda b: b.pool._max_keepalive_connections),
    "HTTP_KEEPALIVE_EXPIRY": Row(33.0, lambda b: b.pool._keepalive_expiry),
    "MAX_RETRIES": Row(5, lambda b: (b.connects.max_retry, b.client.max_retries), expected=(5, 0)),
    "RETRY_INTERVAL": Row(0.4, lambda b: b.connects.retry_interval),
    "NUM_IDLE_PROCESSES": Row(6, lambda b: b.server._num_idle_processes),
    "MAX_PROCESSES": Row(3, loaded, {"load_threshold": 0.55}, expected=1.0),
    "LOAD_THRESHOLD": Row(0.4, lambda b: b.server._load_threshold.prod_default),
    "MEMORY_WARN_MB": Row(300.0, lambda b: b.server._job_memory_warn_mb),
    "MEMORY_LIMIT_MB": Row(900.0, lambda b: b.server._job_memory_limit_mb),
    "DRAIN_TIMEOUT": Row(60, lambda b: b.server._drain_timeout),
    "AUDIOCODES_HOST": Row("::1", lambda b: b.bridge.address[0]),
    "AUDIOCODES_PORT": Row(8123, lambda b: b.bridge.address[1]),
    "AUDIOCODES_MAX_CALLS": Row(7, lambda b: b.bridge.conversations.limit),
    "AUDIOCODES_LEAD_MS": Row(300, lambda b: b.agreed.lead_s, expected=0.3),
    "AUDIOCODES_AFTER_STOP": Row("cut", lambda b: b.agreed.drains, expected=False),
    "AUDIOCODES_CHUNK_MS": Row(40, lambda b: b.agreed.chunk_s, expected=0.04),
    "AUDIOCODES_RESUME_GRACE": Row(9.0, lambda b: b.bridge.conversations.grace_s),
    "AUDIOCODES_PING_INTERVAL": Row(5.0, lambda b: b.bridge.server.ping_s),
    "AUDIOCODES_SLOW_MS": Row(30, lambda b: b.bridge.latency.slow_s, expected=0.03),
    "LOG_LEVEL": Row("WARNING", lambda b: b.server.log_level, expected="WARN"),
    "LIB_LOG_LEVEL": Row("ERROR", library_level),
    "LOG_METRICS": Row(True, log_metrics),
    "TURN_LOG": Row("off", lambda b: make_call(b.settings, b.client).log._file._target),
    "METRICS_PORT": Row(
        9123,
        lambda b: (b.server._prometheus_port, send in _listeners(b.settings, lambda: 0.0)),
        expected=(9123, True),
    ),
    "METRICS_HOST": Row("::1", lambda b: b.server._host),
    "HEALTH_PORT": Row(9124, lambda b: b.server._port),
    "ALERT_TTFT_MS": Row(111, lambda b: Alerts(b.settings)._limits["llm_ttft"]),
    "ALERT_TTFB_MS": Row(112, lambda b: Alerts(b.settings)._limits["tts_ttfb"]),
    "ALERT_E2E_MS": Row(113, lambda b: Alerts(b.settings)._limits["e2e_latency"]),
    "ALERT_MIN_INTERVAL": Row(5.0, lambda b: Alerts(b.settings)._interval),
}  # fmt: skip


def test_every_setting_has_a_row() -> None:
    assert list(ROWS) == list(KNOBS)


@pytest.mark.asyncio
@pytest.mark.parametrize("env", ROWS)
async def test_setting_reaches_its_object(
    env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_VERSION", raising=False)
    (tmp_path / "prompt.txt").write_text("A file.\n")
    row = ROWS[env]
    field = KNOBS[env].field
    built = Built(Settings(**{"turn_log": "off", **(row.with_ or {}), field: row.value}))
    assert row.value != KNOBS[env].default
    assert row.found(built) == (row.value if row.expected is None else row.expected)
    await built.client.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("word", "version"),
    [("detector", "turn-detector-v1-mini"), ("detector_cloud", "turn-detector-v1")],
)
async def test_the_turn_detectors(word: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_API_KEY", "k")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "s" * 32)
    found = Built(Settings.model_validate({"turn_detection": word, "turn_log": "off"})).turns[
        "turn_detection"
    ]
    assert isinstance(found, inference.TurnDetector)
    assert found.model == version


@pytest.mark.asyncio
async def test_livekits_own_warm_up_holds_unless_a_number_is_given() -> None:
    """Given explicitly, LiveKit would not switch it off for outbound calls over SIP."""
    auto = Built(Settings(turn_log="off")).session
    assert (auto.options.aec_warmup_duration, auto._aec_warmup_duration_explicit) == (3.0, False)
    off = Built(Settings(turn_log="off", aec_warmup_duration=0.0)).session
    assert (off.options.aec_warmup_duration, off._aec_warmup_duration_explicit) == (None, True)


@pytest.mark.asyncio
async def test_the_servers_turn_detection_is_not_pinned_unless_it_decides() -> None:
    model = Built(Settings(agent_mode="realtime", turn_detection="vad", turn_log="off")).session.llm
    assert isinstance(model, RealtimeModel)
    assert model.capabilities.can_disable_turn_detection
