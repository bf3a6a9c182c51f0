"""The two data files of the atlas: one line a row, sorted, so that a diff can be read."""

from __future__ import annotations

import json
from pathlib import Path

from tools.atlas.packages import Package

FOLDER = Path(__file__).parents[2] / "tuner" / "atlas" / "data"


def load(folder: Path = FOLDER) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The lines of both files by package: of versions.jsonl, and of lines.jsonl."""
    versions = {json.loads(line)[0]: line for line in _lines(folder / "versions.jsonl")}
    rows: dict[str, list[str]] = {}
    for line in _lines(folder / "lines.jsonl"):
        rows.setdefault(json.loads(line)[0], []).append(line)
    return versions, rows


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split("\n")[:-1] if path.exists() else []


def version_line(package: Package, versions: list[str]) -> str:
    """A line of versions.jsonl: the package, its language, and the versions read, in order."""
    return _json([package.name, package.language, versions])


def row_line(row: list[str]) -> str:
    """A line of lines.jsonl; extra keys and version ranges become lists."""
    package, logger, level, template, extra, file, ranges = row
    return _json([package, logger, level, template, extra.split(), file, ranges.split()])


def _json(value: list[object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def save(versions: dict[str, str], rows: dict[str, list[str]], folder: Path = FOLDER) -> None:
    """Writes both files, packages in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "versions.jsonl", [versions[name] for name in sorted(versions)])
    _write(folder / "lines.jsonl", [line for name in sorted(rows) for line in rows[name]])


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")
