"""A response that a mail quotes again is one, and so are the lines that two exports share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import data, headline, report

LINES = data("cut-offs.jsonl.gz").decode().splitlines()
JOB = json.loads(next(line for line in LINES[60:] if "x-request-id" in line))["job_id"]
OWN = [line for line in LINES if JOB in line]
AT = next(at for at, line in enumerate(OWN) if "x-request-id" in line and at > 20)
SOME = OWN[AT : AT + 4]


def dev(line: str) -> str:
    """A line of LiveKit's JSON as its dev text."""
    own = json.loads(line)
    time = own.pop("timestamp").replace("T", " ").replace(".", ",")[:23]
    head = f"{time} - {own.pop('level')} {own.pop('name')} - {own.pop('message')}"
    return f"{head} {json.dumps(own)}"


def quoted(lines: list[str]) -> list[str]:
    return ["", "On Friday, a colleague wrote:", "> Which of them is slow?", ">"] + [
        f"> > {line}" for line in lines
    ]


THREADS: dict[str, Callable[[list[str], list[str]], list[str]]] = {
    "quoted below": lambda own, some: own + quoted(some),
    "quoted whole": lambda own, _: own + quoted(own),
    "quoted above": lambda own, some: [*quoted(some), "", *own],
    "named below": lambda own, some: [*own, "", "These are slow:", *some],
    "named above": lambda own, some: ["These are slow:", *some, "", "All of it:", *own],
}


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("some", [SOME, SOME[:1], OWN[AT - 9 : AT + 9]])
def test_what_is_quoted_counts_once(thread: str, some: list[str], tmp_path: Path) -> None:
    (tmp_path / "own.log").write_text("\n".join(map(dev, OWN)) + "\n")
    lines = THREADS[thread](list(map(dev, OWN)), list(map(dev, some)))
    (tmp_path / "thread.log").write_text("Hi,\n\n" + "\n".join(lines) + "\n")
    shown = headline(report(tmp_path / "own.log"))
    assert shown["openai calls"] > 3
    assert headline(report(tmp_path / "thread.log")) == shown


def test_two_responses_of_one_time_count_both(tmp_path: Path) -> None:
    again = [line.replace("req_", "req_7") for line in SOME]
    again = [line.replace(JOB, f"{JOB}x") for line in again]
    lines = map(dev, [*OWN[:AT], *SOME, *again, *OWN[AT + 4 :]])
    (tmp_path / "both.log").write_text("Hi,\n\n" + "\n".join(lines) + "\n")
    (tmp_path / "own.log").write_text("\n".join(map(dev, OWN)) + "\n")
    one, both = (headline(report(tmp_path / name)) for name in ("own.log", "both.log"))
    assert both["openai calls"] == one["openai calls"] + 1


@pytest.mark.parametrize("shape", [dev, str])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_exports_that_share_a_moment_count_its_lines_once(
    shape: Callable[[str], str], size: int, tmp_path: Path
) -> None:
    own = list(map(shape, OWN))
    glued = own[: AT + size] + own[AT:]
    (tmp_path / "own.log").write_text("\n".join(own) + "\n")
    (tmp_path / "glued.log").write_text("\n".join(glued) + "\n")
    shown, found = (report(tmp_path / name) for name in ("own.log", "glued.log"))
    assert headline(found) == headline(shown)
    assert any("counted once" in note for note in found.inputs[0].notes)


def test_what_one_process_writes_twice_counts_twice(tmp_path: Path) -> None:
    late = '{"message": "_SegmentSynchronizerImpl.push_audio called after close", '
    late += f'"level": "WARNING", "name": "livekit.agents", "job_id": "{JOB}", '
    late += f'"timestamp": "{json.loads(OWN[AT])["timestamp"]}"}}'
    lines = [*OWN[:AT], *[late] * 4, *OWN[AT:]]
    (tmp_path / "own.log").write_text("\n".join(OWN) + "\n")
    (tmp_path / "twice.log").write_text("\n".join(lines) + "\n")
    one, both = (headline(report(tmp_path / name)) for name in ("own.log", "twice.log"))
    assert both["sync warnings"] == one["sync warnings"] + 4


def test_lines_of_others_that_repeat_are_left(tmp_path: Path) -> None:
    """Digits that look like a time make no record, of which a block that is repeated has none."""
    (tmp_path / "own.log").write_text("\n".join(OWN) + "\n")
    (tmp_path / "beside.log").write_text("\n".join([*OWN, *["step 3:12.123", "done"] * 3]) + "\n")
    shown, found = (report(tmp_path / name) for name in ("own.log", "beside.log"))
    assert headline(found) == headline(shown)
    assert sum(found.inputs[0].unread.values()) == 6
