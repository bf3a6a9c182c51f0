"""The recommendation in words: switch, keep, keep with settings on top, undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuner.advice.case import Case
from tuner.advice.effects import changes
from tuner.advice.moves import DEFAULT
from tuner.advice.price import price, price_of_profile
from tuner.advice.rejected_profiles import against
from tuner.advice.weighing import helps, own_knobs
from tuner.model import Change, Finding, Recommendation
from tuner.rules import REMEDIES

_BOTH = "would fix one of two problems, {} helps against both"


def sentence(finding: Finding) -> str:
    """A finding in one sentence, with its limit."""
    limit = f" (limit {finding.limit})" if finding.limit else ""
    return f"{finding.title}: {finding.measured}{limit}."


def switch(
    problem: str, profile: str, confirmed: Sequence[Finding], case: Case, *, fixes: bool = True
) -> Recommendation:
    """Switch to the profile that fixes the first problem, or that `problem` itself explains."""
    move = case.move(case.profiles[profile])
    model = ["The model is slow too; no profile fixes that."] if case.caused_by("model") else []
    also = [f for f in confirmed[1:] if helps(f, profile, case)]
    names = " and ".join(REMEDIES[f.rule].problem for f in also)
    too = f", and helps against {names} too" if also else ""
    fixed = [f"`{profile}` fixes this{too}."] if fixes else []
    why = " ".join([problem, *fixed, *model, *_gaps(case), *_assumed(case)])
    instead = {REMEDIES[f.rule].profile: _BOTH.format(profile) for f in also}
    return Recommendation(
        verdict="switch",
        profile=profile,
        current=case.current,
        why=why,
        changes=changes(move),
        price=price_of_profile(profile, move, case.measured_from(profile)),
        against=against(case, profile, instead),
    )


def change_to(profile: str, why: str, worst: Finding, case: Case) -> Recommendation:
    """Switch to a profile that a replay prefers; or keep it, where it is the one in use and has
    other values than the log."""
    if profile != case.current:
        return switch(why, profile, [worst], case, fixes=False)
    move = case.move(case.profiles[profile])
    why = f"{why} This log was made with other values than it has."
    return keep(case, why, changes(move), price(move))


def add_on_top(worst: Finding, why: str, profile: str, case: Case) -> Recommendation:
    """Keep the profile in use and fix the problem with a few settings on top of it."""
    instead = {profile: "the settings that matter here go on top instead"}
    wanted = own_knobs(worst, profile, case)
    if not wanted:
        return keep(case, f"{why}.", needs=REMEDIES[worst.rule].next_step, instead=instead)
    move = case.move({**case.values, **wanted})
    text = ", ".join(f"{name}={value}" for name, value in wanted.items())
    why = f"{why}. Set what `{profile}` sets against this: {text}."
    return keep(case, why, changes(move), price(move), instead=instead)


def keep(
    case: Case,
    why: str,
    moves: tuple[Change, ...] = (),
    cost_text: str = "",
    needs: str = "",
    instead: Mapping[str, str] = {},
) -> Recommendation:
    """Keep the profile in use; `needs` is the next step that remains."""
    return Recommendation(
        verdict="keep",
        profile=case.current,
        current=case.current,
        why=" ".join([why, *_gaps(case)]),
        changes=moves,
        price=cost_text,
        against=against(case, case.current, instead),
        needs=needs,
    )


def undecided(case: Case, why: str, needs: str) -> Recommendation:
    """No advice yet; `needs` is what would settle it."""
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


def _gaps(case: Case) -> list[str]:
    """What the verdict had to be made without."""
    unseen = [
        remedy.problem
        for refusal in case.refusals
        if (remedy := REMEDIES.get(refusal.rule)) and remedy.must_be_judged
    ]
    return [f"Not judged: {', '.join(unseen)}."] if unseen else []


def _assumed(case: Case) -> list[str]:
    if not case.assumed:
        return []
    return [f"The log does not name its profile: {DEFAULT} is assumed."]
