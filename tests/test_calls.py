from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tuner.summary.call_counts import CUTOFF_WINDOW_S, CallTotals

Step = tuple[str, float | None, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["commit", "heard", "resumed"]),
        st.one_of(st.none(), st.floats(-1, 4)),
        st.integers(0, 5),
    ),
    max_size=20,
)


def run(steps: list[Step], first: int = 0) -> CallTotals:
    """Commits 10 s apart; `gap` is the next onset after the commit before it."""
    call = CallTotals()
    for index, (what, gap, words) in enumerate(steps, first):
        if what == "heard":
            call.add_words(words)
        elif what == "resumed":
            call.pause()
        else:
            start = None if gap is None else index * 10.0 - 10.0 + gap
            call.commit(start, index * 10.0)
        call.extend_to(index * 10.0)
    return call


@given(STEPS, st.integers(0, 20))
def test_a_call_cut_anywhere_and_joined_is_the_same_call(steps: list[Step], cut: int) -> None:
    whole, left, right = run(steps), run(steps[:cut]), run(steps[cut:], min(cut, len(steps)))
    left.merge(right)
    assert msgspec.structs.asdict(left) == msgspec.structs.asdict(whole)


def gaps(*pairs: tuple[float | None, int]) -> CallTotals:
    call = CallTotals()
    call.commit(0.0, 100.0)
    now = 100.0
    for gap, words in pairs:
        call.add_words(words)
        call.commit(None if gap is None else now + gap, now + 50.0)
        now += 50.0
    return call


def test_speech_soon_after_the_commit_is_a_cut_off() -> None:
    assert gaps((0.4, 5)).cutoffs == 1
    assert gaps((CUTOFF_WINDOW_S, 5)).cutoffs == 0
    assert gaps((-0.1, 5)).cutoffs == 1
    assert gaps((-2.0, 5)).cutoffs == 0


def test_a_short_sound_soon_after_may_be_a_back_channel() -> None:
    call = gaps((0.4, 1))
    assert (call.cutoffs, call.later) == (0, 1)


def test_the_sound_of_a_false_interruption_is_no_turn_going_on() -> None:
    call = CallTotals()
    call.commit(0.0, 100.0)
    call.pause()
    call.add_words(7)
    call.commit(101.4, 115.0)
    assert (call.cutoffs, call.later, call.false_interruptions) == (0, 1, 1)


def test_a_turn_without_a_known_onset_is_not_at_risk() -> None:
    call = gaps((None, 5), (0.4, 5))
    assert (call.cutoffs, call.unknown, call.commits) == (1, 1, 3)


def test_an_event_told_by_two_lines_counts_once() -> None:
    assert CallTotals(false_lines=2, false_turn_log=3).false_interruptions == 3
    assert CallTotals(false_lines=3, false_turn_log=2).false_interruptions == 3
    counted = (
        CallTotals(commits=4, eous=5, turns=6),
        CallTotals(commits=5, eous=4),
        CallTotals(turns=1, responses=9),
    )
    assert [call.user_turns for call in counted] == [6, 5, 1]
    assert CallTotals(responses=7).user_turns == 7


@given(STEPS, STEPS)
def test_a_copy_is_merged_without_touching_the_call_that_it_was_made_of(
    steps: list[Step], more: list[Step]
) -> None:
    call = run(steps)
    call.copy().merge(run(more, len(steps)))
    assert call == run(steps)
