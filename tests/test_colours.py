"""Text in colours counts as it does without them, and is read as fast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import formats, rich_screens
from tests.test_scan_text import RECORDS as SAMPLES
from tests.test_scan_text import Fields, stored
from tuner.execution import units
from tuner.facts.combined import without_duplicates
from tuner.inputs.chunks import Chunk
from tuner.lines import colours, look
from tuner.reading import careful, fast, uncoloured
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready
from tuner.summary.summary import Summary

_END, _BOLD = "\x1b[0m", "\x1b[1m"
_OF_LEVEL = {"DEBUG": "\x1b[36m", "INFO": "\x1b[32m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m"}


def colorlog(found: Fields) -> str:
    head = f"{formats._local(found)} {found['level']:<8} {found['name']}"
    return f"{_OF_LEVEL[found['level']]}{head}: {found['message']}{_END}"


def coloredlogs(found: Fields) -> str:
    """Time, host, logger with the process, level and message, each in a colour of its own."""
    parts = (formats._local(found), "host1", f"{found['name']}[{found['pid']}]", found["level"])
    return " ".join(f"\x1b[32m{part}{_END}" for part in (*parts, found["message"]))


def loguru(found: Fields) -> str:
    time = formats._stamp(found).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    level = f"{_OF_LEVEL[found['level']]}{_BOLD}{found['level']:<8}{_END}"
    place = f"\x1b[36m{found['name']}{_END}:\x1b[36memit{_END}:\x1b[36m120{_END}"
    return f"\x1b[32m{time}{_END} | {level} | {place} - {_BOLD}{found['message']}{_END}"


def structlog_bare(found: Fields) -> str:
    """structlog's ConsoleRenderer as it is by default."""
    time = formats._stamp(found).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    level = f"[{_OF_LEVEL[found['level']]}{_BOLD}{found['level'].lower():<9}{_END}]"
    logger = f"[{_END}{_BOLD}\x1b[34m{found['name']}{_END}]{_END}"
    return f"\x1b[2m{time}{_END} {level} {_BOLD}{found['message']:<30}{_END} {logger}"


def structlog(found: Fields) -> str:
    pairs = formats._extras(found).items()
    rest = (f"\x1b[36m{key}{_END}=\x1b[35m{value!r}{_END}" for key, value in pairs)
    return " ".join((structlog_bare(found), *rest))


LAYOUTS: dict[str, Callable[[Fields], str]] = {
    each.__name__: each for each in (colorlog, coloredlogs, loguru, structlog_bare, structlog)
}
RECORDS = (SAMPLES[0] + SAMPLES[2])[:1200]
_OF_SCAN = {"structlog_bare": fast._json_scanner, "structlog": fast._json_scanner}


def chunk_of(layout: str) -> Chunk:
    info = [record for record in RECORDS if record["level"] != "DEBUG"] * 12
    data = "\n".join(map(LAYOUTS[layout], info)).encode() + b"\n"
    return Chunk(data, at=len(data))


def without_colours(summary: Summary) -> Summary:
    """Evidence is shown without them: only as it is kept it has those of its line."""
    for part in filter(None, (summary, summary.echo)):
        for name, places in part.evidence.items():
            part.evidence[name] = [(line, colours.without(raw)) for line, raw in places]
    return summary


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_coloured_text_counts_as_line_by_line_and_mostly_by_the_scan(layout: str) -> None:
    chunk = chunk_of(layout)
    layouts = look.look(bytes(chunk.data[: look.HEAD_BYTES]))
    assert layouts.coloured
    by_line = careful.summarize(chunk, EVERYTHING, 1000.0, layouts)
    scanned = units._summarize(chunk, units.Job(fast=True), layouts)
    assert stored(without_colours(scanned)) == stored(without_colours(by_line))
    scanner = _OF_SCAN.get(layout, fast._text_scanner)()
    assert scanner.lines == bytes(chunk.data).count(b"\n")
    assert len(scanner.places()) * 4 <= scanner.lines


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_colours_lines_keep_their_places(layout: str) -> None:
    chunk = chunk_of(layout)._replace(at=10**9)
    plain = uncoloured.taken_off(chunk)
    assert b"\x1b" not in bytes(plain.data)
    assert len(plain.data) - plain.at == len(chunk.data) - chunk.at
    assert bytes(plain.data).count(b"\n") == bytes(chunk.data).count(b"\n")


@pytest.mark.parametrize("layout", ["dev", "compact", "console"])
def test_the_colours_of_livekits_own_text_stay(layout: str) -> None:
    lines = [getattr(formats, layout)(record).encode() for record in RECORDS]
    assert b"\x1b[" in lines[0]
    assert not colours.may_go(lines)


def test_the_colours_of_a_screen_stay() -> None:
    version = next(iter(rich_screens.VERSIONS.values()))
    screen = rich_screens.screen(RECORDS[:80], version, 160, True).encode().splitlines()
    assert sum(b"\x1b[" in line for line in screen) >= 80
    assert not colours.may_go(screen)


def test_colours_that_say_where_something_ends_stay() -> None:
    lines = [f"\x1b[36magent-1  |\x1b[0m {formats.dev(r)}".encode() for r in RECORDS[:50]]
    assert not colours.may_go(lines)


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@given(st.lists(st.sampled_from(["\x1b", "\x1b[", "[", ";", "0", "31", "m", "K", "x", "\n", "é"])))
def test_the_scan_takes_off_what_a_pattern_takes_off(parts: list[str]) -> None:
    data = "".join(parts).encode()
    found = bytes(uncoloured.taken_off(Chunk(data, at=len(data))).data)
    assert found == colours.without(data)


@pytest.mark.parametrize("prefix", ["", "agent-1  | ", "2026-11-20T09:36:05.123456789Z stderr F "])
def test_a_level_and_a_message_in_colours_of_their_own_are_no_others(prefix: str) -> None:
    """colorlog's own format, alone and behind what takes the first colour for its own."""
    coloured, plain = [], []
    for record in SAMPLES[0]:
        level, message = f"{record['level']:<8}", record["message"]
        coloured.append(f"{_OF_LEVEL[record['level']]}{level}{_END} \x1b[34m{message}{_END}")
        plain.append(f"{level} {message}")
    counts = [_counts(prefix, lines) for lines in (coloured, plain)]
    assert counts[0] == counts[1]
    assert counts[0]["false_interruption"]


def _counts(prefix: str, lines: list[str]) -> dict[str, int]:
    data = "".join(f"{prefix}{line}\n" for line in lines).encode()
    found = careful.summarize(Chunk(data), EVERYTHING, 1000.0, look.look(data[: look.HEAD_BYTES]))
    return {name: n for name, n in without_duplicates(found).counts.items() if n}
