"""The documentation site is built, its links lead somewhere, and what the guides show runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests import samples
from tests.pages import REPLAYED
from tools.site import source
from tuner import atlas
from tuner.cli import main as cli

GUIDES = sorted((samples.ROOT / "docs").glob("*.md"))
OF_OTHER_TESTS = ("bench", "latency-test", "load-test", "tune", "watch")
"""They need LiveKit, a server or logs that grow, and have tests of their own."""


def commands(page: Path) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines = [line for line in lines if line.startswith("tuner ")]
    found = [shlex.split(line, comments=True)[1:] for line in lines]
    return [command for command in found if command[0] not in OF_OTHER_TESTS]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_what_a_guide_shows_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any("--store" in command for command in commands(page)):
        pytest.importorskip("sqlalchemy", reason="pip install 'voice-tuner[store]'")
    for name in ("logs.jsonl", "logs.txt", "before.jsonl", "after.jsonl"):
        (tmp_path / name).symlink_to(REPLAYED)
    both = [REPLAYED, REPLAYED.with_name("slow-thinker.d15.jsonl.gz")]
    (tmp_path / "two-profiles.jsonl").write_bytes(b"".join(path.read_bytes() for path in both))
    (tmp_path / "sample_logs").symlink_to(samples.FOLDER)
    monkeypatch.chdir(tmp_path)
    for command in commands(page):
        may_be_worse = command[0] == "compare"
        assert cli.run(command) <= may_be_worse, command


def test_the_guides_have_commands() -> None:
    assert sum(len(commands(page)) for page in GUIDES) >= 8


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="pip install 'voice-tuner[docs]'")
    from tools.site.build import build

    folder = tmp_path_factory.mktemp("site")
    build(folder)
    return folder


def test_every_page_is_there_and_loads_nothing_from_elsewhere(site: Path) -> None:
    for name in ("index", "docs/pages", "docs/reference/commands", "docs/reference/atlas/index"):
        assert (site / f"{name}.html").is_file()
    for page in site.rglob("*.html"):
        loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', page.read_text())
        assert not [address for address in loaded if "//" in address]


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {page: page.read_text() for page in site.rglob("*.html") if page.name != "404.html"}
    for page, text in pages.items():
        for link in re.findall(r'<a [^>]*href="([^"#]+)(?:#[^"]*)?"', text):
            if not re.match(r"https?:|mailto:", link):
                assert (page.parent / link).resolve().exists(), (page, link)


def test_the_atlas_is_whole(site: Path) -> None:
    text = (site / "docs" / "reference" / "atlas" / "index.html").read_text()
    rows = re.findall(r"<td>([\d,]+)</td>", text)
    assert sum(int(number.replace(",", "")) for number in rows) == len(atlas.load().rows)


def test_a_link_to_nothing_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions = pytest.importorskip("mkdocs.exceptions", reason="pip install 'voice-tuner[docs]'")
    from tools.site.build import NAVIGATION, build

    named = re.findall(r"[\w/-]+\.md", str(NAVIGATION))

    def stubs(folder: Path) -> None:
        for name in named:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"[a link]({Path(name).name})")

    def broken(folder: Path) -> None:
        stubs(folder)
        (folder / "SECURITY.md").write_text("[a link](nowhere.md)")

    monkeypatch.setattr(source, "write", stubs)
    build(tmp_path)
    monkeypatch.setattr(source, "write", broken)
    with pytest.raises(exceptions.Abort):
        build(tmp_path)
