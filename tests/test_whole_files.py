"""A file is there whole, whatever happens while it is written, and an error says which it was."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from tuner import whole_files
from tuner.cli.main import run
from tuner.errors import UsageError, fault


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_named_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*page\.html"):
        whole_files.write(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_on_a_full_disk_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests import samples

    monkeypatch.setattr(os, "fsync", full)
    page = tmp_path / "page.html"
    log = samples.FOLDER / "healthy-info.jsonl"
    assert run(["report", str(log), "-o", str(page)]) == 2
    said = capsys.readouterr().err
    assert f"{page}: No space left on device\n  Free some space.\n" in said
    assert not page.exists()


def test_a_full_temporary_folder_is_no_fault_of_ours() -> None:
    with pytest.raises(OSError, match="No space") as caught:
        full()
    assert "set TMPDIR" in fault(caught.value)


def test_a_file_that_is_cleared_away_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, cleared = whole_files._locked, list[Path]()

    def cleared_before(handle: int, wait: bool) -> bool:
        if not cleared:
            cleared.extend(tmp_path.iterdir())
            cleared[0].unlink()
        return locked(handle, wait)

    monkeypatch.setattr(whole_files, "_locked", cleared_before)
    whole_files.write(tmp_path / "a", b"new")
    assert cleared
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


@pytest.mark.parametrize(("folder", "advice"), [("gone", "mkdir"), ("file", "another folder")])
def test_a_folder_that_takes_no_file_is_refused_with_what_to_do(
    folder: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is no folder to write to") as caught:
        whole_files.check_new(tmp_path / folder / "a.csv", force=False)
    assert advice in caught.value.next_step


@pytest.fixture(params=["pipe", "link to a pipe", "socket", "device"])
def no_plain_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that holds no bytes, and would be gone if a file took its name."""
    path = tmp_path / "other"
    if request.param == "socket":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
        return path
    if request.param == "device":
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")
        return path
    os.mkfifo(path)
    link = tmp_path / "link"
    link.symlink_to(path)
    return link if request.param.startswith("link") else path


def test_what_is_no_plain_file_is_never_replaced(no_plain_file: Path) -> None:
    before = no_plain_file.stat()
    with pytest.raises(OSError, match="no plain file"):
        whole_files.write(no_plain_file, b"new")
    with pytest.raises(OSError, match="no plain file"):
        whole_files.try_out(no_plain_file)
    with pytest.raises(UsageError, match="no plain file"):
        whole_files.check_new(no_plain_file, force=True)
    assert os.path.samestat(no_plain_file.stat(), before)


OUTPUTS = {
    "export": ("export", "LOG", "--force", "-o"),
    "page": ("report", "LOG", "-o"),
    "page of a report": ("analyze", "LOG", "--html"),
    "state": ("analyze", "LOG", "--state"),
    "profile": ("tune", "LOG", "--force", "-o"),
    "load test": ("load-test", "--webhook", "http://127.0.0.1:1/a", "--calls", "1", "--html"),
    "store": ("analyze", "LOG", "--store"),
}
ENDINGS = {"export": "csv", "profile": "env", "store": "db"}


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_output_replaces_a_pipe(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests import samples

    out = tmp_path / f"out.{ENDINGS.get(name, 'html')}"
    os.mkfifo(out)
    log = str(samples.FOLDER / "healthy-info.jsonl")
    target = f"sqlite:///{out}" if name == "store" else str(out)
    assert run([log if word == "LOG" else word for word in (*OUTPUTS[name], target)]) == 2
    assert "internal error" not in capsys.readouterr().err
    assert out.is_fifo()
