"""A packed log that is cut off, damaged or followed by other bytes is read as far as it goes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests import samples
from tuner import pipeline
from tuner.errors import InputError
from tuner.inputs import packed
from tuner.inputs.unpack import CountedStream, some, unpack

LOG = b"\n".join(samples.data("cut-offs.jsonl.gz").splitlines()[:900]) + b"\n"
GZ = gzip.compress(LOG)
needs_gzip = pytest.mark.skipif(shutil.which("gzip") is None, reason="needs the program gzip")


class Pipe(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        return self._data.readinto(buffer)


def read(data: bytes, source: Callable[[bytes], object] = io.BytesIO) -> tuple[bytes, str]:
    """What is unpacked of a file, and why it stopped early."""
    stream, _ = unpack(CountedStream(source(data)))
    found = b""
    try:
        while piece := some(stream, 1 << 16):
            found += piece
    except ValueError as error:
        return found, str(error)
    return found, ""


def gzip_dc(data: bytes) -> bytes:
    return subprocess.run(["gzip", "-dc"], input=data, capture_output=True, check=False).stdout


def damaged(at: int, data: bytes = GZ) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


DAMAGE = {
    "cut header": GZ[:7],
    "two bytes": GZ[:2],
    "cut name": gzip.compress(b"", mtime=0)[:3] + b"\x08" + bytes(6) + b"agent.lo",
    "cut": GZ[:5_000],
    "cut trailer": GZ[:-3],
    "without trailer": GZ[:-8],
    "bad checksum": damaged(len(GZ) - 8),
    "bad length": damaged(len(GZ) - 4),
    "trailing text": GZ + b"trailing\n",
    "trailing byte": GZ + b"\x1f",
    "zeros and text": GZ + bytes(2_000) + b"x",
    "second member cut": GZ + GZ[:4_000],
    "second member damaged": GZ + damaged(len(GZ) - 8),
    "unknown method": GZ + b"\x1f\x8b\x07" + bytes(20),
}


@needs_gzip
@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
def test_a_broken_gz_gives_what_gzip_gives_and_says_where_it_broke(data: bytes) -> None:
    found, why = read(data)
    assert found.startswith(gzip_dc(data))
    assert LOG.startswith(found) or found.startswith(LOG)
    assert "byte" in why


@needs_gzip
def test_a_gz_cut_anywhere_gives_what_gzip_gives() -> None:
    for cut in random.Random(3).sample(range(20, len(GZ)), 60):
        assert read(GZ[:cut])[0].startswith(gzip_dc(GZ[:cut]))


def test_of_damaged_gz_comes_all_before_the_damage() -> None:
    for at in random.Random(4).sample(range(20, len(GZ) - 8), 15):
        data, decoder, whole = damaged(at), zlib.decompressobj(31), b""
        try:
            for byte in data:
                whole += decoder.decompress(bytes([byte]))
        except zlib.error:
            pass
        assert read(data)[0] == whole
        assert whole.startswith(read(data, Pipe)[0])


WHOLE = {
    "members": GZ + GZ,
    "padded": GZ + bytes(700),
    "padded between": GZ + bytes(70_000) + GZ,
    "gz in gz": gzip.compress(GZ),
    "gz in zst": zstandard.compress(GZ),
    "utf-16 in gz": gzip.compress(LOG.decode().encode("utf-16")),
    "utf-32": LOG.decode().encode("utf-32"),
    "utf-32 in gz": gzip.compress(LOG.decode().encode("utf-32")),
    "utf-32-le": LOG.decode().encode("utf-32-le"),
    "utf-32-be": LOG.decode().encode("utf-32-be"),
    "frames": zstandard.compress(LOG) + zstandard.compress(LOG),
    "skipped frame": zstandard.compress(LOG) + b"\x50\x2a\x4d\x18\x03\0\0\0abc",
    "streams": lzma.compress(LOG) + bytes(8) + lzma.compress(LOG),
    "blocks": bz2.compress(LOG) + bz2.compress(LOG),
}


@pytest.mark.parametrize("source", [io.BytesIO, Pipe])
@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_whole_files_are_unpacked_whole(data: bytes, source: Callable[[bytes], object]) -> None:
    found, why = read(data, source)
    assert found == LOG * (found.count(LOG))
    assert found.count(LOG) == (2 if data.count(data[:4]) > 1 and len(found) > len(LOG) else 1)
    assert why == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("at", [1, 40, 500, 880])
def test_what_another_program_wrote_behind_utf_16_is_read(encoding: str, at: int) -> None:
    """PowerShell 5 writes UTF-16 to a new file, and most others UTF-8 behind that."""
    lines = LOG.decode().splitlines(keepends=True)
    before = "".join(lines[:at]).encode(encoding)
    found, why = read(before + "".join(lines[at:]).encode())
    assert (found.decode().replace("\n\n", "\n"), why) == (LOG.decode(), "")


def test_texts_of_other_scripts_stay_utf_16() -> None:
    text = '{"message": "もしもし、こんにちは。今日は《' + "あいうえお" * 40 + '》"}\n'
    data = (text * 300).encode("utf-16")
    assert read(data)[0].decode() == text * 300


OTHERS = {"zst": zstandard.compress(LOG), "bz2": bz2.compress(LOG, 1), "xz": lzma.compress(LOG)}


@pytest.mark.parametrize("name", OTHERS)
def test_other_packings_cut_off_or_followed_by_text(name: str) -> None:
    data = OTHERS[name]
    assert read(data + b"trailing\n") == (LOG, f"what follows byte {len(data):,} is no {name} data")
    for cut in (3 * len(data) // 4, len(data) - 1):
        found, why = read(data[:cut])
        assert LOG.startswith(found)
        assert len(found) > len(LOG) / 3
        assert why == f"the {name} data is cut off after byte {cut:,}"
    found, why = read(damaged(3 * len(data) // 4, data))
    assert len(found) > len(LOG) / 3
    assert why.startswith(f"the {name} data is damaged at byte")


def test_a_bomb_of_one_file_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packed.SETTING, str(len(LOG) / (1 << 30)))
    assert read(gzip.compress(LOG)) == (LOG, "")
    found, why = read(gzip.compress(LOG + b"x"))
    assert LOG.startswith(found)
    assert why.startswith("it unpacks to more than")


@pytest.mark.parametrize("text", ["much", "1_0", "nan", "inf", "-1", "0", "1e-400", "１"])
def test_a_limit_that_is_no_size_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packed.SETTING, text)
    with pytest.raises(InputError, match=f"{packed.SETTING}: {text!r} is no size"):
        packed.limit()


def test_a_broken_log_counts_up_to_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.log.gz"
    path.write_bytes(GZ + b"trailing\n")
    (info,) = pipeline.analyze([path], environ={}).inputs
    assert (info.lines, info.bytes) == (900, len(LOG))
    assert info.problem == f"reading stopped early: what follows byte {len(GZ):,} is no gz data"


def test_a_short_log_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.log.zst"
    path.write_bytes(zstandard.compress(LOG[:9_000])[:-10])
    (info,) = pipeline.analyze([path, samples.FOLDER / "slow-model.dev.log"], environ={}).inputs[:1]
    assert "cut off after byte" in info.problem


def test_a_stream_that_breaks_keeps_breaking() -> None:
    stream, _ = unpack(CountedStream(io.BytesIO(GZ[:-9])))
    with pytest.raises(ValueError, match="cut off"):
        while some(stream, 1 << 20):
            pass
    with pytest.raises(ValueError, match="cut off"):
        some(stream, 1)
