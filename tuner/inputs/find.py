"""What the user names in, the inputs that it means out: files, folders, globs, URLs and stdin."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tuner.errors import InputError
from tuner.inputs import archives, remote

STDIN = "-"


def is_read_once(path: str) -> bool:
    """Whether what an input holds is gone once it was read: stdin, or a pipe such as <(command)."""
    if path == STDIN or remote.is_url(path) or archives.is_member(path):
        return path == STDIN
    return Path(path).is_fifo()


class FoundInputs(NamedTuple):
    """Files in order, each once; (path, problem) of what was not found.

    `in_folders` are the files that nobody named: a folder that was named holds them.
    """

    files: list[str]
    problems: list[tuple[str, str]]
    in_folders: frozenset[str]


def members(path: str) -> archives.Members:
    """The files inside an archive, and why some cannot be had; nothing of any other input."""
    if is_read_once(path) or remote.is_url(path) or archives.is_member(path):
        return archives.Members([], [])
    try:
        return archives.members(path)
    except InputError as error:
        return archives.Members([], [(path, _sentences(_why(error, path), error.next_step))])


def find_inputs(
    paths: Sequence[str | Path] | str | Path,
    list_members: Callable[[str], archives.Members] = members,
) -> FoundInputs:
    """Expand folders, globs and archives (by `list_members`). One path may stand alone: a text is
    no list of its letters."""
    paths = [paths] if isinstance(paths, str | Path) else paths
    named: dict[str, bool] = {}
    problems: list[tuple[str, str]] = []
    for given in map(str, paths):
        found, problem = _expand(given)
        is_folder = _is_folder(given)
        for path in found:
            inside, broken = list_members(path)
            for name in inside or [path] * (not broken):
                named[name] = named.get(name, False) or not is_folder
            problems += broken
        if problem:
            problems.append((given, problem))
    return FoundInputs(list(named), problems, frozenset(p for p in named if not named[p]))


def _is_folder(given: str) -> bool:
    return given != STDIN and not remote.is_url(given) and Path(given).is_dir()


def _expand(given: str) -> tuple[list[str], str]:
    if remote.is_url(given):
        return _expand_url(given)
    path = Path(given)
    if given == STDIN or path.is_file() or archives.is_member(given):
        return [given], ""
    if path.is_dir():
        inside = sorted(str(p) for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
        return inside, "" if inside else "the folder holds no files"
    if glob.has_magic(given):
        # glob.glob keeps the pattern's own spelling and takes absolute patterns, Path.glob not
        matched = sorted(p for p in glob.glob(given, recursive=True) if Path(p).is_file())  # noqa: PTH207
        return matched, "" if matched else "no file matches this pattern"
    return ([given], "") if path.exists() else ([], "no such file or folder")


def _expand_url(url: str) -> tuple[list[str], str]:
    try:
        found = remote.find(url)
    except InputError as error:
        return [], _sentences(_why(error, url), error.next_step)
    return found, "" if found else "no object matches"


def _sentences(why: str, next_step: str) -> str:
    return f"{why}. {next_step[0].upper()}{next_step[1:]}" if next_step else why


def _why(error: InputError, path: str) -> str:
    return str(error).removeprefix(f"{path}: ")


def _hidden(path: Path, top: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(top).parts)
