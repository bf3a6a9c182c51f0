"""Records that an app prints on several lines count behind any shipper as on one line each."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import export_shapes, samples, shipping
from tests.in_turn import one_in
from tests.test_exports import RECORDS, report
from tests.test_layouts import SHIPPERS
from tuner.exports import objects_at_once, wrapped_objects
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


def each(data: bytes) -> list[bytes]:
    return [line for line, _ in wrapped_objects.grouped([data])]


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
    assert sorted(b" ".join(each(data)).split()) == sorted(data.split())
    assert not wrapped_objects.are_wrapped(data)


def test_lines_may_be_numbered_and_indented_by_tabs(tmp_path: Path) -> None:
    lines = "".join(json.dumps(r, indent="\t") + "\n" for r in SOME).splitlines()
    numbered = "".join(f"agent.log:{n}:{line}\n" for n, line in enumerate(lines, 1))
    found = report(tmp_path, numbered.encode())
    assert found.inputs[0].unread == {}
    assert samples.headline(found) == samples.headline(plain(tmp_path))


def test_a_line_that_only_looks_so_waits_for_few_others() -> None:
    others = b"".join(b"line %d\n" % n for n in range(2_000))
    assert each(b"app: {\n" + others).index(b"app: {") < 300


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
    assert sum(taken for _, taken in wrapped_objects.grouped([data])) == data.count(b"\n")


@pytest.mark.parametrize("way", WAYS)
def test_objects_are_found_at_once_as_line_by_line(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = WAYS[way](SPREAD)
    quick = list(wrapped_objects.grouped([data]))
    with monkeypatch.context() as slow:
        slow.setattr(objects_at_once, "find", lambda *_: None)
        assert list(map(unescaped, quick)) == list(map(unescaped, wrapped_objects.grouped([data])))
    monkeypatch.setattr(wrapped_objects._OpenObjects, "add", None)
    assert len(list(wrapped_objects.grouped([data]))) == len(SOME)


DOCKER = '{{"log":"{}\\n","stream":"stderr","time":"2026-11-20T09:21:4{}.5Z"}}'
INNER = ('  \\"message\\": \\"x\\",', '  \\"n\\": 1', '  \\"a\\": \\"\\\\n\\"', "}", "{", "}x")
PARTS = (
    *(DOCKER.format(text, n).encode() for n, text in enumerate(INNER)),
    *(f"Nov 20 09:21:4{n} h a[{n % 2}]: {text}".encode() for n, text in enumerate(("{", "}") * 2)),
    *(f'Nov 20 09:21:4{n} h a[{n}]:   "message": "{n}"'.encode() for n in (0, 1)),
)


WHOLE = tuple(
    b"\n".join(pieces)
    for pieces in (
        (PARTS[4], PARTS[0], PARTS[1], PARTS[3]),
        (PARTS[4], PARTS[0], PARTS[2], PARTS[3]),
        (PARTS[6], PARTS[10], PARTS[9]),
        (PARTS[6], PARTS[11], PARTS[9]),
        (PARTS[8], PARTS[10], PARTS[7]),
        (PIECES[0], PIECES[2], PIECES[3]),
        (b"  {", b'    "message": "x"', b"  }"),
    )
)


@given(st.lists(st.sampled_from(WHOLE + PARTS + PIECES), max_size=30))
def test_at_once_nothing_else_is_found(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    quick = [unescaped(found) for found in wrapped_objects.grouped([data])]
    with mock.patch.object(objects_at_once, "find", lambda *_: None):
        slow = [unescaped(found) for found in wrapped_objects.grouped([data])]
    assert quick == slow


def unescaped(found: tuple[bytes, int]) -> Any:
    return (json.loads(found[0]) if found[0][:1] == b"{" else found[0]), found[1]
