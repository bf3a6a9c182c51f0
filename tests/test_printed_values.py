"""Logs inside of values: one JSON text, Python's and Node's printed values, trees of a console."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import samples
from tests.test_posted_logs import DEV, RECORDS, analyzed, counted
from tuner.exports.json_documents import Documents
from tuner.exports.loose_values import LooseValues, is_loose
from tuner.exports.one_text import OuterText, decoded, is_text

OBJECTS: list[dict[str, Any]] = [json.loads(line) for line in RECORDS]
SAMPLE = (samples.FOLDER / "slow-model.dev.log").read_text().splitlines()
LONG = SAMPLE[:900]
"""More than the beginning that an input is recognised by."""


def entry(record: dict[str, Any]) -> dict[str, Any]:
    """As Google Cloud keeps it."""
    payload = {key: value for key, value in record.items() if key != "timestamp"}
    labels = {"k8s-pod/app": "agent", "compute.googleapis.com/resource_name": "gke-1"}
    head = {"insertId": "i", "jsonPayload": payload, "labels": labels, "spans": ["a", "b"]}
    return {**head, "severity": record["level"], "timestamp": record["timestamp"]}


def tree(value: Any, depth: int = 0, comma: str = "", quote: str = '"') -> str:
    """As the tree of a console is copied, or Node's console.log prints it."""
    blanks, end = "  " * depth, f"{comma}\n"
    if isinstance(value, dict):
        inner = [f"{key}: {tree(each, depth + 1, comma, quote)}" for key, each in value.items()]
    elif isinstance(value, list):
        inner = [f"{at}: {tree(each, depth + 1, comma, quote)}" for at, each in enumerate(value)]
    else:
        text = json.dumps(value)
        return f"'{text[1:-1]}'" if quote == "'" and isinstance(value, str) else text
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n" + "".join(f"{blanks}  {each}{end}" for each in inner) + f"{blanks}{last}"


def each_tree(**style: str) -> str:
    return "\n".join(tree(entry(record), **style) for record in OBJECTS) + "\n"  # type: ignore[arg-type]


PRINTED: dict[str, str] = {
    "one text in an object": json.dumps({"id": 7, "state": "ok", "log": "\n".join(DEV)}),
    "one text of JSON": json.dumps({"data": {"logs": "\n".join(RECORDS)}}),
    "one text in a list": json.dumps([{"pod": "a", "log": "\r\n".join(RECORDS)}]),
    "a text in a text": json.dumps({"body": json.dumps({"log": "\n".join(DEV)})}),
    "records in a text": json.dumps({"statusCode": 200, "body": json.dumps({"events": OBJECTS})}),
    "a list": repr(DEV),
    "a list of records": repr(OBJECTS),
    "a tuple of lines with newlines": repr(tuple(f"{line}\n" for line in RECORDS)),
    "a list of bytes": repr([line.encode() for line in DEV]),
    "a printed list": pprint.pformat(DEV, width=60),
    "printed records": pprint.pformat(OBJECTS, width=60),
    "a list under a name": f"logs = {DEV!r}\n",
    "a dictionary with a list": repr({"events": RECORDS, "next": None, "more": False}),
    "a text": repr("\n".join(DEV)),
    "a text in a dictionary": repr({"stdout": "\n".join(RECORDS), "code": 0}),
    "the tree of a console": each_tree(),
    "the list in such a tree": tree([entry(record) for record in OBJECTS]),
    "arrows of such a tree": each_tree().replace("{\n", "{\n\u25bc ", 1),
    "objects of Node": each_tree(comma=",", quote="'"),
    "entries of Node": each_tree(comma=",", quote="'").replace("{\n  ins", "Entry {\n  ins"),
    "records under keys": json.dumps({f"-N{at}": each for at, each in enumerate(OBJECTS)}),
    "quotes escaped": '"' + "\n".join(DEV).replace('"', '\\"') + '"',
    "SQL": "".join(f"INSERT INTO log VALUES ({at}, '{line}');\n" for at, line in enumerate(DEV)),
    "CDATA": "<log>\n" + "".join(f"<e><![CDATA[{line}]]></e>\n" for line in DEV) + "</log>\n",
}


@pytest.mark.parametrize("name", PRINTED)
def test_it_counts_as_the_agent_wrote_it(name: str, tmp_path: Path) -> None:
    found = analyzed(tmp_path, PRINTED[name])
    assert counted(found) == (2, 1, 1, 1, 1)
    assert (found.inputs[0].first or 0) == pytest.approx(1767323040.0)
    assert sum(found.inputs[0].unread.values()) == 2 * (name == "CDATA")


@pytest.mark.parametrize(
    "printed",
    [
        lambda lines: json.dumps("\n".join(lines)),
        lambda lines: json.dumps({"id": 7, "log": "\n".join(lines)}),
        lambda lines: repr(lines),
        lambda lines: "[\n" + "".join(f"  {line!r},\n" for line in lines) + "]\n",
        lambda lines: repr("\n".join(lines)),
        lambda lines: json.dumps({"a": ["b"] * 20_000, "log": "\n".join(lines)}),
    ],
)
def test_a_log_that_is_longer_than_what_is_looked_at(
    printed: Callable[[list[str]], str], tmp_path: Path
) -> None:
    plain = analyzed(tmp_path, "\n".join(LONG) + "\n")
    found = analyzed(tmp_path, printed(LONG))
    assert found.latency["llm_ttft"].n == plain.latency["llm_ttft"].n
    assert found.signals["openai_calls"] == plain.signals["openai_calls"]
    assert found.exposure == plain.exposure


def test_a_text_that_is_longer_than_is_held() -> None:
    lines = [*SAMPLE, *SAMPLE, *SAMPLE]
    text = json.dumps([{"pod": "a", "log": "\n".join(DEV)}, {"pod": "b", "log": "\n".join(lines)}])
    entries = [each for each in Documents([text.encode()]).entries() if each.text]
    got = b"\n".join(each.text for each in entries).decode()
    assert got == "\n".join([*DEV, *lines])


@pytest.mark.parametrize("wrap", ["docker", "array"])
def test_several_records_in_one_wrapper(wrap: str, tmp_path: Path) -> None:
    pieces = ["\n".join(DEV[:2]), "\n".join(DEV[2:])]
    time = {"stream": "stdout", "time": "2026-01-02T03:04:09Z"}
    docker = "".join(json.dumps({"log": f"{piece}\n", **time}) + "\n" for piece in pieces)
    text = docker if wrap == "docker" else json.dumps([RECORDS[0], "\n".join(RECORDS[1:])])
    assert counted(analyzed(tmp_path, text)) == (2, 1, 1, 1, 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text() | st.just("'\"\\\n\x1b"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=9,
)


@given(VALUES.filter(lambda value: isinstance(value, (list, tuple, dict))), st.integers(1, 60))
def test_any_value_of_python_is_the_same_in_json(value: Any, size: int) -> None:
    for text in (repr(value), pprint.pformat(value, width=size, sort_dicts=False)):
        data = text.encode()
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        got = json.loads(b"".join(LooseValues(parts)))
        assert json.dumps(got) == json.dumps(value)


@given(st.text(), st.integers(1, 9), st.booleans())
def test_any_text_is_what_json_says(text: str, size: int, is_ascii: bool) -> None:
    data = json.dumps("12:00\n{" + text, ensure_ascii=is_ascii).encode()
    first, rest = data[:12], data[12:]
    parts = [first, *(rest[at : at + size] for at in range(0, len(rest), size))]
    assert decoded(data[1:-1]) == b"".join(OuterText(parts))[:-1] or not is_text(first)
    assert decoded(data[1:-1]).decode() == "12:00\n{" + text


@pytest.mark.parametrize(
    "head",
    [
        json.dumps(OBJECTS, indent=2),
        json.dumps(OBJECTS),
        "[2026-01-02 03:04:05] INFO it's\n",
        "(MainThread) it's 'so'\n",
        '{"message": "it\'s"}\n',
        "{ not: closed\nand words it's\n" + "x y z\n" * 90,
    ],
)
def test_what_is_no_printed_value(head: str) -> None:
    assert not is_loose(head.encode()) and not is_text(head.encode())
