from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tuner.summary import serialization
from tuner.summary.openai_responses import Responses, ResponseTally
from tuner.summary.summary import Summary

CHAT = {"endpoint": "chat", "method": "POST", "status": 200}
MODELS = {"endpoint": "models", "method": "GET", "status": 200}
Step = tuple[str, str, dict[str, Any]]


def fold(steps: list[Step]) -> Responses:
    responses = Responses()
    for kind, job, fields in steps:
        responses.add(kind, "new", job, fields)
    return responses


def told(tally: ResponseTally) -> tuple[Any, Any]:
    times = {name: sorted(h.counts.items()) for name, h in tally.times.items() if h.n}
    return dict(tally.counts), times


def headers(ms: float | None = 100.0, job: str = "a") -> Step:
    timing = {} if ms is None else {"processing_ms": ms}
    return ("http_headers", job, {"status": 200, **timing})


def request(job: str = "a", **fields: Any) -> Step:
    return ("http_request", job, {**CHAT, **fields})


def sdk(job: str = "a", **fields: Any) -> Step:
    return ("openai_response", job, {"method": "POST", "status": 200, **fields})


def test_four_lines_of_one_response_count_once() -> None:
    tally = fold([headers(147), request(), sdk()]).settled()
    assert told(tally) == ({("chat", 200): 1}, {"chat": [(147, 1)]})


def test_interleaved_jobs_pair_by_job() -> None:
    speech = {"endpoint": "speech"}
    steps = [headers(1, "a"), headers(2, "b"), request("a"), request("b", **speech)]
    assert told(fold(steps).settled())[1] == {"chat": [(1, 1)], "speech": [(2, 1)]}


def test_pre_warm_requests_are_no_calls_even_with_a_processing_time() -> None:
    steps = [headers(5), ("http_request", "a", MODELS), sdk(method="GET")]
    assert fold(steps).settled().n == 0


def test_headers_without_their_call_belong_to_requests_without_headers() -> None:
    """A line that was cut off lacks its call, and so do those of a thread."""
    steps = [headers(5, ""), request("a"), headers(7, ""), request("b"), headers(9, "b")]
    assert told(fold(steps).settled()) == (
        {("chat", 200): 2, ("unknown", 200): 1},
        {"unknown": [(5, 1), (7, 1), (9, 1)]},
    )
    assert told(fold(steps[:4]).settled()) == ({("chat", 200): 2}, {"chat": [(5, 1), (7, 1)]})


def test_of_requests_without_headers_only_those_of_the_status_count() -> None:
    steps = [headers(5, ""), request("a", status=429), request("a", endpoint="speech")]
    counts, times = told(fold(steps).settled())
    assert counts == {("chat", 429): 1, ("speech", 200): 1}
    assert times == {"speech": [(5, 1)]}
    of_other = fold([headers(5, ""), request("a", status=429)]).settled()
    assert told(of_other)[0] == {("unknown", 200): 1, ("chat", 429): 1}


def test_requests_at_once_without_calls_may_change_places() -> None:
    steps = [headers(5, ""), headers(7, ""), request(""), request("")]
    assert fold(steps).settled().n == 2


def test_another_company_s_service_is_no_call() -> None:
    assert fold([headers(None), request(endpoint="other")]).settled().n == 0


def test_responses_without_times_are_counted_without() -> None:
    tally = fold([sdk(), sdk(status=429)]).settled()
    assert (tally.n, tally.timed) == (2, 0)
    assert tally.counts["unknown", 429] == 1


def test_a_lost_line_loses_no_response() -> None:
    assert fold([headers(1), request(), sdk(), request(), sdk()]).settled().n == 2
    assert fold([headers(1), headers(2), request()]).settled().n == 2


def test_old_and_new_sdks_in_one_log_add_up() -> None:
    responses = fold([headers(), request(), sdk()])
    responses.add("http_request", "old", "a", CHAT)
    responses.add("openai_response", "old", "a", {**CHAT, "processing_ms": 9.0})
    tally = responses.settled()
    assert (tally.n, tally.timed) == (2, 2)


def test_the_turn_log_tells_of_the_same_calls() -> None:
    call = ("openai_call", "a", {"endpoint": "chat", "status": 200, "processing_ms": 100.0})
    assert fold([headers(), request(), sdk(), call]).settled().n == 1


def test_an_attempt_without_an_answer_is_no_response() -> None:
    assert fold([("openai_call", "a", {"endpoint": "chat", "error": "cancelled"})]).settled().n == 0


STEPS = st.lists(
    st.one_of(
        st.builds(headers, st.sampled_from([None, 1.0, 2.0]), st.sampled_from("ab")),
        st.builds(
            lambda job, endpoint: request(job, endpoint=endpoint),
            st.sampled_from("ab"),
            st.sampled_from(["chat", "speech", "models", "other"]),
        ),
        st.builds(sdk, st.sampled_from("ab")),
    ),
    max_size=16,
)


def stored_again(responses: Responses) -> Responses:
    """As another process gets them, or a later run."""
    summary = Summary()
    summary.responses = responses
    return serialization.load(serialization.dump(summary)).responses


PAIR = [headers(1.0, "a"), request("a")]


@given(STEPS, st.integers(0, 16), st.integers(0, 16))
@example(PAIR, 1, 1)
@example([*PAIR, request("a", endpoint="speech")], 1, 2)
@example([headers(2.0, "a"), *PAIR, request("a", endpoint="speech")], 1, 3)
@example([headers(2.0, "a"), request("a"), request("a", endpoint="speech")], 0, 2)
def test_a_log_cut_twice_and_merged_in_any_grouping_is_the_same(
    steps: list[Step], first: int, second: int
) -> None:
    a, b = sorted((first, second))
    whole = told(fold(steps).settled())
    left = fold(steps[:a])
    left.merge(stored_again(fold(steps[a:b])))
    left.merge(fold(steps[b:]))
    right = stored_again(fold(steps[a:b]))
    right.merge(fold(steps[b:]))
    right = stored_again(right)
    outer = fold(steps[:a])
    outer.merge(right)
    prefix = Responses(first=True)
    for start, end in ((0, a), (a, b), (b, len(steps))):
        prefix.merge(fold(steps[start:end]))
    assert told(left.settled()) == whole
    assert told(outer.settled()) == whole
    assert told(prefix.settled()) == whole
