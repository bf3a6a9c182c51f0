"""Texts of an app's own layout count in any export as they do alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import export_shapes, samples
from tests.in_turn import in_turn, one_in
from tests.layouts import extras
from tests.test_exports import RECORDS, report
from tuner.errors import InputError
from tuner.exports import finding
from tuner.lines import key_values

Fields = dict[str, Any]


def _fields(record: Fields) -> str:
    found = extras(record)
    return f" {json.dumps(found)}" if found else ""


def _stamp(record: Fields) -> str:
    return export_shapes.when(record).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]


TEXTS: dict[str, Callable[[Fields], str]] = {
    "brackets": lambda r: (
        f"[{r['level']}] {_stamp(r)} {r['name']}: {r['message']}{_fields(r)}{_raised(r)}"
    ),
    "no time": lambda r: f"{r['level']:<8} {r['name']} {r['message']}{_fields(r)}{_raised(r)}",
    "no logger": lambda r: f"{r['level']}:     {r['message']}{_raised(r)}",
    "logfmt": export_shapes.as_logfmt,
    "coloured": lambda r: (
        f"\x1b[32m{_stamp(r)}\x1b[0m host1 \x1b[34m{r['name']}[4176]\x1b[0m "
        f"\x1b[1;30m{r['level']}\x1b[0m \x1b[33m{r['message']}\x1b[0m{_fields(r)}{_raised(r)}"
    ),
}
SOME = RECORDS[350:500]
CHANGED = ("web_page", "curly_quotes", "escaped_json")
"""What changes the text itself, as it changes LiveKit's JSON: other texts are not looked for."""
NOT_READ = {
    *(("logfmt", shape) for shape in ("json_console", "console", "quoted_console")),
    ("coloured", "json_console"),
    *((name, "headless_csv") for name in TEXTS),
}
"""Columns that nothing names are none if no cell holds a line of a known layout: the lines of any
other may have commas, too. A console that broke lines at its width may have done so in a colour.
Nothing says that key=value goes on below; and where few lines stand in the beginning, none of them
may have a message that is known. A text that stands alone has to be a line for sure."""


def _raised(record: Fields) -> str:
    return "\n" + record["exc_info"] if record.get("exc_info") else ""


@pytest.mark.parametrize("name", ["brackets", "no time", "logfmt", "coloured"])
def test_a_text_of_its_own_layout_counts_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_json = _made(SOME)
    monkeypatch.setattr(export_shapes, "line", TEXTS[name])
    made = {s: data for s, data in _made(SOME).items() if data != as_json[s]}
    assert len(made) > 15
    made = {s: made[s] for s, text in in_turn(made, TEXTS, 3) if text == name}
    assert _differing(name, made, tmp_path, SOME) == {}


def test_so_does_one_that_is_the_message_of_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shipper stores lines that it does not understand, with a level of its own."""
    text = TEXTS["brackets"]
    stored = [{"message": text(r), "level": "INFO", "timestamp": r["timestamp"]} for r in SOME]
    for maker in ("line", "dev"):
        monkeypatch.setattr(export_shapes, maker, lambda record: record["message"])
    printed = ("printed_cells", "printed_texts_lines")  # they hold the record as JSON, not its text
    made = {s: data for s, data in _made(stored).items() if s not in printed}
    made = dict(one_in(2, made.items()))
    assert _differing("brackets", made, tmp_path, SOME) == {}


@pytest.mark.parametrize("name", ["brackets", "no time", "coloured"])
def test_so_does_one_in_json_that_is_a_text_of_json(name: str, tmp_path: Path) -> None:
    inner = [json.dumps({"text": TEXTS[name](record)}) for record in SOME]
    payload = _joined(json.dumps({"payload": each}) for each in inner)
    assert _differing(name, {"payload": payload}, tmp_path, SOME) == {}


def _made(records: Sequence[Fields]) -> dict[str, bytes]:
    """All exports but loguru's, which have a print beside the record."""
    return {s: make(records) for s, make in export_shapes.SHAPES.items() if s != "loguru_lines"}


def _differing(
    name: str, made: Mapping[str, bytes], tmp_path: Path, records: Sequence[Fields]
) -> dict[tuple[str, str], tuple[Any, Any]]:
    """What differs from the texts alone, by shape and figure."""
    texts = "\n".join(map(TEXTS[name], records)) + "\n"
    alone = _counted(tmp_path, texts.encode())
    assert alone["openai calls"]
    return {
        (shape, key): (found.get(key), value)
        for shape, data in made.items()
        if shape not in CHANGED and (name, shape) not in NOT_READ
        for found in [_counted(tmp_path, data)]
        for key, value in alone.items()
        if found.get(key) != value
    }


def _counted(tmp_path: Path, data: bytes) -> dict[str, Any]:
    try:
        return samples.headline(report(tmp_path, data))
    except InputError as error:
        return {"refused": str(error)}


@pytest.mark.parametrize("later", TEXTS)
def test_a_layout_that_the_log_goes_on_in_is_found(later: str, tmp_path: Path) -> None:
    """As where an app was given another formatter, or two logs were joined."""
    half = len(RECORDS) // 2
    plain = _counted(tmp_path, _joined(map(json.dumps, RECORDS)))
    ways: dict[str, Callable[[Fields], str]] = {**TEXTS, "dev": export_shapes.dev}
    for first in [way for text, way in in_turn(TEXTS, ways, 3) if text == later != way]:
        begun = [*map(ways[first], RECORDS[:half]), *map(TEXTS[later], RECORDS[half:])]
        found = _counted(tmp_path, _joined(begun))
        for key in ("false interruptions", "sync warnings", "openai calls", "processing"):
            assert found.get(key) == plain[key], (first, key)


def _joined(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("text", "is_line"),
    [
        ("[INFO] livekit.agents: session closed", True),
        ("INFO     livekit.agents resumed false interrupted speech", True),
        ("level=info logger=livekit.agents msg=hello", True),
        ("the ERROR in HTTP Request: POST was ours", False),
        ("we saw this: HTTP Request: POST", False),
        ("HTTP Request: POST https://api.openai.com/v1/chat/completions", False),
    ],
)
def test_a_text_is_a_line_if_a_layout_stands_before_it(text: str, is_line: bool) -> None:
    assert (finding.line_strength(text) >= finding.SURE) == is_line


@pytest.mark.parametrize(
    ("line", "room"),
    [
        (b"time=1 level=info room= msg=hello", ""),
        (b"time=1 level=info msg=hello room=", ""),
        (b'time=1 level=info msg="a flag" retried room=', ""),
        (b"time=1 level=info msg=hello room=call-1", "call-1"),
    ],
)
def test_a_value_of_a_key_may_be_empty_anywhere(line: bytes, room: str) -> None:
    assert json.loads(key_values.as_json(line))["room"] == room


@pytest.mark.parametrize("line", [b"dGhpcyBpcyBiYXNlNjQ=", b"YQ==", b"x =", b""])
def test_what_ends_in_that_sign_is_no_field(line: bytes) -> None:
    assert key_values.as_json(line) == line
