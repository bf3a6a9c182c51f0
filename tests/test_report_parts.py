"""Session reports are cut by msgspec where that is certain, and read as `json` reads them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tuner.call_records import report_parts, session_report
from tuner.errors import InputError

REPORT: dict[str, Any] = json.loads(
    (Path(__file__).parent / "specimens" / "session_report.json").read_text()
)
ODD: tuple[Any, ...] = (
    *(None, True, -0.0, 1e300, 10**40, "", "close", "\u00e9\ud83d\ude00", [], {}),
    *([1, {"created_at": 1}], {"created_at": 5.5}, {"events": [{"type": "close"}]}),
)
SPELLINGS = (
    *(("1.5", "1e400"), ("1795645768", "NaN"), ("1795645768", "-Infinity"), ("true", "tru")),
    *(('"created_at"', '"createdAt"'), ('"type"', '"type": "close", "type"'), (": ", " :\t")),
    *(("\n", "\r\n"), (",", ",,"), ("{", "{,"), ("speaking", "\ud800"), ("speaking", "\x01")),
    *(("speaking", "\\ud800"), ("speaking", "\\"), ("agent", '\\"events\\": [{'), ("}", "]")),
    *(('"job_id"', '"events": [{"type": "close", "created_at": 9}], "job_id"'), ("}", "")),
    *(('"room"', '"created_at": 1, "room"'), ('"events"', '"Events"'), ("[", "[" * 3000)),
)


def lines(data: bytes) -> tuple[list[tuple[int, bytes]], str]:
    """What a file of reports is read as, and why the reading ended."""
    found: list[tuple[int, bytes]] = []
    try:
        found.extend(session_report.translate(io.BytesIO(data)))
    except InputError as error:
        return found, str(error)
    return found, ""


def written(random: Random) -> str:
    """Some reports, pretty or not, with what nobody expects."""
    reports = [changed(random) for _ in range(random.randint(1, 4))]
    texts = [json.dumps(each, indent=random.choice((None, 2))) for each in reports]
    return random.choice(("\n", "", "\n\n,", "\r\n")).join(texts)


def changed(random: Random) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(json.dumps(REPORT))
    report["events"] = random.sample(report["events"], random.randint(0, 30))
    holders = [report, *report["events"], *(e["item"] for e in report["events"] if "item" in e)]
    for _ in range(random.randint(0, 3)):
        holder = random.choice(holders)
        holder[random.choice((*holder, "createdAt", "events", "usage"))] = random.choice(ODD)
    items = list(report.items())
    random.shuffle(items)
    return dict(items)


def damaged(text: str, random: Random) -> bytes:
    for _ in range(random.randint(0, 2)):
        old, new = random.choice(SPELLINGS)
        at = random.randrange(len(text) + 1)
        text = text[:at] + text[at:].replace(old, new, random.choice((1, 1, 50)))
    data = text.encode(errors="surrogatepass")
    for _ in range(random.choice((0, 0, 1, 3))):
        at = random.randrange(len(data) + 1)
        data = (
            data[:at] + random.randbytes(random.randint(0, 3)) + data[at + random.randint(0, 9) :]
        )
    return data


def careful_lines(data: bytes, patch: pytest.MonkeyPatch) -> tuple[list[tuple[int, bytes]], str]:
    with patch.context() as careful:
        careful.setattr(report_parts, "whole", lambda *_: None)
        return lines(data)


@pytest.mark.parametrize("block", range(20))
def test_both_ways_of_reading_give_the_same(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(40):
        random = Random(40 * block + n)
        data = damaged(written(random), random)
        assert lines(data) == careful_lines(data, monkeypatch)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("glue", ["\n", "\r\n", "\n\n"])
def test_whole_reports_are_cut(
    indent: int | None, glue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = glue.join([json.dumps(REPORT, indent=indent)] * 3).encode()
    expected = careful_lines(data, monkeypatch)
    monkeypatch.setattr(report_parts, "careful", None)
    assert lines(data) == expected
    assert len(expected[0]) > 40


def test_a_list_of_events_inside_another_field_is_not_taken_for_the_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = {"events": [{"type": "close", "created_at": 1795645768.5, "reason": "inner"}]}
    data = json.dumps({"inner": inner, **REPORT}).encode()
    assert report_parts.whole(data.decode(), 0) is None
    assert lines(data) == careful_lines(data, monkeypatch)
