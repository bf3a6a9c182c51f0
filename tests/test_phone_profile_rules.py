"""Which profile a call gets, rule by rule, and what is wrong with a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.phone.profile_rules import ProfileRules, read_rules
from agent.phone.settings import PhoneSettings
from tuner.errors import SettingsError

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
FILE = """
default = "phone"

[[rule]]
profile = "patient"
number = ["+15551234567"]
country = ["DE", "AT"]

[[rule]]
profile = "fast"
hours = ["22:00", "06:00"]
timezone = "Europe/Berlin"
"""


def rules(folder: Path, text: str) -> ProfileRules:
    (folder / "rules.toml").write_text(text)
    return read_rules(str(folder / "rules.toml"))


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    file = rules(tmp_path, FILE)
    night = NOON.replace(hour=21)  # 22:00 in Berlin
    assert file.choose("CA1", "+15551234567", "DE", night) == "patient"
    assert file.choose("CA1", "+15551234567", "US", NOON) == "phone"
    assert file.choose("CA1", "+15550000000", "DE", NOON) == "phone"
    assert file.choose("CA1", "+15550000000", "DE", night) == "fast"
    assert file.choose("CA1", "", "", NOON.replace(hour=5)) == "phone"  # 06:00 in Berlin
    assert list(file.names()) == ["phone", "patient", "fast"]
    assert read_rules("").choose("CA1", "", "", NOON) == ""


def test_a_share_is_a_share_and_the_same_call_is_always_in_it_or_out(tmp_path: Path) -> None:
    file = rules(tmp_path, '[[rule]]\nprofile = "fast"\nshare = 0.2\n')
    calls = [f"CA{number:032x}" for number in range(10_000)]
    first = [file.choose(call, "", "", NOON) for call in calls]
    assert first == [file.choose(call, "", "", NOON) for call in calls]
    assert 1800 < first.count("fast") < 2200


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[rule]]\nprofil = 'x'", "rule.0.profil"),
        ("[[rule]]\nprofile = 'x'\nshare = 1.5", "rule.0.share"),
        ("[[rule]]\nprofile = 'x'\ntimezone = 'Berlin'", "time zone"),
        ("[[rule]]\nprofile = 'x'\nhours = ['25:00', '08:00']", "rule.0.hours"),
        ("default = ", "rules.toml"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(SettingsError, match=part):
        rules(tmp_path, text)
    with pytest.raises(SettingsError, match="cannot read"):
        read_rules(str(tmp_path / "nothing.toml"))


def test_the_page_has_every_setting_and_a_file_of_rules_that_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "phone.md").read_text()
    for name, field in PhoneSettings.model_fields.items():
        alias = field.validation_alias
        assert (alias if isinstance(alias, str) else f"PHONE_{name.upper()}") in page or (
            name.startswith("livekit_")  # in docs/agent.md
        )
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert list(rules(tmp_path, example).names()) == ["phone", "patient"]
