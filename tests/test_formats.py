"""The same records in other loggers' layouts give the same counts, or say what the layout lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import formats, samples
from tests.in_turn import in_turn

NAMES = ("false-interruptions.jsonl", "cut-offs.jsonl.gz", "healthy-info.jsonl")


@pytest.mark.parametrize(("layout", "name"), in_turn(formats.WITH_EXTRAS, NAMES))
def test_layouts_with_extras_lose_nothing(
    name: str, layout: formats.Layout, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    path.write_bytes(formats.rewrite(samples.data(name), layout))
    report = samples.report(path)
    assert samples.headline(report) == samples.shown(name)
    assert not report.inputs[0].unread


@pytest.mark.parametrize(("layout", "name"), in_turn(formats.WITHOUT_EXTRAS, NAMES))
def test_layouts_without_extras_count_all_that_the_messages_tell(
    name: str, layout: formats.Layout, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    path.write_bytes(formats.rewrite(samples.data(name), layout))
    report = samples.report(path)
    found, expected = samples.headline(report), samples.expected(name)
    calls = expected.pop("calls")
    assert {key: found[key] for key in expected} == expected
    assert found["calls"] == (calls if "info" not in name else None)  # "session closed" is DEBUG
    assert report.signals["false_cutoffs"].observable == "no"
    assert report.latency["llm_ttft"].observable == "no"
    assert "layout" in (report.latency["llm_ttft"].why or "")


@pytest.mark.parametrize(("name", "first"), in_turn(NAMES, [True, False]))
def test_records_printed_twice_by_two_handlers_count_once(
    name: str, first: bool, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    lines = samples.data(name).splitlines(keepends=True)
    texts = formats.rewrite(samples.data(name), formats.basic).splitlines(keepends=True)
    pairs = zip(texts, lines, strict=True) if first else zip(lines, texts, strict=True)
    path.write_bytes(b"".join(line for pair in pairs for line in pair))
    report = samples.report(path)
    assert samples.headline(report) == samples.shown(name)
    assert any("twice" in note for note in report.inputs[0].notes)
