"""The walk of one line of a log, from its bytes to the summary: the files that it passes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.test_catalogue import COMMIT, HEADERS, line
from tuner.reading import careful
from tuner.summary.summary import Summary

TUNER = Path(careful.__file__).parents[1]
START = [
    "reading/careful.py", "lines/assemble.py", "lines/json_lines.py", "lines/timestamps.py",
]  # fmt: skip
ADDED = ["lines/events.py", "summary/summary.py", "summary/event_counting.py"]
WALKS = {
    "a latency": (
        line("LLM metrics", "INFO", ttft=0.4),
        [*START, *ADDED, "lines/catalogue/row.py"],
    ),
    "a turn": (
        line("user turn committed", **COMMIT),
        [*START, *ADDED, "lines/catalogue/row.py", "summary/call_counts.py"],
    ),
    "a false interruption": (
        line("resumed false interrupted speech", timeout=2.0),
        [*START, *ADDED, "lines/catalogue/row.py", "summary/call_counts.py"],
    ),
    "a synchroniser warning": (
        line("_SegmentSynchronizerImpl.resume called after close", "WARNING"),
        [*START, *ADDED, "lines/message_figures.py"],
    ),
    "a response of OpenAI": (
        line(HEADERS, logger="httpcore2.http11"),
        [*START, *ADDED, "lines/message_figures.py", "summary/openai_responses.py"],
    ),
}
MOST_FILES = 9


def count_all(data: bytes, summary: Summary) -> None:
    """What `careful.summarize` does with a chunk."""
    for parsed in careful.read(data, summary):
        careful.count(summary, parsed)


def files_passed(data: bytes) -> list[str]:
    """The files of the package in which functions run, in the order of the first call."""
    files: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(TUNER):
            files[path.relative_to(TUNER).as_posix()] = None

    summary, before = Summary(), sys.getprofile()
    count_all(data, summary)  # of the first value a histogram is made
    sys.setprofile(note)
    try:
        count_all(data, summary)
    finally:
        sys.setprofile(before)
    return list(files)


@pytest.mark.parametrize("what", WALKS)
def test_a_line_passes_these_files_and_no_others(what: str) -> None:
    text, files = WALKS[what]
    data = (text + "\n").encode()
    assert len(files) <= MOST_FILES
    assert sorted(files_passed(data)) == sorted(files)
