"""The fast path gives what the careful one gives, line for line."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples, shipping
from tests.in_turn import in_turn
from tests.test_properties import DAMAGE, told
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.summary import serialization

SHAPED = {
    "json": samples.data("false-interruptions.jsonl"),
    "info": samples.data("healthy-info.jsonl"),
    "cut-offs": samples.data("cut-offs.jsonl.gz"),
    "dev": samples.data("slow-model.dev.log"),
    "text": samples.data("openai-2.54.log"),
}


def both(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    chunk = Chunk(data)
    by_python = careful.summarize(chunk, EVERYTHING, 1000.0)
    quick = fast.summarize(chunk, EVERYTHING, 1000.0)
    strict = fast.summarize(chunk, EVERYTHING, 1000.0, strict=True)
    assert quick.evidence == by_python.evidence == strict.evidence
    assert told(strict) == told(by_python)
    return told(quick), told(by_python)


@pytest.mark.parametrize("name", SHAPED)
def test_samples_give_equal_summaries(name: str) -> None:
    quick, by_python = both(SHAPED[name])
    assert quick == by_python


@pytest.mark.parametrize(("reason", "name"), in_turn(DAMAGE, ["json", "info", "dev"]))
def test_damage_is_found_too(name: str, reason: str) -> None:
    lines = shipping.lines(SHAPED[name])
    lines.insert(100, DAMAGE[reason])
    quick, by_python = both(b"\n".join(lines))
    assert quick == by_python


MIXED = [
    line
    for name in ("json", "info", "cut-offs", "dev", "text")
    for line in shipping.lines(SHAPED[name])[::7]
]


@given(
    st.lists(st.sampled_from(MIXED), max_size=40),
    st.sampled_from([b'{"message": "x', b"2026-11-20 09:40:36,989 - \x1b[36mDEBUG", b"", b"\x1b["]),
    st.booleans(),
)
def test_any_mixture_gives_equal_summaries(lines: list[bytes], tail: bytes, ended: bool) -> None:
    quick, by_python = both(b"\n".join([*lines, tail]) + b"\n" * ended)
    assert quick == by_python


APP = (
    '{"message": "%s", "level": "%s", "name": "my.app", "job_id": "AJ_9", "room": "r9", "pid": 3,'
    ' "code.line.number": 1, "timestamp": "2026-11-20T09:36:05.5+00:00"}'
)


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING"])
@pytest.mark.parametrize(
    "message",
    ["request_handler done", "response in 3 s", "Sending an SMS now", "Building a reply", "turn",
     "LLM metrics of today", "LLM metrics", "a \\\"level\\\": x",
     "interruption", "resumed false interrupted speech"],
)  # fmt: skip
def test_an_app_s_own_lines_are_taken_for_nothing_else(message: str, level: str) -> None:
    line = (APP % (message, level)).encode()
    quick, by_python = both(b"\n".join([line] * 3 + shipping.lines(SHAPED["info"])[:5]))
    assert quick == by_python


@pytest.mark.parametrize(
    "line",
    [
        APP.replace('"AJ_9"', "12") % ("LLM metrics", "INFO"),
        APP.replace('"pid": 3', '"ttft": "0.4"') % ("LLM metrics", "INFO"),
        APP.replace('"pid": 3', '"ttft": -1, "pid": null') % ("LLM metrics", "INFO"),
        APP.replace(".5+00:00", "+00:00") % ("hello", "INFO"),
        APP.replace('05.5+00:00"', 'x", "at": "2026-11-20T09:36:05.500000+00:00"')
        % ("hello", "INFO"),
        APP.replace("my.app", "tuner.turns") % ("turn", "INFO"),
        APP.replace("my.app", "tuner.turns") % ("hello", "INFO"),
        APP.replace("my.app", "tuner.turns") % ("LLM metrics", "INFO"),
    ],
)
def test_odd_values_are_read_as_the_careful_path_reads_them(line: str) -> None:
    quick, by_python = both(b"\n".join([line.encode(), *shipping.lines(SHAPED["info"])[:5]]))
    assert quick == by_python


METRICS = next(line for line in shipping.lines(SHAPED["info"]) if b"LLM metrics" in line)
TTFT = re.compile(rb'"ttft": [^,]+')
NUMBERS = (
    *("0.0025", "0.0035", "0.73949999999999998", "0.30000000000000004", "12345678901234567890"),
    *("01", "1.", ".5", "-", "-0.5", "--1", "1e1", "1.5.5", "0x1", "1_0", "null", "true", "[1]"),
    *("1e306", "1e309", "-1e309", "9" * 30, "9" * 400),
    *('"1"', '{"a": 1}', '0.3, "ttft": null', 'null, "ttft": 0.3', "0.3,", "0.3 ", "Infinity"),
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_read_as_python_reads_it_or_by_python(number: str) -> None:
    line = TTFT.sub(b'"ttft": ' + number.encode(), METRICS)
    quick, by_python = both(b"\n".join([METRICS, line, METRICS]))
    assert quick == by_python


@given(st.text("0123456789.-eE+:/", max_size=12), st.sampled_from(["", " ", "}", ', "ttft": 1']))
@settings(max_examples=250, deadline=None)
def test_any_number_is_read_as_python_reads_it_or_by_python(number: str, behind: str) -> None:
    line = TTFT.sub(b'"ttft": ' + (number + behind).encode(), METRICS)
    data = b"\n".join([METRICS, line, METRICS])
    quick, by_python = both(data)
    assert quick == by_python
    serialization.dump(fast.summarize(Chunk(data), EVERYTHING, 1000.0))


@given(
    st.integers(0, 60_000).map(lambda n: (n + 0.5) / 1000),
    st.integers(-3, 3),
    st.sampled_from(["%.16f", "%.17f", "%.18f", "%.15f"]),
)
@settings(max_examples=250, deadline=None)
def test_a_long_number_is_rounded_as_python_rounds_it(middle: float, up: int, form: str) -> None:
    """Around the middles between two milliseconds one wrong bit is another millisecond."""
    for _ in range(abs(up)):
        middle = math.nextafter(middle, math.inf if up > 0 else 0.0)
    line = TTFT.sub(b'"ttft": ' + (form % middle).encode(), METRICS)
    quick, by_python = both(b"\n".join([METRICS, line, METRICS]))
    assert quick == by_python


@pytest.mark.parametrize("number", [b"0.\xb12", b"\xb1", b"1\xff", b"1\x00", b"0.1\xad"])
def test_a_number_with_an_odd_byte_is_read_by_python(number: bytes) -> None:
    quick, by_python = both(b"\n".join([METRICS, TTFT.sub(b'"ttft": ' + number, METRICS), METRICS]))
    assert quick == by_python


@given(st.decimals(0, 3600, places=3, allow_nan=False).map(str), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_any_delay_of_a_log_is_counted_by_the_scan(number: str, cut: int) -> None:
    figure = number[: len(number) - cut].rstrip(".")
    line = TTFT.sub(b'"ttft": ' + figure.encode(), METRICS)
    found = fast._json_scanner()
    found.take(b"\n".join([METRICS, line]), strict=False)
    assert found.json(1000.0, in_order=False) and not found.places()
    quick, by_python = both(b"\n".join([METRICS, line]))
    assert quick == by_python


TEXTS = {
    "overlong, two bytes": b"\xc0\xaf",
    "overlong, three bytes": b"\xe0\x9f\xbf",
    "overlong, four bytes": b"\xf0\x8f\xbf\xbf",
    "surrogate": b"\xed\xa0\x80",
    "too high": b"\xf4\x90\x80\x80",
    "cut off": b"\xf0\x9f\x98",
    "continuation alone": b"\xbf",
    "fine, all lengths": "é€😀".encode(),
    "escaped": b'\\u00e9 \\n \\/ \\" \\\\',
    "escaped pair": b"\\ud83d\\ude00",
    "half of a pair": b"\\ud83d",
    "bad escape": b"\\x41",
    "short escape": b"\\u12",
    "control": b"a\tb",
    "delete": b"\x7f",
}


@pytest.mark.parametrize("field", ["message", "room", "model_name", "model_provider", "name"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_as_python_reads_it_or_by_python(text: bytes, field: str) -> None:
    value = re.compile(rb'("%s": ")' % field.encode())
    for line in (METRICS, (APP % ("hello", "INFO")).encode()):
        odd = value.sub(lambda found: found[1] + text, line, count=1)
        quick, by_python = both(b"\n".join([METRICS, odd, METRICS]))
        assert quick == by_python


@given(
    st.integers(0, 40),
    st.sampled_from([*TEXTS.values(), b'"', b"\\", b"\0", b"\x1f", b"\x20", b"\x7f", b"\x80"]),
    st.integers(0, 20),
    st.sampled_from(["message", "room", "model_provider"]),
)
@settings(max_examples=150, deadline=None)
def test_an_odd_byte_anywhere_in_a_text(before: int, text: bytes, behind: int, field: str) -> None:
    odd = b"a" * before + text + b"b" * behind
    line = re.sub(b'(?<="%s": ")' % field.encode(), lambda _: odd, METRICS, count=1)
    quick, by_python = both(b"\n".join([METRICS, line, METRICS]))
    assert quick == by_python


STAMP = re.findall(rb'"timestamp": "([^+]+)', METRICS)[0]
BEGINNINGS = st.tuples(
    st.sampled_from(["LLM metrics", "LLM metrics ", "EOU metrics", "hello", "hell", "h\\u0065llo"]),
    st.sampled_from(["INFO", "INFO", "DEBUG", "WARNING", "INF\\u004F"]),
    st.sampled_from(["livekit.agents", "livekit.agents", "livekit.agent", "my.app", "tuner.turns"]),
    st.sampled_from([b"09:36:05.5", b"09:36:59.0", b"09:36:60.0", b"09:37:05.5", b"10:36:05.5"]),
    st.sampled_from([b"2026-11-20T", b"2026-11-20T", b"2026-11-21T", b"2026-11-20 "]),
)


@given(st.lists(BEGINNINGS, min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_lines_that_begin_or_end_nearly_as_those_before(
    lines: list[tuple[str, str, str, bytes, bytes]],
) -> None:
    data = []
    for message, level, logger, time, day in lines:
        line = METRICS.replace(b"LLM metrics", message.encode(), 1)
        line = line.replace(b'"INFO"', b'"%s"' % level.encode(), 1)
        line = line.replace(b"livekit.agents", logger.encode(), 1)
        data.append(line.replace(STAMP, day + time + b"00000", 1))
    quick, by_python = both(b"\n".join(data))
    assert quick == by_python


@pytest.mark.parametrize(
    "time",
    [
        *("2026-02-29T09:00:00.000000", "2028-02-29T09:00:00.000000", "2026-13-01T09:00:00.000000"),
        *("2026-00-01T09:00:00.000000", "2026-04-31T09:00:00.000000", "1969-12-31T23:59:59.999999"),
        *("2100-02-29T00:00:00.000000", "2000-02-29T00:00:00.000000", "2026-12-31T24:00:00.000000"),
        *("2026-11-20 09:00:00.000000", "2026-11-20T09:00:60.000000", "2026-11-20T09:60:00.000000"),
        *(
            "\0" * 26,
            "\0" * 16 + ":05.000000",
            "2026-11-20T09:36:60.000000",
            "2026-11-20T09:36:0x.000000",
        ),
        *("2026-11-20T09:00:00,000000", "2026-11-20T09:00:00.00000x", "0000-11-20T09:00:00.000000"),
    ],
)
def test_a_time_is_read_as_python_reads_it_or_by_python(time: str) -> None:
    line = re.sub(rb'(?<="timestamp": ")[^+]+', time.encode(), METRICS)
    quick, by_python = both(b"\n".join([line, METRICS, line, METRICS]))
    assert quick == by_python


@pytest.mark.parametrize(
    "change",
    [
        (b', "timestamp"', b', "x": "y, "timestamp"'),
        (b', "timestamp"', b', "level": "ERROR", "timestamp"'),
        (b', "timestamp"', b', "name": "other", "timestamp"'),
        (b', "timestamp"', b', "message": "other", "timestamp"'),
        (b', "timestamp"', b', "timestamp": "now", "timestamp"'),
        (b', "timestamp"', b',  "timestamp"'),
        (b', "timestamp"', b', "a": , "timestamp"'),
        (b', "timestamp"', b', "a":1, "timestamp"'),
        (b', "timestamp"', b', "a\\"b": 1, "timestamp"'),
        (b"livekit.agents", b"tuner.turns"),
        (b', "pid": ', b', "pid": 0'),
        (b', "pid": ', b', "pid": 7, "pid": '),
        (b'"INFO"', b'"IN\\u0046O"'),
        (b"livekit.agents", b"livekit\\n.agents"),
        (b'"LLM metrics"', b'"LLM metrics\\\\"'),
        (b'"LLM metrics"', b'"LLM metrics\\""'),
    ],
)
def test_a_line_in_any_doubt_is_read_by_python(change: tuple[bytes, bytes]) -> None:
    quick, by_python = both(b"\n".join([METRICS, METRICS.replace(*change, 1), METRICS]))
    assert quick == by_python


DEV = "2026-11-20 09:40:36,989 - \x1b[32mINFO\x1b[0m livekit.agents - %s \x1b[90m{}\x1b[0m"


@pytest.mark.parametrize("logger", ["é.app", "a\x1b[0m", "a\0", "\udcff", "", "two words"])
def test_a_logger_in_any_doubt_is_read_by_python(logger: str) -> None:
    line = DEV % "hello"
    line = line.replace("32mINFO", "36mDEBUG").replace("livekit.agents", logger)
    lines = shipping.lines(SHAPED["dev"])[:20]
    quick, by_python = both(b"\n".join([*lines, line.encode(errors="surrogateescape"), *lines]))
    assert quick == by_python


@pytest.mark.parametrize("logger", ["httpcore2.http11", "my.app"])
@pytest.mark.parametrize("message", ["send_request_headers.started x", "connect_tcp.complete x"])
def test_the_wire_s_lines_of_dev_text_count_by_their_logger(logger: str, message: str) -> None:
    line = (DEV % message).replace("32mINFO", "36mDEBUG").replace("livekit.agents", logger)
    lines = shipping.lines(SHAPED["dev"])[:20]
    quick, by_python = both(b"\n".join([*lines, line.encode(), *lines]))
    assert quick == by_python


@pytest.mark.parametrize("bad", [b"\0", b"\xff"], ids=["NUL", "not UTF-8"])
@pytest.mark.parametrize("shape", ["json", "dev"])
def test_damage_inside_a_line_that_tells_something_is_noticed(shape: str, bad: bytes) -> None:
    line = (APP % ("hello HERE", "INFO") if shape == "json" else DEV % "hello HERE").encode()
    lines = shipping.lines(SHAPED["info" if shape == "json" else "dev"])[:300]
    quick, by_python = both(b"\n".join([*lines[:100], line.replace(b"HERE", bad), *lines[100:]]))
    assert quick == by_python
    assert sum(quick["lines"][3].values()) == 1
