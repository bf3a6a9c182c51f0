"""What logcli prints, and counted syslog, give the same entries taken at once or one by one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta, timezone

import pytest

from tests.export_shapes import Fields, Shape, bare, dev, line, when, zulu
from tests.test_many_records import RECORDS, agrees, counted, fewest, found
from tuner import scan
from tuner.exports import many_records
from tuner.exports.entries import ExportEntry
from tuner.exports.plain_lines import whole_lines

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
assert fewest  # the fixture
LABELS = '{app="agent", pod="a-1"}'


def local(record: Fields) -> str:
    """The time as logcli prints it outside of UTC."""
    return when(record).astimezone(timezone(timedelta(hours=-3.5))).isoformat()


def labelled(
    make: Callable[[Fields], str] = line,
    time: Callable[[Fields], str] = zulu,
    labels: Sequence[str] = (LABELS,),
    gap: str = " ",
) -> Shape:
    def shape(records: Sequence[Fields]) -> bytes:
        lines = (
            f"{time(r)} {labels[at % len(labels)]}{gap}{make(r)}\n" for at, r in enumerate(records)
        )
        return "".join(lines).encode()

    return shape


def lengths(make: Callable[[Fields], str] = line, ends: str = "\n", behind: str = "") -> Shape:
    """Syslog with lengths, with ends of lines that are counted or stand behind."""

    def shape(records: Sequence[Fields]) -> bytes:
        out = b""
        for record in records:
            message = f"<134>1 {zulu(record)} host agent 42 - - {make(record)}{ends}".encode()
            out += b"%d %s%s" % (len(message), message, behind.encode())
        return out

    return shape


FILLED = ('{app="agent"}            ', LABELS + " ")
SHAPES: dict[str, Shape] = {
    "labels": labelled(),
    "labels, newest first": lambda records: labelled()(records[::-1]),
    "labels of dev text": labelled(dev),
    "labels, local times": labelled(dev, local),
    "labels, whole seconds": labelled(dev, lambda r: zulu(r)[:19] + "Z"),
    "labels, nanoseconds": labelled(dev, lambda r: zulu(r)[:-1] + "123Z"),
    "labels, other signs": labelled(labels=("{}", '{a="x\\"} y", _b="\\\\"}', '{a="1"b="ü"}')),
    "labels filled up": labelled(dev, labels=FILLED, gap=""),
    "labels filled up, texts indented": labelled(lambda r: "  " + dev(r), labels=FILLED, gap=""),
    "labels and a tab": labelled(gap="\t"),
    "labels and blanks": labelled(gap="   "),
    "labels, returns": labelled(lambda r: line(r) + "\r"),
    "lengths": lengths(),
    "lengths, no ends": lengths(ends=""),
    "lengths, ends behind": lengths(ends="", behind="\r\n"),
    "lengths, many ends": lengths(ends="\n\r\n", behind="\n\n"),
}
AT_ONCE = list(SHAPES)
TEXTS: dict[str, Callable[[Fields], str]] = {
    "json": line,
    "dev": dev,
    "no time": lambda r: line(bare(r)),
    "blanks": lambda r: "  " + dev(r),
    "two lines": lambda r: dev(r) + "\nTraceback (most recent call last):\n  x",
    "empty": lambda _: "",
    "short": lambda _: "x",
    "returns": lambda r: "\r" + dev(r) + "\r",
    "pieces": lambda r: "2026-11-20T09:36:05Z stdout P " + line(r)[:80],
    "a frame": lambda r: "73 <134>1 2026-11-20T09:36:05Z host agent 42 - - " + line(r),
    "labels": lambda r: f"{zulu(r)} {LABELS} {line(r)}",
    "array": lambda r: f"[{line(r)}]",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_line_gives_the_same_entry(name: str, fewest: Callable[[int], None]) -> None:
    data = SHAPES[name](RECORDS)
    for size in (501, 7_001, len(data)):
        agrees(data, size, fewest)


@pytest.mark.parametrize("name", AT_ONCE)
def test_nearly_all_are_taken_at_once(name: str, fewest: Callable[[int], None]) -> None:
    fewest(1)
    entries = found(SHAPES[name](RECORDS * 4), 1 << 20)
    single = [entry for entry in entries if isinstance(entry, ExportEntry)]
    assert len(single) < 0.2 * len(counted(entries))


@pytest.mark.parametrize("name", ["labels of dev text", "lengths", "lengths, ends behind"])
def test_an_input_may_be_cut_off_anywhere(name: str, fewest: Callable[[int], None]) -> None:
    data = SHAPES[name](RECORDS[:12])
    for end in (*range(len(data) - 500, len(data) - 20, 3), *range(len(data) - 20, len(data) + 1)):
        agrees(data[:end], 1 << 20, fewest)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_all_kinds_are_what_they_are(text: str, fewest: Callable[[int], None]) -> None:
    def one(record: Fields) -> str:
        return TEXTS[text](record) if record in RECORDS[20:90:9] else line(record)

    for shape in (labelled(one), labelled(one, labels=FILLED, gap=""), lengths(one)):
        agrees(shape(RECORDS), 7_001, fewest)
        agrees(shape(RECORDS), 1 << 20, fewest)


TIMES = (
    *("2026-11-20T09:36:05Z", "2026-11-20T09:36:05+01:00", "2026-11-20T09:36:05.1-23:59"),
    *("2026-11-20T09:36:05", "2026-11-20 09:36:05Z", "2026-11-20T09:36:05,5Z", "2026-11-20T09:36Z"),
    *(
        "2026-13-20T09:36:05Z",
        "2026-11-20T24:36:05Z",
        "1969-11-20T09:36:05Z",
        "20x6-11-20T09:36:05Z",
    ),
    *("2026-11-20T09:36:05.1234567890Z", "2026-11-20T09:36:05.Z", "2026-11-20T09:36:05+0100"),
    *("2026-11-20T09:36:05+01", "2026-11-20T09:36:05+99:99", "2026-11-20T09:36:05z", ""),
    *("2014-05-13T16:53:20Z", "2014-05-13T17:53:21+01:00", "2026-11-20T09:36:05-00:00"),
)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("make", [line, dev])
def test_a_time_before_labels_is_the_same(
    time: str, make: Callable[[Fields], str], fewest: Callable[[int], None]
) -> None:
    usual = labelled(make)(RECORDS[:9])
    agrees(usual + labelled(make, lambda _: time)(RECORDS[:9]) + usual, 1 << 20, fewest)


ODD_LABELS = (
    *(
        "{",
        "{app}",
        '{app=agent"}',
        '{1a="x"}',
        '{a="x",b="y"}',
        '{a="x", }',
        '{a="x}',
        '{a-b="x"}',
    ),
    *('{a="x\\', '{a="x\\"}', '{="x"}', '{a="x"}y', '{a="x"} {b="y"}', '{ a="x"}', '{ü="x"}'),
)


@pytest.mark.parametrize("labels", ODD_LABELS)
def test_odd_labels_are_no_labels_in_both(labels: str, fewest: Callable[[int], None]) -> None:
    agrees(labelled(labels=(LABELS, LABELS, labels))(RECORDS), 1 << 20, fewest)


COUNTS = ("0", "1", "12", "99999", "0000200", "12345678", "999999999999", "-5", "", "x")


@pytest.mark.parametrize("count", COUNTS)
def test_a_count_that_does_not_fit_is_passed_over(
    count: str, fewest: Callable[[int], None]
) -> None:
    usual = lengths()(RECORDS[:9])
    message = f"<134>1 {zulu(RECORDS[0])} host agent 42 - - {line(RECORDS[0])}\n"
    for odd in (f"{count} {message}", f"{count} {message[1:]}", f"{count}{message}"):
        agrees(usual + odd.encode() + usual, 1 << 20, fewest)


@pytest.mark.parametrize("name", ["labels", "lengths"])
def test_long_lines_are_taken_alone(
    name: str, fewest: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fewest(1)
    monkeypatch.setattr(many_records, "MAX_LINE", 500)
    entries = found(SHAPES[name](RECORDS))
    many = [entry.text for entry in entries if not isinstance(entry, ExportEntry)]
    assert max(map(len, b"\n".join(many).split(b"\n"))) in range(350, 501)


SIGNS = (b"", b"\n", b"\r\n", b" ", b"5", b"<", b">", b"{", b"}", b'"', b"\\", b",", b"\0", b"\xff")


@pytest.mark.parametrize("name", SHAPES)
def test_damaged_lines_give_the_same_entries(name: str, fewest: Callable[[int], None]) -> None:
    whole, dice = SHAPES[name](RECORDS[:24]), random.Random(name)
    for _ in range(30):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 9)):
            at = dice.randrange(len(data))
            data[at : at + dice.choice((0, 0, 1, 1, 2, 30))] = dice.choice(SIGNS)
        agrees(bytes(data), dice.choice((500, 7_001, len(data))), fewest)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_pieces_of_whole_lines_are_the_stream(size: int) -> None:
    for data in (b"", b"a", b"a\n", b"\n", b"a\n\nb\nc", b"a\nb\n"):
        pieces = list(whole_lines(data[at : at + size] for at in range(0, len(data), size)))
        assert b"".join(pieces) == data
        assert all(piece.endswith(b"\n") for piece in pieces[:-1])
