"""Every setting of the agent, each exactly once: default, range, meaning, LiveKit option.

The defaults are the profile `balanced`. Times are seconds unless the name ends in `_MS`.
Option names, ranges and LiveKit's own defaults are those of livekit-agents 1.8.9,
livekit-plugins-openai 1.8.9 and openai 3.51. `turn_handling.*` is the argument of
`AgentSession`; "VAD" stands for `silero.VAD.load`. Secrets and addresses (OPENAI_API_KEY,
OPENAI_BASE_URL, LIVEKIT_*) are no settings: they stay in the environment or in `.env`.

The model reads no environment and no file by itself: `resolution` hands the values in.
The file is long because it is one table; there is no logic between the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tuner.errors import SettingsError
from tuner.lazy_patterns import lazy_pattern
from tuner.plain_numbers import plain_number
from tuner.settings.knob import Knob, describe, in_group

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
NoiseReduction = Literal["near_field", "far_field"]
Name = Annotated[str, StringConstraints(min_length=1)]

REALTIME_ONLY_STT = ("gpt-realtime-whisper", "gpt-live-transcribe")
"""Transcription models that exist only as a stream (openai plugin, stt.py)."""

_agent = in_group("Agent")
_turns = in_group("Turn taking")
_stops = in_group("Interruptions")
_vad = in_group("Voice activity")
_stt = in_group("Speech to text")
_llm = in_group("Language model")
_tts = in_group("Text to speech")
_realtime = in_group("OpenAI Realtime")
_http = in_group("HTTP")
_pool = in_group("Processes")
_audiocodes = in_group("AudioCodes")
_log = in_group("Logging and alerts")

_SECRET = lazy_pattern(r"\b(sk-[\w-]{12,}|eyJ[\w-]{10,}\.[\w-]{10,}|AKIA[0-9A-Z]{12,})")
"""The shapes of an OpenAI key, a JSON web token (LiveKit, among others) and an AWS key."""
_NEARLY_A_NUMBER = lazy_pattern(r"[-+]?\d+(?:[.,]\d+)?\s?[a-zA-Z%]{1,9}|[-+]?\d+,\d+")

PROMPT = (
    "You are a helpful and friendly voice assistant. Answer in one or two short sentences, "
    "without lists, symbols or markup. Ask one question at a time."
)


class Settings(BaseSettings):
    """All settings, resolved and checked. Frozen; the environment name is the field in capitals."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    agent_mode: Literal["pipeline", "realtime"] = _agent(
        "pipeline", "AgentSession(stt, llm, tts) or AgentSession(llm=RealtimeModel)"
    )
    """pipeline = speech to text, language model, text to speech; realtime = one speech-to-speech
    model (REALTIME_*)."""
    instructions: str = _agent(PROMPT, "Agent(instructions)")
    """The system prompt. A longer one costs first-token time on every turn."""
    instructions_file: str = _agent("", "Agent(instructions)", allowed="a path, or empty")
    """Read the system prompt from this UTF-8 file instead; empty = use INSTRUCTIONS."""
    greeting: str = _agent(
        "Hello, how can I help you?",
        "AgentSession.say; realtime: AgentSession.generate_reply",
        allowed="any text, or empty",
    )
    """First sentence of the agent; empty = wait for the caller."""

    turn_detection: Literal[
        "vad", "stt", "detector", "detector_cloud", "realtime_llm", "manual"
    ] = _turns(
        "vad",
        "turn_handling.turn_detection (detector: inference.TurnDetector(version='v1-mini' | 'v1'))",
    )
    """Who decides that the caller has finished: vad = silence; stt = the transcriber; detector =
    LiveKit's model on this machine (v1-mini, about 250 MB more); detector_cloud = the same through
    LiveKit Cloud; realtime_llm = the Realtime server; manual = your own code."""
    endpointing_mode: Literal["fixed", "dynamic"] = _turns(
        "fixed", "turn_handling.endpointing.mode"
    )
    """dynamic learns the pause from the caller, between the two delays. It follows a mean, so
    about half of such pauses are longer."""
    min_endpointing_delay: float = _turns(
        0.5, "turn_handling.endpointing.min_delay", "s", 0.0, 10.0
    )
    """Silence after the caller's last speech before the turn closes. More: fewer cut-offs, every
    reply that much later. Nothing below VAD_MIN_SILENCE_DURATION acts. It does not change false
    interruptions."""
    max_endpointing_delay: float = _turns(
        3.0, "turn_handling.endpointing.max_delay", "s", 0.0, 30.0
    )
    """Longest wait: when a turn detector says that the caller is not finished, and the ceiling of
    dynamic endpointing. Acts in no other case."""
    endpointing_alpha: float = _turns(0.9, "turn_handling.endpointing.alpha", "", 0.0, 1.0)
    """Weight of the past in the pause that dynamic endpointing learns. Less: it follows the last
    pauses sooner, and one long pause makes the next replies late."""
    detector_unlikely_threshold: float | None = _turns(
        None, "inference.TurnDetector(unlikely_threshold)", "", 0.0, 1.0, absent="auto"
    )
    """Probability of the end of a turn below which a detector waits for MAX_ENDPOINTING_DELAY.
    More: fewer cut-offs, more replies that late. auto = LiveKit's own for each language."""
    preemptive_generation: bool = _turns(True, "turn_handling.preemptive_generation.enabled")
    """Ask the language model as soon as a transcript is there, before the turn is closed. Hides
    first-token time behind the wait; costs tokens whenever the caller continues. Pipeline only."""
    preemptive_tts: bool = _turns(False, "turn_handling.preemptive_generation.preemptive_tts")
    """Synthesise that early reply too. Earlier first audio; speech that is thrown away is paid."""
    preemptive_max_speech_duration: float = _turns(
        10.0, "turn_handling.preemptive_generation.max_speech_duration", "s", 0.1, 600.0
    )
    """No early reply to a caller who has spoken longer than this. More: long turns are answered
    sooner; tokens are paid for more replies that are thrown away."""
    preemptive_max_retries: int = _turns(
        3, "turn_handling.preemptive_generation.max_retries", "replies", 1, 100
    )
    """Early replies to one turn, at most; a caller who pauses often gets no further one."""
    user_turn_max_words: int | None = _turns(
        None, "turn_handling.user_turn_limit.max_words", "words", 1, 100_000, absent="off"
    )
    """Step in when the caller has spoken this many words without a reply."""
    user_turn_max_duration: float | None = _turns(
        None, "turn_handling.user_turn_limit.max_duration", "s", 1.0, 3600.0, absent="off"
    )
    """Step in when the caller has spoken this long without a reply."""
    user_away_timeout: float | None = _turns(
        15.0, "AgentSession(user_away_timeout)", "s", 1.0, 3600.0, absent="off"
    )
    """Silence on both sides after which the caller counts as away."""
    transcription_timeout: float | None = _turns(
        None, "AgentSession(transcription_timeout)", "s", 0.1, 60.0, absent="off"
    )
    """Tell the agent when speech was heard but no transcript came within this time."""

    enable_interruptions: bool = _stops(True, "turn_handling.interruption.enabled")
    """Whether a caller can stop the agent at all."""
    interruption_mode: Literal["vad", "adaptive"] = _stops("vad", "turn_handling.interruption.mode")
    """vad = any speech stops the agent; adaptive = a model separates back-channels ('mm-hm') from
    real interruptions, through LiveKit Cloud."""
    backchannel_boundary: float | None = _stops(
        1.0, "turn_handling.interruption.backchannel_boundary", "s", 0.0, 10.0, absent="off"
    )
    """adaptive: so near the start of what the agent says, only what the model calls an interruption
    stops it; words so near its end are kept for the next turn. off = neither."""
    interruption_threshold: float = _stops(
        0.8, "VAD.update_options(activation_threshold) while the agent speaks", "", 0.0, 1.0
    )
    """Speech probability that stops the agent while it speaks; higher = harder to interrupt. For a
    caller who has the floor VAD_ACTIVATION_THRESHOLD counts."""
    min_interruption_duration: float = _stops(
        0.5, "turn_handling.interruption.min_duration", "s", 0.0, 10.0
    )
    """How long a sound must last to stop the agent. More: fewer false interruptions, real
    barge-ins stop it later by the difference. LiveKit counts the VAD's trailing silence in, so the
    sound itself may be shorter by VAD_MIN_SILENCE_DURATION."""
    min_interruption_words: int = _stops(0, "turn_handling.interruption.min_words", "words", 0, 50)
    """Words that the transcript must hold before the agent stops; 0 = none. Without streaming
    speech to text the words come only after the caller has stopped speaking."""
    backchannel_words: Name | None = _stops(
        None,
        "tuner.livekit.ignore_backchannels",
        absent="off",
        allowed="off, auto, or words with commas between them",
    )
    """Words that alone never stop the agent; auto = those of STT_LANGUAGE. "stop", "wait" and the
    like always do. Needs streaming speech to text: the agent then stops for the first other word,
    so a real interruption is let in that much later, and noise without words never stops it."""
    false_interruption_timeout: float = _stops(
        2.0, "turn_handling.interruption.false_interruption_timeout", "s", 0.1, 30.0
    )
    """Silence after which a pause counts as false and the agent resumes. Less: less dead air.
    Below the slowest transcripts it talks over real speech."""
    resume_false_interruption: bool = _stops(
        True, "turn_handling.interruption.resume_false_interruption"
    )
    """Go on speaking after a false interruption. Off: the speech is lost, and with it the log line
    by which false interruptions are counted."""
    aec_warmup_duration: float | None = _stops(
        None, "AgentSession(aec_warmup_duration)", "s", 0.0, 30.0, absent="auto"
    )
    """The first so many seconds of agent speech in a call cannot be interrupted, until the echo
    canceller has settled; 0 = off. auto = LiveKit's: 3 s, and none in outbound calls over SIP. A
    number holds for those, too."""

    vad_min_speech_duration: float = _vad(0.05, "VAD(min_speech_duration)", "s", 0.0, 2.0)
    """Speech needed before the VAD reports a start. More: short noises are ignored, and very short
    answers too."""
    vad_min_silence_duration: float = _vad(0.3, "VAD(min_silence_duration)", "s", 0.05, 5.0)
    """Silence needed before the VAD reports the end: the floor under every end of turn. LiveKit's
    silero default 0.55 would swallow a MIN_ENDPOINTING_DELAY of 0.5."""
    vad_activation_threshold: float = _vad(0.5, "VAD(activation_threshold)", "", 0.01, 1.0)
    """Speech probability that counts as speech. Higher: less noise, but quiet callers are not
    heard."""
    vad_prefix_padding_duration: float = _vad(0.5, "VAD(prefix_padding_duration)", "s", 0.0, 5.0)
    """Audio kept from before the detected start, so that the first syllable is transcribed."""
    vad_sample_rate: Literal[8000, 16000] = _vad(16000, "VAD(sample_rate)", "Hz")
    """Rate at which the VAD listens. 8000 halves its work and loses nothing on telephone audio."""

    stt_model: Name = _stt("gpt-transcribe", "openai.STT(model)", allowed="a model name")
    """Transcription model. whisper-1 and the gpt-4o-*transcribe models end on 2027-02-26."""
    stt_realtime: bool = _stt(False, "openai.STT(use_realtime)")
    """Stream audio to the transcriber instead of sending each utterance when it has ended.
    gpt-realtime-whisper and gpt-live-transcribe always stream."""
    stt_language: Name | None = _stt(
        "en",
        "openai.STT(language | detect_language), AudioTranscription(language)",
        absent="auto",
        allowed="auto, or a language code",
    )
    """Language of the caller (ISO 639-1); auto = detect it, which is slower. Used for the Realtime
    transcript too."""
    stt_noise_reduction: NoiseReduction | None = _stt(
        None, "openai.STT(noise_reduction_type)", absent="off"
    )
    """OpenAI's noise filter before transcription; streaming transcription only."""

    llm_model: Name = _llm("gpt-5.4-mini", "openai.LLM(model)", allowed="a model name")
    """Chat model. gpt-4o, gpt-4o-mini, gpt-4.1 and gpt-4.1-mini end on 2027-01-14."""
    llm_temperature: float | None = _llm(0.7, "openai.LLM(temperature)", "", 0.0, 2.0, absent="off")
    """Variety of the wording; it does not change the speed. Reasoning refuses it: off = do not
    send it."""
    llm_reasoning_effort: Effort | None = _llm(None, "openai.LLM(reasoning_effort)", absent="auto")
    """Thinking before the first word, which the caller hears as silence; auto = the least that the
    model allows."""
    max_tokens: int = _llm(500, "openai.LLM(max_completion_tokens)", "tokens", 1, 32_768)
    """Longest reply. Bounds total time and cost; it hardly changes the first token."""

    tts_model: Name = _tts("gpt-4o-mini-tts", "openai.TTS(model)", allowed="a model name")
    """Voice model. OpenAI ends all its /audio/speech models on 2027-01-06 and names no successor
    there: plan for AGENT_MODE=realtime or a compatible server (OPENAI_BASE_URL)."""
    tts_voice: Name = _tts("ash", "openai.TTS(voice)", allowed="a voice name")
    """Voice."""
    tts_speed: float = _tts(1.0, "openai.TTS(speed)", "", 0.25, 4.0)
    """Speaking speed, 1 = normal."""

    realtime_model: Name = _realtime(
        "gpt-realtime-2.1", "RealtimeModel(model)", allowed="a model name"
    )
    """Speech-to-speech model; gpt-realtime-2.1-mini is cheaper. LiveKit's default gpt-realtime
    ends on 2027-01-20."""
    realtime_voice: Name = _realtime("marin", "RealtimeModel(voice)", allowed="a voice name")
    """Voice; fixed once the model has spoken."""
    realtime_speed: float = _realtime(1.0, "RealtimeModel(speed)", "", 0.25, 1.5)
    """Speaking speed, 1 = normal."""
    realtime_turn_detection: Literal["server_vad", "semantic_vad"] = _realtime(
        "semantic_vad", "RealtimeModel(turn_detection).type"
    )
    """How the server ends a turn: server_vad = after silence, semantic_vad = by meaning. Acts only
    with TURN_DETECTION=realtime_llm; otherwise leave it out so that LiveKit can switch the
    server's detection off."""
    realtime_vad_threshold: float = _realtime(
        0.5, "RealtimeModel(turn_detection).threshold", "", 0.0, 1.0
    )
    """server_vad: how sure the server must be that it hears speech."""
    realtime_prefix_padding_ms: int = _realtime(
        300, "RealtimeModel(turn_detection).prefix_padding_ms", "ms", 0, 5000
    )
    """server_vad: audio kept from before the detected start."""
    realtime_silence_duration_ms: int = _realtime(
        500, "RealtimeModel(turn_detection).silence_duration_ms", "ms", 50, 10_000
    )
    """server_vad: silence that ends the turn. Less: quicker replies, more cut-offs."""
    realtime_idle_timeout_ms: int | None = _realtime(
        None, "RealtimeModel(turn_detection).idle_timeout_ms", "ms", 1000, 60_000, absent="off"
    )
    """server_vad: the model speaks up after this much silence."""
    realtime_eagerness: Literal["auto", "low", "medium", "high"] = _realtime(
        "auto", "RealtimeModel(turn_detection).eagerness"
    )
    """semantic_vad: waits at most 8 s (low), 4 s (medium = auto) or 2 s (high)."""
    realtime_noise_reduction: NoiseReduction | None = _realtime(
        None, "RealtimeModel(input_audio_noise_reduction)", absent="off"
    )
    """OpenAI's noise filter: near_field = headset, far_field = room or speakerphone."""
    realtime_transcription_model: Name | None = _realtime(
        "gpt-transcribe",
        "RealtimeModel(input_audio_transcription).model",
        absent="off",
        allowed="off, or a model name",
    )
    """Transcript of the caller beside the audio, paid separately; off = none."""
    realtime_truncation: Literal["auto", "disabled"] | Annotated[float, Field(gt=0.0, le=1.0)] = (
        _realtime(
            "auto",
            "RealtimeModel(truncation)",
            allowed="auto, disabled, or a share above 0 up to 1.0",
        )
    )
    """What happens when the conversation outgrows the context: auto = drop the oldest, disabled =
    fail, a number = keep that share (fewer cache losses)."""
    realtime_reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = (
        _realtime(None, "RealtimeModel(reasoning).effort", absent="auto")
    )
    """Thinking before the first word; auto = the model's own."""
    realtime_append_ms: int = _realtime(100, "size of input_audio_buffer.append", "ms", 10, 100)
    """How much of the caller's audio goes to OpenAI at a time. LiveKit's 100 ms delays what OpenAI
    hears by 50 ms on average; 20 by 10, for five times as many messages."""
    realtime_max_tokens: int | None = _realtime(
        None,
        "RealtimeSession.update_options(max_response_output_tokens)",
        "tokens",
        1,
        4096,
        absent="off",
    )
    """Longest reply in tokens, about 20 for each second of speech; a reply that reaches it breaks
    off."""

    http_timeout: float = _http(
        15.0, "APIConnectOptions(timeout), httpx.Timeout(read, write)", "s", 0.5, 600.0
    )
    """Longest wait for the next bytes of an answer. Too short turns slow calls into retries."""
    http_connect_timeout: float = _http(5.0, "httpx.Timeout(connect)", "s", 0.1, 120.0)
    """Longest wait for a connection."""
    http_pool_timeout: float = _http(5.0, "httpx.Timeout(pool)", "s", 0.1, 120.0)
    """Longest wait for a free place in the pool."""
    http_max_connections: int = _http(50, "httpx.Limits(max_connections)", "connections", 1, 1000)
    """Connections at a time. Each call runs in a process of its own, so this counts per call; too
    few make calls queue, more never made a model faster."""
    http_max_keepalive: int | None = _http(
        None, "httpx.Limits(max_keepalive_connections)", "connections", 0, 1000, absent="auto"
    )
    """Idle connections kept open for the next request; auto = HTTP_MAX_CONNECTIONS."""
    http_keepalive_expiry: float = _http(120.0, "httpx.Limits(keepalive_expiry)", "s", 0.0, 3600.0)
    """How long an idle connection is kept; below the caller's pauses every turn pays for a new
    handshake."""
    max_retries: int = _http(
        2, "APIConnectOptions(max_retry); the OpenAI client's own retries stay 0", "retries", 0, 10
    )
    """Further attempts after a failed one. The caller waits through all of them."""
    retry_interval: float = _http(2.0, "APIConnectOptions(retry_interval)", "s", 0.0, 60.0)
    """Wait before the second and later retries; LiveKit waits 0.1 s before the first."""

    num_idle_processes: int | None = _pool(
        None, "AgentServer(num_idle_processes)", "processes", 0, 500, absent="auto"
    )
    """Warm processes waiting for calls; each holds about 100 to 200 MB. auto = LiveKit's choice,
    one per CPU in production."""
    max_processes: int | None = _pool(
        None, "AgentServer(load_fnc)", "calls", 1, 10_000, absent="off"
    )
    """Calls on this server at a time. LiveKit has no such option: the load function reports
    1.0 at this number, so no further call is sent here. LiveKit Cloud ignores own load
    functions."""
    load_threshold: float = _pool(0.7, "AgentServer(load_threshold)", "", 0.05, 1.0)
    """CPU load from which no further call is accepted. Ignored in development."""
    memory_warn_mb: float = _pool(1000.0, "AgentServer(job_memory_warn_mb)", "MB", 50.0, 100_000.0)
    """Memory of one call's process that is worth a warning."""
    memory_limit_mb: float = _pool(0.0, "AgentServer(job_memory_limit_mb)", "MB", 0.0, 100_000.0)
    """Memory at which that process is killed, and the call with it; 0 = never."""
    drain_timeout: int = _pool(3600, "AgentServer(drain_timeout)", "s", 0, 86_400)
    """On a stop signal, how long running calls may last."""

    audiocodes_host: Name = _audiocodes(
        "127.0.0.1", "agent.py audiocodes: address", allowed="an address of this machine"
    )
    """Where `agent.py audiocodes` listens. Any other address than loopback needs
    AUDIOCODES_TOKEN."""
    audiocodes_port: int = _audiocodes(8090, "agent.py audiocodes: port", "", 0, 65_535)
    """Port of calls, /health, /ready and /live; 0 = any that is free."""
    audiocodes_max_calls: int | None = _audiocodes(
        25, "agent.py audiocodes: session.error", "calls", 1, 10_000, absent="off"
    )
    """Calls at a time; further ones are refused, and /ready answers 503."""
    audiocodes_lead_ms: int = _audiocodes(
        250, "agent.py audiocodes: playStream.chunk", "ms", 20, 5000
    )
    """How far ahead of its playing the agent's speech is sent. More bridges longer network delays;
    less makes barge-in exact: this much may play on after the caller has interrupted."""
    audiocodes_after_stop: Literal["drain", "cut"] = _audiocodes(
        "drain", "agent.py audiocodes: conversation.item.truncate"
    )
    """What VoiceAI Connect does at an interruption with speech that it holds: drain = it plays it,
    so the model is told that the caller heard all that was sent; cut = it drops it, so only what
    had time to play counts. The vendor does not document which; they differ by AUDIOCODES_LEAD_MS
    at most."""
    audiocodes_chunk_ms: int = _audiocodes(
        20, "agent.py audiocodes: playStream.chunk", "ms", 10, 200
    )
    """Speech in one message to the caller. More: fewer messages, each that much coarser."""
    audiocodes_resume_grace: float = _audiocodes(
        30.0, "agent.py audiocodes: session.resume", "s", 0.0, 600.0
    )
    """How long a call waits for its caller after the socket broke."""
    audiocodes_ping_interval: float = _audiocodes(
        20.0, "agent.py audiocodes: WebSocket pings", "s", 1.0, 300.0
    )
    """Time between pings; a peer that does not answer for half of it has gone."""
    audiocodes_slow_ms: int = _audiocodes(50, "agent.py audiocodes: warning", "ms", 1, 60_000)
    """Warn when the bridge took longer to pass on a chunk, or the event loop to wake up."""

    log_level: Level = _log("INFO", "AgentServer(log_level), where WARNING is called WARN")
    """Level of the ordinary log. The false-interruption line of LiveKit needs DEBUG, which also
    writes what was said; the turn log needs no level."""
    lib_log_level: Level = _log("WARNING", "logging.getLogger(...).setLevel")
    """Level of the loggers openai, httpx2 and httpcore2. DEBUG writes headers and cookies: not for
    production."""
    log_metrics: bool = _log(False, "metrics.log_metrics")
    """Write LiveKit's LLM, TTS, STT and EOU metrics lines, about four INFO lines a turn."""
    turn_log: Name = _log("stdout", "tuner.turn_log.attach", allowed="stdout, off, or a file path")
    """Where the turn log goes: one JSON line per turn, interruption and OpenAI call, without
    anything that was said."""
    metrics_port: int | None = _log(
        None, "AgentServer(prometheus_port)", "", 1, 65_535, absent="off"
    )
    """Serve Prometheus metrics on this port."""
    metrics_host: Name = _log(
        "127.0.0.1", "AgentServer(host)", allowed="an address of this machine"
    )
    """Where METRICS_PORT and HEALTH_PORT listen. Any other address than loopback shows them to
    whoever reaches it; a probe from outside of the machine needs that."""
    health_port: int | None = _log(None, "AgentServer(port)", "", 1, 65_535, absent="auto")
    """Answer LiveKit's health check on this port. auto = 8081 in production, any free port in
    development. Each agent of a machine needs a port of its own."""
    alert_ttft_ms: int = _log(500, "agent alert on llm_ttft", "ms", 1, 60_000)
    """Warn when the first token took longer."""
    alert_ttfb_ms: int = _log(300, "agent alert on tts_ttfb", "ms", 1, 60_000)
    """Warn when the first audio byte of the voice took longer."""
    alert_e2e_ms: int = _log(1000, "agent alert on e2e_latency", "ms", 1, 60_000)
    """Warn when the caller waited longer from last word to first audio."""
    alert_min_interval: float = _log(60.0, "agent alerts", "s", 0.0, 86_400.0)
    """Least time between two warnings of the same kind."""

    @field_validator("*", mode="before")
    @classmethod
    def _words(cls, value: object, info: ValidationInfo) -> object:
        """Letter case does not matter in a choice; "off" and "auto" stand for None."""
        if not isinstance(value, str) or info.field_name is None:
            return value
        return _word(KNOBS[info.field_name.upper()], value.strip())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: a hidden read of the environment would make profiles differ."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def _word(knob: Knob, value: str) -> object:
    if knob.absent and value.lower() == knob.absent:
        return None
    if knob.env.endswith("LOG_LEVEL") and value.upper() == "WARN":
        return "WARNING"
    same = [choice for choice in knob.choices if choice.lower() == value.lower()]
    if not same:
        return _number(value) if knob.choices or knob.low is not None else value
    # a Literal of numbers (8000, 16000) wants the number
    return int(same[0]) if same[0].isdigit() else same[0]


def _number(text: str) -> str:
    """The text of a number, unless it is one that only a programming language takes."""
    if math.isnan(plain_number(text)):
        raise ValueError("not a plain number")
    return text


KNOBS: Mapping[str, Knob] = describe(Settings)
"""Every setting as plain data, by environment name, in the order of the model."""


def parse(values: Mapping[str, object]) -> Settings:
    """Settings from values by environment name, text or typed; what is missing is the default.

    Raises:
        SettingsError: naming every value that is unknown or out of range, with what is allowed.
    """
    if values.keys() <= KNOBS.keys():
        with suppress(ValidationError):
            return Settings(**_by_field(values))
    raise SettingsError(
        "; ".join(faults(values).values()), "Run `tuner profiles show` for every setting."
    )


def faults(values: Mapping[str, object]) -> Mapping[str, str]:
    """What is wrong with `values`, by environment name: empty when all are allowed."""
    unknown = {env: f"{env} is not a setting" for env in values if env not in KNOBS}
    try:
        Settings(**_by_field({env: value for env, value in values.items() if env in KNOBS}))
    except ValidationError as error:
        wrong = dict.fromkeys(str(item["loc"][0]).upper() for item in error.errors())
        return unknown | {env: _fault(KNOBS[env], values[env]) for env in wrong}
    return unknown


def as_values(settings: Settings) -> dict[str, object]:
    """Every setting by environment name, typed and fit for JSON: what the turn log stamps."""
    return {env: getattr(settings, knob.field) for env, knob in KNOBS.items()}


def as_text(settings: Settings) -> dict[str, str]:
    """Every setting by environment name, as it would stand in a profile."""
    return {env: KNOBS[env].text(value) for env, value in as_values(settings).items()}


def looks_secret(text: str) -> bool:
    """Whether a value looks like an API key or a token, and so must never be repeated."""
    return bool(_SECRET.search(text))


def _fault(knob: Knob, value: object) -> str:
    shown = "(hidden)" if looks_secret(str(value)) else knob.text(value)
    alone = ", as a number without its unit" if _is_nearly_a_number(knob, str(value)) else ""
    return f"{knob.env}={shown} is not allowed (allowed: {knob.allowed}{alone})"


def _is_nearly_a_number(knob: Knob, text: str) -> bool:
    """ "800ms", "0,8": a number for a setting that is one, but not as it is written here."""
    return knob.low is not None and bool(_NEARLY_A_NUMBER.fullmatch(text.strip()))


def _by_field(values: Mapping[str, object]) -> dict[str, Any]:
    return {env.lower(): value for env, value in values.items()}
