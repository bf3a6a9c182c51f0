"""Settings work now but may hurt: a risk, or a model that its maker will end.

What
    Settings with a known risk (a risk) and models with an announced end (a
    retirement), in the settings that the log was made with.

Why it hurts callers
    Not today. On the day on which a model ends, every call fails; a risk
    shows when the callers or the load change.

Evidence
    The settings recorded in the log (`session started` of the turn log) or
    those of the profile given with --current.

Change and its price
    Accept the risk, or choose another value or model before its end. Price:
    that of the other value or model, which the advice names.

When it does not fire
    When the settings are known and none has a risk. It cannot judge when they
    are unknown.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.conflicting_settings import problems_found

ID = RuleId("risky-settings")
TITLE = "Some settings carry a risk, or name a model that will end"


def check(facts: Facts, _limits: Limits) -> Finding | Refusal | None:
    """Always an info: nothing has happened yet."""
    return problems_found(facts, ID, TITLE, ("risk", "retirement"))


RULE = Rule(ID, TITLE, (), check, __doc__)
