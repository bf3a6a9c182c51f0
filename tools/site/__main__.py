"""Build the documentation site: `python -m tools.site [FOLDER]` (default: site)."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from tools.site.build import build


def main(arguments: list[str]) -> int:
    """Build it and name the page to open; 1 where a link leads nowhere."""
    try:
        from mkdocs.exceptions import Abort
    except ImportError:
        sys.stderr.write("the site is built by MkDocs. Run: pip install '.[docs]'\n")
        return 1
    folder = Path(arguments[0] if arguments else "site")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        build(folder)
    except Abort as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{folder / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
