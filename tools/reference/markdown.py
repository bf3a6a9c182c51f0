"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def heading(title: str, about: str) -> str:
    """The top of a page."""
    return f"# {title}\n\n{about}\n\n"


def table(columns: Sequence[str], rows: Sequence[str]) -> str:
    """A table of ready rows."""
    return "\n".join([row(*columns), "|" + "---|" * len(columns), *rows]) + "\n"


def row(*cells: str) -> str:
    """One row; what would end a cell is escaped."""
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
