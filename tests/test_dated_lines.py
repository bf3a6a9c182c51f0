"""Text that is not in order of time: lines whose times the compiled scan reads are the entries that
they are line by line."""

from __future__ import annotations

import random
from collections.abc import Sequence
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import formats
from tests.layouts import Grammar
from tests.test_scan_text import ALL, RECORDS, Format, damaged, written
from tuner.exports import many_records, plain_lines
from tuner.exports.entries import ExportEntry
from tuner.exports.plain_lines import PlainLines
from tuner.reading import dated_lines
from tuner.scan import ready
from tuner.scan.export_lines import TakenLines

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

DATED = (
    "logging",
    "dashes, fields",
    "loguru",
    "bars, fields",
    "a zone",
    "ctime",
    "seconds",
    "glog",
)
ODD = (
    *(b"Traceback (most recent call last):", b'  File "a.py", line 3, in f', b"ValueError: x", b""),
    *(b"2026-11-20 09:00:00,000 x", b"2026-11-20 25:00:00,000 INFO livekit.agents: x"),
)
ENDS = (
    b' {"a": "2026-01-30T16:20:00.000000+00:00"}',
    b' {"a": "2026-01-30T16:20:00.000000+00:00"}\r',
    b' {"a": "2026-01-30T16:20:00.000000+00:00"}' + b"\x1b[K" * 40,
    b" stdout P x",
    b"\r",
)


def many(lines: Sequence[bytes]) -> list[ExportEntry | TakenLines]:
    """The entries of lines, those that the scan reads many at once."""
    with (
        mock.patch.object(plain_lines, "_WORTH", 1),
        mock.patch.object(many_records, "FEWEST_BYTES", 1),
    ):
        return list(PlainLines([b"\n".join(lines) + b"\n"], dated_lines.of).entries())


def alone(lines: Sequence[bytes]) -> list[ExportEntry | TakenLines]:
    """The entries of lines, each read by itself."""
    with mock.patch.object(many_records, "FEWEST_BYTES", 1 << 40):
        return list(PlainLines([b"\n".join(lines) + b"\n"]).entries())


def shuffled(form: Format, dice: random.Random, n: int) -> list[bytes]:
    """Records in a layout, in no order."""
    return [form(found).encode() for found in dice.sample(RECORDS[0], n)]


@pytest.mark.parametrize("name", DATED)
def test_times_are_read_many_at_once(name: str) -> None:
    lines = shuffled(ALL[name], random.Random(1), 600)
    found = many(lines)
    assert list(many_records.one_by_one(found)) == alone(lines)
    assert sum(isinstance(each, ExportEntry) for each in found) <= 60


@pytest.mark.parametrize("name", ["time of day", "no time", "level and message"])
def test_what_has_no_date_is_read_line_by_line(name: str) -> None:
    lines = shuffled(ALL[name], random.Random(1), 300)
    assert many(lines) == alone(lines)


def test_what_begins_otherwise_is_learnt_when_it_comes() -> None:
    first, then = (shuffled(written(form, False), random.Random(1), 400) for form in (
        "{date} {clock},{ms} INFO {name} {message}", "{date} {clock},{ms} ERROR {name} {message}"
    ))  # fmt: skip
    found = many([*first, *then])
    assert list(many_records.one_by_one(found)) == alone([*first, *then])
    assert sum(isinstance(each, ExportEntry) for each in found) <= 60


@pytest.mark.parametrize("end", ENDS)
def test_what_may_have_another_time_or_go_on_is_in_doubt(end: bytes) -> None:
    lines = shuffled(ALL["logging"], random.Random(1), 100)
    lines[70] += end
    assert list(many_records.one_by_one(many(lines))) == alone(lines)


def test_what_is_no_time_is_in_doubt() -> None:
    lines = shuffled(ALL["logging"], random.Random(1), 100)
    lines[70] = b"2026-11-20 25" + lines[70][13:]
    assert list(many_records.one_by_one(many(lines))) == alone(lines)


OBJECTS = (formats.pino, formats.json_logger, formats.loguru)
HOSTILE = (
    *(b'{"time": "2026-11-20T09:00:00Z", "msg": "x"', b'{"a": 1}', b"x", b"{}", b""),
    b'{"level": 30, "time": 1795167698299, "pid": 1, "msg": "2026-01-30T16:20:00.000000+00:00"}',
    b'{"level": 30, "time": 1795167698299, "pid": 1, "msg": "x stdout P x"}',
    b'{"level": 30, "time": 1795167698299, "pid": 1, "msg": "\xff"}',
    b'{"log":"x","stream":"stdout","time":"2026-11-20T09:00:00.000000000Z"}',
)


@pytest.mark.parametrize("form", OBJECTS)
def test_times_of_other_loggers_json_are_read_many_at_once(form: Format) -> None:
    lines = shuffled(form, random.Random(1), 600)
    found = many(lines)
    assert list(many_records.one_by_one(found)) == alone(lines)
    assert sum(isinstance(each, ExportEntry) for each in found) <= 300


ALIKE = b'{"time": "2026-11-20T09:%02d:00Z", "level": "info", "msg": "%s"}'
DOCKED = b'{"log":"x %s\\n","stream":"stdout","time":"2026-11-20T09:%02d:00.000000000Z"}'


@pytest.mark.parametrize("text", [b"2026-01-30T16:20:00.000000+00:00", b"x stdout P x", b"\xff"])
def test_what_a_text_of_an_object_says_may_change_its_time(text: bytes) -> None:
    lines = [ALIKE % (n % 59, b"x") for n in range(300)]
    lines[250] = ALIKE % (3, text)
    assert list(many_records.one_by_one(many(lines))) == alone(lines)
    assert len(many(lines)) < 150


@pytest.mark.parametrize("odd", HOSTILE)
def test_what_stands_between_objects_has_its_own_time(odd: bytes) -> None:
    lines = shuffled(formats.pino, random.Random(1), 300)
    lines.insert(200, odd)
    assert list(many_records.one_by_one(many(lines))) == alone(lines)


def test_pieces_that_docker_split_stay_together() -> None:
    lines = [DOCKED % (b"x", n % 59) for n in range(300)]
    lines[250] = DOCKED.replace(b"\\n", b"") % (b"x" * 17_000, 3)
    assert list(many_records.one_by_one(many(lines))) == alone(lines)


def test_objects_without_a_date_are_read_line_by_line() -> None:
    lines = [(ALIKE % (n % 59, b"x")).replace(b"2026-11-20T", b"") for n in range(300)]
    assert many(lines) == alone(lines)


def test_objects_that_end_in_a_time_are_read_line_by_line() -> None:
    lines = shuffled(formats.structlog, random.Random(1), 200)
    assert many(lines) == alone(lines)


@given(st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_whatever_stands_there_has_the_same_time(dice: random.Random) -> None:
    form = dice.choice([*ALL.values(), *OBJECTS, Grammar(dice.randrange(10_000)).line])
    lines = shuffled(form, dice, 80)
    for _ in range(dice.choice((0, 1, 6))):
        damaged(lines, RECORDS[0], dice)
        lines.insert(dice.randrange(len(lines)), dice.choice((*ODD, *HOSTILE)))
        lines[dice.randrange(len(lines))] += dice.choice(ENDS)
    assert list(many_records.one_by_one(many(lines))) == list(alone(lines))
