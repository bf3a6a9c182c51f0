"""What the README says is run, and what users meet stands in it."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from tests import samples
from tuner import limits
from tuner.cli import main as cli
from tuner.report import text
from tuner.rules import RULES
from tuner.settings.knob_table import KNOBS
from tuner.settings.prices import PRICES

README = (samples.ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [body for kind, body in BLOCKS if kind == language]


def test_the_shown_report_is_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(samples.ROOT)
    report = text.render(samples.report("sample_logs/false-interruptions.jsonl"))
    assert report.startswith(blocks("text")[0].rstrip())


def test_the_python_example_runs_and_prints_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(samples.ROOT)
    example = next(block for block in blocks("python") if "tuner.analyze(" in block)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    said = re.findall(r"print\(.*\)  # (.+)", example)
    lines = printed.getvalue().splitlines()
    assert lines[:2] == said[:2]
    assert 0.1 < float(lines[2]) < 5


def commands() -> list[list[str]]:
    lines = "\n".join(blocks("sh")).splitlines()
    found = [shlex.split(line, comments=True) for line in lines if line.startswith("tuner ")]
    return [command for command in found if command[1] != "bench"]  # has tests of its own


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_of_the_readme_works(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = samples.data("false-interruptions.jsonl")
    (tmp_path / "logs.txt").write_bytes(log)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.gz").write_bytes((samples.FOLDER / "cut-offs.jsonl.gz").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert cli.run(command[1:]) == (1 if "--check" in command else 0)


def test_every_command_is_in_the_readme() -> None:
    for name in ("analyze", "profiles", "explain", "export", "bench"):
        assert f"tuner {name}" in README


def test_every_rule_explains_itself_in_five_parts() -> None:
    for rule in RULES:
        for part in ("What", "Why it hurts", "Evidence", "Change", "When it does not fire"):
            assert part in rule.doc, (rule.id, part)


def test_every_setting_and_limit_says_what_it_means() -> None:
    for knob in KNOBS.values():
        assert knob.meaning
        assert knob.option
    source = (samples.ROOT / "tuner" / "limits.py").read_text()
    for name in limits.names():
        assert re.search(rf'    {name}: float = .*\n    """', source) or re.search(
            rf'    {name}: int = .*\n    """', source
        ), name


@pytest.mark.parametrize("path", sorted((samples.ROOT / "profiles").glob("*.env")), ids=str)
def test_the_price_of_a_profile_is_the_same_everywhere(path: Path) -> None:
    """The report and `tuner explain` take it from the table; the README and the profile agree."""
    purpose, cost = PRICES[path.stem]
    assert f"| `{path.stem}` | {purpose} | {cost} |" in README
    assert (
        path.read_text().splitlines()[0] == f"# {purpose[0].upper()}{purpose[1:]}. Price: {cost}."
    )


def test_every_profile_has_a_price() -> None:
    assert {path.stem for path in (samples.ROOT / "profiles").glob("*.env")} == set(PRICES)
