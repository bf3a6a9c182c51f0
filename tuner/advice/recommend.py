"""Findings and profiles in, one recommendation out: switch, keep or undecided.

Only three problems can be mended by a timing profile: false interruptions, false cut-offs and a
wait that the configured delay causes. When more than one is there, the one that costs callers
more decides and the others are named; but where the profile for another one shortens a long wait
too, it is taken. A profile is never left for one that would bring back what it was chosen against;
then the answer is keep, with single settings on top. So the advice converges: under the profile
just advised it is keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuner.advice.case import (
    DEFAULT,
    OWN_KNOBS,
    WAIT,
    Case,
    cost,
    helps,
    lacking,
    own_knobs,
    per_minute,
    settles,
    worth,
)
from tuner.advice.effects import changes, price
from tuner.advice.rejected_profiles import PROBLEMS, against
from tuner.limits import Limits
from tuner.model import Change, Facts, Finding, Recommendation, Refusal

PROTECTS = {
    "noisy": ("patient", "fast"),
    "patient": ("noisy",),
    "phone": ("noisy", "patient", "fast"),
    "realtime": ("noisy", "patient", "fast"),
}
"""Profiles that are not left for these: no log made under them shows how much they hold off."""
NEXT = {
    "false-interruptions": "MIN_INTERRUPTION_DURATION up by 0.1 s, step by step; look for echo",
    "false-cutoffs": "TURN_DETECTION=detector: it waits only where the sentence is unfinished",
    WAIT: "VAD_MIN_SILENCE_DURATION, the transcript and the turn detector: not the delay",
}
"""What remains when a profile's own settings are at work already."""
MUST_JUDGE = {"false-interruptions": "false interruptions", "false-cutoffs": "cut-offs"}
"""What must have been judged before a log can be called healthy."""
SERVER_VAD = "with server_vad, REALTIME_VAD_THRESHOLD or REALTIME_SILENCE_DURATION_MS, in steps"
MODEL = "a smaller or faster model, a shorter or cached prompt, a nearer region; then measure again"
_BOTH = "would mend one of two problems, {} goes against both"
ONE_PROFILE = "the calls of one profile at a time (--call, --since)"


def advise(
    findings: Sequence[Finding],
    refusals: Sequence[Refusal],
    facts: Facts,
    profiles: Mapping[str, Mapping[str, Any]],
    limits: Limits,
) -> Recommendation:
    """Recommend one of `profiles` (name to all its resolved values), or none."""
    case = Case(tuple(findings), tuple(refusals), facts, profiles, limits)
    if firm := case.confirmed():
        return _mend(firm, case)
    if models := case.caused_by("model"):
        why = f"{_said(models[0])} It is the model that must change: no timing profile can help."
        return _keep(case, why, needs=MODEL)
    doubts = case.undecided()
    if others := [doubt for doubt in doubts if _target([doubt], case) != case.current]:
        return _undecided(case, f"Not settled: {_said(others[0])}", settles(others[0], case))
    if doubts:  # however it comes out, the profile for it is in use
        why = f"{_said(doubts[0])} Not settled, and {case.current}, the profile for it, is in use."
        return _keep(case, why, needs=settles(doubts[0], case))
    # no verdict hangs on what the profile in use is for: it stays however that comes out
    used = PROBLEMS.get(case.current or "")
    if blind := [r for r in case.refusals if r.rule in MUST_JUDGE and r.rule != used]:
        names = " and ".join(MUST_JUDGE[refusal.rule] for refusal in blind)
        needs = "; ".join(dict.fromkeys(refusal.needs for refusal in blind))
        return _undecided(case, f"Could not judge {names}: {blind[0].why}.", _measure(needs, case))
    return _keep(case, "Nothing was found that a timing profile mends.")


def _mend(firm: Sequence[Finding], case: Case) -> Recommendation:
    """There is a sure problem with a remedy; `firm` begins with the costliest."""
    firm = _ordered(firm, case)
    worst, target = firm[0], _target(firm, case)
    said = " ".join([_said(worst), *_weighed(firm, case)])
    if case.server_decides:
        why = f"{said} Timing profiles are for the pipeline; here the server decides."
        instead = dict.fromkeys(OWN_KNOBS, "for the pipeline; here the Realtime server decides")
        return _keep(case, why, needs=SERVER_VAD, instead=instead)
    if len(case.facts.current.mixed) > 1:
        return _undecided(case, f"{said} The log mixes profiles.", ONE_PROFILE)
    if target == case.current:
        return _on_top(worst, f"{said} {target}, the profile for it, is in use", target, case)
    if target == "fast" and (unknown := case.missing_for("false-cutoffs")):
        return _undecided(case, f"{said} {target} costs cut-offs, which are not judged.", unknown)
    if missing := lacking(worst, case):
        return _undecided(case, f"{said} It leans to {target}.", missing)
    if target in PROTECTS.get(case.current or "", ()):
        left = f"{said} Leaving {case.current} may bring back what it holds off"
        return _on_top(worst, left, target, case)
    if not helps(worst, target, case):
        why = "the settings in use go further already"
        return _keep(case, f"{said} {target} is no cure: {why}.", needs=NEXT[worst.rule])
    if not worth(worst, target, case):
        why = "would cost callers more than it saves"
        return _keep(case, f"{said} {target} {why}.", instead={target: why})
    return _switch(said, target, firm, case)


def _ordered(firm: Sequence[Finding], case: Case) -> list[Finding]:
    """The problems, first the one that decides: the costliest, but for a long wait.

    Whoever left for fast because of a wait would leave it again because of the rest. So a problem
    comes first whose own profile shortens the wait too.
    """
    if firm[0].rule != WAIT or _is_careful(firm, case) or case.missing_for("false-cutoffs"):
        return list(firm)
    both = [f for f in firm[1:] if _mends_both(f, firm[0], case)]
    return [*both, *(f for f in firm if f not in both)]


def _mends_both(finding: Finding, other: Finding, case: Case) -> bool:
    """Whether the profile for one problem, if it may be switched to, goes against both."""
    target = case.remedy(finding) or ""
    free = target not in PROTECTS.get(case.current or "", ())
    return free and helps(finding, target, case) and helps(other, target, case)


def _is_careful(firm: Sequence[Finding], case: Case) -> bool:
    """Whether a wait must not be shortened by much: cut-offs are too many, or held off."""
    cut_off = case.current == "patient" or any(f.rule == "false-cutoffs" for f in firm)
    return cut_off and "patient" in case.profiles


def _target(firm: Sequence[Finding], case: Case) -> str:
    """The profile for the first problem.

    A long wait beside cut-offs, or under patient, is shortened no further than patient does:
    anything quicker would raise what is too high already.
    """
    if firm[0].rule == WAIT and _is_careful(firm, case):
        return "patient"
    return case.remedy(firm[0]) or ""


def _switch(said: str, target: str, firm: Sequence[Finding], case: Case) -> Recommendation:
    move = case.move(case.profiles[target])
    model = ["The model is slow too; no profile mends that."] if case.caused_by("model") else []
    notes = [*model, *_unjudged(case), *_assumed(case)]
    also = [f for f in firm[1:] if helps(f, target, case)]
    too = f", and goes against {' and '.join(f.rule for f in also)} too" if also else ""
    why = " ".join([said, f"{target} is the profile for it{too}.", *notes])
    return Recommendation(
        verdict="switch",
        profile=target,
        current=case.current,
        why=why,
        changes=changes(move),
        price=price(move),
        against=against(case, target, {case.remedy(f) or "": _BOTH.format(target) for f in also}),
    )


def _on_top(worst: Finding, said: str, target: str, case: Case) -> Recommendation:
    """Keep the profile in use and mend the problem with a few settings on top of it."""
    instead = {target: "what it does against this goes on top instead"}
    wanted = own_knobs(worst, target, case)
    if not wanted:
        return _keep(case, f"{said}.", needs=NEXT[worst.rule], instead=instead)
    move = case.move({**case.values, **wanted})
    text = ", ".join(f"{name}={value}" for name, value in wanted.items())
    why = f"{said}, so set what {target} does against it: {text}."
    return _keep(case, why, changes(move), price(move), instead=instead)


def _keep(
    case: Case,
    why: str,
    moves: tuple[Change, ...] = (),
    cost_text: str = "",
    needs: str = "",
    instead: Mapping[str, str] = {},
) -> Recommendation:
    return Recommendation(
        verdict="keep",
        profile=case.current,
        current=case.current,
        why=" ".join([why, *_unjudged(case)]),
        changes=moves,
        price=cost_text,
        against=against(case, case.current, instead),
        needs=needs,
    )


def _undecided(case: Case, why: str, needs: str) -> Recommendation:
    return Recommendation(
        verdict="undecided",
        profile=None,
        current=case.current,
        why=why,
        changes=(),
        price="",
        against=(),
        needs=needs,
    )


def _said(finding: Finding) -> str:
    return f"{finding.title}: {finding.measured} (limit {finding.limit})."


def _weighed(firm: Sequence[Finding], case: Case) -> list[str]:
    """How the problems compare, with the weights, when there is more than one."""
    if len(firm) < 2:
        return []
    costs = ", ".join(f"{f.rule} {per_minute(cost(f, case), case)}" for f in firm)
    limits = case.limits
    decides = " decides" if cost(firm[0], case) >= cost(firm[1], case) else ""
    return [
        f"What callers lose{decides}: {costs} (weights: false interruption "
        f"{limits.cost_false_interruption_s:g} s, cut-off {limits.cost_false_cutoff_s:g} s, "
        f"second of waiting {limits.cost_wait_s:g} s)."
    ]


def _unjudged(case: Case) -> list[str]:
    """What the verdict had to be made without."""
    blind = [MUST_JUDGE[r.rule] for r in case.refusals if r.rule in MUST_JUDGE]
    return [f"Not judged: {', '.join(blind)}."] if blind else []


def _measure(needs: str, case: Case) -> str:
    """What to switch on; the profile that measures is named as a means, never as a switch."""
    return f"{needs}; the profile evidence logs it all" if "evidence" in case.profiles else needs


def _assumed(case: Case) -> list[str]:
    if not case.assumed:
        return []
    return [f"The profile behind the log is unknown: {DEFAULT} is assumed."]
