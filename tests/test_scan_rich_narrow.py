"""Screens on which columns cut words, fold them, or leave a message many lines: what the scan makes
of them equals what the careful reader does, which finds what the log itself has."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import rich_screens, samples
from tests.in_turn import in_turn
from tests.rich_screens import VERSIONS
from tests.test_scan_text import both, stored
from tuner.lines import rich_records
from tuner.lines.message_starts import message_starts
from tuner.reading import rich_regions
from tuner.reading import rich_screens as screens
from tuner.reading.rich_lines import RichLines, row_at
from tuner.scan import ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

Fields = dict[str, Any]
BELOW = ("1.3.6", "1.5.8")
HEAD = b"    16:19:59.000 %b livekit.agents     "
LINE = b"16:19:59.000 INFO livekit.agents "
FEWER = 60
"""One record in so many at most is left to Python."""


def of_openai(found: Fields) -> Fields:
    """The same record of an agent that speaks with OpenAI: narrow columns cut its address."""
    text = json.dumps(found).replace("http://127.0.0.1:40305", "https://api.openai.com")
    shown: Fields = json.loads(text)
    return shown


DEBUG = [
    of_openai(json.loads(line))
    for line in samples.data("false-interruptions.jsonl").splitlines()[1500:1800]
    if b"tuner.turns" not in line
]


@pytest.mark.parametrize(
    ("width", "strict"), in_turn([60, 63, 66, 70, 80, 90, 100, 250], [False, True])
)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_screen_of_any_width_is_scanned(version: str, width: int, strict: bool) -> None:
    by_line, scanned = both(rich_screens.screen(DEBUG, VERSIONS[version], width).encode(), strict)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert len(screens.scanner().places()) * FEWER <= by_line.records


@pytest.mark.parametrize("width", [60, 64, 66, 80])
@pytest.mark.parametrize("version", BELOW)
def test_a_narrow_screen_has_the_figures_of_a_wide_one(version: str, width: int) -> None:
    narrow, wide = (
        both(rich_screens.screen(DEBUG, VERSIONS[version], each).encode())[0]
        for each in (width, 250)
    )
    assert wide.counts["tts_metrics"] > 3 and wide.counts["commit"] > 3
    assert stored(narrow)["histograms"] == stored(wide)["histograms"]
    for call, counted in wide.calls.items():
        assert narrow.calls[call].commits == counted.commits
        assert narrow.calls[call].eous == counted.eous
    for kind in ("http_headers", "http_started", "connect"):  # all that can be read, or none
        assert narrow.counts[kind] in (0, wide.counts[kind])


@pytest.mark.parametrize("width", range(58, 76, 2))
def test_headers_are_found_wherever_they_are_folded(width: int) -> None:
    by_line, scanned = both(rich_screens.screen(DEBUG, VERSIONS["1.3.3"], width).encode())
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert by_line.counts["http_headers"] == sum(
        found["message"].startswith("receive_response_headers.complete") for found in DEBUG
    )


def row(message: str, level: str = "INFO    ", fields: str = "") -> bytes:
    """A row with this message, whose lines stand below each other, and the fields below it."""
    head = HEAD % level.encode()
    lines = f"\n{' ' * len(head)}".join(message.split("\n"))
    return head + lines.encode() + b"\n" + fields.encode()


def put_together(data: bytes) -> str:
    """What the scan gets of the first record, "" if it is left; counts are the same."""
    by_line, scanned = both(data * 40)
    assert scanned is None or stored(scanned) == stored(by_line)
    found = rich_regions.regions(RichLines(), data + row("done"))
    assert found is not None and len(found.lines) == 3
    first = bytes(found.text).split(b"\n")[0]
    return first.removeprefix(LINE).decode() if first.startswith(LINE) else ""


CUT = (
    "receive_response_headers.comp…\nreturn_value=(b'HTTP/1.1',\n200, b'OK', [])",
    "receive_response_headers.…\nreturn_value=(b'HTTP/1.1',\n200, b'OK', [])",
    "receive_response_headers.…\nreturn_value=(b…\n200, b'OK', [])",
    "receive_resp…\nreturn_value=…\n200, b'OK', [])",
    'HTTP Request: POST\nhttps://api.openai.com/v1/chat/c…\n"HTTP/1.1 200 OK"',
    'HTTP Request: POST\nhttps://api.o…\n"HTTP/1.1 200 OK"',
    'HTTP Request: POST\nhttps://api.openai.com/v1/audio/s…\n"HTTP/1.1 200 OK"',
    "connect_tcp.complete\nreturn_value=<httpcore2._backend…\nobject at 0x7fac5c0eed90>",
    "send_request_headers.sta…",
    "user turn comm…",
    "LLM metr…",
    "_SegmentSync…\ncalled after close",
    "_SegmentSynchronizerImpl.on_play…\ncalled after close",
    "_Seg…\ncalled after close",
    "no request_id provided for TTS\nlivekit.plugin…",
    "… and more",
    "well… I see… https://a…\nhttps://b/chat/comp…",
    "an address https://x.y/aud… of mine",
    "…",
    "see xhttps://a.b/chat/c…\nhttps://a.b/chat/c… for that",
)


@pytest.mark.parametrize("message", CUT)
def test_words_that_a_column_cut_are_completed_alike(message: str) -> None:
    completed = rich_records._completed_words(" ".join(message.split("\n")))
    assert put_together(row(message)) in (completed, "")
    assert put_together(row(message, fields=f'{"":37}{{"pid": 7}}\n')) in (
        f'{completed} {{"pid": 7}}',
        "",
    )
    assert message.startswith(("…", "see")) or put_together(row(message)) == completed


def test_every_known_message_is_completed_alike() -> None:
    for line in message_starts():
        for size in range(1, len(line.starts)):
            text = line.starts[:size].rstrip() + "…"
            if "{" not in text and rich_regions.is_screen(row(text)):
                found = rich_regions.regions(RichLines(), row(text) + row("done"))
                assert found is not None and not found.left
                made = bytes(found.text).split(b"\n")[0].removeprefix(LINE).decode()
                assert made == rich_records._completed_words(text)


def test_of_two_messages_that_begin_alike_the_whole_one_comes_first() -> None:
    known = rich_records.known_messages()
    for at, (text, is_whole) in enumerate(known):
        assert is_whole or (text, True) not in known[at:]
    assert rich_records._completed_words("LLM metr…") == "LLM metrics"


FOLDED = (
    ('{"lk.pii.user_trans', 'cript": "my order",', '"pid": 7}'),
    ('{"a": "my order", "b":', '"' + "x" * 80, 'yyy", "pid": 7}'),
    ('{"größe_des_bestellt', 'en": "ä",', '"pid": 7}'),
)


@pytest.mark.parametrize("lines", FOLDED, ids=[lines[0] for lines in FOLDED])
def test_a_word_longer_than_the_screen_goes_on_below(lines: Sequence[str]) -> None:
    first, *others = lines
    width = max(41 + len(first), *map(len, others)) if "x" not in others[0] else len(others[0])
    shown = " " * (width - len(first) if others[0][:1] != '"' else 37) + first
    data = row("user words", fields="\n".join((shown, *others)) + "\n")
    text = put_together(data)
    whole = json.loads(text.removeprefix("user words "))
    assert whole["pid"] == 7 and not any(" " in key for key in whole)


def test_a_word_that_does_not_fill_the_screen_is_not_folded() -> None:
    fields = f'{"":37}{{"user\nwords": "which are as long as this screen is wide", "pid": 7}}\n'
    text = put_together(row("user words", fields=fields))
    assert text in (
        "",
        'user words {"user words": "which are as long as this screen is wide", "pid": 7}',
    )


def test_a_number_that_a_column_cut_is_no_value() -> None:
    older = b"    16:19:59 INFO   livekit.agents   "
    lines = ('VAD {"delay":', "    0.2045932…", '    "job_id":', '    "AJ_adzv…', '    "pid": 7}')
    data = older + f"\n{' ' * len(older)}".join(lines).encode() + b"\n" + older + b"done\n"
    by_line, scanned = both(data * 40)
    assert scanned is not None and stored(scanned) == stored(by_line)
    found = rich_regions.regions(RichLines(), data)
    assert found is not None and not found.left
    assert b'VAD {"pid": 7}' in bytes(found.text)


@pytest.mark.parametrize("lines", [150, 399, 400, 401, 402])
def test_a_record_of_many_lines_is_read_up_to_the_same_one(lines: int) -> None:
    words = "\n".join(f"word{n}" for n in range(lines))
    older = b"    16:19:59 INFO   livekit.agents   "
    beside = [f'word{n}  {"{" if not n else ""}"k{n}": {n},' for n in range(lines)]
    beside[-1] = beside[-1][:-1] + "}"
    for data in (
        row(words, fields=f'{"":37}{{"pid": 7}}\n'),
        older + f"\n{' ' * len(older)}".join(beside).encode() + b"\n",
    ):
        by_line, scanned = both(data * 30 + data)
        assert scanned is None or stored(scanned) == stored(by_line)


@pytest.mark.parametrize("version", VERSIONS)
def test_whether_records_go_back_in_time_is_seen_alike(version: str) -> None:
    rows = rich_screens.screen(DEBUG, VERSIONS[version], 120).encode()
    starts = [at for at in range(len(rows)) if row_at(rows, at) is not None]
    timed = [at for at in starts if rows[at + 4 : at + 5] != b" "]
    half = timed[len(timed) // 2]
    for data in (rows, rows[half:] + rows[:half]):
        by_line, scanned = both(data)
        assert scanned is not None
        assert scanned.unordered == by_line.unordered
    late = [
        {**found, "timestamp": f"2026-11-20T10:00:{n // 10 + 20 * (n % 2):02d}.000+00:00"}
        | {"job_id": f"AJ_{n % 2}", "room": ""} | ({"job_id": "", "pid": n % 2} if n > 200 else {})
        for n, found in enumerate(DEBUG)
    ]  # fmt: skip
    by_line, scanned = both(rich_screens.screen(late, VERSIONS[version], 120).encode())
    assert scanned is not None
    assert not scanned.unordered and not by_line.unordered
    back = DEBUG[150:] + DEBUG[:150]
    later = [{**found, "timestamp": f"2026-11-20T10:{n // 60:02d}:{n % 60:02d}.000+00:00"}
             for n, found in enumerate(back)]  # fmt: skip
    by_line, scanned = both(rich_screens.screen(later[::-1], VERSIONS[version], 120).encode())
    assert scanned is not None
    assert scanned.unordered and by_line.unordered


@given(st.integers(0, 10**9))
@settings(max_examples=30, deadline=None)
def test_what_a_column_cut_counts_the_same(seed: int) -> None:
    dice = random.Random(seed)
    start = dice.randrange(len(DEBUG) - 40)
    version = VERSIONS[dice.choice(list(VERSIONS))]
    width = dice.choice((57, 60, 62, 65, 68, 71, 75, 80, 88, 95))
    lines = rich_screens.screen(DEBUG[start : start + 40], version, width).split("\n")
    for _ in range(dice.choice((0, 1, 4))):
        at = dice.randrange(len(lines))
        cut = dice.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:cut] + dice.choice(("…", "… ", "", "x… y", "\n")) + lines[at][cut:]
    by_line, scanned = both("\n".join(lines).encode(), strict=True)
    if scanned is not None:
        found, truly = stored(scanned), stored(by_line)
        for each in (*found["other_lines"], *truly["other_lines"]):
            each[3] = ""  # of those that begin alike either keeps the one it saw first
        assert found == truly
