"""Screens of livekit-agents 1.3.1 to 1.3.5: what is put together of their columns equals what the
careful reader makes of them."""

from __future__ import annotations

import pytest

from tests.in_turn import in_turn
from tests.test_scan_rich import RECORDS, SHOWN, sample
from tests.test_scan_text import both, stored
from tuner.inputs.chunks import Chunk
from tuner.lines import look
from tuner.lines.layouts import NONE
from tuner.reading import careful, rich_regions
from tuner.reading import rich_screens as screens
from tuner.reading.record_filter import EVERYTHING
from tuner.reading.rich_lines import RichLines
from tuner.scan import ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

OLDER = ("1.3.3", "1.3.5")
HEAD = b"    16:19:59 INFO   livekit.agents   "
NEXT = HEAD + b'done {"a": 1}\n'
LINE = b"16:19:59 INFO livekit.agents "


@pytest.mark.parametrize(("width", "code"), in_turn([80, 104, 220], [False, True]))
@pytest.mark.parametrize("version", OLDER)
def test_a_screen_of_any_width_is_counted_the_same(version: str, width: int, code: bool) -> None:
    by_line, scanned = both(sample(1, version, width, code))
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert len(screens.scanner().places()) * 8 <= by_line.records


@pytest.mark.parametrize("before", ["agent-1  | ", "2026-01-02T03:04:05Z stdout F ", "> "])
@pytest.mark.parametrize("version", SHOWN)
def test_what_a_shipper_put_before_a_screen_counts_the_same(version: str, before: str) -> None:
    lines = sample(2, version).splitlines()
    by_line, scanned = both(b"".join(before.encode() + line + b"\n" for line in lines))
    assert scanned is None or stored(scanned) == stored(by_line)
    assert by_line.records == len(RECORDS[2])


def columns(*rows: tuple[str, str]) -> bytes:
    """A record of which each line has these pieces of message and fields, and another one."""
    wide = max(len(message) for message, _ in rows) + 1
    lines = (f"{message:<{wide}}{fields}".rstrip(" ") for message, fields in rows)
    return HEAD + (b"\n" + b" " * len(HEAD)).join(map(str.encode, lines)) + b"\n" + NEXT


def put_together(data: bytes) -> str:
    """What the scan gets of the first record, "" if it is left to Python; counts are the same."""
    many = data * 40
    by_line, scanned = both(many)
    assert scanned is None or stored(scanned) == stored(by_line)
    found = rich_regions.regions(RichLines(), data)
    assert found is not None and len(found.lines) == 3
    first = bytes(found.text).split(b"\n")[0]
    return first.removeprefix(LINE).decode() if first.startswith(LINE) else ""


def read(data: bytes) -> tuple[str, bytes]:
    """Message and fields of the first record, as the careful reader has them."""
    chunk = Chunk(data)
    first = next(
        iter(careful.read(data, careful.summarize(chunk, EVERYTHING, 1e3, look.look(data))))
    )
    return first.record.message, first.record.body


FOLDED = (
    ([("at https://api.o", '{"a": 1,'), ("penai.com", '"b": 2}')], "at https://api.o penai.com"),
    ([("user", '{"a": 1,'), ("https://api.o", ""), ("penai.com", '"b": 2}')],
     "user https://api.openai.com"),
    ([("received", '{"a":'), ("user", '1, "b": 2}')], "received user"),
    ([("receives", '{"a":'), ("user", '1, "b": 2}')], "receivesuser"),
    ([("receives", '{"a":'), ('"user', '1, "b": 2}')], 'receives "user'),
    ([("receive,", '{"a":'), ("user", '1, "b": 2}')], "receive, user"),
    ([("user", '{"a": 1,'), ("", '"b": 2}')], "user"),
    ([("receive_response_headers", '{"a": 1,'), (".complete", '"b": 2}')],
     "receive_response_headers.complete"),
    ([("(b'HTTP/1.1", '{"a": 1,'), ("', 200", '"b": 2}')], "(b'HTTP/1.1', 200"),
    ([("(b'HTTP/1.1", '{"a": 1,'), ("'x', 200", '"b": 2}')], "(b'HTTP/1.1 'x', 200"),
)  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), FOLDED, ids=[message for _, message in FOLDED])
def test_a_message_is_put_together(rows: list[tuple[str, str]], message: str) -> None:
    data = columns(*rows)
    assert put_together(data) == f'{message} {{"a": 1, "b": 2}}'
    assert read(data)[0] == message


CUT = (
    (['{"a": "/app/lib…', '"b": 2}'], '{"b": 2}'),
    (['{"a": 1, "nam…', '"x", "b": 2}'], '{"a": 1, "b": 2}'),
    (['{"a": 1, "b": "/app…'], '{"a": 1}'),
    (['{"a": "/app…', '"b": "/app…'], ""),
    (['{"a": "/app…', '"b": true, "c": null}'], '{"b": true, "c": null}'),
    (['{"a": "/app…', '"b": "well…", "c": 1.5}'], '{"c": 1.5}'),
    (['{"a": "well… I', 'see…", "b": 2}'], '{"a": "well… I see…", "b": 2}'),
    (['{"a": "schön…",', '"b": "ölig"}'], '{"a": "schön…", "b": "ölig"}'),
    (['{"a": "日本…",', '"b": "日本"}'], '{"a": "日本…", "b": "日本"}'),
)


@pytest.mark.parametrize(("pieces", "fields"), CUT, ids=["|".join(p) for p, _ in CUT])
def test_fields_with_cut_words_are_put_together(pieces: list[str], fields: str) -> None:
    data = columns(*zip(["user words", *[""] * (len(pieces) - 1)], pieces, strict=True))
    assert put_together(data) == f"user words {fields}".rstrip()
    _, body = read(data)
    assert body.decode().replace(" ", "") == fields.replace(" ", "")


@pytest.mark.parametrize(
    "pieces",
    [
        *(['{"a": "/app…', '"b": "x\\n"}'], ['{"a": 1, "b": "/app…', '"a": 2}']),
        *(['{"a": {"b": "/app…', '"c": 1}}'], ['{"a": "/app…', '"größe": 1}'], ['{"a": 1, "b":']),
        *(['{"a": "/app…', '"b": 01}'], ['{"a": "so', '\u2003it goes"}'], ['{"a": 1,  "b": "…"}']),
        *(['{"": "…"}'], ['{"a": "so\x1fit…', '"b": 1}'], ['{"a": "so', "it\u3000", 'goes"}']),
    ],
    ids="|".join,
)
def test_fields_in_doubt_are_left(pieces: list[str]) -> None:
    assert not put_together(
        columns(*zip(["user words", *[""] * (len(pieces) - 1)], pieces, strict=True))
    )


@pytest.mark.parametrize(
    "rows",
    [
        *([("one", ""), ("two", "")], [("user said", '{"a":'), ("größer", "1}")]),
        *([("user }", '{"a": 1}')], [("user", 'x{"a": 1}')], [("user {x}", '{"a": 1}')]),
    ],
    ids=str,
)
def test_messages_in_doubt_are_left(rows: list[tuple[str, str]]) -> None:
    assert not put_together(columns(*rows))


def test_a_message_without_fields_is_put_together() -> None:
    assert put_together(columns(("user words", ""), ("said", ""))) == "user words said"


def test_what_only_looks_like_a_row_is_none() -> None:
    odd = b'{"message": "half\n' + b" " * 13 + b"INFO   livekit.agents    5 " + b'{"a": 1}\n'
    by_line, scanned = both(NEXT * 20 + odd + b" " * 50 + b'"b": 2}\n' + NEXT)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert by_line.unread["indented, below no record"] == 2


def test_a_message_that_goes_on_below_is_no_layout() -> None:
    row = columns(("adaptive", '{"a":'), ("interruption is", '"x",'), ("disabled", '"b": 2}'))
    assert look.look(row) == NONE
