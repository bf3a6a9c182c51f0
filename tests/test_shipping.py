"""The same log, shipped in every way that we know, gives the same counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import samples, shipping
from tests.in_turn import in_turn
from tuner.lines.unwrap import unwrap

BARE = ("slow-model.dev.log", "cut-offs.jsonl.gz", "openai-2.54.log")


@pytest.mark.parametrize(("way", "name"), in_turn(shipping.EVERY, BARE))
def test_counts_survive(name: str, way: str, tmp_path: Path) -> None:
    shipped = tmp_path / "logs"
    shipped.write_bytes(shipping.EVERY[way](samples.data(name)))
    report = samples.report(shipped)
    assert samples.headline(report) == samples.shown(name)
    assert not report.inputs[0].unread


@pytest.mark.parametrize(
    ("way", "wrappers"),
    [
        ("docker", {"docker"}),
        ("cri_split", {"cri"}),
        ("compose of docker", {"compose", "docker"}),
        ("cloudwatch of syslog", {"cloudwatch", "syslog"}),
        ("gz", {"gz"}),
    ],
)
def test_wrappers_are_named(way: str, wrappers: set[str], tmp_path: Path) -> None:
    shipped = tmp_path / "logs"
    shipped.write_bytes(shipping.EVERY[way](samples.data("slow-model.dev.log")))
    assert set(samples.report(shipped).inputs[0].wrappers) == wrappers


def test_mixed_shapes_in_one_file_add_up(tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    names = ("false-interruptions.jsonl", "slow-model.dev.log", "openai-2.54.log")
    mixed.write_bytes(b"".join(samples.data(name) for name in names))
    found = samples.headline(samples.report(mixed))
    assert found["false interruptions"] == 27 + 1
    assert found["sync warnings"] == 11 + 5
    assert found["openai calls"] == 283 + 170 + 40
    assert found["slow"] == 7 + 22 + 10
    assert found["calls"] == 14 + 10


def test_interleaved_files_add_up() -> None:
    paths = [samples.FOLDER / name for name in samples.NAMES]
    found = samples.headline(samples.report(*paths))
    assert found["false interruptions"] == 27 + 1 + 5
    assert found["openai calls"] == 283 + 170 + 239 + 40
    assert found["calls"] == 14 + 10 + 10 + 10


@pytest.mark.parametrize("name", ["false-interruptions.jsonl", "cut-offs.jsonl.gz"])
def test_a_log_split_into_files_is_one_log(name: str, tmp_path: Path) -> None:
    lines = samples.data(name).splitlines(keepends=True)
    for index, start in enumerate(range(0, len(lines), 1000)):
        # rotation names the newest file first: the order must come from the times
        (tmp_path / f"agent.log.{9 - index}").write_bytes(b"".join(lines[start : start + 1000]))
    whole = samples.shown(name)
    assert samples.headline(samples.report(tmp_path)) == whole


@pytest.mark.parametrize("text", ["стоп", "« oui »", "¿"])
def test_a_letter_that_ends_like_a_byte_order_mark_stays_whole(text: str) -> None:
    (line,) = unwrap([b"\xef\xbb\xbf" + text.encode() + b"\r"])
    assert line.peeled.text.decode() == text
