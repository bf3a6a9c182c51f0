"""Dev text on the fast path: what tells something is counted by the scan, as it is one by one."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples, shipping
from tests.test_batches import ONES, Change, changes
from tests.test_fast import APP, NUMBERS, TTFT, both
from tests.test_picks import both as picked
from tests.test_properties import told
from tests.test_scan import HTTP, ODD, in_pieces
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.summary import Summary

JSON = [name for name in samples.NAMES if samples.data(name).startswith(b'{"message"')]
DEV = {name: shipping.dev_text(samples.data(name)) for name in JSON}
DEV["slow-model.dev.log"] = samples.data("slow-model.dev.log")
LINES = {name: shipping.lines(data) for name, data in DEV.items()}
SAID = [shipping.dev_line(line) for line in HTTP]
TIMED, REQUEST, RESPONSE = SAID[1], SAID[3], SAID[4]
NOBODY = [re.sub(rb"\{.*\}", b"", line) for line in (TIMED, REQUEST, RESPONSE)]
# Another endpoint and status: who takes it for the answer's own request counts something else.
AGAIN = re.sub(rb"http://.*200 OK", b'https://a.b/v1/embeddings "HTTP/1.1 500 Error', REQUEST)
PARTED = AGAIN.replace(b"HTTP R", b"HTTP \x1b[0mR")
OTHER = [
    *(shipping.dev_line(line) for line in ODD if line.startswith(b"{") and line.endswith(b"}")),
    TIMED.replace(b"openai-p", b"\\u006fpenai-p"),
    TIMED.replace(b"'openai-processing-ms'", b'"openai-processing-ms"'),
    AGAIN.replace(b"\x1b[90m", b"\x1b[90m \x1b[90m"),
    AGAIN.replace(b" \x1b[90m", b"\x1b[90m"),
    AGAIN.replace(b"POST", b"\x1b[90mPOST"),
    AGAIN.replace(b"\x1b[0m httpx", b"\x1b[0m  httpx"),
    AGAIN.replace(b"httpx2", b"httpx2  "),
    AGAIN.replace(b"32mINFO", b"1;31mCRITICAL"),
    AGAIN.replace(b"32mINFO", b"32mINFO "),
    AGAIN.replace(b'"}\x1b', b'"]\x1b'),
    *(AGAIN + b"\r", AGAIN + b" "),
    re.sub(rb"\{.*\}", b"{}", AGAIN),
    re.sub(rb"\{.*\}", b"}", AGAIN),
    re.sub(rb" \x1b\[90m.*", b"", AGAIN),
    re.sub(rb"(httpx2 -).*( \x1b\[90m)", rb"\1\2", AGAIN),
    *map(shipping.no_colour, (AGAIN, *SAID[:2])),
    *(b"  File x, line 3", b"    a[0] = b'HTTP'", b"Traceback (most recent call last):"),
    *(b"  HTTP Request: x", b"httpx: HTTP Re\x1b[0mquest: POST", b"a\\u0048"),
    *map(shipping.compose, (AGAIN, PARTED, TIMED)),
    shipping.octal_colour(PARTED.replace(b"\x1b[0m httpx", b" httpx")),
    json.dumps({"log": PARTED.decode() + "\n", "stream": "stdout"}).encode(),
    AGAIN.split(b" - ", 2)[2].replace(b"HTTP R", b"\x1b[32mINFO\x1b[0m httpx2: HTTP \x1b[0mR"),
    b'{"level": "INFO", "message": "\\u0048TTP Request: POST https://a.b/v1/embeddings '
    b'\\"HTTP/1.1 500 Error\\"", "name": "httpx2", '
    + AGAIN.partition(b"{")[2].partition(b"}")[0]
    + b"}",
]


def test_the_dev_text_of_these_tests_is_livekit_s() -> None:
    log = pytest.importorskip("livekit.agents.cli.log")
    form = "%(asctime)s - %(esc_levelcolor)s%(levelname)-4s%(esc_reset)s %(name)s - %(message)s"
    formatter = log.ColoredFormatter(form + " %(esc_gray)s%(extra)s")
    alike = 0
    lines = map(shipping.dev_line, shipping.lines(samples.data("healthy-info.jsonl")))
    for found in filter(None, map(shipping.DEV.fullmatch, lines)):  # but for those with a traceback
        time, level, logger, message, extras = (group.decode() for group in found.groups())
        when = datetime.strptime(time, "%Y-%m-%d %H:%M:%S,%f").timestamp()
        record = logging.LogRecord(logger, getattr(logging, level), "", 0, message, None, None)
        record.created, record.msecs = when, int(time[-3:])
        vars(record).update(json.loads(extras) if extras else {})
        assert formatter.format(record) == found[0].decode()
        alike += 1
    assert alike > 300


@pytest.mark.parametrize("name", DEV)
def test_dev_text_gives_equal_summaries(name: str) -> None:
    quick, by_python = both(DEV[name])
    assert quick == by_python


@pytest.mark.parametrize("end", [b"", "…".encode(), b"..."])
@pytest.mark.parametrize("width", [120, 170, 230, 360])
@pytest.mark.parametrize("change", [bytes, shipping.no_colour])
def test_lines_that_were_cut_give_equal_summaries(
    change: Callable[[bytes], bytes], width: int, end: bytes
) -> None:
    lines = [change(line) for line in LINES["false-interruptions.jsonl"][600:1400]]
    cut = [line if len(line) <= width else line[:width] + end for line in lines]
    quick, by_python = both(b"\n".join(cut) + b"\n")
    assert quick == by_python


@pytest.mark.parametrize(
    "data", [DEV["false-interruptions.jsonl"], samples.data("cut-offs.jsonl.gz")]
)
def test_empty_lines_give_equal_summaries(data: bytes) -> None:
    lines = shipping.lines(data)[:1500]
    below = [b"Traceback (most recent call last):", b'  File "a.py", line 3', b"", b"ValueError: x"]
    for n in range(len(lines) - 1, 0, -7):
        lines[n:n] = ([b""], [b"", b""], below, [b"", *below])[n % 4]
    quick, by_python = both(b"\n".join(lines) + b"\n")
    assert quick == by_python


@pytest.mark.parametrize("name", JSON)
def test_dev_text_tells_what_the_same_log_tells_in_json(name: str) -> None:
    dev, other = (
        fast.summarize(Chunk(data), EVERYTHING, 1000.0) for data in (DEV[name], samples.data(name))
    )
    assert +dev.counts == +other.counts
    assert dev.levels == other.levels
    # the time of a line, of which a commit's is one, has no microseconds here
    dev.histograms.pop("end_of_turn_delay@commit", None)
    other.histograms.pop("end_of_turn_delay@commit", None)
    assert told(dev)["histograms"] == told(other)["histograms"]
    assert {key: call.timed for key, call in dev.calls.items() if call.timed} == {
        key: call.timed for key, call in other.calls.items() if call.timed
    }


@pytest.mark.parametrize("name", DEV)
def test_few_lines_are_left_to_python(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[careful.ParsedLine] = []
    fast._dev_scanner.cache_clear()  # a chunk read before may have asked for the order of lines
    monkeypatch.setattr(careful, "count", lambda _summary, found, _only: read.append(found))
    fast.summarize(Chunk(DEV[name]), EVERYTHING, 1000.0)
    kinds = {found.event.kind for found in read if found.event is not None}
    assert not kinds & {"http_request", "http_headers", "openai_response", "llm_metrics"}
    assert not kinds & {"tts_metrics", "stt_metrics", "eou_metrics", "vad_slow", "sync_warning"}


@pytest.mark.parametrize("odd", OTHER)
def test_an_odd_line_among_lines_of_http(odd: bytes) -> None:
    quick, by_python = both(b"\n".join([TIMED, REQUEST, TIMED, odd, REQUEST, RESPONSE]))
    assert quick == by_python


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
@pytest.mark.parametrize(
    "message", ["turn", "LLM metrics", "LLM metrics ", "LLM metrics of today", "session started"]
)
@pytest.mark.parametrize("logger", ["my.app", "tuner.turns", "tuner.turns.x", "httpx"])
def test_an_app_s_own_lines_are_taken_for_nothing_else(
    message: str, level: str, logger: str
) -> None:
    line = shipping.dev_line((APP % (message, level)).encode())
    line = line.replace(b"05,5+0", b"05,500").replace(b"my.app", logger.encode())
    bare = re.sub(rb" \x1b\[90m.*", b"", line)
    quick, by_python = both(b"\n".join([line] * 3 + [bare] + LINES["healthy-info.jsonl"][:5]))
    assert quick == by_python


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_read_as_python_reads_it_or_by_python(number: str) -> None:
    line = shipping.dev_line(ONES["LLM metrics"])
    odd = TTFT.sub(b'"ttft": ' + number.encode(), line)
    last = line.replace(b"}", b', "ttft": ' + number.encode() + b"}")
    quick, by_python = both(b"\n".join([line, odd, line, last, line]))
    assert quick == by_python


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Lines of HTTP of a few calls, mostly regular ones."""
    lines = []
    for _ in range(draw(st.integers(1, 40))):
        line = draw(
            st.sampled_from(SAID * 6 + NOBODY * 4 + (OTHER if draw(st.integers(0, 9)) == 0 else []))
        )
        job = draw(st.sampled_from([b"AJ_a", b"AJ_b", b"AJ_c"]))
        lines.append(line.replace(b'"job_id": "', b'"job_id": "' + job, 1))
    return lines


@given(conversations(), st.lists(st.integers(0, 41), max_size=4))
@settings(max_examples=100, deadline=None)
def test_lines_of_http_pair_up_across_chunks(lines: list[bytes], cuts: list[int]) -> None:
    lines = [LINES["slow-model.dev.log"][0], *lines]
    whole = b"".join(line + b"\n" for line in lines)
    by_python = Summary(from_start=True)
    by_python.merge(careful.summarize(Chunk(whole), EVERYTHING, 1000.0))
    places = sorted({min(cut, len(lines)) for cut in cuts})
    assert told(in_pieces(lines, places)) == told(by_python)


@given(
    st.sampled_from(list(ONES)),
    st.lists(st.lists(changes(), max_size=2), min_size=1, max_size=40),
    st.none() | st.sampled_from([Filter(call="AJ_hymrca0001"), Filter(1795167704.0), Filter(3e4)]),
)
@settings(max_examples=100, deadline=None)
def test_lines_that_are_nearly_alike_are_read_as_one_by_one(
    kind: str, variants: list[list[Change]], only: Filter | None
) -> None:
    lines = [LINES["slow-model.dev.log"][0]]
    for variant in variants:
        line = shipping.dev_line(ONES[kind])
        for change in variant:
            line = change(line)
        lines.append(line)
    picked(b"\n".join(lines), only or EVERYTHING)
