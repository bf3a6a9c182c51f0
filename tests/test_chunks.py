from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import shipping
from tuner.errors import InputError
from tuner.inputs import streams
from tuner.inputs.chunks import MAX_LINE, Chunk, chunks
from tuner.inputs.find import find_inputs

LINES = st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=30)


def cut(data: bytes, size: int) -> list[Chunk]:
    return kept(chunks(io.BytesIO(data), lambda: 0, size))


def kept(found: Iterator[Chunk]) -> list[Chunk]:
    """The chunks with their data, which holds only until the next one is read."""
    return [chunk._replace(data=bytes(chunk.data)) for chunk in found]


@given(LINES, st.integers(1, 64), st.booleans())
def test_chunks_are_whole_lines_and_lose_nothing(
    lines: list[bytes], size: int, ended: bool
) -> None:
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    found = cut(data, size)
    assert b"".join(chunk.data for chunk in found) == data
    assert all(bytes(chunk.data).endswith(b"\n") for chunk in found[:-1])


def test_two_streams_that_are_read_at_once_share_no_memory() -> None:
    cut(b"first\n", 64)
    one = chunks(io.BytesIO(b"one\n"), lambda: 0, 64)
    two = chunks(io.BytesIO(b"two\n"), lambda: 0, 64)
    first, second = next(one), next(two)
    assert (bytes(first.data), bytes(second.data)) == (b"one\n", b"two\n")


def test_an_endless_line_is_dropped_counted_and_never_held() -> None:
    data = b"first\n" + b"x" * (3 * MAX_LINE) + b"\nlast\n"
    found = cut(data, 1024)
    assert b"".join(chunk.data for chunk in found) == b"first\nlast\n"
    assert sum(chunk.dropped for chunk in found) == 1
    assert max(len(chunk.data) for chunk in found) < MAX_LINE + 4096


PIECE = b"2026-11-20T09:36:05.5Z stdout P half of a "
ENDLESS = b"x" * (2 * MAX_LINE)


@pytest.mark.parametrize(
    "data",
    [
        b"first\n" + ENDLESS + b"\nlast\n",
        b"first\n" + PIECE + b"\n" + ENDLESS + b"\nlast\n" + b"more\n" * 2000,
        ENDLESS,
        PIECE + b"\n" + ENDLESS,
    ],
    ids=["line", "piece and line", "line only", "piece and line only"],
)
def test_a_run_may_go_on_behind_every_finished_chunk(data: bytes) -> None:
    found = cut(data, 1024)
    finished = [chunk for chunk in found if not chunk.waiting]
    assert all(data[: chunk.at].endswith(b"\n") for chunk in finished)
    assert all(data[: chunk.at].endswith(chunk.data) for chunk in finished)


def test_a_partial_record_is_never_cut() -> None:
    data = shipping.LINE_WRAPPERS["cri_split"](b"a" * 900 + b"\n" + b"b" * 900 + b"\n")
    for size in range(1, len(data), 97):
        for chunk in cut(data, size):
            last = bytes(chunk.data).rstrip(b"\n").rpartition(b"\n")[2]
            assert b" stdout F " in last or not last


@pytest.mark.parametrize("name", ["gz", "bz2", "xz", "zst"])
def test_a_truncated_archive_gives_what_it_has_and_says_so(name: str, tmp_path: Path) -> None:
    data = b"".join(b"line %d\n" % i for i in range(200_000))
    path = tmp_path / "log"
    packed = shipping.ENCODINGS[name](data)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    with streams.opened(str(path)) as log:
        found = kept(chunks(log.stream, log.total))
    assert log.packed == name
    assert found[-1].problem
    text = b"".join(chunk.data for chunk in found)
    assert data.startswith(text)
    # bz2 gives whole blocks of 900 kB only
    assert len(text) > (0 if name == "bz2" else 100_000)


def test_compression_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_bytes(gzip.compress(b"hello\n"))
    with streams.opened(str(path)) as log:
        assert log.packed == "gz"
        assert [chunk.data for chunk in kept(chunks(log.stream, log.total))] == [b"hello\n"]


def test_finding_files(tmp_path: Path) -> None:
    (tmp_path / "b.log").write_text("b")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.log").write_text("a")
    (tmp_path / ".hidden").write_text("h")
    folder, pattern = str(tmp_path), str(tmp_path / "*.log")
    files, problems, _ = find_inputs([folder, pattern, str(tmp_path / "none"), "*.nothing"])
    assert [Path(f).name for f in files] == ["b.log", "a.log"]
    assert [why for _, why in problems] == [
        "no such file or folder",
        "no file matches this pattern",
    ]


def test_an_unreadable_file_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"), streams.opened(str(tmp_path)):
        pass


@given(
    lines=st.lists(st.sampled_from([b"a", b"b" * 60, b"2026 stdout P x", b"2026 stdout F y"])),
    size=st.integers(1, 60),
    ended=st.booleans(),
)
def test_ranges_of_a_file_share_no_line_and_lose_none(
    lines: list[bytes], size: int, ended: bool, tmp_path: Path
) -> None:
    path = tmp_path / "ranges"
    data = b"\n".join(lines) + b"\n" * ended
    path.write_bytes(data)
    pieces = []
    for start in range(0, len(data), size):
        with streams.opened(str(path), start, min(start + size, len(data))) as log:
            pieces.append(log.stream.read())
    assert b"".join(pieces) == data
    for piece in [piece for piece in pieces if piece][:-1]:
        assert piece.endswith(b"\n")
        assert b" stdout P " not in piece.rstrip(b"\n").rpartition(b"\n")[2]
