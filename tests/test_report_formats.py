"""The report for pull requests, CI, chats and notebooks: the figures are those of the JSON."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
import yaml

import tuner
from tests import reports, samples
from tuner.cli.main import run
from tuner.model import Evidence, Report
from tuner.redaction.terminal import columns, printable
from tuner.report import json as report_json
from tuner.report import text
from tuner.report.formats import brief, github, junit, markdown, sarif, slack
from tuner.report.formats.notebook import PrintedReport
from tuner.report.text_layout import seconds
from tuner.rules import RULES

RENDER: dict[str, Callable[[Report], str]] = {
    "md": markdown.render,
    "github": github.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "slack": slack.render,
}
EVIL = "a|b<script>alert(1)</script>\n::error::x`*_[y](http://z)&%0A"


def printed(report: Report) -> PrintedReport:
    return PrintedReport(**{name: getattr(report, name) for name in Report.__struct_fields__})


def plain(name: str, shown: str) -> str:
    """The text that a reader sees, without the escapes of its format, blanks as one."""
    if name == "md":
        shown = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", shown)
    if name == "github":
        shown = re.sub("%(25|0D|0A|3A|2C)", lambda m: urllib.parse.unquote(m[0]), shown)
    if name in ("sarif", "slack"):
        shown = "\n".join(map(str, texts(json.loads(shown))))
    return " ".join(html.unescape(shown).split())


def texts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [each for inner in value.values() for each in texts(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in texts(inner)]
    return [value]


def sample_reports() -> list[Report]:
    return [samples.report(samples.FOLDER / name) for name in samples.NAMES]


@pytest.mark.parametrize("name", RENDER)
def test_every_finding_of_the_json_is_there_with_its_figures(name: str) -> None:
    for report in [*sample_reports(), reports.noisy()]:
        shown = plain(name, RENDER[name](report))
        document = json.loads(report_json.render(report))
        for finding in document["findings"]:
            measured = finding["measured"]
            if name == "slack":  # its marks cannot be escaped, so they are left out
                measured = measured.translate({ord(sign): " " for sign in "*_~`"})
            assert " ".join(measured.split()) in shown
        verdict = document["recommendation"]["verdict"]
        assert verdict in shown.lower()


def test_the_latencies_of_markdown_are_those_of_the_json() -> None:
    for report in sample_reports():
        shown = markdown.render(report)
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in shown.splitlines()
            if line.startswith("| ")
        ]
        for name, stage in json.loads(report_json.render(report))["latency"].items():
            if stage["n"]:
                figures = [seconds(stage[p]) for p in ("p50", "p90", "p95", "p99")]
                expected = [*figures, f"{stage['n']:,}"]
                assert any(row[1:6] == expected for row in rows), name


def test_counts_of_markdown_slack_and_notebook_are_those_of_the_json() -> None:
    report = samples.report(samples.FOLDER / "false-interruptions.jsonl")
    signals = json.loads(report_json.render(report))["signals"]
    count, slow = signals["openai_calls"]["count"], signals["openai_calls"]["slow"]
    for shown in (markdown.render(report), slack.render(report), printed(report)._repr_html_()):
        assert f"false interruptions {signals['false_interruptions']['count']}" in shown
        assert f"OpenAI calls {count} ({slow} over 1,000 ms)" in shown


def test_another_figure_in_the_report_is_another_one_in_every_format() -> None:
    report = reports.noisy()
    (first, *rest) = report.findings
    other = reports.changed(
        report, findings=(reports.changed(first, measured="77, 7.77/min"), *rest)
    )
    for render in RENDER.values():
        assert "7.77/min" in render(other)
        assert "7.77/min" not in render(report)


@pytest.mark.parametrize("name", ["false-interruptions.jsonl", "healthy-info.jsonl"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_brief_is_ten_lines_with_the_verdict_and_the_high_findings(name: str, width: int) -> None:
    report = samples.report(samples.FOLDER / name)
    lines = brief.render(report, width).splitlines()
    assert len(lines) <= 10
    assert max(map(columns, lines)) <= width
    assert report.recommendation.verdict.upper() in lines[1]
    high = [finding for finding in report.findings if finding.severity == "high"]
    assert sum(line.startswith("   high ") for line in lines) == len(high)


def test_brief_names_what_it_leaves_out() -> None:
    high = next(f for f in reports.noisy().findings if f.severity == "high")
    many = reports.changed(reports.noisy(), findings=(high,) * 20)
    lines = brief.render(many).splitlines()
    assert len(lines) == 10
    shown = sum(line.startswith("   high ") for line in lines)
    assert f"{20 - shown} more of severity high" in lines[-1]


def test_the_verdict_stands_at_the_end_again_where_the_beginning_scrolls_away() -> None:
    report = reports.noisy()
    plain_text = text.render(report)
    assert text.render(report, height=200) == plain_text
    twice = text.render(report, height=24)
    assert twice.startswith(plain_text)
    assert twice.splitlines()[-1].startswith(" SWITCH to profile noisy")


def hostile() -> Report:
    """A report in which every text that comes from a log, a path or a profile is hostile."""
    report = reports.noisy()
    findings = tuple(
        reports.changed(f, title=EVIL, measured=EVIL, evidence=(Evidence(EVIL, 3, EVIL),))
        for f in report.findings
    )
    advice = reports.changed(report.recommendation, profile=EVIL, why=EVIL)
    info = reports.input_info(EVIL, problem=EVIL)
    return reports.changed(  # type: ignore[no-any-return]
        report, findings=findings, recommendation=advice, inputs=(info,), partial=EVIL
    )


def test_nothing_in_a_report_becomes_markup() -> None:
    code = r"(?<!\\)`.*(?<!\\)`"  # between these nothing is markup
    shown = re.sub(code, "", markdown.render(hostile()))
    assert "<script" not in shown
    assert not re.search(r"(?<!\\)\]\(", shown)
    table = [line for line in shown.splitlines() if line.startswith("| ")]
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table if "error" in line}
    assert widths == {6}
    commands = github.render(hostile()).splitlines()
    assert all(command.startswith(("::error ", "::warning ", "::notice ")) for command in commands)
    assert len(commands) == 2 + len(hostile().findings)
    for command in commands[1:-1]:
        properties, _, message = command.partition(" ")[2].partition("::")
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        assert urllib.parse.unquote(pairs["title"]).startswith(printable(EVIL))
        assert message
    cell = html.unescape(printed(hostile())._repr_html_())
    assert "<script" in cell
    assert "<script" not in printed(hostile())._repr_html_()
    for block in json.loads(slack.render(hostile()))["blocks"]:
        if block["type"] == "section":
            assert "<script" not in block["text"]["text"]
            assert len(block["text"]["text"]) <= 3000


def test_junit_fails_what_check_fails() -> None:
    report = reports.noisy()
    root = xml.fromstring(junit.render(report))
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert {rule.id for rule in RULES} < cases.keys()
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    high = {f.rule for f in report.findings if f.severity == "high"}
    assert failed == {"verdict", *high}
    assert root.attrib["failures"] == str(len(failed))
    severe = {f.rule for f in report.findings if f.severity in ("high", "warning")}
    both = xml.fromstring(junit.render(report, ["warning"]))
    assert both.attrib["failures"] == str(1 + len(severe))
    skipped = {name for name, case in cases.items() if case.find("skipped") is not None}
    assert skipped == {refusal.rule for refusal in report.refusals}
    assert xml.fromstring(junit.render(hostile())).attrib["errors"] == "1"


def test_sarif_points_at_the_lines_of_the_log() -> None:
    report = samples.report(samples.FOLDER / "cut-offs.jsonl.gz")
    (found,) = json.loads(sarif.render(report))["runs"]
    assert found["invocations"][0]["executionSuccessful"] is True
    rules = found["tool"]["driver"]["rules"]
    for result, finding in zip(found["results"], report.findings, strict=True):
        assert result["ruleId"] == finding.rule == rules[result["ruleIndex"]]["id"]
        assert result["level"] in ("error", "warning", "note")
        lines = [place["physicalLocation"]["region"]["startLine"] for place in result["locations"]]
        assert lines == [evidence.line for evidence in finding.evidence[:10]]
    (broken,) = json.loads(sarif.render(hostile()))["runs"]
    assert broken["invocations"][0]["executionSuccessful"] is False
    uri = broken["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert not re.search(r"[\s<>|`]", uri)


def test_a_report_prints_itself() -> None:
    report = tuner.analyze([samples.FOLDER / "healthy-info.jsonl"], environ={})
    assert str(report) == text.render(report)
    assert isinstance(report, PrintedReport)
    shown = report._repr_html_()
    assert shown.count("<table>") == shown.count("</table>") >= 2
    assert "UNDECIDED" in shown


@pytest.mark.parametrize("name", ["text", "json", *RENDER])
def test_formats_on_the_command_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = str(samples.FOLDER / "healthy-info.jsonl")
    assert run(["analyze", log, "--format", name]) == 0
    shown = capsys.readouterr().out.rstrip("\n")
    report = samples.report(Path(log))
    expected = {"text": text.render, "json": report_json.render, **RENDER}[name](report)
    assert shown == expected


@pytest.mark.parametrize(
    "options",
    [["--json", "--format", "md"], ["--brief", "--json"], ["--brief", "--format", "junit"]],
)
def test_two_formats_at_once_are_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", "a", *options]) == 2
    assert "more than one format" in capsys.readouterr().err


ACTION = yaml.safe_load((samples.ROOT / "action.yml").read_text())


def run_action(tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the step that analyzes as GitHub's runner does."""
    (step,) = [each for each in ACTION["runs"]["steps"] if each.get("id") == "analyze"]
    program = tmp_path / "bin" / "tuner"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tuner "$@"\n')
    program.chmod(0o755)
    defaults = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
    given = {**defaults, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    names = {key: re.findall(r"inputs\.([\w-]+)", value)[0] for key, value in step["env"].items()}
    environ = {
        **os.environ,
        **{key: given[name] for key, name in names.items()},
        "PATH": f"{program.parent}{os.pathsep}{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(samples.ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_action_annotates_summarises_and_fails(tmp_path: Path) -> None:
    (tmp_path / "a log.jsonl").write_bytes(samples.data("false-interruptions.jsonl"))
    done = run_action(tmp_path, logs="*.jsonl", sarif="a.sarif", junit="a.xml")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::warning title=SWITCH to profile noisy::")
    assert "SWITCH to profile noisy" in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "output").read_text() == "verdict=switch\nprofile=noisy\n"
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert xml.parse(tmp_path / "a.xml").getroot().tag == "testsuites"


def test_the_action_can_pass_and_runs_nothing_of_its_inputs(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(samples.data("healthy-info.jsonl"))
    done = run_action(
        tmp_path,
        logs="a.jsonl $(touch${IFS}bad) ;touch bad2",
        fail_on="never",
        options="--since 2026",
    )
    assert done.returncode == 2
    assert {path.name for path in tmp_path.iterdir()} <= {"bin", "a.jsonl", "summary.md", "output"}
    (tmp_path / "bin" / "tuner").unlink()
    (tmp_path / "bin").rmdir()
    done = run_action(tmp_path, logs="a.jsonl", fail_on="never")
    assert done.returncode == 0, done.stderr
