"""Pages of sample logs, taken apart: every element with its attributes and text."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from tests import samples
from tuner import pipeline

TURNS = samples.FOLDER / "bench" / "noisy-street.balanced.turns.jsonl"
DEBUG = samples.FOLDER / "false-interruptions.jsonl"
REPLAYED = samples.ROOT / "tests" / "whatif" / "slow-thinker.d05.jsonl.gz"
VOID = {"meta", "input", "br", "rect", "line", "circle"}


def page(*paths: Path, **options: Any) -> str:
    """The page of these logs."""
    found = pipeline.analysis(list(paths), environ={}, **options)
    return pipeline.page(found, limits=options.get("limits"))


class Element(NamedTuple):
    """An element: its name, attributes and place; all its text; what is in it, in order."""

    name: str
    attributes: dict[str, str]
    inside: list[Any]

    @property
    def text(self) -> str:
        """All text in it, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.inside:
            yield from [part] if isinstance(part, str) else part._texts()

    def all(self, name: str = "", **attributes: str) -> list[Element]:
        """The elements in it of this name, with these attributes ("": any value)."""
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}
        return [each for each in self._elements() if each._fits(name, wanted)]

    def one(self, name: str = "", **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(name, **attributes)
        return found

    def _elements(self) -> Iterator[Element]:
        for part in self.inside:
            if not isinstance(part, str):
                yield part
                yield from part._elements()

    def _fits(self, name: str, wanted: dict[str, str]) -> bool:
        mine = self.attributes
        right = all(
            key in mine and mine[key] == (value or mine[key]) for key, value in wanted.items()
        )
        return right and name in ("", self.name)


def parsed(text: str) -> Element:
    """The page as a tree. Raises AssertionError where a tag is not closed."""
    return _Tree(text).root


class _Tree(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {}, [])
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert self._open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, [])
        self._open[-1].inside.append(element)
        if tag not in VOID or (tag in ("rect", "line", "circle") and not self._is_closed()):
            self._open.append(element)

    def _is_closed(self) -> bool:
        return (self.get_starttag_text() or "").endswith("/>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, [])
        self._open[-1].inside.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)
