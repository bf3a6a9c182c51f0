"""The compiled scan: it is built, keeps to its own memory, and can be missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hatch_build
from tests import samples, shipping
from tests.in_turn import one_in
from tests.test_fast import both
from tests.test_properties import told
from tools.fuzz import sanitizers
from tuner import scan
from tuner.execution import units
from tuner.inputs.chunks import MAX_LINE, TOO_LONG, Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import layout, library
from tuner.summary.summary import Summary

ROOT = Path(__file__).parent.parent


def test_the_scan_in_use_was_built_of_this_source() -> None:
    assert scan.ready(), "run: pip install -e ."


@pytest.mark.parametrize(
    "time",
    [
        "08:46:59.999999",
        "08:46:00.000001",
        "08:46:60.000000",
        "08:46:6x.000000",
        "08:46:05.90437x",
        "08:46:05,904371",
        "08:46;05.904371",
        "08:46:/5.904371",
        "08:46:05.:04371",
        "24:00:05.904371",
    ],
)
def test_a_time_is_read_as_python_reads_it(time: str) -> None:
    head, _, zone = INFO.rpartition(b"09:36:10.518956")
    quick, by_python = both(b"\n".join([INFO, head + time.encode() + zone, INFO]))
    assert quick == by_python


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = sanitizers.build(tmp_path_factory.mktemp("fuzz"), "-O0")
    if program is None:
        pytest.skip("no compiler with sanitizers here: the scan was not tried on damaged logs")
    return program


ENOUGH = 200_000
"""Bytes of a log that are damaged: ten times as many take hardly more branches of the scan."""


@pytest.mark.parametrize("name", one_in(2, sanitizers.LOGS))
def test_no_damage_makes_the_scan_leave_its_memory(name: str, fuzz: Path) -> None:
    assert sanitizers.run(fuzz, name, sanitizers.LOGS[name]()[:ENOUGH], 20) == ""


def test_a_chunk_may_end_in_the_name_that_a_message_begins_with(fuzz: Path) -> None:
    log = sanitizers.LOGS["false-interruptions.text"]()
    sync = [line for line in log.split(b"\n") if b"_SegmentSynchronizerImpl" in line]
    assert sanitizers.run(fuzz, "sync.text", b"\n".join(sync) * 20, 500) == ""


LINES = shipping.lines(samples.data("false-interruptions.jsonl"))
HEADERS, REQUEST, RESPONSE = (
    next(line for line in LINES if line.startswith(b'{"message": "' + start))
    for start in (
        b"receive_response_headers.complete",
        b"HTTP Request: POST",
        b"HTTP Response: POST",
    )
)
TIMED = HEADERS.replace(b"[(", b"[(b'openai-processing-ms', b'1234'), (", 1)
OLD = {HEADERS: (b"httpcore2", b"httpcore"), REQUEST: (b"httpx2", b"httpx")}
QUOTED = TIMED.replace(b"[(", b"[(b'alt-svc', b'h3=\\\":443\\\"; ma=86400'), (", 1)
HTTP = [
    HEADERS,
    TIMED,
    QUOTED,
    REQUEST,
    RESPONSE,
    *(line.replace(*both) for line, both in OLD.items()),
]
ODD = [
    HEADERS.replace(b", 200, ", b", '200', "),
    HEADERS.replace(b"b'HTTP/1.1', ", b""),
    HEADERS.replace(b", 200, ", b", 2x0, "),
    HEADERS + b"\r",
    REQUEST + b"\r",
    HEADERS + b" ",
    REQUEST + b" ",
    TIMED.replace(b"b'1234'", b"b'12.5'"),
    TIMED.replace(b"b'openai-p", b"b'x-openai-p"),
    TIMED.replace(b"b'openai-p", b"b'\\u006fpenai-p"),
    QUOTED.replace(b"b'openai-processing-ms', b'1234'", b"b\\\"openai-processing-ms\\\", b'1234'"),
    REQUEST.replace(b'"job_id"', b'"job\\u005fid"'),
    REQUEST.replace(b', "job_id"', b', "message": "x", "job_id"'),
    REQUEST.replace(b', "job_id"', b', "level": "ERROR", "job_id"'),
    REQUEST.replace(b', "job_id"', b', "timestamp": "x", "job_id"'),
    REQUEST.replace(b'"pid": ', b'"pid": -'),
    REQUEST.replace(b"POST", b"post"),
    REQUEST.replace(b"http:", b"h\xc2\xa0ttp:"),
    REQUEST.replace(b" 200 ", b" 2000 "),
    REQUEST.replace(b'"INFO"', b'"DEBUG"'),
    RESPONSE.replace(b"POST 200", b"POST 200 OK"),
    RESPONSE.replace(b"POST 200", b"POST 200 'openai-processing-ms': '2345'"),
    RESPONSE.replace(b"POST 200", b"POST https://api.openai.com/v1/responses 200 OK"),
    RESPONSE.replace(b"POST", b"GET"),
    b"a line of something else",
]
assert not set(ODD) & set(HTTP)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_line_among_lines_of_http(odd: bytes) -> None:
    quick, by_python = both(b"\n".join([TIMED, REQUEST, TIMED, odd, REQUEST, RESPONSE]))
    assert quick == by_python


@pytest.mark.parametrize(
    "method", [b"-resume", b".\xc3\xbcber", b"", b".9", b"._x", b" resume", b". x"]
)
def test_a_method_of_the_synchroniser_is_read_as_python_reads_it(method: bytes) -> None:
    name = b"_SegmentSynchronizerImpl"
    line = next(line for line in LINES if line.startswith(b'{"message": "' + name))
    odd = line.replace(name + b".resume", name + method)
    quick, by_python = both(b"\n".join([line, odd, line, odd]))
    assert quick == by_python
    assert odd != line


def test_all_that_openai_sends_is_counted_by_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []
    fast._json_scanner.cache_clear()  # a chunk read before may have asked for the order of lines
    monkeypatch.setattr(careful, "count", lambda *found: counted.append(found))
    fast.summarize(Chunk(b"\n".join(HTTP * 3)), EVERYTHING, 1000.0)
    assert not counted


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Lines of HTTP of a few calls, mostly regular ones."""
    lines = []
    for _ in range(draw(st.integers(1, 40))):
        line = draw(st.sampled_from(HTTP * 4 + (ODD if draw(st.integers(0, 9)) == 0 else [])))
        job = draw(st.sampled_from([b"AJ_a", b"AJ_b", b"AJ_c"]))
        lines.append(line.replace(b'"job_id": "', b'"job_id": "' + job, 1))
    return lines


@given(conversations())
@settings(max_examples=70, deadline=None)
def test_lines_of_http_pair_up_as_they_do_one_by_one(lines: list[bytes]) -> None:
    quick, by_python = both(b"\n".join([LINES[0], *lines]))
    assert quick == by_python


def in_pieces(lines: list[bytes], cuts: list[int]) -> Summary:
    """The fast summaries of the stretches between the cuts, merged onto the log's beginning."""
    whole = Summary(from_start=True)
    for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True):
        data = b"".join(line + b"\n" for line in lines[start:end])
        whole.merge(fast.summarize(Chunk(data), EVERYTHING, 1000.0))
    return whole


@given(conversations(), st.lists(st.integers(0, 41), max_size=4))
@settings(max_examples=70, deadline=None)
def test_lines_of_http_pair_up_across_chunks(lines: list[bytes], cuts: list[int]) -> None:
    lines = [LINES[0], *lines]
    places = sorted({min(cut, len(lines)) for cut in cuts})
    by_python = Summary(from_start=True)
    by_python.merge(
        careful.summarize(Chunk(b"".join(li + b"\n" for li in lines)), EVERYTHING, 1000.0)
    )
    assert told(in_pieces(lines, places)) == told(by_python)


INFO = next(line for line in LINES if b"LLM metrics" in line)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (INFO, b'"job_id": "'),
        (INFO, b'"model_name": "'),
        (INFO, b'"name": "'),
        (REQUEST, b"http://"),
    ],
    ids=["calls", "models", "loggers", "requests"],
)
def test_a_chunk_with_more_names_than_a_table_holds(line: bytes, place: bytes) -> None:
    lines = [line.replace(place, place + b"%d." % i, 1) for i in range(layout.MOST_ENTRIES + 500)]
    quick, by_python = both(b"\n".join([*lines, *lines[:100]]))
    assert quick == by_python


def test_a_line_that_looks_right_but_is_too_long() -> None:
    long = INFO.replace(b', "timestamp"', b', "x": "%s", "timestamp"' % (b"y" * MAX_LINE))
    quick, by_python = both(b"\n".join([INFO, long, INFO]))
    assert quick == by_python
    assert quick["lines"][3] == {TOO_LONG: 1}


def test_a_chunk_of_more_lines_than_the_scan_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty ones; Python takes 10 s for so many, so that it is only asked whether it would."""
    read: list[Chunk] = []

    def summarize(chunk: Chunk, *_: object) -> Summary:
        read.append(chunk)
        return Summary()

    monkeypatch.setattr(careful, "summarize", summarize)
    chunk = Chunk(LINES[0] + b"\n" * (layout.MOST_LINES + 1))
    assert fast.summarize(chunk, EVERYTHING, 1000.0).lines == 0
    assert read == [chunk]


def test_without_the_compiled_part_the_report_is_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_bytes(samples.data("false-interruptions.jsonl"))
    with_it = units.whole(units.Unit(str(log)), units.Job(fast=True)).summary
    monkeypatch.setattr(library, "LIBRARY", tmp_path / "none.so")
    library.library.cache_clear()
    assert not scan.ready()
    without = units.whole(units.Unit(str(log)), units.Job(fast=True)).summary
    monkeypatch.undo()
    library.library.cache_clear()
    assert told(with_it) == told(without)


def test_a_library_of_other_sources_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in library.FOLDER.glob("*.[ch]"):
        shutil.copy(path, tmp_path)
    with (tmp_path / "scan.c").open("a") as source:
        source.write("\n")
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    library.library.cache_clear()
    assert not scan.ready()
    monkeypatch.undo()
    library.library.cache_clear()
    assert scan.ready()


def test_a_compiler_that_fails_leaves_the_library_that_is_there(tmp_path: Path) -> None:
    library = tmp_path / "libscan.so"
    library.write_bytes(b"the old one")
    fails = [sys.executable, "-c", "import sys; sys.exit('no such target')"]
    assert hatch_build.compile_scan(ROOT, fails, library) == "no such target"
    assert "No such file" in hatch_build.compile_scan(ROOT, ["/no/cc"], library)
    assert library.read_bytes() == b"the old one"


def test_without_a_compiler_the_build_brings_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    nothing: Any = None
    hook = hatch_build.CustomBuildHook(str(ROOT), {}, nothing, nothing, "", "wheel")
    brought = [name for name in hook.dependencies() if name.startswith("ziglang")]
    assert bool(brought) == (not hatch_build.compiler())
    monkeypatch.setenv("CC", "mycc -m64")
    assert hatch_build.compiler() == ["mycc", "-m64"]
