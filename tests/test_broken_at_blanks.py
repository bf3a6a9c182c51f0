"""Logs whose lines a mail, an editor or `fold -s` broke at blanks count like the whole ones."""

from __future__ import annotations

import quopri
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.samples import report
from tuner.exports import blank_breaks

IDS = '"room": "r", "pid": 7, "job_id": "AJ_7Kq2mZp9sXwe"'
FIRST = '"agent_name": "concierge", "resuming": false, "enable_recording": false'
MESSAGES = [
    ("INFO", "received job request", FIRST),
    ("DEBUG", "resumed false interrupted speech", '"timeout": 2.0'),
    ("INFO", "EOU metrics", '"end_of_utterance_delay": 0.7, "transcription_delay": 0.33'),
    ("WARNING", "_SegmentSynchronizerImpl.push_audio called after close", '"a": "b, c"'),
]
TIME = "2026-06-21{}11:{:02d}:{:02d}{}{:03d}"


def dev(minute: int) -> list[str]:
    """LiveKit's dev text."""
    return [
        f"{TIME.format(' ', minute, i, ',', 1)} - {level} livekit.agents - {say} {{{rest}, {IDS}}}"
        for i, (level, say, rest) in enumerate(MESSAGES)
    ]


def objects(minute: int) -> list[str]:
    """LiveKit's JSON."""
    return [
        f'{{"message": "{say}", "level": "{level}", "name": "livekit.agents", {rest}, {IDS}, '
        f'"timestamp": "{TIME.format("T", minute, i, ".", 1)}000+00:00"}}'
        for i, (level, say, rest) in enumerate(MESSAGES)
    ]


def broken(line: str, width: int, **how: str) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False, **how)  # type: ignore[arg-type]


def kept(line: str, width: int) -> list[str]:
    """What `fold -s` makes: the blanks stay."""
    return textwrap.wrap(line, width, break_on_hyphens=False, drop_whitespace=False)


def quoted(line: str, width: int) -> list[str]:
    return [f"> {piece}" for piece in broken(line, width - 2)]


def page(line: str, width: int) -> list[str]:
    pieces = "\n".join(broken(line, width))
    return [f"<p class=MsoNormal><span style='x'>{pieces}<o:p></o:p></span></p>", ""]


def composed(line: str, width: int) -> list[str]:
    return broken(f"agent-1  | {line}", width)


HOW: dict[str, Callable[[str, int], list[str]]] = {
    "plain": broken,
    "blanks kept": kept,
    "indented": partial(broken, subsequent_indent="    "),
    "quoted": quoted,
    "page": page,
    "behind a shipper": composed,
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("width", [72, 76, 80, 100, 120, 132])
@pytest.mark.parametrize("layout", [dev, objects])
def test_each_record_is_put_together_again(
    layout: Callable[[int], list[str]], width: int, how: str, tmp_path: Path
) -> None:
    lines = [line for minute in range(5) for line in layout(minute)]
    if any(len(line) <= width for line in lines[:1]):
        pytest.skip("this width breaks hardly any line")
    text = "\n".join(piece for line in lines for piece in HOW[how](line, width))
    (tmp_path / "whole.log").write_text("\n".join(lines) + "\n")
    (tmp_path / "broken.log").write_text(f"Hi,\n\n{text}\n" if how == "quoted" else f"{text}\n")
    whole, found = (report(tmp_path / name) for name in ("whole.log", "broken.log"))
    assert found.signals == whole.signals
    assert found.latency == whole.latency
    assert found.signals["false_interruptions"].count == 5


TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/app/agent.py", line 12, in entrypoint',
    "    await session.start()",
    "RuntimeError: no",
]


def test_a_line_below_that_would_have_fitted_is_one_of_its_own() -> None:
    lines = [line for n in range(3) for line in [*dev(n), *TRACEBACK]]
    head = "\n".join(piece for line in lines for piece in broken(line, 100) or [line])
    form = blank_breaks.form_of(head.encode() + b"\n")
    assert form is not None
    entries = blank_breaks.BrokenAtBlanks([head.encode()], form).entries()
    assert [entry.text.decode().strip() for entry in entries] == [line.strip() for line in lines]


@pytest.mark.parametrize("below", [TRACEBACK, ["AGENT: hello, how can I", "help you today?"]])
def test_what_an_app_prints_between_whole_records_is_not_joined(below: list[str]) -> None:
    head = "\n".join(line for n in range(9) for line in [*dev(n), *below]) + "\n"
    assert blank_breaks.form_of(head.encode()) is None


def test_the_body_of_a_mail_in_quoted_printable_is_read(tmp_path: Path) -> None:
    lines = [line.replace("concierge", "Käthe = 1") for n in range(5) for line in dev(n)]
    text = "\n".join(lines) + "\n"
    (tmp_path / "whole.log").write_text(text)
    (tmp_path / "broken.log").write_bytes(quopri.encodestring(text.encode()))
    whole, found = (report(tmp_path / name) for name in ("whole.log", "broken.log"))
    assert found.signals == whole.signals
    assert (found.latency, found.inputs[0].unread) == (whole.latency, {})
