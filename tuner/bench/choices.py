"""What the options of `tuner bench` name: settings of profiles, scenarios, latencies of a log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuner.bench.callers import scenarios
from tuner.bench.callers.scenario import ENDPOINTS, Scenario
from tuner.bench.latency import Empirical
from tuner.bench.latency_from_log import SILENCE_S, latencies
from tuner.errors import UsageError, did_you_mean
from tuner.settings import profiles
from tuner.settings.knob_table import KNOBS, Settings, as_values, parse

_STAGES = {
    "pipeline": ("chat", "transcription", "speech"),
    "realtime": ("response", "transcript"),
}
"""The models that a mode uses, as scenarios name them."""


def settings_of(
    name: str, folders: Sequence[Path], knobs: Sequence[str], mode: str | None
) -> Settings:
    """Return a profile with single settings (KNOB=VALUE) on top; the environment is ignored.

    Raises:
        SettingsError: no such profile, or a value out of range.
        UsageError: no such setting, or no value.
    """
    values = as_values(profiles.load(name, folders))
    if mode:
        values["AGENT_MODE"] = mode
        if mode == "pipeline" and values["TURN_DETECTION"] == "realtime_llm":
            values["TURN_DETECTION"] = "vad"
    return parse(values | dict(_knob(pair) for pair in knobs))


def _knob(pair: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in pair.partition("="))
    if name not in KNOBS:
        raise UsageError(
            f"--set: {name!r} is not a setting{did_you_mean(name, KNOBS)}",
            "`tuner profiles show` lists every setting.",
        )
    if not equals:
        raise UsageError(f"--set {pair!r} has no value", f"Write --set {name}=VALUE.")
    return name, value


def with_latencies(
    log: str,
    rows: Iterable[Mapping[str, Any]],
    wanted: Sequence[Scenario],
    chosen: Iterable[Settings],
    vad_silence_s: float | None = None,
) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios with the latencies of a log, and notes on what the log does not show.

    `vad_silence_s` is the VAD_MIN_SILENCE_DURATION of the log, None if it does not say.

    Raises:
        InputError: the log shows no latency of a model.
    """
    times = latencies(log, rows, SILENCE_S if vad_silence_s is None else vad_silence_s)
    counts = {stage: len(one.seconds) for stage, one in times.items() if isinstance(one, Empirical)}
    notes = ["latencies from the log: " + ", ".join(f"{n} {stage}" for stage, n in counts.items())]
    used = {stage for one in chosen for stage in _STAGES[one.agent_mode]}
    if missing := [stage for stage in ENDPOINTS if stage in used - set(times)]:
        notes.append(f"not in the log, so taken from the scenario: {', '.join(missing)}")
    return [one.with_models(times) for one in wanted], notes


def listing(folders: Sequence[Path]) -> str:
    """Return the profiles and scenarios, each with what it is for."""
    loaded = [scenarios.load(name) for name in scenarios.names()]
    above = [(name, profiles.purpose(name, folders)) for name in profiles.names(folders)]
    below = [(one.name, f"{one.title} (for {one.best})") for one in loaded]
    wide = max(len(name) for name, _ in above + below)

    def lines(rows: Iterable[tuple[str, str]]) -> list[str]:
        return [f"  {name:{wide}}  {text}" for name, text in rows]

    return "\n".join(["profiles", *lines(above), "scenarios", *lines(below)])
