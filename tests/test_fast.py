"""The fast path gives what the careful one gives, line for line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import samples, shipping
from tests.test_properties import DAMAGE, told
from tuner import fast, reader
from tuner.chunks import Chunk

SHAPED = {
    "json": samples.data("false-interruptions.jsonl"),
    "info": samples.data("healthy-info.jsonl"),
    "cut-offs": samples.data("cut-offs.jsonl.gz"),
    "dev": samples.data("slow-model.dev.log"),
    "text": samples.data("openai-2.54.log"),
}


def both(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    chunk = Chunk(data)
    careful = reader.summarize(chunk, reader.EVERYTHING, 1000.0)
    quick = fast.summarize(chunk, reader.EVERYTHING, 1000.0)
    assert quick.evidence == careful.evidence
    return told(quick), told(careful)


@pytest.mark.parametrize("name", SHAPED)
def test_samples_give_equal_summaries(name: str) -> None:
    quick, careful = both(SHAPED[name])
    assert quick == careful


@pytest.mark.parametrize("name", ["json", "info", "dev"])
@pytest.mark.parametrize("reason", DAMAGE)
def test_damage_is_found_too(name: str, reason: str) -> None:
    lines = shipping.lines(SHAPED[name])
    lines.insert(100, DAMAGE[reason])
    quick, careful = both(b"\n".join(lines))
    assert quick == careful


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
    quick, careful = both(b"\n".join([*lines, tail]) + b"\n" * ended)
    assert quick == careful


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
    quick, careful = both(b"\n".join([line] * 3 + shipping.lines(SHAPED["info"])[:5]))
    assert quick == careful


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
    quick, careful = both(b"\n".join([line.encode(), *shipping.lines(SHAPED["info"])[:5]]))
    assert quick == careful


DEV = "2026-11-20 09:40:36,989 - \x1b[32mINFO\x1b[0m livekit.agents - %s \x1b[90m{}\x1b[0m"


@pytest.mark.parametrize("bad", [b"\0", b"\xff"], ids=["NUL", "not UTF-8"])
@pytest.mark.parametrize("shape", ["json", "dev"])
def test_damage_inside_a_line_that_tells_something_is_noticed(shape: str, bad: bytes) -> None:
    line = (APP % ("hello HERE", "INFO") if shape == "json" else DEV % "hello HERE").encode()
    lines = shipping.lines(SHAPED["info" if shape == "json" else "dev"])[:300]
    quick, careful = both(b"\n".join([*lines[:100], line.replace(b"HERE", bad), *lines[100:]]))
    assert quick == careful
    assert sum(quick["lines"][3].values()) == 1
