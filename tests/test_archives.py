"""Files inside zip and tar are inputs of their own, however deep they lie."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests import export_shapes, samples
from tuner import pipeline
from tuner.errors import InputError
from tuner.inputs import archives, streams
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
    monkeypatch.setenv(archives.SETTING, str(len(LOG) * 20 / (1 << 30)))
    (info,) = pipeline.analyze([path], environ={}).inputs
    assert "unpacks to more than" in (info.problem or "")
    assert 0 < info.bytes < len(LOG) * 21


def test_archives_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "half.zip"
    path.write_bytes(PACKED["zip"][:-30])
    files, problems, *_ = find_inputs([path])
    assert files == []
    assert problems[0][1].startswith("the archive is broken")
    deep = LOG
    for _ in range(6):
        deep = zipped({"a": deep})
    path.write_bytes(deep)
    assert "deep" in find_inputs([path])[1][0][1]
    monkeypatch.setenv(archives.SETTING, "much")
    with pytest.raises(InputError, match="is no number"):
        archives.limit()
    monkeypatch.delenv(archives.SETTING)
    with pytest.raises(InputError, match="no file 'b'"), streams.opened(f"{path}!b"):
        pass


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


def test_the_first_of_two_files_of_one_name_is_read_each_time(tmp_path: Path) -> None:
    path, out = tmp_path / "logs", io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for data in (b"first", b"second"):
            entry = tarfile.TarInfo("a.log")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    path.write_bytes(out.getvalue())
    for _ in range(3):
        with archives.opened(f"{path}!a.log") as member:
            assert member.read() == b"first"


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
