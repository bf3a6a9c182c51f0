"""Ids that a formatter puts behind its text name the call; what a text says of calls does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.in_turn import in_turn
from tests.test_scan_text import RECORDS, Fields, both, stored, varied
from tuner.lines import look, text_lines
from tuner.lines.layouts import NONE
from tuner.model import Record
from tuner.reading import careful
from tuner.summary.summary import Summary

SOME = [found for found in varied(RECORDS[0], 4) if "\n" not in found["message"]]
FORMS = {
    "logging": "2026-11-20 09:36:06,123 {level} {name}: {message}",
    "dev": "2026-11-20 09:36:06,123 - {level} {name} - {message}",
    "compact": "09:36:06 {level} {name} {message}",
    "without a name": "2026-11-20 09:36:06 [{level}] {message}",
    "found": "{level} · 2026-11-20 09:36:06 · {name} · {message}",
    "structlog": "2026-11-20T09:36:06Z [{level:<9}] {message} [{name}]",
}
TAILS: dict[str, Callable[[str], str]] = {
    "job": lambda job: f" job={job}",
    "quoted": lambda job: f' job="{job}" turn=3',
    "listed": lambda job: f" (job={job}, turn=3)",
    "bar": lambda job: f" | call={job}",
    "brackets": lambda job: f" [{job}]",
    "a room's id": lambda job: f" [{job.replace('AJ_', 'RM_')}]",
}


def lines(form: str, tail: Callable[[str], str], records: Sequence[Fields] = SOME) -> bytes:
    text = FORMS[form]
    return "".join(
        text.format(**found) + tail(found.get("job_id", "AJ_none")) + "\n" for found in records
    ).encode()


def calls(data: bytes) -> set[str]:
    """The ids of calls that the records name."""
    read = careful.read(data, Summary(), look.look(data))
    return {line.record.job or line.record.room for line in read} - {"", "AJ_none", "RM_none"}


JOBS = {found["job_id"] for found in SOME if "job_id" in found}


@pytest.mark.parametrize(("form", "tail"), in_turn(FORMS, TAILS, 2))
def test_an_id_behind_messages_names_the_call(form: str, tail: str) -> None:
    found = calls(lines(form, TAILS[tail]))
    assert {each.replace("RM_", "AJ_") for each in found} == JOBS


@pytest.mark.parametrize(("form", "tail"), in_turn(FORMS, TAILS, 2))
def test_both_ways_count_the_same(form: str, tail: str) -> None:
    by_line, scanned = both(lines(form, TAILS[tail]))
    assert scanned is None or stored(scanned) == stored(by_line)


@pytest.mark.parametrize("form", FORMS)
def test_both_ways_count_the_same_where_some_lines_have_none(form: str) -> None:
    worker = lines(form, lambda _: "", SOME[:60])
    by_line, scanned = both(worker + lines(form, TAILS["brackets"], SOME[60:]))
    assert scanned is None or stored(scanned) == stored(by_line)


@pytest.mark.parametrize("form", FORMS)
def test_both_ways_list_the_same_warnings(form: str) -> None:
    # of which the scan learns how such lines begin
    both(lines(form, lambda _: "", SOME[:60]) + lines(form, TAILS["brackets"], SOME[60:]))
    said = ("resumed false interrupted speech", "received user transcript", "tool {} failed")
    records = [
        {"level": "WARNING", "name": "livekit.agents", "job_id": f"AJ_{n}", "message": said[n % 3]}
        for n in range(90)
    ]
    worker = lines(form, lambda _: "", records[2::3] * 3)
    by_line, scanned = both(worker + lines(form, TAILS["brackets"], records))
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


def test_the_id_is_no_part_of_the_message() -> None:
    data = lines("compact", TAILS["brackets"])
    first = next(iter(careful.read(data, Summary(), look.look(data)))).record
    assert isinstance(first, Record)
    assert first.message == SOME[0]["message"]


OWN = ("moved on from job=AJ_other", "asked [AJ_other]", "call of AJ_other", "job AJ_other is full")


@pytest.mark.parametrize("message", OWN)
@pytest.mark.parametrize("form", FORMS)
def test_what_a_message_says_of_a_call_names_none(form: str, message: str) -> None:
    own = [{**found, "message": message} for found in SOME[:5]]
    data = lines(form, lambda _: "", [*SOME, *own])
    assert not look.look(data).ids
    assert calls(data) == set()


def test_one_kind_of_message_is_not_enough() -> None:
    data = b"09:36:06 INFO livekit.agents resumed false interrupted speech job=AJ_x\n" * 9
    assert look.look(data).ids == ()
    assert look.look(b"09:36:06 INFO livekit.agents starting\n" * 9) == NONE


def test_an_id_under_its_own_name_comes_first() -> None:
    form = "09:36:06 INFO livekit.agents {} job=AJ_other job_id=AJ_x\n"
    known = ("resumed false interrupted speech", "received user transcript")
    data = "".join(map(form.format, known)).encode()
    assert calls(data) == {"AJ_x"}


def test_fields_that_cannot_be_decoded_hold_no_id() -> None:
    odd = b'09:36:06 INFO livekit.agents half {"job": "AJ_other", "a": 1e999}\n'
    assert text_lines.parse(odd) is not None
    assert calls(lines("compact", TAILS["job"]) + odd) == JOBS
