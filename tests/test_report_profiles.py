"""What `tuner profiles` prints: all facts, at most 80 columns, no colour; the same in JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tuner.settings import profile_text as report
from tuner.settings import profiles, resolution
from tuner.settings.checks import check
from tuner.settings.knob_table import KNOBS
from tuner.settings.resolution import Resolved

SHIPPED = profiles.names()


@pytest.fixture
def resolved(tmp_path: Path) -> Resolved:
    (tmp_path / ".env").write_text("HTTP_TIMEOUT=9\n")
    environ = {"MAX_TOKENS": "200", "MAX_TOKEN": "1", "INSTRUCTIONS": "long " * 60 + "\x1b[31m"}
    return resolution.resolve("noisy", environ, tmp_path)


def fits(text: str) -> bool:
    return text.endswith("\n") and all(len(line) < 80 for line in text.splitlines())


def test_the_listing_names_every_profile_and_marks_the_current_one() -> None:
    described = {name: profiles.describe(name) for name in SHIPPED}
    text = report.listing(described, "noisy")
    assert fits(text)
    assert [line[2:].split()[0] for line in text.splitlines() if line[2] != " "] == list(SHIPPED)
    assert re.findall(r"^\* (\w+)", text, re.MULTILINE) == ["noisy"]
    assert report.listing_document(described)["profiles"][0]["name"] == "balanced"


def test_show_names_value_unit_and_origin_of_every_setting(resolved: Resolved) -> None:
    text = report.show(resolved, check(resolved.settings))
    assert fits(text)
    shown = dict(re.findall(r"^  ([A-Z0-9_]+) {2,}(.*)$", text, re.MULTILINE))
    assert set(shown) == set(KNOBS)
    assert re.fullmatch(r"0\.9 s +noisy\.env:\d+", shown["MIN_INTERRUPTION_DURATION"])
    assert re.fullmatch(r"9\.0 s +\.env:1", shown["HTTP_TIMEOUT"])
    assert re.fullmatch(r"200 tokens +environment", shown["MAX_TOKENS"])
    assert re.fullmatch(r"15\.0 s +default", shown["USER_AWAY_TIMEOUT"])


def test_show_tells_overrides_warnings_and_problems(resolved: Resolved) -> None:
    text = report.show(resolved, check(resolved.settings))
    assert "MAX_TOKENS = 200 tokens instead of 500 tokens (default)" in text
    assert "did you mean MAX_TOKENS?" in " ".join(text.split())
    assert "OpenAI ends gpt-4o-mini-tts" in text


def test_show_stays_quiet_about_what_is_not_there(tmp_path: Path) -> None:
    text = report.show(resolution.resolve("noisy", {}, tmp_path))
    assert not re.search("OVERRIDDEN|WARNINGS|PROBLEMS", text)


def test_no_control_character_reaches_the_terminal(resolved: Resolved) -> None:
    assert "\x1b" not in report.show(resolved)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_difference_names_both_values_and_what_they_mean(name: str) -> None:
    changes = profiles.diff("balanced", name)
    text = report.diff("balanced", name, changes)
    assert fits(text)
    for change in changes:
        knob = KNOBS[change.env]
        old, new = knob.text_with_unit(change.before), knob.text_with_unit(change.after)
        assert f"{change.env}  {old} -> {new}\n" in text
        assert knob.meaning in " ".join(text.split())


def test_profiles_that_are_the_same_are_said_to_be() -> None:
    assert report.diff("fast", "fast", ()) == "fast and fast set the same.\n"


def test_check_names_kind_settings_reason_and_advice() -> None:
    problems = check(profiles.load("evidence"))
    text = report.check({"evidence": problems, "realtime": ()})
    assert fits(text)
    assert text.endswith("realtime: no problem\n")
    for problem in problems:
        flat = " ".join(text.split())
        assert (
            f"{problem.kind} {', '.join(problem.settings)} {problem.why} {problem.advice}" in flat
        )


def test_the_documents_are_json_and_complete(resolved: Resolved) -> None:
    problems = check(resolved.settings)
    shown = json.loads(json.dumps(report.show_document(resolved, problems)))
    assert set(shown["settings"]) == set(KNOBS)
    assert shown["settings"]["HTTP_TIMEOUT"]["origin"] == ".env"
    assert shown["settings"]["HTTP_TIMEOUT"]["line"] == 1
    assert shown["problems"][0]["kind"] == "retirement"
    changes = profiles.diff("balanced", "fast")
    document = json.loads(json.dumps(report.diff_document("balanced", "fast", changes)))
    assert {"setting": "MAX_TOKENS", "from": 500, "to": 300, "unit": "tokens"} in document[
        "changes"
    ]
    assert json.dumps(report.check_document({"noisy": problems}))
