"""A folder in, the site in it out, built by MkDocs; a link to nothing is an error."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tools.site import source

NAVIGATION: list[Any] = [
    {"Start": "README.md"},
    {
        "Guides": [
            *({f"{title}": f"docs/{name}.md"} for title, name in (
                ("Single calls", "calls"), ("The page", "pages"), ("Store and trends", "store"),
                ("What if", "what-if"), ("The agent", "agent"), ("Bench", "bench"),
                ("Telephone", "phone"), ("AudioCodes", "audiocodes"),
                ("Other records", "call-records"),
            )),
        ]
    },
    {
        "Reference": [
            *({title: f"docs/reference/{name}.md"} for title, name in (
                ("Overview", "README"), ("Commands", "commands"), ("Settings", "settings"),
                ("Rules", "rules"), ("Limits", "limits"), ("JSON report", "json-report"),
                ("Log lines", "log-lines"), ("Atlas", "atlas/README"),
            )),
        ]
    },
    {"Project": [{"Architecture": "ARCHITECTURE.md"}, {"Contributing": "CONTRIBUTING.md"},
                 {"Security": "SECURITY.md"}, {"Changes": "CHANGELOG.md"}]},
]  # fmt: skip
_CHECKS = {"not_found": "warn", "anchors": "warn", "unrecognized_links": "warn"}


def build(folder: Path) -> None:
    """Build the site. Raises mkdocs' Abort where a page, a link or an anchor is missing."""
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config

    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        tree.mkdir()
        source.write(tree)
        config = Path(name) / "mkdocs.yml"
        config.write_text("site_name: voice-tuner\n", encoding="utf-8")
        mkdocs_build(
            load_config(
                str(config),
                docs_dir=str(tree),
                site_dir=str(folder.resolve()),
                nav=NAVIGATION,
                theme={"name": "mkdocs", "highlightjs": False},
                validation={"links": _CHECKS, "nav": {"omitted_files": "ignore"}},
                strict=True,
                use_directory_urls=False,
            )
        )
