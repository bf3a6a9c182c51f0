"""A store that exports times of a zone without naming it moves no cut-off and no delay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.in_turn import in_turn
from tests.test_fast import both
from tests.test_scan_text import stored
from tests.test_whole_seconds import LOG, analyzed
from tuner.inputs.chunks import Chunk
from tuner.lines import look
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING

HOURS = (-4.0, 2.0, 5.75)
"""New York, Berlin and Kathmandu in summer."""


def moved(hours: float, without: str = "etrics") -> bytes:
    """The sample as JSON, its times that much later and still called UTC, without its metrics."""
    told = [json.loads(line) for line in samples.data(LOG).splitlines()]
    kept = [each for each in told if without not in each["message"]]
    return "".join(
        json.dumps(each | {"timestamp": later(each, hours)}) + "\n" for each in kept
    ).encode()


def later(record: dict[str, Any], hours: float) -> str:
    moment = datetime.fromisoformat(record["timestamp"]) + timedelta(hours=hours)
    return moment.isoformat(timespec="microseconds")


@pytest.mark.parametrize("hours", HOURS)
def test_delays_and_cut_offs_are_those_in_utc(hours: float, tmp_path: Path) -> None:
    found, true = analyzed(tmp_path, moved(hours)), analyzed(tmp_path, moved(0.0))
    for name in ("p50", "max", "n"):
        mine = getattr(found.latency["end_of_turn_delay"], name)
        assert mine == pytest.approx(getattr(true.latency["end_of_turn_delay"], name))
    assert found.signals["false_cutoffs"] == true.signals["false_cutoffs"]
    assert not [note for note in found.notes if "set aside" in note]


@pytest.mark.parametrize("hours", HOURS)
def test_the_scan_judges_them_as_they_are_judged_line_by_line(hours: float) -> None:
    quick, by_python = both(moved(hours))
    assert quick == by_python


ZONES = {"EST": -5.0, "PDT": -7.0, "CET": 1.0, "JST": 9.0, "UTC": 0.0}
NAMED: dict[str, Callable[[dict[str, Any], datetime, str], str]] = {
    "journald": lambda r, t, zone: f"{t:%a %Y-%m-%d %H:%M:%S} {zone} vm1 python[991]: {text(r)}",
    "a formatter": lambda r, t, zone: f"{t:%Y-%m-%d %H:%M:%S} {zone} {text(r)}",
    "in brackets": lambda r, t, zone: f"[{t:%Y-%m-%d %H:%M:%S} {zone}] {text(r)}",
    "date": lambda r, t, zone: f"{t:%a %b %d %H:%M:%S} {zone} {t:%Y} {text(r)}",
    "JSON": lambda r, t, zone: json.dumps(
        {**extras(r), "time": f"{t:%Y-%m-%d %H:%M:%S} {zone}", "level": "INFO", "msg": r["message"]}
    ),
}


def extras(record: dict[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in record if key not in ("timestamp", "level", "message")}


def text(record: dict[str, Any]) -> str:
    fields = {key: record[key] for key in ("pid", "job_id") if key in record}
    return f"{record['level']} {record['name']}: {record['message']} {json.dumps(fields)}"


def named(layout: str, zone: str, hours: float) -> bytes:
    """The beginning of the sample, in a layout that names the zone."""
    records = [json.loads(line) for line in samples.data(LOG).splitlines()[:40]]
    lines = (
        NAMED[layout](record, datetime.fromisoformat(later(record, hours)), zone)
        for record in records
    )
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize(("layout", "zone"), in_turn(NAMED, ZONES, 2))
def test_a_zone_may_have_a_name(layout: str, zone: str, tmp_path: Path) -> None:
    found = analyzed(tmp_path, named(layout, zone, ZONES[zone]))
    true = analyzed(tmp_path, named(layout, "UTC", 0.0))
    assert (found.first, found.last) == (true.first, true.last)
    assert not [note for note in found.notes if "no zone" in note]
    data = named(layout, zone, ZONES[zone]) * 9
    layouts, chunk = look.look(data), Chunk(data, at=len(data))
    quick = fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)
    assert stored(quick) == stored(careful.summarize(chunk, EVERYTHING, 1000.0, layouts))


@pytest.mark.parametrize("layout", NAMED)
def test_a_name_of_several_zones_tells_none(layout: str, tmp_path: Path) -> None:
    found = analyzed(tmp_path, named(layout, "IST", 0.0))
    assert found.first == analyzed(tmp_path, named(layout, "UTC", 0.0)).first
    assert any("no zone: read as UTC" in note for note in found.inputs[0].notes)
