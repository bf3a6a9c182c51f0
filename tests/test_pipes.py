"""A log that comes through a pipe, as `<(kubectl logs agent)` or a FIFO gives it, is read once."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import samples
from tuner import pipeline
from tuner.cli.main import run
from tuner.cli.stdin_file import readable
from tuner.model import Report

LINES = samples.data("healthy-info.jsonl").splitlines(keepends=True)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such pipes on Windows")


@contextmanager
def pipe(path: Path, data: bytes) -> Iterator[str]:
    """A FIFO that gives the data once."""
    os.mkfifo(path)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError):
            path.write_bytes(data)

    writer = threading.Thread(target=write)
    writer.start()
    yield str(path)
    writer.join(10)
    assert not writer.is_alive()


def figures(report: Report) -> object:
    return report.exposure, report.signals, report.latency


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_pipe_gives_the_report_of_the_file(pack: type[bytes], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"".join(LINES))
    with pipe(tmp_path / "pipe", pack(b"".join(LINES))) as log:
        report = pipeline.analyze([log], environ={})
    assert figures(report) == figures(pipeline.analyze([tmp_path / "a"], environ={}))
    assert not report.inputs[0].problem


def test_several_pipes_are_several_inputs(tmp_path: Path) -> None:
    (tmp_path / "all").write_bytes(b"".join(LINES))
    with (
        pipe(tmp_path / "1", b"".join(LINES[:100])) as one,
        pipe(tmp_path / "2", b"".join(LINES[100:])) as two,
    ):
        report = pipeline.analyze([one, two], environ={})
    assert figures(report) == figures(pipeline.analyze([tmp_path / "all"], environ={}))


def test_what_is_read_twice_is_kept_meanwhile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_bytes(b"".join(LINES))
    assert run(["calls", "--json", str(tmp_path / "a")]) == 0
    of_file = capsys.readouterr().out
    with pipe(tmp_path / "pipe", b"".join(LINES)) as log:
        assert run(["calls", "--json", log]) == 0
    assert capsys.readouterr().out == of_file


def test_a_pipe_is_watched_until_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pipe(tmp_path / "pipe", samples.data("false-interruptions.jsonl")) as log:
        assert run(["watch", log, "--json"]) == 0
    assert "alert" in capsys.readouterr().out
    with pipe(tmp_path / "other", b"") as log:
        assert run(["watch", log, str(tmp_path), "--json"]) == 2
        Path(log).read_bytes()
    assert f"{log} is read alone" in capsys.readouterr().err


def test_what_is_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from stdin")))
    with pipe(tmp_path / "pipe", b"from a pipe") as log, readable([log, "-", "-"]) as paths:
        said = [Path(path).read_bytes() for path in paths]
    assert said == [b"from a pipe", b"from stdin", b"from stdin"]


def test_disorder_that_shows_late_is_said_of_the_pipe(tmp_path: Path) -> None:
    lines = LINES * 12  # beyond what is looked at before
    with pipe(tmp_path / "pipe", b"".join(lines[len(LINES) // 2 :])) as log:
        notes = pipeline.analyze([log], environ={}).inputs[0].notes
    assert any(note.startswith(f"{log}: not in order of time") for note in notes), notes
