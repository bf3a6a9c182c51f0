"""The reference pages are those that the tables of the code make."""

from __future__ import annotations

import re

import pytest

from tools.reference.pages import FOLDER, pages
from tuner import limits
from tuner.rules import RULES
from tuner.settings.knob_table import KNOBS


@pytest.mark.parametrize("name", pages())
def test_a_page_matches_the_code(name: str) -> None:
    page = (FOLDER / name).read_text(encoding="utf-8")
    assert page == pages()[name], "run python -m tools.reference"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == pages().keys()


def test_every_row_of_every_table_has_a_page() -> None:
    text = "".join(pages().values())
    for name in [*KNOBS, *limits.names()]:
        assert f"| `{name}` |" in text
    for rule in RULES:
        assert f"## {rule.id}\n" in text


@pytest.mark.parametrize("name", pages())
def test_links_and_tables_are_whole(name: str) -> None:
    page = pages()[name]
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page):
        assert (FOLDER / link).is_file()
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in page.splitlines() if line[:1] == "|"]
    assert all(width >= 3 for width in widths)
