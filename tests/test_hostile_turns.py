"""Turn logs with times and figures that cannot be, through the commands that judge calls."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests import samples
from tuner.cli import main as cli

TURNS = samples.ROOT / "tests" / "whatif" / "slow-thinker.d05.jsonl.gz"
LAST = "9999-12-31T23:59:59.999999+00:00"
"""Rounded to what a float can hold, it is a time of the year 10000."""
COMMANDS = (
    ("analyze", "log", "--store", "sqlite:///calls.db"),
    ("trend", "sqlite:///calls.db"),
    ("trend", "sqlite:///calls.db", "--json"),
    ("analyze", "log", "--html", "page.html"),
    ("calls", "log"),
    ("compare", "log", "--by", "day"),
    ("what-if", "log"),
    ("watch", "log", "--once"),
)


@pytest.mark.parametrize("when", [LAST, "0001-01-01T00:00:00+14:00"])
def test_the_last_time_that_there_is_ends_no_command(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sqlalchemy", reason="pip install 'voice-tuner[store]'")
    monkeypatch.chdir(tmp_path)
    lines = gzip.decompress(TURNS.read_bytes()).splitlines()
    for n in range(0, len(lines), 3):
        lines[n] = lines[n][: -len(LAST) - 2] + f'{when}"}}'.encode()
    Path("log").write_bytes(b"\n".join(lines) + b"\n")
    for command in COMMANDS:
        code = cli.run(list(command))
        err = capsys.readouterr().err
        assert "internal error" not in err, (command, err)
        assert code in (0, 1, 2)
