"""Write the reference pages: `python -m tools.reference`; `--check` only compares (exit 1)."""

from __future__ import annotations

import sys

from tools.reference.pages import FOLDER, pages


def main(arguments: list[str]) -> int:
    """Write all pages, or name those that differ from the code."""
    outdated = [name for name, text in pages().items() if _differs(name, text)]
    if "--check" in arguments:
        for name in outdated:
            sys.stderr.write(f"{name} differs from the code: run python -m tools.reference\n")
        return bool(outdated)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def _differs(name: str, text: str) -> bool:
    path = FOLDER / name
    return not path.is_file() or path.read_text(encoding="utf-8") != text


sys.exit(main(sys.argv[1:]))
