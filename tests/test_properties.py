"""Any bytes never crash; lines = understood + unread; a log cut anywhere adds up to the whole."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import samples, shipping
from tuner.errors import InputError
from tuner.facts import build as facts
from tuner.inputs.chunks import Chunk
from tuner.limits import Limits
from tuner.model import Current
from tuner.model.facts import Facts
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.summary import serialization
from tuner.summary.summary import Summary


def summarize(data: bytes) -> Summary:
    return careful.summarize(Chunk(data), EVERYTHING, 1000.0)


def told(summary: Summary) -> dict[str, Any]:
    """Everything that a summary says, as plain values."""
    return {
        "facts": _facts(summary),
        "lines": (summary.lines, summary.understood, summary.bytes, dict(summary.unread)),
        "calls": {key: str(call) for key, call in summary.calls.items()},
        "histograms": {name: dict(h.counts) for name, h in summary.histograms.items()},
        "shapes": dict(summary.shapes),
        "counts": {k: n for k, n in summary.counts.items() if n},
        "other lines": {k: (li.n, li.calls) for k, li in summary.other_lines.items()},
        "versions": dict(summary.versions),
        "span": (summary.first, summary.last, dict(summary.clocks), dict(summary.levels)),
    }


_LATEST: dict[bytes, Facts] = {}


def _facts(summary: Summary) -> Facts:
    """The facts of a summary. A process that reads a part of a log gives no more than its stored
    form: of two that are stored alike the facts are the same, and take ten times as long."""
    stored = serialization.dump(summary)
    if stored not in _LATEST:
        _LATEST.clear()
        _LATEST[stored] = facts.build([summary], Limits(), Current(None, "unknown"), {})
    return _LATEST[stored]


@given(st.binary(max_size=400))
def test_any_bytes_never_crash_and_every_line_is_accounted_for(data: bytes) -> None:
    summary = summarize(data)
    assert summary.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert summary.understood + summary.unread.total() == summary.lines


REAL = [line for name in samples.NAMES for line in shipping.lines(samples.data(name))[:400]]
WRAPPED = [
    wrap(line).rstrip(b"\n") for line in REAL[::40] for wrap in shipping.LINE_WRAPPERS.values()
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Real lines, wrapped or not, with bytes cut out, put in, or turned over."""
    lines = draw(st.lists(st.sampled_from(REAL + WRAPPED), max_size=6))
    data = bytearray(b"\n".join(lines))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        width = draw(st.integers(0, 60))
        data[at : at + width] = draw(st.binary(max_size=4))
    return bytes(data)


@given(damaged())
def test_damaged_logs_never_crash_and_every_line_is_accounted_for(data: bytes) -> None:
    summary = summarize(data)
    assert summary.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert summary.understood + summary.unread.total() == summary.lines
    told(summary)


SHAPES = {
    "json": samples.data("false-interruptions.jsonl"),
    "dev": samples.data("slow-model.dev.log"),
    "cut-offs": samples.data("cut-offs.jsonl.gz"),
    "text": samples.data("openai-2.54.log"),
    "docker": shipping.LINE_WRAPPERS["docker"](samples.data("healthy-info.jsonl")),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_log_cut_anywhere_and_merged_is_the_whole(shape: str) -> None:
    lines = SHAPES[shape].splitlines(keepends=True)
    whole = told(summarize(b"".join(lines)))
    dice = random.Random(7)
    for _ in range(4):
        cuts = sorted(dice.sample(range(len(lines) + 1), 3))
        parts = [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
        merged = [summarize(b"".join(part)) for part in parts]
        merged[2].merge(merged[3])  # in a tree, not only from the left
        merged[0].merge(merged[1])
        merged[0].merge(merged[2])
        assert told(merged[0]) == whole


def test_a_log_without_dates_may_pass_midnight_and_be_cut_there() -> None:
    lines = [f"{h % 24:02d}:30:00 INFO livekit.agents EOU metrics {{}}\n" for h in range(20, 60)]
    data = "".join(lines).encode()
    whole = summarize(data)
    assert whole.last is not None
    assert whole.first is not None
    assert whole.last - whole.first == 39 * 3600
    for cut in range(1, len(lines)):
        left = summarize("".join(lines[:cut]).encode())
        left.merge(summarize("".join(lines[cut:]).encode()))
        assert told(left) == told(whole)


DAMAGE = {
    "NUL bytes": b'{"message": "a\0b", "level": "INFO", "name": "n", "timestamp": "x"}',
    "invalid UTF-8": b'{"message": "\xff\xfe\xfd", "level": "INFO"}',
    "longer than 1 MiB": b'{"message": "' + b"x" * 5_000_000 + b'"}',
    "JSON that does not parse": b'{"message": "x", "level": {"a": 1}',
    "half a JSON line": b'{"message": "resumed false interrupted spee',
    "no known shape": b"lorem ipsum dolor sit amet",
}


@pytest.mark.parametrize("name", ["healthy-info.jsonl", "slow-model.dev.log"])
def test_damage_is_counted_with_its_reason_and_costs_nothing_else(
    name: str, tmp_path: Path
) -> None:
    lines = shipping.lines(samples.data(name))
    for index, bad in enumerate(DAMAGE.values()):
        lines.insert(1 + index * 50, bad)
    path = tmp_path / "log"
    path.write_bytes(b"\n".join(lines) + b"\n")
    report = samples.report(path)
    assert dict(report.inputs[0].unread) == dict.fromkeys(DAMAGE, 1)
    assert samples.headline(report) == samples.shown(name)


def test_bad_inputs_are_named_one_by_one_and_the_rest_is_read(tmp_path: Path) -> None:
    good = samples.FOLDER / "healthy-info.jsonl"
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 200)
    (tmp_path / "prose").write_text("To be or not to be\nthat is the question\n")
    paths = [good, tmp_path / "empty", tmp_path / "binary", tmp_path / "prose", tmp_path / "none"]
    report = samples.report(*paths)
    assert {Path(i.path).name: i.problem for i in report.inputs} == {
        "healthy-info.jsonl": "",
        "empty": "the file is empty",
        "binary": "binary data, no log",
        "prose": "nothing understood",
        "none": "no such file or folder",
    }
    assert report.exposure.calls == 10


def test_nothing_understood_is_an_error_that_names_shapes_and_shows_redacted_lines(
    tmp_path: Path,
) -> None:
    path = tmp_path / "prose"
    path.write_text("call me at +14155550123 tomorrow\nsk-abcdefghijklmnopqrstuvwxyz123456\n")
    with pytest.raises(InputError) as error:
        samples.report(path)
    message = str(error.value) + error.value.next_step
    assert "LiveKit JSON" in message
    assert "prose" in message
    assert "4155550123" not in message
    assert "sk-abc" not in message
    assert "line 1" in message
