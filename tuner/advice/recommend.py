"""Findings and profiles in, one recommendation out: switch, keep or undecided.

Only problems whose rule declares a remedy can be fixed by a timing profile. A machine that is too
slow, or a service, is named before any timing. Where a profile may not be left, the answer is keep,
with single settings on top.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from tuner.advice.case import Ask, Case, cost, per_minute
from tuner.advice.pauses import WHAT_IF, asked
from tuner.advice.slow_services import slow_service
from tuner.advice.targets import may_leave, ordered, target, yields_to
from tuner.advice.verdicts import add_on_top, keep, sentence, switch, undecided
from tuner.advice.weighing import helps, lacking, own_knobs, settles, worth
from tuner.lazy_patterns import lazy_pattern
from tuner.limits import Limits
from tuner.model import Facts, Finding, Recommendation, Refusal
from tuner.rules import REMEDIES, is_failure, starvation
from tuner.rules.answers import PIPECAT

SERVER_VAD = "with server_vad, REALTIME_VAD_THRESHOLD or REALTIME_SILENCE_DURATION_MS, in steps"
EVIDENCE = "evidence"
FAILURE = MACHINE = "what the finding advises; then measure again"
ON_PURPOSE = "`{}`, which is in use, waits on purpose: a shorter wait cuts off more callers."
NO_PAUSES = "the turn log (TURN_LOG=stdout): it holds the callers' pauses"
ONE_PROFILE = "the calls of one profile at a time (--call, --since)"


def advise(
    findings: Sequence[Finding],
    refusals: Sequence[Refusal],
    facts: Facts,
    profiles: Mapping[str, Mapping[str, Any]],
    limits: Limits,
    ask: Ask = lambda: NO_PAUSES,
    own: Collection[str] = (),
) -> Recommendation:
    """Recommend one of `profiles` (name to all its resolved values), or none.

    `ask` gives the log to be replayed: no shorter wait is advised without it. `own` are profiles of
    the user's that bear the name of a shipped one: what was measured of that does not hold.
    """
    case = Case(tuple(findings), tuple(refusals), facts, profiles, limits, ask, own)
    if starved := starvation(findings):
        why = f"{sentence(starved)} That comes first: no time in this log can be trusted."
        return undecided(case, why, MACHINE)
    if facts.agent == PIPECAT and (theirs := [f for f in findings if _is_confirmed(f)]):
        why = f"{sentence(theirs[0])} No profile here is for Pipecat."
        return msgspec.structs.replace(keep(case, why, needs=FAILURE), against=())
    if confirmed := case.confirmed():
        return asked(_fix(confirmed, case), case)
    return slow_service(case) or _without_proof(case)


def _is_confirmed(finding: Finding) -> bool:
    return finding.rule in REMEDIES and finding.severity != "info"


def _without_proof(case: Case) -> Recommendation:
    """Nothing is certain: a doubt, a problem that this log cannot show, or a healthy log."""
    if failures := [f for f in case.findings if f.severity == "high" and is_failure(f.rule)]:
        why = f"{sentence(failures[0])} That comes first: no timing profile can help."
        return keep(case, why, needs=FAILURE)
    doubts = case.undecided()
    if others := [doubt for doubt in doubts if target([doubt], case) != case.current]:
        why = f"Not enough evidence yet: {sentence(others[0])}"
        return asked(undecided(case, why, settles(others[0], case)), case)
    if doubts:  # however it comes out, the profile for it is in use
        why = f"{sentence(doubts[0])} Not certain, and {case.current}, which fixes it, is in use."
        return keep(case, why, needs=settles(doubts[0], case))
    if unseen := _unjudged(case):
        needs = _all_of([refusal.needs for refusal in unseen])
        return undecided(case, _not_judged(unseen), _measure(needs, case))
    return keep(case, "Nothing was found that a timing profile fixes.")


def _not_judged(unseen: Sequence[Refusal]) -> str:
    """Which problems could not be judged, those with one reason together."""
    names: dict[str, list[str]] = {}
    for refusal in unseen:
        names.setdefault(refusal.why, []).append(REMEDIES[refusal.rule].problem)
    return " ".join(f"Could not judge {' and '.join(of)}: {why}." for why, of in names.items())


def _unjudged(case: Case) -> list[Refusal]:
    """Problems that must be judged before a log is called healthy, and were not.

    No verdict depends on what the profile in use is for: it stays however that comes out.
    """
    return [
        refusal
        for refusal in case.refusals
        if (remedy := REMEDIES.get(refusal.rule))
        and remedy.must_be_judged
        and remedy.profile != case.current
    ]


def _fix(confirmed: Sequence[Finding], case: Case) -> Recommendation:
    """There is a certain problem with a remedy; `confirmed` begins with the costliest."""
    confirmed = ordered(confirmed, case)
    worst, profile = confirmed[0], target(confirmed, case)
    problem = " ".join([sentence(worst), *_losses(confirmed, case)])
    if case.server_decides:
        why = f"{problem} Timing profiles are for the pipeline; here the server decides."
        instead = {
            r.profile: "for the pipeline; here the server decides" for r in REMEDIES.values()
        }
        return keep(case, why, needs=SERVER_VAD, instead=instead)
    if len(case.facts.current.mixed) > 1:
        return undecided(case, f"{problem} The log mixes profiles.", ONE_PROFILE)
    if profile == case.current:
        if profile != REMEDIES[worst.rule].profile:
            return keep(case, f"{problem} {ON_PURPOSE.format(profile)}", needs=WHAT_IF)
        return add_on_top(worst, f"{problem} {_in_use(worst, profile, case)}", profile, case)
    return _leave(problem, worst, profile, confirmed, case)


def _in_use(worst: Finding, profile: str, case: Case) -> str:
    """That the profile in use fixes this, or would with the values that it has now."""
    if own_knobs(worst, profile, case):
        return f"`{profile}` fixes this, but this log was made with other values than it has"
    return f"`{profile}`, which fixes this, is in use"


def _leave(
    problem: str, worst: Finding, profile: str, confirmed: Sequence[Finding], case: Case
) -> Recommendation:
    """Whether to leave the profile in use for another one."""
    if case.is_for_another_model(profile):
        why = f"{problem} `{profile}` is for another kind of model: this agent keeps its profile"
        return add_on_top(worst, why, profile, case)
    other = yields_to(worst.rule)
    if other and profile == REMEDIES[worst.rule].profile and (needs := case.missing_for(other)):
        risk = f"`{profile}` costs {REMEDIES[other].problem}, which could not be judged."
        return undecided(case, f"{problem} {risk}", needs)
    if missing := lacking(worst, case):
        why = f"{problem} Not enough evidence yet; it points to `{profile}`."
        return undecided(case, why, missing)
    if not may_leave(case):
        why = f"{problem} Without {case.current}, what it prevents may come back"
        return add_on_top(worst, why, profile, case)
    if not helps(worst, profile, case):
        why = f"{problem} `{profile}` would not help: the settings in use already go further."
        return keep(case, why, needs=REMEDIES[worst.rule].next_step)
    if not worth(worst, profile, case):
        why = "would cost callers more than it saves"
        return keep(case, f"{problem} `{profile}` {why}.", instead={profile: why})
    return switch(problem, profile, confirmed, case)


def _losses(confirmed: Sequence[Finding], case: Case) -> list[str]:
    """How the problems compare, with the weights, when there is more than one."""
    if len(confirmed) < 2:
        return []
    names = [REMEDIES[finding.rule].problem for finding in confirmed]
    costs = [cost(finding, case) for finding in confirmed]
    losses = ", ".join(f"{n} {per_minute(c, case)}" for n, c in zip(names, costs, strict=True))
    decides = "The larger loss decides" if costs[0] >= costs[1] else "What callers lose"
    return [f"{decides}: {losses} ({_weights(confirmed, case)})."]


def _weights(confirmed: Sequence[Finding], case: Case) -> str:
    remedies = [REMEDIES[finding.rule] for finding in confirmed]
    parts = [
        f"{remedy.problem} {remedy.weight_s(case.limits):g} s "
        + ("each" if remedy.unit == "event" else "a second")
        for remedy in remedies
    ]
    return f"counting {', '.join(parts)}"


_MORE_CALLS = lazy_pattern(r"about ([\d,]+) more calls? like these")


def _all_of(needs: Sequence[str]) -> str:
    """All that is needed, once; where two need more calls, the larger number is enough."""
    calls = {need: int(m[1].replace(",", "")) for need in needs if (m := _MORE_CALLS.match(need))}
    most = max(calls, key=lambda need: calls[need], default="")
    return "; ".join(dict.fromkeys(need for need in needs if need not in calls or need == most))


def _measure(needs: str, case: Case) -> str:
    """What to turn on; the profile that measures is named as a means, never as a switch.

    Somebody else's agent has neither our settings nor our profiles; a Realtime agent would be
    another one under it; and where only calls are lacking it shows no more of them.
    """
    if all(part.startswith(("about ", "your decision")) for part in needs.split("; ")):
        return needs
    if not case.facts.is_ours and case.facts.next_log:
        return case.facts.next_log
    fits = EVIDENCE in case.profiles and not case.is_for_another_model(EVIDENCE)
    return f"{needs}; the profile {EVIDENCE} logs it all" if fits else needs
