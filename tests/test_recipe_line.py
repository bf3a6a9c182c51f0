"""The recipes of CONTRIBUTING, done on a copy: what a change touches, and that it works."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tuner.rules import RULES

ROOT = Path(__file__).parent.parent
FOLDERS = ("tuner", "profiles")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and what it needs to run, in a folder of its own."""
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def insert(path: Path, before: str, text: str) -> None:
    """Put a text in front of another one."""
    source = path.read_text()
    assert source.count(before) == 1, before
    path.write_text(source.replace(before, text + before))


def analyze(folder: Path, log: Path) -> dict[str, Any]:
    """The report of the copy on a log."""
    command = [sys.executable, "-B", "-m", "tuner", "analyze", "--json", str(log)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


ROW = """    LogLine(
        "skipped_reply",
        "the caller was not answered: the agent could not be interrupted",
        (Spelling("skipping reply to user input", LIVEKIT, "WARNING", versions=">=1.0"),),
        evidence="skipped_reply",
        signal="skipped_reply",
    ),
"""


def add_a_line(folder: Path) -> list[Path]:
    """A name and a row; the files that were touched (a test of the line is the third)."""
    names, rows = folder / "tuner/names.py", folder / "tuner/lines/catalogue/livekit.py"
    insert(
        names,
        '    "session_started", "turn", "interruption", "sound", "openai_call"',
        '    "skipped_reply",\n',
    )
    before = '    "llm_failures", "tts_failures", "stt_failures", "slow_flushes", "preemptive"'
    insert(names, before, '    "skipped_reply",\n')
    insert(names, '    "slow_flushes", "unread"', '    "skipped_reply",\n')
    insert(rows, '    LogLine(\n        "eot_timeout",', ROW)
    return [names, rows]


def record(message: str, level: str, second: int) -> str:
    time = f"2026-11-20T09:36:{second:02}.000000+00:00"
    fields = {"message": message, "level": level, "name": "livekit.agents", "job_id": "AJ_1"}
    return json.dumps(fields | {"timestamp": time})


def test_a_new_line_touches_three_files_and_is_counted_from_log_to_report(copy: Path) -> None:
    log = copy / "agent.jsonl"
    skipped = "skipping reply to user input, current speech generation cannot be interrupted"
    lines = [record("session started", "INFO", 1), record(skipped, "WARNING", 2)]
    log.write_text("\n".join([*lines, record(skipped, "WARNING", 3)]) + "\n")
    assert "skipped_reply" not in analyze(copy, log)["signals"]
    assert len(add_a_line(copy)) + 1 == 3
    signal = analyze(copy, log)["signals"]["skipped_reply"]
    assert (signal["count"], signal["observable"]) == (2, "yes")


RULE = '''
"""Words are lost because their transcript came after the turn was closed."""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Remedy, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, evidence, fixed_by, found, hidden, visible

REMEDY = Remedy(
    profile="patient",
    problem="lost words",
    fix="the turn waits for the transcript",
    knobs={"MIN_ENDPOINTING_DELAY": "up"},
    weight_s=lambda limits: limits.cost_false_cutoff_s,
    next_step="a streaming transcriber",
)
ID, TITLE = RuleId("lost-words"), "Words are lost because their transcript came late"


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    signal = visible(facts, "late_transcripts")
    if signal is None:
        return hidden(ID, facts, "late_transcripts", "LOG_LEVEL=WARNING or lower")
    if not signal.count:
        return None
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=f"{signal.count} turns",
        limit="",
        advice=fixed_by(REMEDY),
        evidence=evidence(facts, "late_transcripts"),
        total=signal.count,
        remedies=(REMEDY.profile,),
    )
    return found(problem, "warning")


RULE = Rule(ID, TITLE, ("late_transcripts",), check, __doc__, REMEDY)
'''
LINE = {
    "message": "transcript arrives after turn has been committed. consider raising min_delay",
    "level": "WARNING",
    "name": "livekit.agents",
}


def test_a_rule_with_a_remedy_is_its_file_and_a_line_in_the_table(copy: Path) -> None:
    (copy / "tuner" / "rules" / "lost_words.py").write_text(RULE.lstrip())
    table = copy / "tuner" / "rules" / "__init__.py"
    text = table.read_text()
    text = text.replace("    log_too_noisy,\n", "    log_too_noisy,\n    lost_words,\n")
    table.write_text(text.replace("= (\n", "= (\n    lost_words.RULE,\n", 1))
    log = copy / "calls.jsonl"
    lines = [
        LINE | {"job_id": f"AJ_{n % 10}", "timestamp": f"2026-11-20T09:00:{n:02}+00:00"}
        for n in range(20)
    ]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = analyze(copy, log)
    finding = next(f for f in report["findings"] if f["rule"] == "lost-words")
    assert (finding["total"], finding["remedies"]) == (20, ["patient"])
    advice = report["recommendation"]
    assert (advice["verdict"], advice["profile"]) == ("switch", "patient")
    assert advice["price"] in finding["advice"]


def test_the_name_of_a_rule_stands_in_its_own_file_only() -> None:
    names = {rule.id for rule in RULES}
    for path in (ROOT / "tuner").rglob("*.py"):
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        own = {path.stem.replace("_", "-")} if path.parent.name == "rules" else set()
        assert not (strings & names) - own, path
