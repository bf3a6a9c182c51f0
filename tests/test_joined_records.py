"""Records of several lines that the scan writes as JSON are to the letter what Python reads."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import yaml

from tests import export_shapes
from tests.test_many_records import RECORDS
from tuner import scan
from tuner.exports import record_blocks
from tuner.exports.journal_export import JournalExport
from tuner.exports.record_blocks import BlockForm
from tuner.scan.spread_records import RecordJoiner

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
Fields = dict[str, Any]
TEXTS = (
    *(
        "",
        "x",
        "a b",
        " a",
        "a ",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-a",
        "-",
        "?",
        "a:",
        ":a",
        "it's",
        "''",
    ),
    *(
        'say "x"',
        "a\\b",
        "null",
        "~",
        "True",
        "TRUE",
        "false",
        "yes",
        "12",
        "-0",
        "007",
        "1e5",
        "1.50",
    ),
    *(
        "12:30",
        "2026-11-20",
        "0x1F",
        "+5",
        ".5",
        "1_000",
        "1.2.3",
        "<<",
        "=",
        "@a",
        "%a",
        "&a",
        "*a",
        "!a",
    ),
    *(
        "|",
        "> a",
        "{a",
        "[a",
        "a]",
        "a, b",
        "`a",
        "a\nb",
        "a\n\nb",
        "\na",
        "a\n",
        "a\n\n",
        "a\n b\nc",
    ),
    *(
        "a \n b",
        "a\tb",
        "\ta",
        "a\x1b[0mb",
        "a\0b",
        "a\x7fb",
        "a\x85b",
        "a\xa0b",
        "a\u2028b",
        "\ufeffa",
    ),
    *(
        "\u00fc",
        "\u4e2d\U0001f600",
        "\ufffe",
        "---",
        "--- a",
        "...",
        "a\n---\nb",
        "a\n- b\n",
        "a\r\nb",
    ),
    "word " * 60,
    "w" * 200 + " " + "x y  z " * 30,
    'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: it\'s: x # y',
    "_" * 90 + "\x1b" + " \\ \"  ' " * 20,
)
VALUES: tuple[Any, ...] = (
    *(
        *TEXTS,
        0,
        -5,
        10**17,
        10**18,
        2**64,
        0.5,
        -1.25,
        1795167698.2994707,
        1e-7,
        1e300,
        True,
        None,
    ),
    *([], {}, [1, "x", None], {"a": {"b": ["x y", {"c": "d"}]}}, [["a"], []], [{"a": 1, "b": "x"}]),
)


def dumped(value: Any, style: Fields) -> str:
    """A value in YAML, in which names stand in no quotes."""
    return re.sub(r"""(?m)^( *(?:- )?)["'](\w+)["']:""", r"\1\2:", yaml.safe_dump(value, **style))


def documents(records: Sequence[Fields], **style: Any) -> bytes:
    return "".join("---\n" + dumped(each, style) for each in records).encode()


def items(records: Sequence[Fields], **style: Any) -> bytes:
    return dumped(list(records), style).encode()


def literal(records: Sequence[Fields], **_: Any) -> bytes:
    """Texts of several lines as gcloud prints them."""
    out = []
    for each in records:
        out.append("---\ninsertId: x\n")
        for key, value in each.items():
            inside = "\n".join("  " + line if line else "" for line in str(value).split("\n"))
            out.append(f"{key}: |-\n{inside}\n" if value else f"{key}: ''\n")
    return "".join(out).encode(errors="replace")


def verbose(records: Sequence[Fields], **_: Any) -> bytes:
    head = "Fri 2026-11-20 09:36:05.904371 UTC [s=a;i=1]\n"
    fields = (
        "".join(f"    {key.upper()}={value}\n" for key, value in each.items()) for each in records
    )
    return "".join(head + each for each in fields).encode(errors="replace")


def journal(records: Sequence[Fields], **_: Any) -> bytes:
    out = b""
    for each in records:
        for key, value in each.items():
            text = str(value).encode(errors="replace")
            size = len(text).to_bytes(8, "little")
            out += key.upper().encode()
            out += b"\n" + size + text if b"\n" in text else b"=" + text
            out += b"\n"
        out += b"\n"
    return out


def prefixed(records: Sequence[Fields], **_: Any) -> bytes:
    return "".join(
        f"2026-11-20T09:36:05+00:00 a/1 {json.dumps(each, indent=2, ensure_ascii=at % 2 == 0)}\n"
        for at, each in enumerate(records)
    ).encode(errors="replace")


FORMS: dict[str, tuple[BlockForm | None, Callable[..., bytes], export_shapes.Shape]] = {
    "documents": (record_blocks.YAML, documents, export_shapes.gcloud_yaml),
    "coloured": (record_blocks.YAML, documents, export_shapes.gcloud_yaml_text),
    "literal": (record_blocks.YAML, literal, export_shapes.gcloud_yaml_text),
    "items": (record_blocks.YAML_LIST, items, export_shapes.aws_yaml),
    "verbose": (record_blocks.VERBOSE, verbose, export_shapes.journal_verbose),
    "prefixed": (record_blocks.PREFIXED, prefixed, export_shapes.aws_tail_json),
    "journal": (None, journal, export_shapes.journal_export),
}
STYLES: tuple[Fields, ...] = (
    *({}, {"allow_unicode": True}, {"width": 40}, {"width": 1000}, {"indent": 4}),
    *({"default_style": "'"}, {"default_style": '"'}, {"sort_keys": False}),
    *({"default_style": '"', "width": 30, "allow_unicode": True}, {"default_flow_style": True}),
)


def in_python(form: BlockForm | None, written: bytes) -> list[bytes]:
    """The JSON that Python makes of a record."""
    if form is not None:
        return record_blocks.records_of(form, record_blocks._lines(written))
    found: list[bytes] = []
    reader = JournalExport([written])
    reader._entry = lambda raw, *_: found.append(raw)  # type: ignore[method-assign]
    list(reader.entries())
    return found


def agree(form: BlockForm | None, data: bytes) -> int:
    """What the scan joins is what Python reads; returns how many records it joined."""
    joiner = RecordJoiner(form.at_once if form else "JOURNAL_RECORDS")
    at, line, n = 0, 1, 0
    while at < len(data):
        end = record_blocks._next(form.begins, data, at) if form else data.find(b"\n\n", at) + 2
        if (found := joiner.join(data, at, line)) is not None:
            end = at + found.size
            texts = found.text.splitlines()
            for text, start, stop in zip(texts, found.places, found.places[1:], strict=False):
                written = data[at + start : at + stop]
                assert in_python(form, written) == [text]
                assert form is None or record_blocks._next(form.begins, data, at + start) in (
                    (at + stop,) if at + stop < len(data) else (at + stop, -1)
                )
            steps = [
                data.count(b"\n", at + a, at + b)
                for a, b in zip(found.places, found.places[1:], strict=False)
            ]
            assert list(found.lines_of) == steps
            assert list(found.of_line) == [line + sum(steps[:k]) for k in range(len(steps))]
            n += len(texts)
        if end <= at:
            break
        line, at = line + data.count(b"\n", at, end), end
    return n


@pytest.mark.parametrize("name", FORMS)
def test_nearly_all_records_are_joined(name: str) -> None:
    form, _, shape = FORMS[name]
    assert agree(form, shape(RECORDS)) > 0.9 * len(RECORDS)


@pytest.mark.parametrize(
    ("name", "style"),
    [
        *((name, style) for name in ("documents", "items") for style in STYLES),
        *((name, {}) for name in ("literal", "verbose", "prefixed", "journal")),
    ],
    ids=str,
)
def test_values_of_all_kinds_are_joined_as_they_are(name: str, style: Fields) -> None:
    form, write, _ = FORMS[name]
    each = [{"message": "x", "a": value, "z": {"b": value}} for value in VALUES]
    lists = [{"message": "x", "a": [value, value]} for value in VALUES]
    keys = [{"message": "x", key: "y"} for key in TEXTS if key]
    agree(form, write([*each, *lists, *keys, {"message": "x"}], **style))


ODD = (
    *(
        b"\n",
        b"\n\n",
        b" ",
        b"  ",
        b"'",
        b'"',
        b"''",
        b"\\",
        b"\\\n",
        b"\\x41",
        b"\\u00fc",
        b"\\ud800",
    ),
    *(
        b":",
        b": ",
        b"#",
        b" #",
        b"- ",
        b"-",
        b"---",
        b"---\n",
        b"...\n",
        b"|",
        b"|-\n",
        b">",
        b"&a",
        b"*a",
    ),
    *(
        b"!",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"=",
        b"\r",
        b"\r\n",
        b"\t",
        b"\0",
        b"\x0b",
        b"\x7f",
        b"\xff",
        b"\xc2\x85",
    ),
    *(
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        "\u00fc\U0001f600".encode(),
        b"1e5",
        b"-0",
        b"null",
        b"true: x\n",
    ),
    *(
        b"  a: b\n",
        b"a: b\n",
        b"- a: b\n",
        b"MESSAGE=x\n",
        b"MESSAGE\n\5\0\0\0\0\0\0\0abcde\n",
        b"x {\n",
        b"}\n",
    ),
    *(b'"a": 1, "a": 2,', b'"time": 1,', b"Fri 2026-11-20 09:36:05.904371 \x01 [s=\n"),
)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", FORMS)
def test_damaged_records_are_joined_as_python_reads_them(name: str, seed: int) -> None:
    form, write, shape = FORMS[name]
    dice = random.Random(f"{name}{seed}")
    each = [{"message": dice.choice(TEXTS), "a": dice.choice(VALUES), "n": k} for k in range(12)]
    start = dice.randrange(len(RECORDS) - 12)
    for whole in (shape(RECORDS[start : start + 12]), write(each, **dice.choice(STYLES))):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(data))
            data[at : at + dice.choice((0, 0, 1, 1, 2, 30, 400))] = dice.choice(ODD)
        agree(form, bytes(data))
