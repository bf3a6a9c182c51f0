"""Files that once ended a run, counted otherwise in a large log, or let something private out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.fuzz import readers
from tuner import pipeline
from tuner.cli.main import run

FOLDER = Path(__file__).parent / "hostile"
UNDERSTOOD = {
    "crash-deep-json.jsonl": (1, 2),
    "crash-huge-int-time.jsonl": (2, 2),
    "crash-pipeline-float.jsonl": (2, 2),
    "crash-settings-bigint.jsonl": (2, 2),
    "eq-cr-cr.log": (2, 2),
    "eq-escaped.jsonl": (1, 1),
    "eq-partial-cri.log": (5, 5),
    "gz-trailing-garbage.gz": (336, 336),
    "gz-truncated.gz": (193, 194),
    "leak-endpoint.jsonl": (3, 3),
    "leak-export-rooms.jsonl": (5, 5),
    "leak-settings.jsonl": (4, 4),
}
"""Lines understood, of all."""
COMMANDS = (
    *(["analyze"], ["analyze", "--json"], ["calls"], ["calls", "--json"], ["watch", "--once"]),
    *(["analyze", "--html", "a.html"], ["export", "-o", "a.csv", "--force"]),
)
PRIVATE = re.compile(r"sk-proj|secret|jane|wilhelmina|roemer|7654321|765_4321", re.IGNORECASE)


def test_every_file_has_its_figures() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(UNDERSTOOD)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_is_understood(name: str) -> None:
    (info,) = pipeline.analyze([FOLDER / name], environ={}).inputs
    assert (info.understood, info.lines) == UNDERSTOOD[name]
    assert bool(info.problem) == name.startswith("gz-")
    assert readers.read(FOLDER / name)[1] == ""


@pytest.mark.parametrize("name", [name for name in UNDERSTOOD if name.startswith("leak-")])
def test_nothing_private_comes_out(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert PRIVATE.search((FOLDER / name).read_text())
    for command, *options in COMMANDS:
        run([command, str(FOLDER / name), *options])
    written = "".join(path.read_text() for path in tmp_path.iterdir())
    printed = capsys.readouterr()
    assert printed.out
    assert not PRIVATE.search(written + printed.out + printed.err)
