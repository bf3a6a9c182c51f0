"""The page in a real Chromium: it loads nothing, draws what it says, and everybody can use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import chromium, pages

pytestmark = pytest.mark.skipif(chromium.found() is None, reason=chromium.WHY_NOT)

INSERTED = "<script>document.title='ran'</script><img src='https://example.com/x'>"
WIDTHS = {"wide": 1200, "narrow": 360}


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Browser]:
    found = chromium.Browser()
    yield found
    found.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page") / "report.html"
    found.write_text(pages.page(pages.TURNS, pages.REPLAYED))
    return found


def test_no_message_and_no_request(browser: chromium.Browser, path: Path) -> None:
    tab = chromium.Tab(browser)
    tab.open(path)
    assert tab.complaints() == []
    assert tab.requests() == [path.as_uri()]


def test_a_script_that_got_in_would_not_run(browser: chromium.Browser, path: Path) -> None:
    """The policy holds even where escaping would not: the complaint is the browser's own."""
    bad = path.with_name("bad.html")
    bad.write_text(path.read_text().replace("<main>", f"<main>{INSERTED}"))
    tab = chromium.Tab(browser)
    tab.open(bad)
    assert tab.ask("document.title") != "ran"
    assert "Content Security Policy" in " ".join(tab.complaints())
    assert tab.ask("document.images[0].naturalWidth") == 0


def test_the_page_of_a_load_test_has_such_a_policy(
    browser: chromium.Browser, tmp_path: Path
) -> None:
    pytest.importorskip("livekit.agents")
    from tuner.load_test import page, results
    from tuner.load_test.plan import CallingPlan

    made, path = results.LoadResult(CallingPlan(1)), tmp_path / "load.html"
    html = page.page(made, results.figures(made), [], "load")
    for content, inserted in ((html, False), (html.replace("<h1>", INSERTED + "<h1>"), True)):
        path.write_text(content)
        tab = chromium.Tab(browser)
        tab.open(path)
        assert tab.ask("document.title") == "load"
        assert tab.ask("getComputedStyle(document.body).fontSize") == "14px"
        assert ("Content Security Policy" in " ".join(tab.complaints())) == inserted
        assert all(not width for width in tab.ask("[...document.images].map(i => i.naturalWidth)"))


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_nothing_sticks_out(browser: chromium.Browser, path: Path, width: int) -> None:
    tab = chromium.Tab(browser)
    tab.open(path, width)
    assert tab.ask("document.documentElement.scrollWidth") <= width


def test_bars_are_as_high_as_their_counts(browser: chromium.Browser, path: Path) -> None:
    tab = chromium.Tab(browser)
    tab.open(path)
    drawn: list[list[Any]] = tab.ask(
        "[...document.querySelectorAll('figure[data-stage]')].map(figure =>"
        " [...figure.querySelectorAll('rect.bar')].map(bar =>"
        " [bar.textContent, bar.getBoundingClientRect().height]))"
    )
    assert len(drawn) > 3
    for bars in drawn:
        counts = [int(title.rpartition(": ")[2].replace(",", "")) for title, _ in bars]
        tallest = max(height for _, height in bars)
        for count, (_, height) in zip(counts, bars, strict=True):
            assert height == pytest.approx(tallest * count / max(counts), abs=1)


def test_a_timeline_zooms_by_keyboard(browser: chromium.Browser, path: Path) -> None:
    tab = chromium.Tab(browser)
    tab.open(path)
    width = "document.querySelector('.timeline svg').getBoundingClientRect().width"
    before = tab.ask(width)
    tab.ask("document.querySelector('.timeline input').focus()")
    tab.press("ArrowRight", 39)
    tab.press("ArrowRight", 39)
    assert tab.ask(width) == pytest.approx(5 * before, rel=0.01)
    assert tab.ask("document.documentElement.scrollWidth") <= 1200


def test_all_figures_read_without_javascript(browser: chromium.Browser, path: Path) -> None:
    texts = []
    for scripts in (True, False):
        tab = chromium.Tab(browser, scripts=scripts)
        tab.open(path)
        root = tab.send("DOM.getDocument", depth=0)["root"]["nodeId"]
        texts.append(tab.send("DOM.getOuterHTML", nodeId=root)["outerHTML"])
    assert texts[0] == texts[1]
    assert "data-key=" in texts[1]


def test_paper_shows_the_tables_and_no_controls(browser: chromium.Browser, path: Path) -> None:
    tab = chromium.Tab(browser)
    tab.open(path)
    tab.send("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.querySelector('{}')).display"
    assert tab.ask(shown.format("nav")) == "none"
    assert tab.ask(shown.format(".timeline fieldset")) == "none"
    cell = "document.querySelector('figure[data-stage] details td').getBoundingClientRect().height"
    assert tab.ask(cell) > 0


@pytest.mark.skipif(chromium.axe() is None, reason=chromium.WHY_NO_AXE)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(browser: chromium.Browser, path: Path, dark: bool) -> None:
    script = chromium.axe()
    assert script is not None
    tab = chromium.Tab(browser, dark=dark)
    tab.open(path)
    tab.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
    tab.ask(script.read_text() + "; 0")
    found = tab.ask("axe.run().then(result => JSON.stringify(result.violations))")
    assert [(v["id"], v["nodes"][0]["html"]) for v in json.loads(found)] == []
