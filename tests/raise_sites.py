"""Where the program raises an error for the user, found in its sources."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ERRORS = frozenset(
    (
        *("TunerError", "UsageError", "InputError", "SettingsError", "Interrupted", "Missing"),
        *("BadParameter", "missing_extra", "nothing_read"),
    )
)
"""The errors that the command line prints, and the functions that make them."""


def sites() -> dict[str, tuple[Path, range]]:
    """`file:function` to file and lines of each raise; `file:function:2` is the second there."""
    found: dict[str, tuple[Path, range]] = {}
    for folder in ("tuner", "agent"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            seen: Counter[str] = Counter()
            text = path.read_text()
            tree = ast.parse(text if "raise " in text else "")  # it takes longest
            for function, lines in sorted(_raises(tree), key=_line):
                name = f"{path.relative_to(ROOT).as_posix()}:{function}"
                seen[name] += 1
                found[name if seen[name] == 1 else f"{name}:{seen[name]}"] = path, lines
    return found


def _line(found: tuple[str, range]) -> int:
    return found[1].start


def _raises(tree: ast.AST, function: str = "") -> Iterator[tuple[str, range]]:
    """(innermost function, its lines) of each raise of such an error."""
    statements = (node for node in ast.iter_child_nodes(tree) if not isinstance(node, ast.expr))
    for node in statements:
        inside = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(node, ast.Raise) and node.exc is not None and _names(node.exc) & ERRORS:
            yield inside, range(node.lineno, (node.end_lineno or node.lineno) + 1)
        yield from _raises(node, inside)


def _names(raised: ast.expr) -> set[str]:
    called = (node.func for node in ast.walk(raised) if isinstance(node, ast.Call))
    return {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in called
    }
