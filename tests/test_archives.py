"""Files inside zip and tar are inputs of their own, however deep they lie."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests import export_shapes, samples
from tuner import pipeline
from tuner.errors import InputError
from tuner.inputs import archives, packed, streams
from tuner.inputs.archive_files import ArchiveFiles
from tuner.inputs.find import find_inputs

LINES = samples.data("cut-offs.jsonl.gz").splitlines()[:300]
LOG = b"\n".join(LINES) + b"\n"


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


PACKED = {
    "zip": zipped({"a/agent.log": LOG}),
    "tar": tarred({"a/agent.log": LOG}, "w"),
    "tar.gz": tarred({"a/agent.log": LOG}),
    "tar.xz": tarred({"a/agent.log": LOG}, "w:xz"),
    "gz in zip": zipped({"a/agent.log": gzip.compress(LOG)}),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
def test_a_member_counts_as_the_log(data: bytes, tmp_path: Path) -> None:
    plain, packed = tmp_path / "agent.log", tmp_path / "logs"
    plain.write_bytes(LOG)
    packed.write_bytes(data)
    found = pipeline.analyze([packed], environ={})
    assert samples.headline(found) == samples.headline(samples.report(plain))
    assert [info.path for info in found.inputs] == [f"{packed}!a/agent.log"]
    assert samples.headline(samples.report(f"{packed}!a/agent.log")) == samples.headline(found)


def test_archives_inside_archives_and_exports_in_them(tmp_path: Path) -> None:
    records = [json.loads(line) for line in LINES]
    inner = zipped({"one.csv": export_shapes.insights_csv(records[:150])})
    outer = tmp_path / "all.tgz"
    outer.write_bytes(tarred({"x/inner.zip": inner, "two.log": b"\n".join(LINES[150:]) + b"\n"}))
    found = pipeline.analyze([tmp_path], environ={})
    assert [info.path for info in found.inputs] == [
        f"{outer}!x/inner.zip!one.csv",
        f"{outer}!two.log",
    ]
    assert sum(info.lines for info in found.inputs) == 301


def test_a_bomb_stops_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"agent.log": LOG * 200}))
    monkeypatch.setenv(packed.SETTING, str(len(LOG) * 20 / (1 << 30)))
    (info,) = pipeline.analyze([path], environ={}).inputs
    assert "unpacks to more than" in (info.problem or "")
    assert 0 < info.bytes < len(LOG) * 21


def test_archives_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "half.zip"
    path.write_bytes(PACKED["zip"][:-30])
    files, problems, *_ = find_inputs([path])
    assert files == [f"{path}!a/agent.log"]
    assert problems[0][1].startswith("the archive is broken: the zip's list of files, from byte ")
    deep = LOG
    for _ in range(6):
        deep = zipped({"a": deep})
    path.write_bytes(deep)
    assert "deep" in find_inputs([path])[1][0][1]
    monkeypatch.setenv(packed.SETTING, "much")
    with pytest.raises(InputError, match="is no size"):
        packed.limit()
    monkeypatch.delenv(packed.SETTING)
    with pytest.raises(InputError, match="no file 'b'"), streams.opened(f"{path}!b"):
        pass


def encrypted(archive: bytes, name: str) -> bytes:
    """The archive with the mark of encryption on one member, in both of its headers."""
    data, wanted = bytearray(archive), name.encode()
    for magic, flags, start in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = data.find(magic)
        while data[at + start : at + start + len(wanted)] != wanted:
            at = data.find(magic, at + 1)
        data[at + flags] |= 1
    return bytes(data)


def test_an_encrypted_file_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(encrypted(zipped({"a.log": LOG, "b.log": LOG, "c.log": LOG[:9_000]}), "b.log"))
    found = pipeline.analyze([path], environ={}).inputs
    assert [info.path for info in found] == [f"{path}!{name}.log" for name in "abc"]
    assert [bool(info.problem) for info in found] == [False, True, False]
    assert "encrypted" in found[1].problem


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_that_is_cut_off_gives_the_files_before(mode: str, tmp_path: Path) -> None:
    path, whole = tmp_path / "logs.tar", tarred({"a.log": LOG, "b.log": LOG}, mode)
    path.write_bytes(whole[: -len(whole) // 4])
    first, second, broken = pipeline.analyze([path], environ={}).inputs
    assert (first.path, first.lines, first.problem) == (f"{path}!a.log", len(LINES), "")
    assert len(LINES) / 8 < second.lines < len(LINES)
    assert "cut off" in second.problem
    assert broken.path == str(path)
    assert broken.problem.startswith("the archive is broken: the ")
    assert "cut off" in broken.problem


def test_a_member_that_is_damaged_gives_what_stands_before(tmp_path: Path) -> None:
    path, stored = tmp_path / "logs.zip", io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.log", LOG)
    data = stored.getvalue()
    path.write_bytes(data.replace(LOG[-20:], b"x" * 20))
    (info,) = pipeline.analyze([path], environ={}).inputs
    assert len(LINES) - 20 < info.lines <= len(LINES)
    assert "CRC" in info.problem


class Pipe(io.RawIOBase):
    """A file that cannot go back: what is written to it has its sizes behind it."""

    def __init__(self) -> None:
        self.data = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self.data.write(data)


def packed_as(method: int, files: dict[str, bytes], streamed: bool = False) -> bytes:
    out = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.data.getvalue() if isinstance(out, Pipe) else out.getvalue()


METHODS = {
    "stored": packed_as(zipfile.ZIP_STORED, dict.fromkeys("ab", LOG)),
    "deflated": packed_as(zipfile.ZIP_DEFLATED, dict.fromkeys("ab", LOG)),
    "bzip2": packed_as(zipfile.ZIP_BZIP2, dict.fromkeys("ab", LOG)),
    "lzma": packed_as(zipfile.ZIP_LZMA, dict.fromkeys("ab", LOG)),
    "with the sizes behind": packed_as(zipfile.ZIP_DEFLATED, dict.fromkeys("ab", LOG), True),
}


def content(path: str) -> tuple[bytes, str]:
    """What can be had of a file of an archive, and why no more."""
    data = b""
    with archives.opened(path) as member:
        try:
            while piece := member.read(1 << 12):
                data += piece
        except Exception as error:
            return data, str(error)
    return data, ""


@pytest.mark.parametrize("method", METHODS)
def test_a_zip_that_is_cut_off_gives_what_stands_before(method: str, tmp_path: Path) -> None:
    path, whole = tmp_path / "logs.zip", METHODS[method]
    second, listed = whole.rindex(b"PK\x03\x04"), whole.index(b"PK\x01\x02")
    for size in (second - 1, second + 20, second + 40, (second + listed) // 2, listed, listed + 60):
        path.write_bytes(whole[:size])
        paths, problems, _ = find_inputs([path])
        first, *rest = [content(name) for name in paths]
        if size >= second:
            assert first == (LOG, "")
        assert LOG.startswith(first[0])
        for data, why in rest:
            assert LOG.startswith(data)
            assert (data == LOG) == (size >= listed)
            assert ("cut off after byte" in why) == (size < listed)
        assert [name for name, _ in problems] == [str(path)]
        assert f"cut off after byte {size:,}" in problems[0][1] or size >= listed
    assert len(rest) == 1
    assert len(content(f"{path}!b")[0]) == len(LOG)


def test_of_a_file_that_is_cut_off_comes_what_can_be_inflated(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    for method in ("stored", "deflated", "with the sizes behind"):
        whole = METHODS[method]
        path.write_bytes(whole[: whole.rindex(b"PK\x03\x04") + len(whole) // 4])
        first, second, broken = pipeline.analyze([path], environ={}).inputs
        assert first.lines == len(LINES)
        assert len(LINES) / 8 < second.lines < len(LINES)
        assert "the zip is cut off after byte" in second.problem
        assert "the zip is cut off after byte" in broken.problem


def test_a_zip_of_several_gigabytes_has_its_sizes_elsewhere(tmp_path: Path) -> None:
    path, out = tmp_path / "logs.zip", io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.log", "w", force_zip64=True) as one:
        one.write(LOG)
    whole = out.getvalue()
    path.write_bytes(whole[: whole.index(b"PK\x01\x02")])
    assert find_inputs([path]).files == [f"{path}!a.log"]
    assert content(f"{path}!a.log") == (LOG, "")


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_byte_costs_no_other_file_and_no_other_input(method: str, tmp_path: Path) -> None:
    path, other, whole = tmp_path / "logs.zip", tmp_path / "other.log", METHODS[method]
    other.write_bytes(LOG[:20_000])
    for at in (40, 45, 60, len(whole) // 4):
        path.write_bytes(
            whole[:at] + bytes(byte ^ 0x5A for byte in whole[at : at + 3]) + whole[at + 3 :]
        )
        one, two, *rest = pipeline.analyze([path, other], environ={}).inputs
        assert (one.path, two.path) == (f"{path}!a", f"{path}!b")
        assert one.problem
        assert two.notes or two.lines == len(LINES)
        assert [info.path for info in rest] == [str(other)]
        assert not rest[0].problem


def test_a_zip_inside_a_damaged_archive_gives_what_stands_before(tmp_path: Path) -> None:
    path, inner = tmp_path / "logs.tar", packed_as(zipfile.ZIP_STORED, {"a": LOG, "b": LOG})
    path.write_bytes(tarred({"x.zip": inner}, "w")[: len(inner) // 2 + 2_000])
    found = pipeline.analyze([path], environ={}).inputs
    assert found[0].path == f"{path}!x.zip!a"
    assert found[0].lines == len(LINES)
    assert any("cut off" in info.problem for info in found[1:])


def test_no_message_quotes_what_stands_behind_a_damaged_name(tmp_path: Path) -> None:
    path, whole = (
        tmp_path / "logs.zip",
        packed_as(zipfile.ZIP_STORED, {"a": b"my name is Jane\n" * 9}),
    )
    path.write_bytes(whole[:26] + b"\x40" + whole[27:])
    with pytest.raises(InputError, match="headers of a file differ") as caught:
        archives.opened(f"{path}!a")
    assert "Jane" not in str(caught.value)
    path.write_bytes(whole[:26] + b"\x40" + whole[27:-30])
    assert "Jane" not in str(find_inputs([path]))


def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(zipped({}))
    with pytest.raises(InputError, match=r"logs\.zip: an archive without a file that can be read"):
        pipeline.analyze([path], environ={})


def test_names_inside_lead_nowhere_and_may_hold_the_mark(tmp_path: Path) -> None:
    folder = tmp_path / "wow!"
    folder.mkdir()
    names = ["/etc/passwd", "../../up.log", "a!b.log"]
    (folder / "logs.zip").write_bytes(zipped(dict.fromkeys(names, LOG)))
    (folder / "more.tar").write_bytes(tarred(dict.fromkeys(names, LOG[:9000])))
    found = pipeline.analyze([folder], environ={}).inputs
    inside = [info.path.removeprefix(f"{folder}/") for info in found]
    assert inside == [f"{outer}!{name}" for outer in ("logs.zip", "more.tar") for name in names]
    assert {info.lines for info in found[:1]} == {len(LINES)}
    assert not any(info.problem for info in found)


def test_a_broken_archive_in_an_archive_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zipped({"half.zip": PACKED["zip"][:-30], "b.log": LOG}))
    found, good, broken = pipeline.analyze([path], environ={}).inputs
    assert (found.path, found.lines) == (f"{path}!half.zip!a/agent.log", len(LINES))
    assert good.path == f"{path}!b.log"
    assert broken.path == f"{path}!half.zip"
    assert broken.problem.startswith("the archive is broken")


@pytest.mark.parametrize("pack", [tarred, zipped], ids=["tar.gz", "zip"])
def test_files_in_their_order_are_unpacked_once(pack: Any, tmp_path: Path) -> None:
    path = tmp_path / "logs"
    names = [f"{at}.log" for at in range(40)]
    path.write_bytes(pack({name: name.encode() * 9 for name in names}))
    started: list[ArchiveFiles] = []
    begin = ArchiveFiles._begin

    def counted(files: ArchiveFiles) -> None:
        started.append(files)
        begin(files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArchiveFiles, "_begin", counted)
        for name in [*names, names[3], names[20]]:
            with archives.opened(f"{path}!{name}") as member:
                assert member.read(5) == (name.encode() * 9)[:5]
    assert len(started) == 2  # from the first file on, and again when an earlier one is asked for


def of_one_name(pack: str, *contents: bytes) -> bytes:
    """An archive in which all files are called a.log; one more is called a.log (2)."""
    names = [*["a.log"] * len(contents), "a.log (2)"]
    out = io.BytesIO()
    if pack == "zip":
        with zipfile.ZipFile(out, "w") as zip_file, warnings.catch_warnings(action="ignore"):
            for name, data in zip(names, (*contents, b"\n".join(LINES[290:299])), strict=True):
                zip_file.writestr(name, data)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in zip(names, (*contents, b"\n".join(LINES[290:299])), strict=True):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("pack", ["zip", "tar"])
def test_every_file_of_one_name_is_read(pack: str, tmp_path: Path) -> None:
    path = tmp_path / "logs"
    path.write_bytes(of_one_name(pack, b"first", b"second", b"third"))
    names = ["a.log", "a.log (2)", "a.log (3)", "a.log (2) (2)"]
    assert find_inputs([path]).files == [f"{path}!{name}" for name in names]
    contents = (b"first", b"second", b"third", b"first")
    for name, data in zip([*names[:3], names[0]], contents, strict=True):
        with archives.opened(f"{path}!{name}") as member:
            assert member.read() == data


@pytest.mark.parametrize("pack", ["zip", "tar"])
def test_a_file_that_was_added_again_after_it_grew_counts_once(pack: str, tmp_path: Path) -> None:
    path, half = tmp_path / "logs", b"\n".join(LINES[:150]) + b"\n"
    other = b"\n".join(LINES[100:250]) + b"\n"
    path.write_bytes(of_one_name(pack, half, LOG, half, other))
    found = pipeline.analyze([path], environ={}).inputs
    notes = [note for info in found for note in info.notes]
    counted = {info.path.rpartition("!")[2]: info.lines for info in found if info.lines}
    assert counted["a.log (2)"] == len(LINES)
    assert counted["a.log (4)"] == 150
    assert not {"a.log", "a.log (3)"} & set(counted)
    assert counted["a.log (2) (2)"] == 9
    assert f"{path}!a.log: the beginning of {path}!a.log (2), counted there" in notes


def test_an_archive_that_was_written_anew_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "logs"
    for text in (b"one", b"three"):
        path.write_bytes(tarred({"a.log": text, "b.log": b"2"}))
        with archives.opened(f"{path}!a.log") as member:
            assert member.read() == text


def test_archives_inside_archives_are_copied_once(tmp_path: Path) -> None:
    path = tmp_path / "logs"
    inner = tarred({"a.log": b"1", "b.log": b"2"})
    path.write_bytes(tarred({"x.tgz": inner, "y.tgz": inner}))
    wanted = ("x.tgz!a.log", "x.tgz!b.log", "y.tgz!b.log", "y.tgz!a.log", "x.tgz!a.log")
    for name in wanted:
        with archives.opened(f"{path}!{name}") as member:
            assert member.read() == (b"1" if name.endswith("a.log") else b"2")
    with pytest.raises(InputError, match="no file"):
        archives.opened(f"{path}!x.tgz!c.log")
