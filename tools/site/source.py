"""The repository in, the tree of Markdown that becomes the site out.

It mirrors the repository, so that the links between its pages hold as they are on a forge. What a
page links to and is no page (a dashboard, a script) is copied beside it. The reference is made anew
from the code.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.reference.markdown import heading, row, table
from tools.reference.pages import pages
from tuner import atlas
from tuner.atlas import HOLE, Row

ROOT = Path(__file__).parents[2]
REFERENCE = Path("docs") / "reference"
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
_NOT_SHOWN = ("tuner/",)


def links(page: str) -> list[str]:
    """The files that a page links to, as it writes them."""
    return _LINK.findall(page)


def write(folder: Path) -> None:
    """Write the whole tree into an empty folder."""
    for name in _tracked():
        _copy(name, folder)
    for path in [*folder.rglob("*.md")]:
        for link in links(path.read_text(encoding="utf-8")):
            target = (path.parent / link).resolve().relative_to(folder.resolve())
            if (ROOT / target).is_file():
                _copy(target, folder)
    for page, text in {**pages(), **_atlas()}.items():
        target = folder / REFERENCE / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _tracked() -> Iterator[Path]:
    """Every page that the repository keeps."""
    command = ["git", "ls-files", "*.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = (name for name in done.stdout.splitlines() if not name.startswith(_NOT_SHOWN))
    yield from map(Path, names)


def _copy(name: Path, folder: Path) -> None:
    target = folder / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)


def _atlas() -> dict[str, str]:
    """A page for each package of the atlas: every log call of every release."""
    by_package: dict[str, list[Row]] = {}
    for one in atlas.load().rows:
        by_package.setdefault(one.package, []).append(one)
    found = {f"atlas/{_file(name)}": _package(name, each) for name, each in by_package.items()}
    listed = [
        row(f"[{name}]({_file(name)})", f"{len(each):,}") for name, each in by_package.items()
    ]
    about = "What livekit-agents, its plugins, openai and httpx can log, in every released version."
    found["atlas/README.md"] = heading("Atlas", about) + table(("package", "messages"), listed)
    return found


def _file(package: str) -> str:
    return package.strip("@").replace("/", "-") + ".md"


def _package(name: str, rows: Iterable[Row]) -> str:
    cells = [
        row(f"`{_shown(one.template)}`", one.logger or "any", one.level, ", ".join(one.ranges))
        for one in rows
    ]
    return heading(name, "") + table(("message", "logger", "level", "versions"), cells)


def _shown(message: str) -> str:
    return message.replace(HOLE, "…").replace("`", "'") or " "
