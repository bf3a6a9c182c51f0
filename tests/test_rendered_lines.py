"""Lines that the scan gets as LiveKit's JSON count the same as line by line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest

from tests import formats
from tests.in_turn import in_turn
from tests.test_scan_text import RECORDS as SAMPLES
from tests.test_scan_text import Fields, damaged, stored, varied
from tuner.exports import record_kinds
from tuner.inputs.chunks import Chunk
from tuner.lines import text_lines
from tuner.lines.layouts import NONE
from tuner.reading import careful, fast, rendered_lines
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.scan import ready
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")


def naive_console(found: Fields) -> str:
    line = formats.structlog_console(found)
    return line[:10] + " " + line[11:].replace("Z ", " ", 1)


def millis(found: Fields) -> str:
    record = json.loads(formats.structlog(found))
    record["timestamp"] = 1_795_167_698_299 + found.get("at", 0)
    return json.dumps(record, ensure_ascii=False)


def bare_console(found: Fields) -> str:
    """A line of structlog's console without fields."""
    return (
        formats.structlog_console(found).partition(f" [{found['name']}]")[0] + f" [{found['name']}]"
    )


def no_logger(found: Fields) -> str:
    """What a formatter writes that leaves the logger out, in LiveKit's order."""
    own = {"message": found["message"], "level": found["level"]}
    rest = {key: value for key, value in found.items() if key not in (*own, "name")}
    return json.dumps({**own, **rest, "timestamp": found["timestamp"]}, ensure_ascii=False)


def node(found: Fields) -> str:
    """As agents-js logs by pino: no logger."""
    record = json.loads(formats.pino(found))
    return json.dumps({**{k: record[k] for k in ("level", "time", "pid")}, **record, "name": None})


def ecs(found: Fields) -> str:
    """As ecs-logging writes it: its version looks like a number, the message stands twice."""
    own = {"@timestamp": found["timestamp"], "log.level": found["level"].lower()}
    inner = {"logger": found["name"], "original": found["message"]}
    rest = {"message": found["message"], "ecs.version": "1.6.0", "log": inner}
    return json.dumps({**own, **rest, **formats._extras(found)}, ensure_ascii=False)


def sorted_keys(found: Fields) -> str:
    """LiveKit's own fields in another order."""
    return json.dumps(found, sort_keys=True, ensure_ascii=False)


def compact(found: Fields) -> str:
    return json.dumps({"time": 5, **found}, separators=(",", ":"))


LAYOUTS: dict[str, Callable[[Fields], str]] = {
    "console": formats.structlog_console,
    "console without a zone": naive_console,
    "console without fields": bare_console,
    "structlog": formats.structlog,
    "milliseconds": millis,
    "no logger": no_logger,
    "loguru": formats.loguru,
    "ecs": ecs,
    "sorted keys": sorted_keys,
    "compact": compact,
    "pino": lambda found: node(found).replace(', "name": null', ""),
}
MANY = SAMPLES[0][:500] + SAMPLES[2][:300]
RECORDS = varied(SAMPLES[0], 4) + SAMPLES[2][:40]
CALL = RECORDS[100]["job_id"]


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    rendered_lines._known.cache_clear()
    yield
    rendered_lines._known.cache_clear()


def both(
    data: bytes, only: Filter = EVERYTHING, strict: bool = False
) -> tuple[Summary, Summary | None]:
    """What is counted line by line, and by the scan; None if it leaves the chunk to the other."""
    return careful.summarize(Chunk(data, at=len(data)), only, 1000.0), by_scan(data, only, strict)


def by_scan(data: bytes, only: Filter, strict: bool) -> Summary | None:
    return fast._scanned(Chunk(data, at=len(data)), only, 1000.0, strict, NONE)


def agree(data: bytes, only: Filter = EVERYTHING) -> None:
    """Where the scan reads a chunk, it counts what is counted line by line."""
    by_line = stored(careful.summarize(Chunk(data, at=len(data)), only, 1000.0))
    for strict in (False, True):
        scanned = by_scan(data, only, strict)
        assert scanned is None or stored(scanned) == by_line


def lines(layout: str, records: list[Fields]) -> list[bytes]:
    return [LAYOUTS[layout](record).encode() for record in records]


@pytest.mark.parametrize(("layout", "only"), in_turn(LAYOUTS, [EVERYTHING, Filter(call=CALL)]))
def test_both_ways_count_the_same(layout: str, only: Filter) -> None:
    unnamed = [{k: v for k, v in record.items() if k != "job_id"} for record in RECORDS[:40]]
    agree(b"\n".join(lines(layout, [*RECORDS, *unnamed])) + b"\n", only)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damaged_lines_count_the_same(layout: str) -> None:
    dice = random.Random(layout)
    for _ in range(6):
        written = lines(layout, MANY[:100])
        for _ in range(dice.randrange(1, 4)):
            damaged(written, MANY, dice)
        agree(b"\n".join(written) + b"\n")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nearly_all_lines_are_counted_by_the_scan(layout: str) -> None:
    info = [record for record in RECORDS if record["level"] != "DEBUG"] * 3
    by_line, scanned = both(b"\n".join(lines(layout, info)) + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert rendered_lines._known.cache_info().currsize == 1
    assert len(fast._json_scanner().places()) * 4 <= len(info)


MESSAGES = (
    *("x: y", "word - x", "x | y", "INFO x", "a=b", "x [y]", "x  y", "x (a=b)", "x {y", "- x"),
    *('say "x"', "it's", "x\\y", "12:30:00 x", "[x] y", "\u00fc", "x \u00fc", "x,", "x ->", "x :"),
)


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_message_that_may_read_otherwise_counts_the_same(layout: str, part: int) -> None:
    texts = [text for message in MESSAGES[part::5] for text in ("x y", message)]
    odd = [{**MANY[100], "message": text, "level": "INFO"} for text in texts]
    agree(b"\n".join(lines(layout, [*MANY[60:110], *odd])) + b"\n")


def test_the_logger_between_message_and_fields_is_the_records() -> None:
    line = formats.structlog_console(RECORDS[100]).encode()
    record = text_lines.parse(line)
    assert record is not None
    assert (record.logger, record.message) == (RECORDS[100]["name"], RECORDS[100]["message"])


@pytest.mark.parametrize(
    ("name", "message", "of_python", "of_node"),
    [
        ("llm_ttft@metrics", "LLM metrics", {"ttft": 0.25}, {"ttftMs": 350, "inputTokens": 7}),
        ("vad_slow", "inference is slower than realtime", {"delay": 0.25}, {"delay": 350}),
    ],
)
def test_without_a_logger_fields_tell_whose_line_it_is(
    name: str, message: str, of_python: Fields, of_node: Fields
) -> None:
    """agents-js begins lines as Python's do, and has other fields or units in them."""
    found = {"message": message, "level": "WARNING", "job_id": "AJ_x", "name": ""}
    found["timestamp"] = "2026-11-20T09:36:05.904+00:00"
    records = [of_python, of_node, of_python, of_python, of_node] * 20
    data = b"\n".join(no_logger({**found, **each}).encode() for each in records) + b"\n"
    by_line, scanned = both(data)
    assert by_line.histogram(name).counts == {250: 60, 350: 40}
    assert scanned is not None
    assert stored(scanned) == stored(by_line)


@pytest.mark.parametrize(("share", "odd"), [(3, 0), (7, 0), (4, 3)])
def test_what_reads_more_lines_reads_the_chunk(share: int, odd: int) -> None:
    """LiveKit's own JSON beside an app's: of ten lines so many are LiveKit's, or nobody's."""
    info = [record for record in MANY if record["level"] != "DEBUG"] * 3
    kinds = [json.dumps] * share + [lambda _: '{"a": 1}'] * odd
    kinds += [formats.structlog] * (10 - len(kinds))
    written = [kinds[n % 10](found).encode() for n, found in enumerate(info)]
    by_line, scanned = both(b"\n".join([formats.structlog(info[0]).encode(), *written]) + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    others = min(share + odd, 10 - share) / 10
    assert fast._json_scanner().left <= (others + 0.05) * len(info)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_short_chunk_says_nothing_of_the_next_one(layout: str) -> None:
    for data in (b"2026-11-20 09:36:05,123 INFO app: x\n", b'{"message": "x", "a": 1}\n'):
        both(data)
        _, scanned = both(b"\n".join(lines(layout, MANY[:60])) + b"\n")
        assert scanned is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_lines_that_are_left_go_back_in_time_too(
    layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has learnt all that it can renders hardly any line of the next log."""
    monkeypatch.setattr(record_kinds, "_MOST_TRIED", 1)
    pasted = [{**MANY[0], "first": "x"}, *MANY[:150], *MANY[:150]]
    by_line, scanned = both(b"\n".join(lines(layout, pasted)) + b"\n")
    assert scanned is None or scanned.unordered == by_line.unordered
    assert by_line.unordered is (layout != "milliseconds")


def test_what_is_no_record_of_such_a_layout_is_not_rendered() -> None:
    assert rendered_lines.of(NONE, [b"hello", b"", b"{}"]) is None


def test_the_logger_behind_a_message_without_fields_is_the_records() -> None:
    for found in MANY[:200]:
        record = text_lines.parse(bare_console(found).encode())
        assert record is not None
        assert (record.logger, record.message) == (found["name"], found["message"].strip())


@pytest.mark.parametrize(
    "line",
    [
        *("2026-11-20T09:36:05Z [info] done [x]", "2026-11-20T09:36:05Z INFO      done [x]"),
        *(
            "2026-11-20T09:36:05Z [info     ] app: done [x y]",
            "2026-11-20T09:36:05Z [info     ] app: done [x]",
        ),
    ],
)
def test_brackets_behind_other_messages_are_part_of_them(line: str) -> None:
    record = text_lines.parse(line.encode())
    assert record is not None
    assert record.message.endswith(line[-7:])


@pytest.mark.parametrize("share", [0, 1, 3])
def test_lines_without_fields_count_the_same(share: int) -> None:
    written = [
        LAYOUTS["console"](found) if n % 4 < share else bare_console(found)
        for n, found in enumerate(RECORDS)
    ]
    written[5::9] = [line.partition(" [livekit")[0] for line in written[5::9]]
    agree("\n".join(written).encode() + b"\n")


@pytest.mark.parametrize("layout", ["structlog", "console", "milliseconds"])
def test_numbers_are_known_however_many_digits_python_writes(layout: str) -> None:
    dice = random.Random(layout)
    delays = [dice.random() * 10.0**-n for n in range(4) for _ in range(40)]
    assert {len(repr(delay)) for delay in delays} >= {18, 19, 20, 21, 22}
    shown = next(found for found in RECORDS if found["message"] == "received user transcript")
    some = [*RECORDS[:200], *({**shown, "transcript_delay": delay} for delay in delays)]
    data = b"\n".join(lines(layout, some)) + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    left = [bytes(data[place.start : place.end]) for place in fast._json_scanner().places()]
    usual = [line for line in left if b"received user transcript" in line and b"e-" not in line]
    assert len(usual) < 4
