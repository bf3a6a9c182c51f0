"""The case before the adviser: what was found, what it is compared with, and which profile helps.

Everything that `advise` asks about the facts stands here and in `weighing`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuner.advice.moves import DEFAULT, Move, Values, reply_wait
from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Remedy
from tuner.names import RuleId
from tuner.rules import REMEDIES
from tuner.rules.answers import server_decides
from tuner.settings.prices import PRICES

if TYPE_CHECKING:
    from tuner.whatif.predict import Replay  # numpy takes longer to load than a small log

Ask: TypeAlias = "Callable[[], Replay | str]"
"""Gives the log to be replayed, or says what that takes; called only where it decides."""


class Case(msgspec.Struct, frozen=True):
    """Findings, refusals and facts, the profiles that may be named, the limits, and the pauses."""

    findings: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]
    facts: Facts
    profiles: Mapping[str, Mapping[str, Any]]
    limits: Limits
    ask: Ask
    own: Collection[str] = ()
    """Profiles of the user's own that bear the name of a shipped one."""

    @property
    def replay(self) -> Replay | str:
        """The log to be replayed, or what it needs for that."""
        return self.ask()

    @property
    def current(self) -> str | None:
        """The profile that the log was made under, None when unknown."""
        return self.facts.current.name

    @property
    def values(self) -> Values:
        """The settings in use: the recorded ones over those of the profile, or of the default."""
        base = self.profiles.get(self.current or DEFAULT, self.profiles.get(DEFAULT, {}))
        return {**base, **self.facts.current.settings}

    @property
    def assumed(self) -> bool:
        """Whether the settings in use are a guess."""
        return self.current not in self.profiles and not self.facts.current.settings

    @property
    def server_decides(self) -> bool:
        """Whether a Realtime server ends turns and interrupts, so that no client setting does."""
        if self.assumed:
            return server_decides(self.facts)
        wanted = {"AGENT_MODE": "realtime", "TURN_DETECTION": "realtime_llm"}
        return all(self.values.get(name, value) == value for name, value in wanted.items())

    def is_for_another_model(self, profile: str) -> bool:
        """Whether a profile is for the pipeline and this agent speech to speech, or the reverse."""
        mode = "AGENT_MODE"
        return bool(self.profiles[profile].get(mode) != self.values.get(mode))

    def is_measured(self, profile: str) -> bool:
        """Whether the bench measured what this profile costs: it is a shipped one."""
        return profile in PRICES and profile not in self.own

    def measured_from(self, profile: str) -> Values | None:
        """The settings that the price of a profile was measured against, None without a price."""
        measured = self.is_measured(profile) and self.is_measured(DEFAULT)
        return self.profiles.get(DEFAULT) if measured else None

    def move(self, after: Values) -> Move:
        """From the settings in use to others."""
        return Move(self.values, after, self.facts, self.limits)

    def remedy(self, finding: Finding) -> Remedy | None:
        """What fixes a finding, if a profile does and that profile may be named."""
        remedy = REMEDIES.get(finding.rule)
        if remedy is None or remedy.profile not in finding.remedies:
            return None
        return remedy if remedy.profile in self.profiles else None

    def confirmed(self) -> list[Finding]:
        """Certain problems with a remedy, the costliest first."""
        certain = [f for f in self.findings if f.severity != "info" and not f.needs]
        return sorted(
            (finding for finding in certain if self.remedy(finding)),
            key=lambda finding: -cost(finding, self),
        )

    def undecided(self) -> list[Finding]:
        """Problems, or remedies for them, that the evidence leaves undecided."""
        few = self.limits.min_events
        return [f for f in self.findings if self.remedy(f) and (f.needs or f.total < few)]

    def missing_for(self, rule: RuleId) -> str:
        """What it takes to judge this problem; "" when it was judged."""
        refusal = next((r.needs for r in self.refusals if r.rule == rule), "")
        return refusal or next((f.needs for f in self.findings if f.rule == rule), "")

    def caused_by(self, cause: str) -> list[Finding]:
        """Certain problems that are due to this."""
        return [f for f in self.findings if f.cause == cause and f.severity != "info"]


def cost(finding: Finding, case: Case) -> float:
    """Seconds that a problem took from the callers, in all calls of the log."""
    remedy = REMEDIES[finding.rule]
    amount = finding.total if remedy.unit == "event" else _waited(remedy, case)
    return amount * remedy.weight_s(case.limits)


def _waited(remedy: Remedy, case: Case) -> float:
    """Seconds that the remedy would have saved: what turns waited above its floor."""
    wait = case.facts.latency.get("end_of_turn_delay")
    if remedy.profile not in case.profiles or wait is None or wait.p50 is None:
        return 0.0
    floor = reply_wait(case.profiles[remedy.profile], case.facts)
    return max(0.0, wait.p50 - floor) * (case.facts.exposure.turns or wait.n)


def per_minute(seconds: float, case: Case) -> str:
    """ "12.1 s/min": a cost by the minute of call; in all when the minutes are unknown."""
    minutes = case.facts.exposure.minutes
    return f"{seconds / minutes:.1f} s/min" if minutes else f"{seconds:.0f} s"
