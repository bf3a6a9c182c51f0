"""Settings that cannot act under the others, that contradict each other, or that carry a risk.

`check` looks at one resolved set of settings; the facts stand in `check_rules.py`.
A setting that still has its default is never called a no-op: nobody asked it to act.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuner.model import SettingProblem
from tuner.settings.check_table import DETECTOR_SILENCE_S, RULES, SLOW_TRANSCRIPT_S, Rule
from tuner.settings.knob_table import KNOBS, Settings

SHUTDOWN = {
    "gpt-5": "2026-12-11",
    "gpt-5-mini": "2026-12-11",
    "gpt-5-nano": "2026-12-11",
    "tts-1": "2027-01-06",
    "tts-1-hd": "2027-01-06",
    "gpt-4o-mini-tts": "2027-01-06",
    "gpt-4o": "2027-01-14",
    "gpt-4o-mini": "2027-01-14",
    "gpt-4.1": "2027-01-14",
    "gpt-4.1-mini": "2027-01-14",
    "gpt-realtime": "2027-01-20",
    "gpt-realtime-mini": "2027-01-20",
    "whisper-1": "2027-02-26",
    "gpt-4o-transcribe": "2027-02-26",
    "gpt-4o-mini-transcribe": "2027-02-26",
    "gpt-5.1": "2027-04-01",
    "gpt-5.4-nano": "2027-04-01",
}
"""Models with an announced end (type notes of openai 3.51), without their dated variants."""


def check(settings: Settings) -> tuple[SettingProblem, ...]:
    """Everything that is wrong with `settings`: no-ops and conflicts first, then risks."""
    found = [problem for rule in RULES for problem in _apply(rule, settings)]
    found += _ending_models(settings)
    return tuple(sorted(found, key=lambda problem: problem.kind == "risk"))


def _apply(rule: Rule, s: Settings) -> Iterator[SettingProblem]:
    if not rule.when(s):
        return
    lost = tuple(env for env in rule.inert if _changed(s, env))
    if lost or not rule.inert:
        settings = (*rule.settings, *lost)
        yield SettingProblem(rule.kind, settings, _filled(rule.why, s), _filled(rule.advice, s))


def _filled(text: str, s: Settings) -> str:
    return text.format(s=s, detector_silence=DETECTOR_SILENCE_S, slow_transcript=SLOW_TRANSCRIPT_S)


def _changed(s: Settings, env: str) -> bool:
    return bool(getattr(s, KNOBS[env].field) != KNOBS[env].default)


def _ending_models(s: Settings) -> Iterator[SettingProblem]:
    for env in _models_in_use(s):
        model = getattr(s, KNOBS[env].field)
        if model in SHUTDOWN:
            why = f"OpenAI ends {model} on {SHUTDOWN[model]}."
            yield SettingProblem("risk", (env,), why, f"Choose another model before: {env}.")


def _models_in_use(s: Settings) -> tuple[str, ...]:
    if s.agent_mode == "realtime":
        return ("REALTIME_MODEL", "REALTIME_TRANSCRIPTION_MODEL")
    return ("STT_MODEL", "LLM_MODEL", "TTS_MODEL")
