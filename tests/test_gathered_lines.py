"""Records with their fields below them, as pino-pretty prints them: what the compiled scan counts
in the lines that they are gathered in equals what is counted line by line."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_scan_text import _HEAD, FORMATS, RECORDS, both, damaged, stored, written
from tuner.lines.layouts import NONE, Layout, Layouts
from tuner.reading import gathered_lines
from tuner.reading.record_filter import Filter
from tuner.scan import Gatherer, ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

Fields = dict[str, Any]
HEADS = {
    "pino-pretty": "[{clock}.{ms}] {level} ({process}): {message}",
    "with a logger": "[{clock}.{ms}] {level} ({name}/{process}): {message}",
    "level first": "{level} [{clock}.{ms}] ({process}): {message}",
    "a date and a zone": "[{date} {clock}.{ms} +0000] {level} ({process}): {message}",
    "logging": "{date} {clock},{ms} {level} {name}: {message}",
    "no time": "{level}:{name}:{message}",
}
UNSURE = "[{clock}.{ms}] {level}: {message}"
"""What stands behind the level may be a logger: no template is learnt of it."""
VALUES = (
    *('"x"', '"a \\"b\\" c"', "5", "-0", "0.5", "-1.5", "1e5", "01", "true", "null", "None", "abc"),
    *("{", "[", "{}", "[1]", '"x" y', '"\\u001b[31mred"', '"^[[1m"', '"x",', "5,", '{"a": 1}', '"'),
    *('"\u00a0"', "12345678901234567890", '"AJ_q"', '""', "'x'", "1.", "NaN", "-", '"tab\there"'),
)
NAMES = (
    *("job_id", "room", "pid", "timeout", "ttft", "x.y", "rtc-version", '"quoted"', "jobID"),
    *("version", "message", "level", "9x", "_a", "ttftMs", "job", "id"),
)
ODD = (
    *("    ]", "    }", "    },", "", "  ", "Traceback (most recent call last):", "world", "> x"),
    *('  File "a.py", line 3, in f', "ValueError: x", 'ValueError: x {"job_id": "A", "pid": 4}'),
    *("    at foo (file:1:2)", '    job_id "x"', '      "stack":', '\tjob_id: "x"', '        "a",'),
    *('`    room: "y"`', '\u00a0   room: "y"', 'agent-1  |     room: "y"', '{"message": "x"}'),
    *('    12:00:00 room: "z"', "    16:19:59 INFO     livekit.agents     starting worker  "),
)
MESSAGES = (
    *("x a=b", "x [y]", "x (a=b)", 'x {"a": 1}', 'x {"a', "x:", "x |", "x )", 'x "y"', 'a="b"'),
    *("`x`", "\u00e9", "x ", "x\r", '{"a": 1}', "x }", "", "resumed false interrupted speech"),
)


def _below(found: Fields) -> list[str]:
    """The fields of a record as pino-pretty prints them."""
    lines = []
    for name, value in found.items():
        if isinstance(value, dict):
            inner = [f'      "{key}": {json.dumps(each)},' for key, each in value.items()]
            lines += [f"    {name}: {{", *inner, "    }"]
        elif name not in _HEAD:
            lines.append(f"    {name}: {json.dumps(value)}")
    return lines


def screen(form: str, records: list[Fields]) -> list[str]:
    """Records in a layout, with their fields below them."""
    line = written(form, False)
    return [text for found in records for text in (line(found), *_below(found))]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", HEADS)
def test_fields_below_are_counted_as_those_behind(name: str, strict: bool) -> None:
    data = "\n".join(screen(HEADS[name], RECORDS[2][:400])).encode() + b"\n"
    by_line, scanned = both(data, strict)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    scanner = gathered_lines.scanner()
    assert len(scanner.places()) * 10 <= scanner.lines


@pytest.mark.parametrize("name", ["compact", "dev without colours"])
def test_what_stands_below_livekits_own_text_is_no_field(name: str) -> None:
    data = "\n".join(screen(FORMATS[name], RECORDS[2][:400])).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is None or stored(scanned) == stored(by_line)


def test_an_object_that_ends_the_record_is_counted_as_it_is_read() -> None:
    records = [{**found, "task": {"id": "x", "at": n}} for n, found in enumerate(RECORDS[2][:200])]
    data = "\n".join(screen(HEADS["pino-pretty"], records)).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    scanner = gathered_lines.scanner()
    assert len(scanner.places()) * 10 <= scanner.lines


def test_the_job_of_agents_js_names_its_call() -> None:
    """`received job request` has it as an object; fields may stand below that."""
    job = {"id": "AJ_x", "type": "JT_ROOM"}
    records = [
        {**found, "job": job, "after": 1} if not n % 9 else found
        for n, found in enumerate(RECORDS[2][:200])
    ]
    data = "\n".join(screen(HEADS["pino-pretty"], records)).encode() + b"\n"
    by_line, scanned = both(data)
    assert "AJ_x" in str(stored(by_line))
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize(
    "only", [Filter(call="AJ_axzaui0012"), Filter(since=1795167390.0), Filter(until=34_575.0)]
)
def test_filters_keep_the_same(only: Filter) -> None:
    data = "\n".join(screen(HEADS["a date and a zone"], RECORDS[2][:400])).encode() + b"\n"
    by_line, scanned = both(data, only=only)
    assert scanned is None or stored(scanned) == stored(by_line)


def _changed(lines: list[str], dice: random.Random) -> None:
    at = dice.randrange(len(lines))
    what = dice.randrange(4)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(at, dice.choice(ODD))
    else:
        lines.insert(at, f"    {dice.choice(NAMES)}: {dice.choice(VALUES)}")


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_there_is_counted_the_same(dice: random.Random) -> None:
    found = dice.choice(RECORDS)
    start = dice.randrange(len(found) - 60)
    records = [dict(each) for each in found[start : start + 60]]
    for _ in range(dice.choice((0, 2, 6))):
        dice.choice(records)["message"] = dice.choice(MESSAGES)
    lines = screen(dice.choice((*HEADS.values(), UNSURE)), records)
    for _ in range(dice.choice((0, 0, 1, 6))):
        _changed(lines, dice)
    raw = [line.encode() for line in lines]
    for _ in range(dice.choice((0, 0, 1, 3))):
        damaged(raw, found, dice)
    by_line, scanned = both(b"\n".join(raw) + b"\n", strict=True)
    assert scanned is None or stored(scanned) == stored(by_line)


HEAD = "[09:00:00.000] INFO (24711): x\n"
GATHERED = {
    '    a: "x"\n    b: 5\n': ' {"a": "x", "b": 5}',
    '  "a": 1.5,\n': ' {"a": 1.5}',
    '    a: {\n      "b": true\n    }\n': ' {"a": "{", "b": true}',
    "": "",
}
LEFT = (
    *("    a: x\n", "    a:  5\n", "    a: 05\n", "    a: -0\n", "    a: 1e5\n", "    a: 5 \n"),
    *(
        '    a: "x\n',
        '    a: "\\x"\n',
        '    a: "^[[1m"\n',
        "    a\n",
        "    }\n",
        "\ta: 5\n",
        "  \n",
    ),
    *("\u00a0   a: 5\n", "^[[1m  a: 5\n", "#033[1m  a: 5\n", "\\x1b[1m  a: 5\n", "`  a: 5`\n"),
    *("    9a: 5\n", "    : 5\n", "    a: {\n    }\n    b: 5\n", "    a: 5\r\n", "    a: [1]\n"),
)


@pytest.mark.parametrize("below", GATHERED)
def test_fields_that_are_sure_stand_behind_the_record(below: str) -> None:
    assert _gathered(HEAD + below) == HEAD[:-1] + GATHERED[below] + "\n"


@pytest.mark.parametrize("below", LEFT)
def test_fields_in_doubt_are_left(below: str) -> None:
    assert _gathered(HEAD + below) == "\x02" + HEAD


@pytest.mark.parametrize("message", ["a=b", "x [y]", "x (a=b)", 'x {"a', "x:", "'x'", "x ", "x}"])
def test_messages_whose_end_is_in_doubt_are_left(message: str) -> None:
    assert _gathered(f"[1] INFO: {message}\n    a: 5\n")[0] == "\x02"
    assert _gathered(f"[1] INFO: {message}\n") == f"[1] INFO: {message}\n"


AROUND = (
    '    timeout: x\nTraceback (most recent call last):\n  File "a.py"\n'
    'ValueError: x {"job_id": "AJ_q", "pid": 4}\n',
    'world\n    room: "x"\n',
    'Traceback (most recent call last):\n  File "a.py"\nValueError: x\n    room: "x"\n',
    '    }\n    room: "x"\n',
    '\n    room: "x"\n',
    '    room: "x"\nagent-1  |     job_id: "y"\n',
    '    room: "\xe9"\n    room: "y"\n',
)


@pytest.mark.parametrize("around", AROUND)
def test_what_python_reads_is_read_with_what_stands_around_it(around: str) -> None:
    lines = [f"{line}\n".encode() for line in screen(HEADS["pino-pretty"], RECORDS[2][:200])]
    at = next(n for n in range(60, len(lines)) if b"LLM metrics" in lines[n - 1])
    data = b"".join((*lines[:at], around.encode("latin-1"), *lines[at:]))
    by_line, scanned = both(data)
    assert scanned is None or stored(scanned) == stored(by_line)


def _gathered(text: str) -> str:
    found = Gatherer().gather(text.encode())
    assert found is not None
    return bytes(found.text).decode()


def test_only_bare_text_is_gathered() -> None:
    sample = (HEAD + "    a: 5\n").encode()
    assert gathered_lines.is_possible(sample, NONE)
    assert not gathered_lines.is_possible(sample, Layouts(wrappers=(Layout(("W",)),)))
    assert not gathered_lines.is_possible(sample, Layouts(ids=("job",)))
    assert not gathered_lines.is_possible(b"\n" + sample.replace(b"    ", b""), NONE)
