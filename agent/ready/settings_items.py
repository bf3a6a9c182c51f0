"""The items that the settings answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from agent.check_servers import models_in_use
from agent.phone.settings import PhoneSettings
from agent.ready.item import Item, Section, item
from tuner.settings import checks
from tuner.settings.knob_table import Settings

INFRASTRUCTURE: Section = "Infrastructure"
CODE: Section = "Code"
LONGEST_TIMEOUT_S = 15.0
"""A caller who hears nothing for longer hangs up."""

NO_VOICE_AFTER = (
    "It names no other voice model: plan for AGENT_MODE=realtime, or for a compatible server "
    "(OPENAI_BASE_URL)."
)


def settings_items(
    settings: Settings, phone: PhoneSettings | None, environ: Mapping[str, str]
) -> Iterator[Item]:
    """Everything that profile, `.env` and environment show."""
    yield from _watched(settings)
    yield from _models(settings)
    yield from _connections(settings)
    yield from _drain(settings, phone)
    yield from _telephone(settings, phone, environ)


def _watched(settings: Settings) -> Iterator[Item]:
    port = settings.metrics_port
    then = "Set METRICS_PORT, and let Prometheus read it."
    how = f"METRICS_PORT={port}" if port is not None else "METRICS_PORT is not set"
    yield item(INFRASTRUCTURE, "Monitoring in place", port is not None, how, then)
    on, how = settings.turn_log != "off", f"TURN_LOG={settings.turn_log}"
    then = "Without it `tuner analyze` sees no reply latency."
    yield item(INFRASTRUCTURE, "Turn log on", on, how, then)
    heard = settings.log_level in ("DEBUG", "INFO", "WARNING")
    how = f"LOG_LEVEL={settings.log_level}; over {settings.alert_e2e_ms} ms is an alert"
    then = "Alerts are warnings: LOG_LEVEL=WARNING or lower."
    yield item(INFRASTRUCTURE, "Alerts reach the log", heard, how, then)


def _models(settings: Settings) -> Iterator[Item]:
    ending = [problem for problem in checks.check(settings) if problem.kind == "retirement"]
    how = ", ".join(f"{env}={model}" for env, model in models_in_use(settings).items())
    then = " ".join(problem.why for problem in ending)
    if any("TTS_MODEL" in problem.settings for problem in ending):
        then = f"{then} {NO_VOICE_AFTER}"
    yield item(CODE, "Models that last", not ending, how, then)
    conflicts = [problem for problem in checks.check(settings) if problem.kind == "conflict"]
    then = " ".join(problem.why for problem in conflicts)
    how = "`tuner profiles check`"
    yield item(CODE, "Settings without contradictions", not conflicts, how, then)
    realtime = settings.agent_mode == "realtime"
    how = "AGENT_MODE=realtime" if realtime else "answers and voice are streamed"
    how += "" if realtime or not settings.stt_realtime else ", transcription, too"
    then = "Transcripts come whole after the caller has stopped: STT_REALTIME=true streams them."
    yield item(CODE, "Streaming enabled", realtime or settings.stt_realtime, how, then)


def _connections(settings: Settings) -> Iterator[Item]:
    kept = settings.http_keepalive_expiry > 0 and settings.http_max_keepalive != 0
    how = f"HTTP_MAX_CONNECTIONS={settings.http_max_connections}, kept open"
    yield item(CODE, "Connection pooling configured", kept, how, "HTTP_KEEPALIVE_EXPIRY above 0.")
    again = settings.max_retries >= 1 and settings.http_timeout <= LONGEST_TIMEOUT_S
    how = f"MAX_RETRIES={settings.max_retries}, HTTP_TIMEOUT={settings.http_timeout:g}"
    then = f"At least one retry, and a time-out of {LONGEST_TIMEOUT_S:g} s at most."
    yield item(CODE, "Failures are survived", again, how, then)
    limited = settings.memory_limit_mb > 0
    how = f"MEMORY_LIMIT_MB={settings.memory_limit_mb:g}"
    then = "One call that grows takes all others with it."
    yield item(CODE, "Memory of a call limited", limited, how, then)


def _drain(settings: Settings, phone: PhoneSettings | None) -> Iterator[Item]:
    longest = phone.max_call_s if phone else None
    enough = settings.drain_timeout > 0 and (not longest or settings.drain_timeout >= longest)
    how = f"DRAIN_TIMEOUT={settings.drain_timeout}"
    how += f", the longest call {longest} s" if longest else ""
    then = "A server that is stopped ends calls that are longer: raise DRAIN_TIMEOUT."
    yield item(CODE, "Graceful shutdown", enough, how, then)


def _telephone(
    settings: Settings, phone: PhoneSettings | None, environ: Mapping[str, str]
) -> Iterator[Item]:
    if phone is None:
        how, then = "PHONE_PUBLIC_URL and others are not set", "docs/phone.md lists them."
        yield item(CODE, "Calls limited", None, how, then)
        return
    calls, most = phone.max_calls, settings.max_processes
    how = f"PHONE_MAX_CALLS={calls}, {phone.starts_per_second:g} a second"
    how += f", MAX_PROCESSES={most} on a machine" if most else ", MAX_PROCESSES is not set"
    yield item(CODE, "Calls limited", most is not None, how, "Set MAX_PROCESSES, too.")
    secure = urlsplit(phone.public_url).scheme == "https"
    how = "PHONE_PUBLIC_URL"
    yield item(CODE, "Webhook over HTTPS", secure, how, "Twilio's requests are readable without.")
    named = bool(environ.get("LIVEKIT_AGENT_NAME", "").strip())
    then = "Without a name the agent takes calls that are not for it."
    yield item(CODE, "The agent has a name", named, "LIVEKIT_AGENT_NAME", then)
    listed = bool(phone.numbers)
    how, then = f"{len(phone.numbers)} in PHONE_NUMBERS", "List your numbers: others are refused."
    yield item(CODE, "Numbers listed", listed, how, then)
