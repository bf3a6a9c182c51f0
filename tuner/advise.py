"""Findings and profiles in, one recommendation out: switch, keep or undecided.

Only three problems can be mended by a timing profile: false interruptions, false cut-offs and a
wait that the configured delay causes. When more than one is there, the one that costs callers
more decides and the others are named. A profile is never left for one that would bring back what
it was chosen against; then the answer is keep, with single settings on top. So the advice
converges: under the profile just advised it is keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuner.against import against
from tuner.effects import changes, number, price
from tuner.limits import Limits
from tuner.model import Change, Facts, Finding, Recommendation, Refusal
from tuner.weigh import DEFAULT, TIMEOUT, Case, cost, helps, lacking, per_minute, settles, worth

PROTECTS = {
    "noisy": ("patient", "fast"),
    "patient": ("noisy",),
    "phone": ("noisy", "patient", "fast"),
    "realtime": ("noisy", "patient", "fast"),
}
"""Profiles that are not left for these: no log made under them shows how much they hold off."""
OWN_KNOBS = {
    "noisy": ("INTERRUPTION_THRESHOLD", "MIN_INTERRUPTION_DURATION", "FALSE_INTERRUPTION_TIMEOUT"),
    "patient": ("MIN_ENDPOINTING_DELAY",),
    "fast": ("MIN_ENDPOINTING_DELAY",),
}
"""What a profile mends its problem with, to be set on top of another one."""
NEXT = {
    "noisy": "MIN_INTERRUPTION_DURATION up by 0.1 s, one step at a time; look for echo",
    "patient": "TURN_DETECTION=detector: it waits only where the sentence is unfinished",
    "fast": "the transcript and the turn detector: the delay is at its floor",
}
MUST_JUDGE = {"false-interruptions": "false interruptions", "false-cutoffs": "cut-offs"}
"""What must have been judged before a log can be called healthy."""
SERVER_VAD = "with server_vad, REALTIME_VAD_THRESHOLD or REALTIME_SILENCE_DURATION_MS, in steps"
MODEL = "a smaller or faster model, a shorter or cached prompt, a nearer region; then measure again"
CUTOFFS = "LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout), to count cut-offs first"
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
    if firm := case.firm():
        return _mend(firm, case)
    if models := case.causes("model"):
        why = f"{_said(models[0])} It is the model that must change: no timing profile can help."
        return _keep(case, why, needs=MODEL)
    if doubts := case.open():
        return _undecided(case, f"Not settled: {_said(doubts[0])}", settles(doubts[0], case))
    if blind := [refusal for refusal in case.refusals if refusal.rule in MUST_JUDGE]:
        names = " and ".join(MUST_JUDGE[refusal.rule] for refusal in blind)
        needs = "; ".join(dict.fromkeys(refusal.needs for refusal in blind))
        return _undecided(case, f"Could not judge {names}: {blind[0].why}.", _measure(needs, case))
    return _keep(case, "Nothing was found that a timing profile mends.")


def _mend(firm: Sequence[Finding], case: Case) -> Recommendation:
    """There is a sure problem with a remedy; `firm` begins with the costliest."""
    worst, target = firm[0], case.remedy(firm[0]) or ""
    said = " ".join([_said(worst), *_weighed(firm, case)])
    if case.server_decides:
        why = f"{said} Timing profiles are for the pipeline; here the server decides."
        instead = dict.fromkeys(OWN_KNOBS, "for the pipeline; here the Realtime server decides")
        return _keep(case, why, needs=SERVER_VAD, instead=instead)
    if len(case.facts.current.mixed) > 1:
        return _undecided(case, f"{said} The log mixes profiles.", ONE_PROFILE)
    if target == case.current:
        return _keep(case, f"{said} {target}, the profile for it, is in use.", needs=NEXT[target])
    if target == "fast" and any(r.rule == "false-cutoffs" for r in case.refusals):
        return _undecided(case, f"{said} {target} costs cut-offs, not to be seen here.", CUTOFFS)
    if missing := lacking(worst, case):
        return _undecided(case, f"{said} It leans to {target}.", missing)
    if target in PROTECTS.get(case.current or "", ()):
        return _on_top(said, target, case)
    if not helps(target, case):
        why = "the settings in use go further already"
        return _keep(case, f"{said} {target} is no cure: {why}.", needs=NEXT[target])
    if not worth(worst, target, case):
        why = "would cost callers more than it saves"
        return _keep(case, f"{said} {target} {why}.", instead={target: why})
    return _switch(said, target, case)


def _switch(said: str, target: str, case: Case) -> Recommendation:
    move = case.move(case.profiles[target])
    model = ["The model is slow too; no profile mends that."] if case.causes("model") else []
    notes = [*model, *_unjudged(case), *_assumed(case)]
    why = " ".join([said, f"{target} is the profile for it.", *notes])
    return Recommendation(
        verdict="switch",
        profile=target,
        current=case.current,
        why=why,
        changes=changes(move),
        price=price(move),
        against=against(case, target),
    )


def _on_top(said: str, target: str, case: Case) -> Recommendation:
    """Keep the profile in use and mend the problem with a few settings on top of it."""
    wanted = _own_knobs(target, case)
    instead = {target: "what it does against this goes on top instead"}
    if not wanted:
        why = f"{said} What {target} does against it is set already."
        return _keep(case, why, needs=NEXT[target], instead=instead)
    move = case.move({**case.values, **wanted})
    why = (
        f"{said} Leaving {case.current} may bring back what it holds off, so set what {target} "
        f"does against it on top: {', '.join(f'{k}={v}' for k, v in wanted.items())}."
    )
    return _keep(case, why, changes(move), price(move), instead=instead)


def _own_knobs(target: str, case: Case) -> dict[str, Any]:
    """The settings that carry the target's remedy, where they go beyond the present ones.

    LiveKit counts the VAD's trailing silence into an interruption, so the same minimum asks for
    less sound under a longer one: what is carried over is the sound.
    """
    values = case.profiles[target]
    wanted = {name: values[name] for name in OWN_KNOBS[target] if name in values}
    here = number(case.values.get("VAD_MIN_SILENCE_DURATION"))
    there = number(values.get("VAD_MIN_SILENCE_DURATION"))
    minimum = number(wanted.get("MIN_INTERRUPTION_DURATION"))
    if here is not None and there is not None and minimum is not None:
        wanted["MIN_INTERRUPTION_DURATION"] = round(minimum + max(0.0, here - there), 2)
    return {name: v for name, v in wanted.items() if _further(name, v, target, case)}


def _further(name: str, value: Any, target: str, case: Case) -> bool:
    """Whether a value goes beyond the present one in the direction of the target's cure."""
    gap = (number(value) or 0.0) - (number(case.values.get(name)) or 0.0)
    return gap < 0 if name == TIMEOUT or target == "fast" else gap > 0


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
    return [
        f"What callers lose decides: {costs} (weights: false interruption "
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
