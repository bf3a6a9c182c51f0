"""The connection to speech-to-text or text-to-speech breaks.

What
    The provider closed a connection, or all providers were unavailable.
    LiveKit connects again and retries.

Why it hurts callers
    What was said meanwhile is not heard, or a reply stops in mid-sentence.

Evidence
    `... closed unexpectedly`, `Error in _run` of a plugin, `all STTs are
    unavailable` and the like (livekit.plugins, WARNING or ERROR).

Change and its price
    A newer plugin, a fallback provider (FallbackAdapter), and a look at the
    provider's limits for connections at a time. Until the fallback takes over
    callers wait some 100 ms to 10 s.

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("speech-connection-dropped")
TITLE = "Connections to speech-to-text or text-to-speech break"
SIGNAL: Final = "stt_tts_dropped"
ADVICE = (
    "Update the plugin, check the provider's limit of connections at a time, and add a fallback "
    "provider (FallbackAdapter). Price: adds no delay until a provider fails."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="provider")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
