"""Lines that are read many at once say what each says alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests import samples, shipping
from tests.test_fast import both

INFO = shipping.lines(samples.data("healthy-info.jsonl"))
KINDS = ["LLM metrics", "TTS metrics", "EOU metrics", "STT metrics", "no request_id"]
ONES = {kind: next(line for line in INFO if kind.encode() in line) for kind in KINDS}
ONES["HTTP Request: POST"] = (
    b'{"message": "HTTP Request: POST https://api.openai.com/v1/chat/completions \\"HTTP/1.1 200 '
    b'OK\\"", "level": "INFO", "name": "httpx", "job_id": "AJ_hymrca0001", "room": "call-1", '
    b'"pid": 7, "code.line.number": 1025, "timestamp": "2026-11-20T09:41:44.304077+00:00"}'
)
ONES["my own"] = ONES["no request_id"].replace(b"no request_id", b"my own")
FIGURES = st.sampled_from(
    b'0.3 0 -1.0 7 null 1e1 0.30000000000000004 true "x" 01 nul --1 12345678 1. NaN [1]'.split()
)
USUAL = st.integers(0, 300).map(lambda n: b"%g" % (n / 100))
JOBS = st.sampled_from(
    [
        *(b"AJ_hymrca0001", b"AJ_hymrca0002", b"AJ_3", b"AJ_hymrca\\\\u00e9", b'AJ_hym"ca0001'),
        *(b"AJ_hymrca\xc3\xa91", b"AJ hymrca0001", b"AJ_hymrc\\\\01"),
    ]
)
TIMES = st.sampled_from(
    b"09:41:44.304077 23:59:59.999999 00:00:00.000000 24:00:00.000000 09:60:00.000000 "
    b"09:00:60.000000 09:41:4:.304077 09-41:44.304077 09:41:44,304077 0/:41:44.304077".split()
)
CLOCKS = st.integers(0, 86399).map(
    lambda s: b"%02d:%02d:%02d.%06d" % (s // 3600, s // 60 % 60, s % 60, s * 7 % 1000000)
)
Change = Callable[[bytes], bytes]


def put(pattern: bytes, group: bytes) -> Change:
    return lambda line: re.sub(
        pattern, lambda m: m[0].replace(m[1], group) if m[1] else m[0], line, count=1
    )


def changes() -> st.SearchStrategy[Change]:
    """A line with another figure, call, time or day, or with one byte damaged."""
    names = [b"ttft", b"ttfb", b"audio_duration", b"prompt_tokens", b"end_of_utterance_delay"]
    names += [b"transcription_delay", b"pid", b"completion_tokens"]
    numbers = st.tuples(st.sampled_from(names), USUAL | USUAL | FIGURES).map(
        lambda both: put(b'"%s": ([^,]+),' % both[0], both[1])
    )
    jobs = JOBS.map(lambda job: put(b'"job_id": "([^"]+)"', job))
    rooms = JOBS.map(lambda room: put(b'"room": "([^"]+)"', room))
    clocks = (CLOCKS | CLOCKS | TIMES).map(lambda time: put(rb"T(..:..:..\.......)\+", time))
    days = st.just(put(b"(2026-11-2[0-9])T", b"2026-11-21"))
    damage = st.tuples(
        st.integers(0, 400), st.sampled_from([b'"', b"\0", b"\xff", b"x", b","])
    ).map(lambda both: lambda line: line[: both[0]] + both[1] + line[both[0] + 1 :])
    return numbers | numbers | clocks | jobs | rooms | days | damage


@given(
    st.sampled_from(list(ONES)),
    st.lists(st.lists(changes(), max_size=2), min_size=1, max_size=60),
    st.lists(st.sampled_from(INFO), max_size=3),
)
@settings(max_examples=75, deadline=None)
def test_lines_that_are_nearly_alike_are_read_as_one_by_one(
    kind: str, variants: list[list[Change]], others: list[bytes]
) -> None:
    lines = []
    for variant in variants:
        line = ONES[kind]
        for change in variant:
            line = change(line)
        lines.append(line)
    quick, careful = both(b"\n".join([INFO[0], *lines, *others]))
    assert quick == careful
