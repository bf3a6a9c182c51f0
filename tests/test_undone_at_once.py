"""Lines whose signs were changed: what is undone for many at once is what is undone for each."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests import export_shapes, samples
from tuner.exports import rewritten_text
from tuner.exports.blocks import Blocks
from tuner.exports.rewritten_lines import _FORMS, Rewriting, rewriting
from tuner.inputs import chunks

AT_ONCE = {form.name: form for form in _FORMS if form.undo_all is not None}
RECORDS = [json.loads(line) for line in samples.two_calls()[:60]]
PIECES = (
    *("data: ", "data:", "\x1e", "\u00a0", "“", "”", "‘", "’", "‛", "&quot;", "&#x27;", "&#39;"),
    *(
        "&lt;",
        "&gt;",
        "&amp;",
        "&amp;quot;",
        "&",
        "&lt",
        "&copy;",
        "&#10;",
        "<p>",
        "</p>",
        "<",
        ">",
    ),
    *("[0m", "[36m", "[1;31m", "ESC", "^[", "\\e", "←", "␛", "\ufffd", "\x1b", "\\x1b", "#033"),
    *("\\033", "\\u001b", "\r", "\n", "\r\n", "{", "}", '"', "a", " - ", "[", "INFO"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def _each(form: Rewriting, data: bytes) -> bytes:
    """Undone line by line."""
    return b"".join(form._replace(undo_all=None).lines([data]))


@pytest.mark.parametrize("name", AT_ONCE)
@given(TEXTS, st.booleans())
@example("{&amp;quot;", False)
@example("<p>&lt;</p>\r\r\n</p>", False)
@example("ESC←[0m^[[1mESC[0m\n^[0m", False)
@example("“", True)
@example("data: data: {\n data: {", False)
def test_many_lines_are_undone_as_each_is(name: str, text: str, is_broken: bool) -> None:
    data = text.encode() + b"\xff\n\xe2\x80" * is_broken
    assert b"".join(AT_ONCE[name].lines([data])) == _each(AT_ONCE[name], data)


@pytest.mark.parametrize("name", AT_ONCE)
def test_what_is_usual_is_undone_at_once(name: str) -> None:
    shapes = {
        "event stream": "event_stream",
        "JSON text sequence": "json_sequence",
        "text of a web page": "web_page",
        "blanks that do not break": "blanks_that_do_not_break",
        "curly quotes": "curly_quotes",
        "colours without their escape sign": "colours_as_arrows",
    }
    form, data = AT_ONCE[name], export_shapes.SHAPES[shapes[name]](RECORDS)
    assert form.undo_all is not None
    assert form.undo_all(data) == _each(form, data) != data


@pytest.mark.parametrize("shape", ["web_page", "curly_quotes", "colours_without_sign"])
def test_changed_lines_keep_their_places_over_chunks(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = export_shapes.SHAPES[shape](RECORDS)
    change = rewriting(data)
    assert change is not None
    monkeypatch.setattr(chunks.chunks, "__defaults__", (5_000,))
    before, taken = 0, b""
    for chunk in rewritten_text.in_chunks(change, Blocks(io.BytesIO(data)), lambda: 0):
        lines = bytes(chunk.data).count(b"\n")
        assert chunk.origin is not None
        assert chunk.place(lines, before) == chunk.origin.before + lines == before + lines
        before, taken = before + lines, taken + bytes(chunk.data)
    assert taken == _each(change, data)
    assert before > lines


def test_a_page_cut_short_says_so() -> None:
    data = export_shapes.SHAPES["web_page"](RECORDS)
    change, blocks = rewriting(data), Blocks(io.BytesIO(data))
    assert change is not None
    found = rewritten_text.in_chunks(change, blocks, lambda: 0)
    first = next(found)
    blocks.problem = "reading stopped early: x"
    assert not first.problem
    assert [chunk.problem for chunk in found] == [blocks.problem]
