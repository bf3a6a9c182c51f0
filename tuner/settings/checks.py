"""Settings that cannot act under the others, that contradict each other, or that carry a risk.

`check` looks at one resolved set of settings; the facts stand in `check_table.py`.
A setting that still has its default is never called a no-op: nobody asked it to act.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuner.model import SettingProblem
from tuner.settings.check_table import (
    CHECKS,
    DETECTOR_SILENCE_S,
    SERVER_TARGET_LOAD,
    SHUTDOWN,
    SLOW_TRANSCRIPT_S,
    SettingCheck,
)
from tuner.settings.knob_table import KNOBS, Settings

MISTAKES = ("no-op", "conflict")
"""The kinds that nobody can want; risks and retirements may be accepted."""


def check(settings: Settings) -> tuple[SettingProblem, ...]:
    """Everything that is wrong with `settings`: no-ops and conflicts first, then the rest."""
    problems = [problem for row in CHECKS for problem in _apply(row, settings)]
    problems += _ending_models(settings)
    return tuple(sorted(problems, key=lambda problem: problem.kind not in MISTAKES))


def _apply(row: SettingCheck, s: Settings) -> Iterator[SettingProblem]:
    if not row.when(s):
        return
    lost = tuple(env for env in row.inert if _changed(s, env))
    if lost or not row.inert:
        settings = (*row.settings, *lost)
        yield SettingProblem(row.kind, settings, _filled(row.why, s), _filled(row.advice, s))


def _filled(text: str, s: Settings) -> str:
    return text.format(
        s=s,
        detector_silence=DETECTOR_SILENCE_S,
        slow_transcript=SLOW_TRANSCRIPT_S,
        target_load=SERVER_TARGET_LOAD,
    )


def _changed(s: Settings, env: str) -> bool:
    return bool(getattr(s, KNOBS[env].field) != KNOBS[env].default)


def _ending_models(s: Settings) -> Iterator[SettingProblem]:
    for env in _models_in_use(s):
        model = getattr(s, KNOBS[env].field)
        if model in SHUTDOWN:
            why = f"OpenAI ends {model} on {SHUTDOWN[model]}."
            yield SettingProblem("retirement", (env,), why, f"Choose another model before: {env}.")


def _models_in_use(s: Settings) -> tuple[str, ...]:
    if s.agent_mode == "realtime":
        return ("REALTIME_MODEL", "REALTIME_TRANSCRIPTION_MODEL")
    return ("STT_MODEL", "LLM_MODEL", "TTS_MODEL")
