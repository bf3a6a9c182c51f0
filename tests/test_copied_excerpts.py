"""Part of a log pasted again above or below it counts once, in records of whole seconds as well."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import rich_screens
from tests.rich_screens import VERSIONS
from tests.test_posted_logs import analyzed
from tests.test_rich_screens import seen

Record = dict[str, Any]
FALSE = "resumed false interrupted speech"
SYNC = "_SegmentSynchronizerImpl.push_audio called after close"
EXTRAS = {"pid": 7, "job_id": "AJ_1"}


def record(second: int, message: str, level: str = "DEBUG", **more: Any) -> Record:
    return {"second": second, "level": level, "message": message, "more": {**more, **EXTRAS}}


LOG = [
    record(0, "received job request", "INFO"),
    *(record(n, "received user transcript", transcript_delay=0.25) for n in (3, 8, 13)),
    *(record(n, "LLM metrics", "INFO", ttft=0.5) for n in (5, 10, 15)),
    *(record(n, FALSE, timeout=2.0) for n in (17, 21, 25)),
    *(record(26, SYNC, "WARNING", impl_id=f"impl_{n}") for n in range(3)),
    record(27, SYNC, "WARNING", impl_id="impl_3"),
    record(28, "process exiting", "INFO", reason=""),
]
LOG.sort(key=lambda each: each["second"])
COUNTS = (3, 4, 3)


def compact(r: Record) -> str:
    text = f"16:20:{r['second']:02d} {r['level']} livekit.agents {r['message']}"
    return f"{text} {json.dumps(r['more'])}"


def journal(r: Record) -> str:
    return f"Jan 30 16:20:{r['second']:02d} voice1 agent[7]: {compact(r)}"


def level_first(r: Record) -> str:
    text = f"[{r['level']}] 16:20:{r['second']:02d} - livekit.agents: {r['message']}"
    return f"{text} {json.dumps(r['more'])}"


def dev(r: Record) -> str:
    stamp = f"2026-01-30 16:20:{r['second']:02d},250"
    return f"{stamp} - {r['level']} livekit.agents - {r['message']} {json.dumps(r['more'])}"


def whole_seconds(r: Record) -> str:
    """A screen of livekit-agents 1.3.3."""
    return screen(r, "1.3.3")


def milliseconds(r: Record) -> str:
    """One that has the fields below, so that no row has both a time and a call."""
    return screen(r, "1.5.8")


def screen(r: Record, version: str) -> str:
    row = seen(r["second"], r["level"], "livekit.agents", r["message"]) | r["more"]
    return rich_screens.screen([row], VERSIONS[version], 100).rstrip("\n")


WRITTEN = [compact, journal, level_first, dev, whole_seconds, milliseconds]


def chosen(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if FALSE in line or SYNC in line]


PASTES: dict[str, Callable[[list[str]], list[str]]] = {
    "once": lambda lines: lines,
    "a search above": lambda lines: [*chosen(lines), "", *lines],
    "a search below": lambda lines: [*lines, "", *chosen(lines)],
    "its beginning below": lambda lines: [*lines, "", *lines[:8]],
    "twice": lambda lines: [*lines, "", *lines],
    "three times": lambda lines: [*lines, "", *lines, "", *lines],
}


def counts(folder: Path, lines: Sequence[str]) -> tuple[Any, ...]:
    found = analyzed(folder, "\n".join(lines) + "\n")
    kinds = (found.signals["false_interruptions"].count, found.signals["sync_warnings"].count)
    return (*kinds, found.latency["llm_ttft"].n)


@pytest.mark.parametrize("paste", PASTES)
@pytest.mark.parametrize("write", WRITTEN)
def test_what_was_pasted_again_counts_once(
    write: Callable[[Record], str], paste: str, tmp_path: Path
) -> None:
    assert counts(tmp_path, PASTES[paste]([write(each) for each in LOG])) == COUNTS


@pytest.mark.parametrize("write", WRITTEN)
def test_another_call_of_the_same_seconds_is_no_copy(
    write: Callable[[Record], str], tmp_path: Path
) -> None:
    other = [each | {"more": each["more"] | {"job_id": "AJ_2"}} for each in LOG]
    lines = [write(each) for each in [*LOG, *other]]
    assert counts(tmp_path, lines) == tuple(2 * each for each in COUNTS)
