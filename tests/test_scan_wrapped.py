"""Wrapped lines are counted as if they were bare, whoever shipped them; odd ones go to Python."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples, shipping
from tests.test_properties import told
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import layout
from tuner.summary.summary import Summary

LOGS = {name: samples.data(name) for name in ("false-interruptions.jsonl", "healthy-info.jsonl")}
WRAP = shipping.LINE_WRAPPERS
WAYS: dict[str, shipping.Wrap] = {
    **shipping.LINE_WRAPPERS,
    **shipping.NESTED,
    **{way: shipping.ENCODINGS[way] for way in ("crlf", "bom", "no last newline")},
    "docker of docker": lambda data: WRAP["docker"](WRAP["docker"](data)),
    "compose of compose": lambda data: WRAP["compose"](WRAP["compose"](data)),
    "docker of crlf": lambda data: shipping.LINE_WRAPPERS["docker"](data.replace(b"\n", b"\r\n")),
}
SCANNED = {
    "docker",
    "cri",
    "compose",
    "compose_coloured",
    "syslog",
    "journal",
    "rfc5424",
    "kubectl",
}
SCANNED |= {"cloudwatch", "cloudwatch_tail", "cloudwatch of syslog", "docker of cri", "crlf", "bom"}
SCANNED |= {"docker of crlf", "no last newline", "no_colour", "octal_colour"}


def read_both(data: bytes) -> tuple[Summary, Summary]:
    chunk = Chunk(data)
    by_python = careful.summarize(chunk, EVERYTHING, 1000.0)
    quick = fast.summarize(chunk, EVERYTHING, 1000.0)
    return quick, by_python


def assert_same(data: bytes) -> None:
    quick, by_python = read_both(data)
    assert told(quick) == told(by_python)
    assert +quick.wrappers == +by_python.wrappers
    assert quick.evidence == by_python.evidence


@pytest.mark.parametrize("way", WAYS)
def test_a_shipped_log_gives_the_summary_of_the_careful_path(way: str) -> None:
    lines = [*samples.two_calls(), *shipping.lines(LOGS["healthy-info.jsonl"])[:300]]
    assert_same(WAYS[way](b"\n".join(lines) + b"\n"))


@pytest.mark.parametrize("way", sorted(SCANNED))
def test_most_lines_of_a_shipped_log_are_counted_by_the_scan(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, counted = WAYS[way](LOGS["healthy-info.jsonl"]), []
    monkeypatch.setattr(careful, "count", lambda *found: counted.append(found))
    fast.summarize(Chunk(data), EVERYTHING, 1000.0)
    assert len(counted) < data.count(b"\n") / 10


@pytest.mark.parametrize("odd", [b"\0", b"\xff"])
@pytest.mark.parametrize("way", ["cri", "compose", "syslog"])
def test_damage_in_a_wrapper_is_named(way: str, odd: bytes) -> None:
    lines = shipping.lines(WRAP[way](LOGS["healthy-info.jsonl"]))[:40]
    line = lines[20]
    for at in range(line.index(b"{")):
        lines[20] = line[:at] + odd + line[at + 1 :]
        assert_same(b"\n".join(lines))


LINES = [line for data in LOGS.values() for line in shipping.lines(data)[::40]]
TRACE = [b"Traceback (most recent call last):", b'  File "x.py", line 3', b"ValueError: no", b""]


def entry(line: bytes, **fields: object) -> bytes:
    told = {"log": line.decode() + "\n", "stream": "stderr", "time": shipping.STAMP} | fields
    return json.dumps(told, separators=(",", ":")).encode()


DOCKERS: list[shipping.Wrap] = [
    shipping.docker,
    lambda line: entry(line, time="2026-11-20T09:36:05.1Z"),
    lambda line: entry(line, time="2026-11-20T09:36:05.12345Z"),
    lambda line: entry(line, attrs={"tag": "agent/1"}),
    lambda line: shipping.docker(line).replace(b"a", b"\\u0061"),
    lambda line: shipping.docker(line).replace(b"a", b"\\u00e9"),
    lambda line: shipping.docker(line).replace(b"e", "é€".encode(), 30),
    lambda line: shipping.docker(line).replace(b"a", b"\\ud83d\\ude00", 9),
    lambda line: shipping.docker(line).replace(b"name", b"na\\nme", 1),
    lambda line: shipping.docker(line).replace(b"name", b"na\\tme", 1),
    lambda line: shipping.docker(line).replace(b"name", b"na\\qme", 1),
    lambda line: shipping.docker(line).replace(b"name", b"na\\u00", 1),
    lambda line: shipping.docker(line).replace(b'\\"name', b'"name', 1),
    lambda line: shipping.docker(line).replace(b'\\n",', b'",', 1),
    lambda line: shipping.docker(line).replace(b'\\n",', b'\\r\\n",', 1),
    lambda line: shipping.docker(line).replace(b'": \\"', b'": \\"\\u000a', 1),
    lambda line: shipping.docker(line).replace(b'": \\"', b'": \\"\\u00zz', 1),
    lambda line: shipping.docker(line).replace(b'": \\"', b'": \\"\\u0800', 1),
    lambda line: shipping.docker(line)[:-1],
    lambda line: shipping.docker(line) + b" ",
    lambda line: shipping.docker(line).replace(b'"time":', b'"tim":'),
    lambda line: shipping.docker(line).replace(b'"stdout"', b'"stdout'),
    lambda line: line,
]
STAMPS = ["2026-11-20T09:36:05.1Z", "2026-11-20T09:36:05.123456789Z", "2026-11-20T09:36:05+02:00"]
PREFIXED: list[shipping.Wrap] = [
    *(lambda line, s=stamp: f"{s} stdout F ".encode() + line for stamp in STAMPS),
    *(lambda line, s=stamp: f"{s} stderr P ".encode() + line for stamp in STAMPS),
    *(lambda line, s=stamp: f"{s} ".encode() + line for stamp in STAMPS),
    *(lambda line, n=n: f"agent-{n}  | ".encode() + line for n in (1, 2, 10, 11)),
    *(lambda line, d=day: f"Nov {d} 09:36:05 host app[12]: ".encode() + line for day in (" 5", 15)),
    lambda line: b"<14>1 2026-11-20T09:36:05.1Z host agent 1234 - - " + line,
    lambda line: b"<14>2 2026-11-20T09:36:05.1Z host agent 1234 - - " + line,
    lambda line: b"INFO:root:" + line,
    lambda line: b"Nov 15 09:36:05 host app[12]: said " + line,
    lambda line: b"[pod/a-1/a] " + line.replace(b'"job_id": "A', b'"job": "'),
    lambda line: (
        b"Nov 15 09:36:05 host app[7]: "
        + line.replace(b'"job_id": ', b'"j": ')
        .replace(b'"room": ', b'"r": ')
        .replace(b'"pid"', b'"p"')
    ),
    lambda line: line + b"\r",
    lambda line: line,
]


@pytest.mark.parametrize("ways", [DOCKERS, PREFIXED], ids=["Docker", "prefixes"])
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_any_mixture_of_wrapped_lines_is_read_alike(
    ways: list[shipping.Wrap], data: st.DataObject
) -> None:
    usual = ways[0]
    lines = [usual(LINES[0])]
    for _ in range(data.draw(st.integers(0, 30))):
        line = data.draw(st.sampled_from(LINES + TRACE))
        odd = data.draw(st.integers(0, 3)) == 0
        lines.append((data.draw(st.sampled_from(ways)) if odd else usual)(line))
    assert_same(b"\n".join(lines))


@pytest.mark.parametrize("wrap", DOCKERS + PREFIXED)
def test_one_odd_wrapper_among_others(wrap: shipping.Wrap) -> None:
    usual = PREFIXED[0] if wrap in PREFIXED else DOCKERS[0]
    for line in LINES[-20:]:
        assert_same(b"\n".join([usual(LINES[-1]), usual(LINES[-2]), wrap(line), usual(LINES[-1])]))


RFC5424 = " 2026-11-20T09:36:05.1Z host agent 1234 - - "


@pytest.mark.parametrize(
    ("one", "other"),
    [("<14>1" + RFC5424, "<14>2" + RFC5424), ("[pod/a-1/a] ", "x[pod/a-1/a] ")],
    ids=["another version", "one letter more"],
)
def test_frames_that_are_nearly_alike_are_judged_apart(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        lines = [first.encode() + line for line in LINES[-20:]]
        assert_same(b"\n".join([*lines, *(second.encode() + line for line in LINES[-20:])]))


def test_more_wrappers_than_the_scan_keeps() -> None:
    pods = [b"[pod/" + b"x" * i + b"/a] " for i in range(1, 2 * layout.MOST_FRAMES)]
    assert_same(b"\n".join(pod + line for pod in pods for line in LINES[:5]))


def test_pieces_of_a_record_with_other_lines_between_them() -> None:
    line = LINES[-1]
    first, last = (
        b"%s stdout P " % shipping.STAMP.encode(),
        b"%s stdout F " % shipping.STAMP.encode(),
    )
    other = b"%s stderr F " % shipping.STAMP.encode() + LINES[-2]
    torn = [first + line[:100], other, last + line[100:]]
    assert_same(b"\n".join([last + line, other, *torn, other]))
