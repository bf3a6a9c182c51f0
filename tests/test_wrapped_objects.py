"""Records that an app prints on several lines count behind any shipper as on one line each."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import export_shapes, samples, shipping
from tests.in_turn import one_in
from tests.test_exports import RECORDS, report
from tests.test_layouts import SHIPPERS
from tuner.exports import wrapped_objects
from tuner.model import Report

SOME = RECORDS[350:470]
SPREAD = "".join(json.dumps(r, indent=2) + "\n" for r in SOME)
LISTED = ("docker", "cri", "compose", "syslog", "kubectl", "cloudwatch")
NOT_READ = {"gitlab"}
"""Its lines begin otherwise where they go on."""


def listed(way: str) -> Callable[[str], bytes]:
    return lambda text: shipping.LINE_WRAPPERS[way](text.encode())


def found_by_looking(form: str) -> Callable[[str], bytes]:
    return lambda text: "".join(f"{form.format(line)}\n" for line in text.splitlines()).encode()


WAYS = {way: listed(way) for way in LISTED} | {
    way: found_by_looking(form) for way, form in SHIPPERS.items() if way not in NOT_READ
}


def plain(folder: Path) -> Report:
    return report(folder, "".join(json.dumps(r) + "\n" for r in SOME).encode())


@pytest.mark.parametrize("way", one_in(2, WAYS))
def test_each_shipper_is_taken_off_each_line(way: str, tmp_path: Path) -> None:
    found = report(tmp_path, WAYS[way](SPREAD))
    assert samples.headline(found) == samples.headline(plain(tmp_path))
    assert found.inputs[0].unread == {}
    assert found.inputs[0].lines == SPREAD.count("\n")


@pytest.mark.parametrize("way", ["docker", "stern"])
def test_some_of_them_may_be_on_one_line(way: str, tmp_path: Path) -> None:
    mixed = export_shapes.spread_among_lines(SOME).decode()
    whole = report(tmp_path, mixed.encode())
    found = report(tmp_path, WAYS[way](mixed))
    assert samples.headline(found) == samples.headline(whole)
    assert found.inputs[0].unread == {}


def test_lines_of_two_containers_may_alternate(tmp_path: Path) -> None:
    texts = ("".join(json.dumps(r, indent=2) + "\n" for r in SOME[n::2]) for n in (0, 1))
    pairs = zip_longest(*map(str.splitlines, texts))
    lines = [f"agent-{n}  | {line}\n" for pair in pairs for n, line in enumerate(pair) if line]
    found = report(tmp_path, "".join(lines).encode())
    assert found.inputs[0].unread == {}
    assert samples.headline(found) == samples.headline(plain(tmp_path))


@pytest.mark.parametrize(
    "lines",
    [
        ("agent-1  | {", 'agent-1  |   "stats": 3', "agent-1  | }"),
        ("agent-1  | {", 'agent-1  |   "message": "x"', "agent-1  | INFO livekit.agents x"),
        ("app: {", '  "message": "x"', "}"),
        ("agent-1  | {", *['agent-1  |   "message": "x",'] * 2_000, "agent-1  | }"),
        ("agent-1  | {", 'agent-1  |   "message": "x"'),
    ],
    ids=["no record", "goes on otherwise", "printed below", "too long", "cut off"],
)
def test_of_what_is_no_record_each_line_stays_as_it_is(lines: tuple[str, ...]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    assert sorted(b"".join(wrapped_objects.joined([data])).split()) == sorted(data.split())
    assert not wrapped_objects.are_wrapped(data)


def test_lines_may_be_numbered_and_indented_by_tabs(tmp_path: Path) -> None:
    lines = "".join(json.dumps(r, indent="\t") + "\n" for r in SOME).splitlines()
    numbered = "".join(f"agent.log:{n}:{line}\n" for n, line in enumerate(lines, 1))
    found = report(tmp_path, numbered.encode())
    assert found.inputs[0].unread == {}
    assert samples.headline(found) == samples.headline(plain(tmp_path))


def test_a_line_that_only_looks_so_waits_for_few_others() -> None:
    others = b"".join(b"line %d\n" % n for n in range(2_000))
    lines = b"".join(wrapped_objects.joined([b"app: {\n" + others])).split(b"\n")
    assert lines.index(b"app: {") < 300


PIECES = (
    b"a | {",
    b'a | "message": "x"',
    b'a |   "message": "x"',
    b"a | }",
    b"b 1 {",
    b"b 22  1",
    b"",
)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=9)))
def test_no_line_is_lost(lines: list[bytes]) -> None:
    data = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    assert b"".join(wrapped_objects.joined([data])).count(b"\n") == data.count(b"\n")
