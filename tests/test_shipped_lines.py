"""Records of other layouts in a shipper's wrappers count by the scan as line by line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from tests import formats, shipping
from tests.in_turn import in_turn
from tests.test_rendered_lines import LAYOUTS, MANY, RECORDS, agree, both
from tests.test_scan_text import Fields, stored
from tuner.lines.layouts import NONE
from tuner.reading import fast, rendered_chunks, rendered_lines, shipped_lines
from tuner.scan import ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")


def logfmt(found: Fields) -> str:
    own = {"ts": found["timestamp"], "level": found["level"].lower(), "logger": found["name"]}
    rest = {"msg": found["message"], **formats._extras(found)}
    return " ".join(f"{key}={json.dumps(value)}" for key, value in {**own, **rest}.items())


def elsewhere(found: Fields) -> str:
    """As python-json-logger writes it where clocks are two hours ahead, or a minute wrong."""
    ahead = timedelta(hours=2) if found["level"] != "INFO" else timedelta(seconds=61)
    at = datetime.fromisoformat(found["timestamp"]) + ahead
    return formats.json_logger({**found, "timestamp": at.isoformat()})


Wrap = Callable[[bytes, Fields], bytes]


def of_container(line: bytes, found: Fields) -> bytes:
    """Two containers in turn, whose clocks leave out zeros at the end, as RFC3339Nano does."""
    at = datetime.fromisoformat(found["timestamp"]) + timedelta(microseconds=310)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0") + "Z"
    stream = "stderr" if found["level"] == "DEBUG" else "stdout"
    return f"{stamp} {stream} F ".encode() + line


def of_pod(line: bytes, found: Fields) -> bytes:
    return f"[pod/agent-7d9f-{found['job_id'][-2:]}/agent] ".encode() + line


def in_both(line: bytes, found: Fields) -> bytes:
    """The time that counts is the inner one, an hour before the other."""
    inner = datetime.fromisoformat(found["timestamp"]) - timedelta(hours=1)
    return of_container(f"{inner:%Y-%m-%dT%H:%M:%S.%f}Z stdout F ".encode() + line, found)


WRAPPERS: dict[str, Wrap] = {
    "containers": of_container,
    "containers in one": in_both,
    "pods": of_pod,
    **{
        wrap.__name__: lambda line, _, wrap=wrap: wrap(line)  # type: ignore[misc]
        for wrap in (
            *(shipping.docker, shipping.cri, shipping.compose, shipping.compose_coloured),
            *(shipping.syslog, shipping.journal, shipping.rfc5424, shipping.cloudwatch),
            *(shipping.cloudwatch_tail, shipping.kubectl),
        )
    },
}
ALL = {**LAYOUTS, "logfmt": logfmt, "json logger": formats.json_logger, "elsewhere": elsewhere}
ALL["both"] = lambda found: (elsewhere if found["message"] < "m" else formats.json_logger)(found)
QUICK = ("structlog", "loguru", "compact", "logfmt")
"""Layouts whose times have a zone, so that a shipper's says nothing of them."""
PLAIN = ("containers", "pods", "docker", "cri", "compose", "kubectl")
"""Wrappers that name no process."""


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    rendered_lines._known.cache_clear()
    shipped_lines._known.cache_clear()
    yield
    rendered_lines._known.cache_clear()


def lines(layout: str, wrapper: str, records: list[Fields]) -> list[bytes]:
    return [WRAPPERS[wrapper](ALL[layout](found).encode(), found) for found in records]


@pytest.mark.parametrize(("layout", "wrapper"), in_turn(ALL, WRAPPERS, 2))
def test_both_ways_count_the_same(layout: str, wrapper: str) -> None:
    called = [found for found in RECORDS if "job_id" in found]
    agree(b"\n".join(lines(layout, wrapper, called)) + b"\n")


@pytest.mark.parametrize(("layout", "wrapper"), in_turn(QUICK, PLAIN, 3))
def test_nearly_all_lines_are_counted_by_the_scan(layout: str, wrapper: str) -> None:
    info = [found for found in RECORDS if found["level"] != "DEBUG" and "job_id" in found] * 3
    by_line, scanned = both(b"\n".join(lines(layout, wrapper, info)) + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert len(fast._json_scanner().places()) * 4 <= len(info)


@pytest.mark.parametrize(("layout", "wrapper"), in_turn(ALL, WRAPPERS, 2))
def test_damaged_lines_count_the_same(layout: str, wrapper: str) -> None:
    dice = random.Random(layout + wrapper)
    called = [found for found in MANY if "job_id" in found]
    for _ in range(3):
        written = lines(layout, wrapper, called[:100])
        bare = lines(layout, wrapper, called)
        written[7::11] = [ALL[layout](found).encode() for found in called[7:100:11]]
        for _ in range(dice.randrange(1, 4)):
            written[dice.randrange(100)] = dice.choice(bare)[: dice.randrange(5, 300)]
        agree(b"\n".join(written) + b"\n")


def test_times_without_a_zone_have_that_of_a_wrapper_of_the_same_minute() -> None:
    info = [found for found in RECORDS if found["level"] != "DEBUG" and "job_id" in found] * 3
    by_line, scanned = both(b"\n".join(lines("json logger", "containers", info)) + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert set(scanned.clocks) == {"utc"}
    assert fast._json_scanner().left * 4 <= len(info)


def ahead(hours: int, zone: str, inner: bool = False) -> Callable[[Fields], bytes]:
    """A record without a zone in a container whose clock is so far ahead."""

    def line(found: Fields) -> bytes:
        at = datetime.fromisoformat(found["timestamp"]) + timedelta(hours=hours)
        text = formats.json_logger(found).encode()
        text = of_container(text, found) if inner else text
        return f"{at:%Y-%m-%dT%H:%M:%S.%f}{zone} stdout F ".encode() + text

    return line


CLOCKS = {
    "a day ahead": ahead(24, "Z"),
    "two hours ahead": ahead(2, "Z"),
    "another zone": ahead(2, "+02:00"),
    "the same clock in another zone": ahead(0, "+02:00"),
    "in a container in another": ahead(1, "Z", inner=True),
    "behind a container of the right time": lambda found: of_container(ahead(1, "Z")(found), found),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_no_other_clock_gives_times_their_zone(clock: str) -> None:
    info = [found for found in RECORDS if found["level"] != "DEBUG" and "job_id" in found] * 2
    agree(b"\n".join(map(CLOCKS[clock], info)) + b"\n")


@pytest.mark.parametrize(("clock", "is_ours"), [(ahead(0, "Z"), True), (ahead(2, "Z"), False)])
def test_where_most_times_have_another_zone_no_line_is_tried(
    clock: Callable[[Fields], bytes], is_ours: bool
) -> None:
    written = list(map(clock, RECORDS[:20]))
    shipped = shipped_lines.ShippedLines(NONE, ("cri",))
    assert shipped.learn(written)
    assert rendered_chunks._are_in_utc(shipped, written, b'"asctime": "') is is_ours


@pytest.mark.parametrize(
    ("rest", "key"),
    [
        ("", '"asctime": "'),
        (', "due": "2031-07-28 19:48:57"', '"asctime": "'),
        (', "ts": "2026-11-20 09:36:05,904"', ""),
        (', "asctime2": "2026-11-20 09:36:05Z"', '"asctime": "'),
    ],
)
def test_the_key_of_times_is_sure(rest: str, key: str) -> None:
    line = '{"asctime": "2026-11-20 09:36:05,904", "levelname": "INFO", "message": "x"' + rest + "}"
    assert shipped_lines.time_key([line.encode()] * 3 + [b"Traceback:"]) == key.encode()
    assert shipped_lines.time_key([line.encode(), b'{"message": "x", "levelname": "INFO"}']) == b""


def test_json_of_others_that_holds_livekits_keys_is_known_in_dockers() -> None:
    """loguru's records begin their own object with a message, as LiveKit's do."""
    info = [found for found in RECORDS if found["level"] != "DEBUG" and "job_id" in found] * 3
    by_line, scanned = both(b"\n".join(lines("loguru", "docker", info)) + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert fast._json_scanner().left * 4 <= len(info)


def test_a_wrapper_that_comes_late_is_learnt() -> None:
    called = [found for found in RECORDS if "job_id" in found and found["level"] != "DEBUG"]
    early, late = called * 4, [{**found, "job_id": "AJ_zz"} for found in called * 2]
    written = lines("structlog", "pods", early)
    assert len(b"\n".join(written)) > fast._SAMPLE
    by_line, scanned = both(b"\n".join([*written, *lines("structlog", "pods", late)]) + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert fast._json_scanner().left * 10 <= len(early) + len(late)


@pytest.mark.parametrize("wrapper", ["journal", "no", "docker", "pieces"])
def test_not_every_wrapper_may_go(wrapper: str) -> None:
    """One that names a process, that is none, that changes its line, that holds a piece of one."""
    written = {
        "journal": lines("structlog", "journal", RECORDS[:20]),
        "no": lines("structlog", "cri", RECORDS[:10]) + [b"x"] * 20,
        "docker": lines("structlog", "docker", RECORDS[:20]),
        "pieces": [line.replace(b" F ", b" P ", 1) for line in lines("ecs", "cri", RECORDS[:20])],
    }
    assert shipped_lines.of(NONE, lines("structlog", "cri", RECORDS[:20])) is not None
    assert shipped_lines.of(NONE, written[wrapper]) is None


def test_where_a_number_ends_has_to_be_sure() -> None:
    shipped = shipped_lines.ShippedLines(NONE, ("compose",))
    shipped._add(b"agent-1")
    assert shipped.learn([b"agent-1  | {}"])
    assert shipped.without(b"agent-22  | 5 x\nagent-1y") == b"5 x\n"
