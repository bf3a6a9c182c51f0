"""Env files: a profile or a `.env` as text -> its assignments, and every mistake with its line.

A profile may hold settings and nothing else. `.env` also serves other programs: only what touches
one of our settings is a mistake there, a near miss is a warning, the rest is left alone.
Values are taken as written: `${NAME}` is not expanded.
"""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dotenv.parser import Binding, parse_stream

from tuner import small_files
from tuner.errors import SettingsError, did_you_mean
from tuner.lazy_patterns import lazy_pattern
from tuner.settings.knob_table import KNOBS, faults, looks_secret

NAME_VARIABLE = "AGENT_PROFILE"
FOLDER_VARIABLE = "AGENT_PROFILES_DIR"
OUR_NAMES = (*KNOBS, NAME_VARIABLE, FOLDER_VARIABLE)

_SECRET_NAME = lazy_pattern(r"(^|_)(API_?KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIALS?)(_|$)")
_INSTALLATION = lazy_pattern(r"(OPENAI|AZURE|LIVEKIT|LK)_")
_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]{0,60}", re.ASCII)
"""What else stands before "=" is no name, and may be a line of any other file."""
_WORDS = {frozenset(name.split("_")): name for name in OUR_NAMES}
_NEAR = 0.75
"""difflib ratio from which an unknown name in a profile gets a "did you mean"."""
_VERY_NEAR = 0.86
"""The same where other programs have names too: HTTP_TIMEOUT_MS is near, DB_MAX_CONNECTIONS not."""
_CHECK = "Check the name and the permissions."
_NO_PROFILE = "Name a file of NAME=value lines."
_UNREADABLE = "this line cannot be read; write NAME=value"


class Assignment(NamedTuple):
    """One assignment in a file."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What one file says. `mistakes` and `warnings` are whole sentences with file and line."""

    path: Path
    entries: Mapping[str, Assignment]
    """By name, in the order of lines; of a name that is set twice, the first."""
    mistakes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_profile(path: Path) -> EnvFile:
    """Read a profile; its entries are the sound ones, its mistakes all the others.

    Raises:
        SettingsError: the file is missing, a folder, not readable or not UTF-8.
    """
    lines = list(_lines(read_text(path)))
    wrong = [(line, why) for line, binding in lines for why in _foreign(binding)]
    entries, again = _entries(lines)
    ours = {name: entry for name, entry in entries.items() if name in KNOBS}
    wrong += [(line, why) for _, line, why in again]
    wrong += _wrong_values(ours)
    return EnvFile(path, ours, _located(path, wrong))


def read_dotenv(path: Path) -> EnvFile:
    """Read `.env`; a missing one is empty.

    Raises:
        SettingsError: the file is not readable or not UTF-8.
    """
    if not path.exists():
        return EnvFile(path, {})
    if path.is_dir():
        # a virtual environment is often called .env
        return EnvFile(path, {}, warnings=(f"{path} is a folder, so no .env was read",))
    lines = list(_lines(read_text(path)))
    entries, again = _entries(lines)
    lost = [(line, binding) for line, binding in lines if binding.value is None]
    wrong = [(line, why) for name, line, why in again if name in OUR_NAMES]
    wrong += [(line, _UNREADABLE) for line, binding in lost if _is_ours(binding)]
    wrong += _wrong_values({name: entry for name, entry in entries.items() if name in KNOBS})
    unread = [(n, "this line cannot be read") for n, b in lost if b.error and not _is_ours(b)]
    warnings = (*_located(path, unread), *misspelt(entries, str(path)))
    return EnvFile(path, entries, _located(path, wrong), warnings)


def misspelt(given: Iterable[str], where: str) -> Iterator[str]:
    """A warning for every name that nearly is one of ours, and so would be lost in silence."""
    for name in sorted(set(given) - set(OUR_NAMES)):
        hint = "" if _INSTALLATION.match(name) else _suggestion(name, _VERY_NEAR)
        if hint:
            yield f"{where}: {name} is not a setting{hint}"


def read_text(path: Path) -> str:
    """The file as text, without a byte order mark.

    Raises:
        SettingsError: it is missing, a folder, larger than 1 MiB, not readable or not UTF-8.
    """
    if path.is_dir():
        raise SettingsError(f"{path} is a folder, not a file", "Name a file inside it.")
    try:
        return small_files.text(path)
    except OSError as error:
        hint = _NO_PROFILE if error.errno in (errno.EFBIG, errno.EINVAL) else _CHECK
        raise SettingsError(f"cannot read {path}: {error.strerror}", hint) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}:{line}: not UTF-8 text", "Save the file as UTF-8.") from error


def _foreign(binding: Binding) -> Iterator[str]:
    """What a profile may not hold, whatever the value is. Never repeats a value."""
    name, value = binding.key, binding.value
    if binding.error or not name:
        yield _UNREADABLE
    elif name in KNOBS:
        if value is None:
            yield f"{name} has no value (allowed: {KNOBS[name].allowed})"
        elif looks_secret(value):
            yield f"{name} looks like a secret; keys belong in the environment or in .env"
    elif value is None or not _NAME.fullmatch(name):
        yield _UNREADABLE
    elif _SECRET_NAME.search(name.upper()) and not _is_misspelt(name, value):
        yield f"{name} is a secret; keys belong in the environment or in .env"
    elif name in OUR_NAMES:
        yield f"{name} names the profile and cannot stand inside one; set it outside"
    elif _INSTALLATION.match(name.upper()):
        yield f"{name} belongs to one installation: put it in the environment or in .env"
    else:
        yield f"{name} is not a setting{_suggestion(name)}"


def _is_misspelt(name: str, value: str) -> bool:
    """Whether a name like MAX_TOKEN is meant for a setting; not where its value may be a key."""
    return bool(_suggestion(name, _VERY_NEAR)) and not looks_secret(value)


def _is_ours(binding: Binding) -> bool:
    """Whether an unreadable line, or one without a value, was meant for us."""
    words = re.findall(r"\w+", binding.original.string)
    return any(word in OUR_NAMES for word in words[:2])


def _entries(
    lines: Iterable[tuple[int, Binding]],
) -> tuple[dict[str, Assignment], list[tuple[str, int, str]]]:
    """Assignments by name, and each repeated one as name, line and complaint."""
    entries: dict[str, Assignment] = {}
    again: list[tuple[str, int, str]] = []
    for line, binding in lines:
        name, value = binding.key, binding.value
        if not name or value is None:
            continue
        if name in entries:
            why = f"{name} is set twice, first on line {entries[name].line}"
            again.append((name, line, why))
        else:
            entries[name] = Assignment(value, line)
    return entries, again


def _wrong_values(entries: Mapping[str, Assignment]) -> list[tuple[int, str]]:
    # what looks like a secret has its own complaint, which does not repeat it
    public = {name: e.value for name, e in entries.items() if not looks_secret(e.value)}
    return [(entries[name].line, why) for name, why in faults(public).items()]


def _located(path: Path, found: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(f"{path}:{line}: {why}" for line, why in sorted(found))


def _suggestion(name: str, cutoff: float = _NEAR) -> str:
    """The setting that was meant: one of the same words in another order, or one spelt alike."""
    same_words = _WORDS.get(frozenset(name.upper().split("_")))
    return f"; did you mean {same_words}?" if same_words else did_you_mean(name, OUR_NAMES, cutoff)


def _lines(text: str) -> Iterator[tuple[int, Binding]]:
    """Everything but comments and blank lines, with the number of its line."""
    for binding in parse_stream(io.StringIO(text, newline=None)):
        if binding.key is None and not binding.error:
            continue
        # dotenv counts the blank lines before an assignment as part of it
        original = binding.original.string
        blank = original[: len(original) - len(original.lstrip())].count("\n")
        yield binding.original.line + blank, binding
