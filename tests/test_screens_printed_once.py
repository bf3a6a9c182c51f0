"""A Rich screen prints each record once, however its rows look beside each other: rows that leave
out their time are no second prints, and no chunk is lost while that is looked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests import rich_screens, samples
from tests.in_turn import in_turn
from tests.rich_screens import VERSIONS
from tuner.call_records.doubled_lines import bare_lines
from tuner.exports import second_prints
from tuner.exports.doubling import Doubled, Repetition, doubled
from tuner.exports.printed_lines import PrintedLines
from tuner.exports.seconds import Seconds
from tuner.inputs.chunks import Chunk

RECORDS = [
    json.loads(line)
    for line in samples.data("false-interruptions.jsonl").splitlines()
    if b"tuner.turns" not in line
]
SHIPPED: dict[str, Callable[[str], str]] = {
    "bare": lambda row: row,
    "compose": lambda row: f"agent-1  | {row}",
    "coloured": lambda row: f"\x1b[36magent-1  |\x1b[0m {row}",
    "quoted": lambda row: f"> {row}",
}


@pytest.mark.parametrize(("width", "start"), in_turn([80, 120, 200, 250], [0, 500, 1000, 1500]))
@pytest.mark.parametrize("version", VERSIONS)
def test_rows_without_a_time_are_no_second_prints(version: str, width: int, start: int) -> None:
    text = rich_screens.screen(RECORDS[start : start + 300], VERSIONS[version], width)
    assert doubled(text.encode()) is None


@pytest.mark.parametrize("shipped", SHIPPED)
def test_a_row_without_a_time_has_that_of_the_row_above(shipped: str) -> None:
    rows = [
        *(
            "    16:19:59.500 INFO     livekit.agents     one",
            f"{'':17}DEBUG    httpx2 {'':11} two",
        ),
        *(f"{'':41}the rest of two", f"{'':17}DEBUG is a word of a message"),
    ]
    made = list(bare_lines(SHIPPED[shipped](row).encode() for row in rows))
    assert made[0].startswith(b"16:19:59.500 INFO     livekit.agents")
    assert made[1].startswith(b"16:19:59.500 DEBUG    httpx2")
    assert made[2:] == [b"the rest of two", b"DEBUG is a word of a message"]


def test_no_row_of_a_screen_is_a_copy_of_the_row_above() -> None:
    head = '    16:19:59 WARNI… livekit.agents   user words {"pid": 7}\n'
    text = head + (f'{"":13}WARNI… livekit.agents   user words {{"pid": 8}}\n' * 2 + head) * 9
    lines = PrintedLines(Chunk(text.encode()), layouts=Doubled(Repetition.BARE).layouts)
    how = Doubled(Repetition.BARE)
    again = second_prints.again(lines, how, Seconds(how.near, how.times))
    assert not any(again)


@pytest.mark.parametrize("way", list(Repetition))
def test_no_chunk_is_lost_where_nothing_stands_twice(
    way: Repetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = bytearray(200)
    texts = [f"12:00:0{n}.123 INFO one of a kind {n}\n".encode() * (n + 1) for n in range(5)]
    monkeypatch.setattr(second_prints, "doubled", lambda _: Doubled(way, kept="one", other="other"))

    def chunks() -> Iterator[
        Chunk
    ]:  # as a stream gives them: each is read into the memory of the one before
        for text in texts:
            memory[: len(text)] = text
            yield Chunk(memoryview(memory)[: len(text)])

    found = b"".join(bytes(each.data) for each in second_prints.single(chunks(), 1 << 16))
    if way in (Repetition.TWO, Repetition.SHOWN):
        assert found == b"".join(texts)
    else:
        assert found.count(b"\n") == b"".join(texts).count(b"\n")
