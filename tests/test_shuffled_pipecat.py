"""A Pipecat log in whatever order a store gave its lines counts like the one that was written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.samples import report
from tuner.execution import sorted_calls

SPECIMENS = Path(__file__).parent / "specimens"
LOGS = ["pipecat-default-format.log", "pipecat-pipeline-debug.log", "pipecat-serialized.jsonl"]


def records(name: str) -> list[str]:
    """The records of a log, each with what stands below its first line."""
    found: list[str] = []
    for line in (SPECIMENS / name).read_text().splitlines():
        if line.startswith(("20", "{")):
            found.append(line)
        elif found:
            found[-1] += "\n" + line
    return found


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("order", ["newest first", 1, 2, 3])
def test_the_order_of_the_lines_does_not_matter(
    name: str, order: int | str, tmp_path: Path
) -> None:
    written = records(name)
    given = written[::-1]
    if isinstance(order, int):
        random.Random(order).shuffle(given)
    for folder, lines in (("written", written), ("given", given)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("\n".join(lines) + "\n")
    shown, found = (report(tmp_path / folder / name) for folder in ("written", "given"))
    assert shown.exposure.calls == 1
    assert (found.exposure.calls, found.exposure.turns) == (1, shown.exposure.turns)
    assert found.latency == shown.latency
    assert found.signals["false_cutoffs"] == shown.signals["false_cutoffs"]
    assert sum(found.inputs[0].unread.values()) == sum(shown.inputs[0].unread.values())


@pytest.mark.parametrize("name", LOGS)
def test_two_logs_one_behind_the_other_are_not_shuffled(name: str) -> None:
    assert not sorted_calls.are_shuffled("\n".join([*records(name) * 2, ""]).encode())
