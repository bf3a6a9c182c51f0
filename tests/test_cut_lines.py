"""JSON lines that something cut at one column: the report says so, and joins no two of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import samples
from tests.export_shapes import as_logfmt
from tests.test_scan_text import stored
from tuner import pipeline
from tuner.errors import InputError
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready

ALL = samples.data("false-interruptions.jsonl").decode().splitlines()
LINES = ALL[:400]
WRAPPERS: dict[str, Callable[[str], str]] = {
    "bare": str,
    "dots": lambda line: f"{line}...",
    "compose": lambda line: f"agent-1  | {line}",
    "kubectl": lambda line: f"2026-11-20T09:00:00.000000001Z {line}",
}


def written(folder: Path, lines: list[str]) -> Path:
    log = folder / "agent.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    return log


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
@pytest.mark.parametrize("column", [80, 120, 200, 256])
def test_a_log_that_is_cut_is_refused_with_the_reason(
    column: int, wrapper: Callable[[str], str], tmp_path: Path
) -> None:
    log = written(tmp_path, [wrapper(line[:column]) for line in LINES])
    at = column + len(wrapper(""))
    with pytest.raises(InputError, match=f"400 JSON lines cut at column {at}\n.*, line 1: ") as why:
        pipeline.analyze([log], environ={})
    assert "whole lines" in why.value.next_step


@pytest.mark.parametrize("column", [280, 320, 400])
def test_what_is_whole_is_read(column: int, tmp_path: Path) -> None:
    whole = [line for line in LINES if len(line) <= column]
    report = pipeline.analyze([written(tmp_path, [line[:column] for line in LINES])], environ={})
    (found,) = report.inputs
    assert 0 < len(whole) < len(LINES)
    assert (found.lines, found.understood) == (len(LINES), len(whole))
    assert any(f"cut at column {column}:" in note for note in found.notes)


@pytest.mark.parametrize(
    ("column", "visible"),
    [(280, {"sync_warnings": None}), (520, {"false_interruptions": 7, "sync_warnings": None})],
)
def test_lines_that_are_cut_make_no_zero(
    column: int, visible: dict[str, int | None], tmp_path: Path
) -> None:
    """Each signal may be in what was lost: a zero is none, and a count may be too low."""
    log = written(tmp_path, [line[:column] for line in ALL[:2600]])
    signals = pipeline.analyze([log], environ={}).signals
    assert {name: signals[name].count for name in visible} == visible  # type: ignore[index]
    assert not [name for name, signal in signals.items() if signal.count == 0]
    assert "yes" not in {signal.observable for signal in signals.values()}
    whys = [signal.why or "" for signal in signals.values() if signal.count]
    assert all(f"cut at column {column} may hold more of it" in why for why in whys)


def test_beside_a_whole_log_a_zero_is_one_in_part(tmp_path: Path) -> None:
    whole = tmp_path / "whole.log"
    whole.write_bytes(samples.data("healthy-info.jsonl"))
    log = written(tmp_path, [line[:280] for line in ALL[:2600]])
    found = pipeline.analyze([whole, log], environ={}).signals["sync_warnings"]
    assert (found.count, found.observable) == (0, "partly")
    assert "cut at column 280" in (found.why or "")


def test_half_lines_of_several_lengths_are_not_cut(tmp_path: Path) -> None:
    halves = [line[: 90 + 7 * n] for n, line in enumerate(LINES[:9])]
    report = pipeline.analyze([written(tmp_path, [*LINES[:40], *halves])], environ={})
    assert not any("cut at" in note for note in report.inputs[0].notes)


def test_lines_that_a_console_broke_are_still_joined(tmp_path: Path) -> None:
    broken = [line[at : at + 120] for line in LINES for at in range(0, len(line), 120)]
    report = pipeline.analyze([written(tmp_path, broken)], environ={})
    whole = pipeline.analyze([written(tmp_path, LINES)], environ={})
    assert report.signals == whole.signals
    assert report.inputs[0].unread == {}


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
def test_the_scan_counts_the_same() -> None:
    data = "".join(f"{line[:300]}\n" for line in LINES * 4).encode()
    chunk = Chunk(data, at=len(data))
    slow = careful.summarize(chunk, EVERYTHING, 1000.0)
    assert stored(fast.summarize(chunk, EVERYTHING, 1000.0)) == stored(slow)
    assert slow.histograms["half lines"].n > 100


def as_text(line: str) -> str:
    """A usual formatter's line: few are longer than a screen is wide."""
    found = json.loads(line)
    message = found["message"].replace("\n", " ")
    clock = found["timestamp"][:19].replace("T", " ")
    return f"{clock},123 {found['level']} {found['name']}: {message}"


@pytest.mark.parametrize("pad", [False, True])
@pytest.mark.parametrize("column", [100, 126, 140])
def test_text_of_which_few_lines_were_broken_is_joined(
    column: int, pad: bool, tmp_path: Path
) -> None:
    """As tmux and screen give a pane: some fill its lines with blanks."""
    lines = [as_text(line) for line in LINES]
    pieces = [line[at : at + column] for line in lines for at in range(0, len(line), column)]
    shown = [piece.ljust(column) if pad else piece.rstrip() for piece in pieces]
    report = pipeline.analyze([written(tmp_path, shown)], environ={})
    whole = pipeline.analyze([written(tmp_path, lines)], environ={})
    assert len(pieces) < 1.6 * len(lines)
    assert report.signals == whole.signals
    assert report.inputs[0].unread == {}
    assert "lines broken at the console's width" in report.inputs[0].wrappers


@pytest.mark.parametrize("width", [100, 120, 200])
def test_key_value_lines_that_a_console_broke_are_joined(width: int, tmp_path: Path) -> None:
    """What stands behind a break may itself have a level and a time."""
    lines = [as_logfmt(json.loads(line)) for line in LINES]
    # some end exactly there, so that only its key tells where the next one begins
    lines = [line + " x=" + "y" * (-len(line) % width - 3) if n % 3 == 0 else line
             for n, line in enumerate(lines)]  # fmt: skip
    broken = [line[at : at + width] for line in lines for at in range(0, len(line), width)]
    report = pipeline.analyze([written(tmp_path, broken)], environ={})
    assert report.signals == pipeline.analyze([written(tmp_path, lines)], environ={}).signals
    assert report.inputs[0].unread == {}


@pytest.mark.parametrize("below", ["42", "ValueError: no", "Traceback (most recent call last):"])
def test_what_an_app_prints_below_its_longest_line_is_not_joined(
    below: str, tmp_path: Path
) -> None:
    said = "WARNING livekit.agents: the answer of the tool follows, to wit"
    lines = [as_text(line) for line in LINES if len(as_text(line)) < 86]
    found = [
        part
        for n, line in enumerate(lines)
        for part in (line, *[f"2026-11-20 09:36:01,{n:03} {said}", below][: 2 * (n % 12 == 0)])
    ]
    report = pipeline.analyze([written(tmp_path, found)], environ={})
    assert "lines broken at the console's width" not in report.inputs[0].wrappers


MESSAGES = (
    ("INFO", "received job request"),
    ("DEBUG", "resumed false interrupted speech"),
    ("WARNING", "_SegmentSynchronizerImpl.resume called after close"),
    ("DEBUG", "user turn committed"),
    ("ERROR", "failed to synthesize speech, retrying in 2s"),
)
SHORTENED_AS: dict[str, Callable[[str, str], str]] = {
    "levels": lambda level, message: f"{level} {message[:14]}…",
    "columns": lambda level, message: f"12:00:01 {level:<8} {message[:14]}...",
    "whole lines": lambda level, message: f"{level} {message}"[:20] + "…",
}


@pytest.mark.parametrize("shorten", SHORTENED_AS.values(), ids=SHORTENED_AS)
def test_shortened_messages_are_named(shorten: Callable[[str, str], str], tmp_path: Path) -> None:
    log = written(tmp_path, [shorten(*each) for each in MESSAGES * 3])
    with pytest.raises(InputError, match=r"its messages are shortened \(they end in …\)") as why:
        pipeline.analyze([log], environ={})
    assert "whole lines" in why.value.next_step


def test_shortened_messages_that_are_known_are_counted_with_a_note(tmp_path: Path) -> None:
    log = written(tmp_path, [f"{level} {message[:26]}…" for level, message in MESSAGES[1:] * 2])
    more = [f"WARNING {word} goes on and on and on…" for word in ("this", "that")]
    log.write_text(log.read_text() + "\n".join(more) + "\n")
    report = pipeline.analyze([log], environ={})
    assert report.signals["sync_warnings"].count == 2
    assert any("shortened" in note for note in report.inputs[0].notes)


def test_messages_that_end_in_dots_by_themselves_are_not(tmp_path: Path) -> None:
    waiting = ["INFO Connecting...", "INFO Loading the model...", "INFO Waiting for the caller..."]
    log = written(tmp_path, [*waiting, *LINES[:50]])
    assert not any(
        "shortened" in note for note in pipeline.analyze([log], environ={}).inputs[0].notes
    )


@pytest.mark.parametrize("end", [",", " ,", "\r"])
def test_objects_with_a_sign_behind_them_are_not_cut(end: str, tmp_path: Path) -> None:
    report = pipeline.analyze([written(tmp_path, [line + end for line in LINES])], environ={})
    whole = pipeline.analyze([written(tmp_path, LINES)], environ={})
    assert (report.signals, report.inputs[0].unread) == (whole.signals, {})
