"""Spans of a console exporter that do not matter are read no further, which changes no other."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tuner.call_records import span_formats
from tuner.call_records.span_formats import NAMES, parse

SPANS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "specimens/spans.console.jsonl").read_text().splitlines()
]
ODD: tuple[Any, ...] = (
    *(None, True, -1, 10**40, 1e300, "", "agent_turn", "caf\u00e9", "\ud83d\ude00", [], {}),
    *(
        [[]] * 50,
        {"lk.job_id": {"a": [1]}},
        "2026-11-25T22:29:28.5Z",
        "2026-11-25T22:29:28.579065Z",
    ),
)
DAMAGE = (b"\xff", b"\\ud800", b"\\", b'"', b"\x01", b"{", b",", b"\xc3\xa9", b"lk.job_id", b"9")


class Everything:
    """Names of spans all of which matter."""

    def __contains__(self, name: object) -> bool:
        return True


def document(random: Random) -> bytes:
    """A span with what nobody expects in it."""
    span: dict[str, Any] = json.loads(json.dumps(random.choice(SPANS)))
    holders = [span, span["attributes"], span["context"], span["resource"]["attributes"]]
    for _ in range(random.randint(0, 3)):
        holder = random.choice(holders)
        key = random.choice((*holder, "lk.job_id", "job_id", "name", "parent_id"))
        if random.random() < 0.2:
            holder.pop(key, None)
        else:
            holder[key] = random.choice((*ODD, *holder.values()))
    data = json.dumps(span, ensure_ascii=random.random() < 0.7).encode(errors="replace")
    for _ in range(random.choice((0, 0, 1, 2))):
        at = random.randrange(len(data) + 1)
        data = data[:at] + random.choice(DAMAGE) + data[at + random.randint(0, 3) :]
    return data


@pytest.mark.parametrize("block", range(10))
def test_a_span_that_does_not_matter_is_told_from_what_is_no_span(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0
    for n in range(300):
        data = document(Random(300 * block + n))
        with monkeypatch.context() as careful:
            careful.setattr(span_formats, "NAMES", Everything())
            every = parse(data, n)
        wanted = None if every is None else [span for span in every if span.name in NAMES]
        assert parse(data, n) == wanted, data
        read += every is not None
    assert 60 < read < 280


@pytest.mark.parametrize("name", ["resourceSpans", "resource_spans"])
@pytest.mark.parametrize("before", ["", "2026-11-25 22:29:28 ", "x" * 150, "x" * 200])
@pytest.mark.parametrize("gap", ["", " \t", "\n  "])
def test_a_batch_is_seen_behind_a_few_bytes(name: str, before: str, gap: str) -> None:
    found = parse(f'{before}{{{gap}"{name}": []}}'.encode(), 1)
    assert found == ([] if len(before) < 200 else None)


@pytest.mark.parametrize("name", ["on_enter", "agent_turn"])
def test_a_span_with_a_value_that_is_no_text_is_no_span(name: str) -> None:
    data = json.dumps({**SPANS[0], "name": name, "attributes": {"lk.job_id": "AJ_"}}).encode()
    assert parse(data, 1) is not None
    assert parse(data.replace(b"AJ_", b"AJ_\xff"), 1) is None
