"""Adaptive interruption is off without anybody having asked for it.

What
    The model that tells an interruption from a "mm-hm" is off: by default
    outside LiveKit Cloud, for want of a VAD or a streaming transcriber, or
    after an error.

Why it hurts callers
    Every sound may stop the agent, also noise and "mm-hm".

Evidence
    `adaptive interruption is disabled by default in production mode`,
    `interruption_detection is provided, but it's not compatible ...`
    (livekit.agents, INFO or WARNING).

Change and its price
    Ask for it (INTERRUPTION_MODE=adaptive) with a VAD and a streaming
    transcriber, or set what the profile noisy does. It adds the time of a
    request to each interruption, some 100 ms.

When it does not fire
    When there is none. It cannot judge when the log hides INFO lines.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("adaptive-interruption-off")
TITLE = "Adaptive interruption is off"
SIGNAL: Final = "adaptive_off"
ADVICE = (
    "Ask for it with INTERRUPTION_MODE=adaptive (it needs a VAD and a streaming transcriber), or "
    "set what the profile noisy does. Price: some 100 ms for each interruption."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="settings")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """It is an info: nothing failed."""
    answer = any_is_a_finding(facts, limits, SIGNAL, PROBLEM)
    return replace(answer, severity="info") if isinstance(answer, Finding) else answer


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
