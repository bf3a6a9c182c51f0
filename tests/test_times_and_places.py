"""Heads of lines with times in whole seconds or without signs, with places in the source and with
processes, as people write format strings: two calls count as in LiveKit's JSON, cut-offs too, and
newest first as in order."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.in_turn import one_in
from tests.layouts import extras
from tuner import pipeline

RECORDS = [json.loads(line) for line in samples.two_calls()]
FORMS = {
    "no signs in the time": "{at:%Y%m%d-%H%M%S} - {name} - {level} - {message}",
    "nor in one with milliseconds": "{at:%Y%m%dT%H%M%S}.{ms} {level} {name} {message}",
    "nor before bars": "{at:%Y%m%d%H%M%S} | {level} | {name} | {message}",
    "an epoch before bars": "{epoch:.3f} | {level} | {name} | {message}",
    "whole seconds of it": "{epoch:.0f} | {level} | {name} | {message}",
    "a place behind a zone": "{at:%Y-%m-%dT%H:%M:%S}Z {level:<8} agent.py:123 {message}",
    "and behind an offset": "{at:%Y-%m-%dT%H:%M:%S%z} {level:<8} agent.py:123 {message}",
    "a place behind a time of day": "{at:%H:%M:%S} {level:<8} agent.py:123 {message}",
    "a number between time and level": "{at:%Y-%m-%dT%H:%M:%S}.{ms}000123Z 1231 {level} {message}",
    "a process there": "{at:%H:%M:%S} {level} [{pid}] {name}: {message}",
    "a padded name there": "{at:%H:%M:%S} {level:<8} {name:<20} {message}",
    "a thread there": "{at:%H:%M:%S} {level} (MainThread) {name}: {message}",
    "a comma in the time": "{at:%Y-%m-%d, %H:%M:%S} {level} {name} {message}",
    "a dash in the time": "{at:%Y-%m-%d-%H:%M:%S} [{level}] {name} {message}",
    "a line in the time": "{at:%Y-%m-%d_%H:%M:%S} | {level} | {name} | {message}",
    "JavaScript's times": "{at:%-m/%-d/%Y}, {at:%-I:%M:%S\u202f%p} {level} {name} {message}",
    "and times of day": "[{at:%-I:%M:%S %p}] {level} {name}: {message}",
    "a local time of whole seconds": "{at:%d/%m/%Y %H:%M:%S} [{level}] {name}: {message}",
}
WITHOUT_TIMES = {
    "places only": "{level}: | [agent.py:123] | <on_event:45> | {pid}: {message}",
    "minutes": "{at:%Y-%m-%d %H:%M} {level} {name} {message}",
}


def lines(form: str) -> list[str]:
    return [_line(form, found) for found in RECORDS]


def _line(form: str, found: dict[str, Any]) -> str:
    at = datetime.fromisoformat(found["timestamp"])
    more = {"at": at, "epoch": at.timestamp(), "ms": f"{at.microsecond // 1000:03d}"}
    head = form.format(**{**found, **more, "message": found["message"].replace("\n", " ")})
    return f"{head} {json.dumps(extras(found))}"


def headline(folder: Path, written: list[str]) -> dict[str, Any]:
    path = folder / "a.log"
    path.write_text("\n".join(written) + "\n")
    return samples.headline(pipeline.analyze([path], environ={}))


@pytest.fixture(scope="module")
def in_json(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found = headline(tmp_path_factory.mktemp("json"), list(map(json.dumps, RECORDS)))
    assert (found["false interruptions"], found["cut-offs"], found["openai calls"]) == (2, 2, 24)
    return found


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_two_calls_count_as_in_json(form: str, in_json: dict[str, Any], tmp_path: Path) -> None:
    assert headline(tmp_path, lines(form)) == in_json


@pytest.mark.parametrize("form", one_in(2, FORMS.values()))
def test_and_newest_first(form: str, in_json: dict[str, Any], tmp_path: Path) -> None:
    assert headline(tmp_path, lines(form)[::-1]) == in_json


@pytest.mark.parametrize("form", WITHOUT_TIMES.values(), ids=WITHOUT_TIMES)
def test_without_times_turns_are_judged_in_order_only(
    form: str, in_json: dict[str, Any], tmp_path: Path
) -> None:
    """Newest first nothing tells which turn came before which."""
    assert headline(tmp_path, lines(form)) == in_json
    newest_first = headline(tmp_path, lines(form)[::-1])
    assert newest_first["cut-offs"] is None
    counts = ("false interruptions", "sync warnings", "openai calls", "slow", "calls", "turns")
    assert {name: newest_first[name] for name in counts} == {name: in_json[name] for name in counts}
