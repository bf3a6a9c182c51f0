"""The report as JUnit XML: a test case for the verdict and one for each rule.

What fails `--check` fails its case: a finding as severe as `fail_on` says, and advice that is not
to keep all. A rule that could not judge is skipped, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from xml.etree import ElementTree as xml

from tuner.model import Report
from tuner.redaction.terminal import printable
from tuner.report import conclusions, heading
from tuner.report.text_layout import sentences
from tuner.rules import RULES

_SUITE = "tuner analyze"


def render(report: Report, fail_on: Collection[str] = ("high", "undecided")) -> str:
    """Return the document."""
    cases = [_verdict(report, fail_on), *_rules(report, fail_on), *_inputs(report)]
    suite = xml.Element("testsuite", _counts(cases))
    suite.extend(cases)
    in_all = {k: v for k, v in _counts(cases).items() if k not in ("name", "skipped")}
    suites = xml.Element("testsuites", in_all)  # Jenkins' schema has no skipped cases in all
    suites.append(suite)
    xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suites, encoding="unicode")


def _counts(cases: Sequence[xml.Element]) -> dict[str, str]:
    def with_a(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    return {
        "name": _SUITE,
        "tests": str(len(cases)),
        "failures": with_a("failure"),
        "errors": with_a("error"),
        "skipped": with_a("skipped"),
    }


def _case(name: str, tag: str = "", message: str = "", text: str = "") -> xml.Element:
    case = xml.Element("testcase", {"classname": _SUITE, "name": printable(name)})
    if tag:
        inner = xml.SubElement(case, tag, {"message": printable(message)} if message else {})
        inner.text = printable(text) or None
    return case


def _verdict(report: Report, fail_on: Collection[str]) -> xml.Element:
    verdict = conclusions.verdict(report)
    text = sentences(*conclusions.reasons(report), heading.running(report))
    if conclusions.advice_against(report, fail_on):
        return _case("verdict", "failure", verdict, text)
    return _case("verdict", "system-out", text=sentences(verdict, text))


def _rules(report: Report, fail_on: Collection[str]) -> list[xml.Element]:
    severe = conclusions.as_severe(fail_on)
    rows = conclusions.findings(report)
    cases: dict[str, xml.Element] = {}
    for row in rows:
        text = sentences(row.figures, row.advice, f"at {row.where}" if row.where else "")
        if row.severity in severe:
            cases[row.rule] = _case(row.rule, "failure", f"{row.severity}: {row.title}", text)
        else:
            out = sentences(f"{row.severity}: {row.title}", text)
            cases[row.rule] = _case(row.rule, "system-out", text=out)
    for refusal in report.refusals:
        needs = sentences(refusal.why, f"Needs {refusal.needs}")
        cases.setdefault(refusal.rule, _case(refusal.rule, "skipped", needs))
    return [cases.pop(rule.id, _case(rule.id)) for rule in RULES] + [*cases.values()]


def _inputs(report: Report) -> list[xml.Element]:
    """Inputs that could not be read to their end."""
    bad = [(info.path, info.problem) for info in report.inputs if info.problem]
    return [_case(f"input {path}", "error", problem) for path, problem in bad]
