"""Named profiles: find them, read them, compare them.

Every mistake is an error with file and line, all mistakes at once. `where` is the folders to look
in (see `folders`); without it, the shipped profiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuner.errors import SettingsError, did_you_mean
from tuner.settings.env_file import (
    FOLDER_VARIABLE,
    Assignment,
    read_dotenv,
    read_profile,
    read_text,
)
from tuner.settings.knob_table import KNOBS, Settings, parse
from tuner.settings.shipped import shipped

DEFAULT = "balanced"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that two sets of settings do not share."""

    env: str
    before: object
    after: object


def folders(environ: Mapping[str, str], cwd: Path) -> tuple[Path, ...]:
    """Where profiles are looked for, first hit wins: AGENT_PROFILES_DIR, ./profiles, shipped.

    Raises:
        SettingsError: AGENT_PROFILES_DIR is no folder.
    """
    in_file = read_dotenv(cwd / ".env").entries.get(FOLDER_VARIABLE)
    named = environ.get(FOLDER_VARIABLE) or (in_file.value if in_file else "")
    if named and not (cwd / named).is_dir():
        raise SettingsError(
            f"{FOLDER_VARIABLE}={named!r} is not a folder",
            f"Create it, or unset {FOLDER_VARIABLE}.",
        )
    found: dict[Path, Path] = {}
    for folder in ([cwd / named] if named else []) + [cwd / "profiles", shipped()]:
        if folder.is_dir():
            found.setdefault(folder.resolve(), folder)
    return tuple(found.values())


def names(where: Sequence[Path] = ()) -> tuple[str, ...]:
    """Every profile that can be named, `balanced` first, then in alphabetical order."""
    files = (path for folder in _or_shipped(where) for path in folder.glob("*.env"))
    found = {path.stem for path in files if path.is_file() and not path.name.startswith(".")}
    return tuple(sorted(found, key=lambda name: (name != DEFAULT, name)))


def is_path(name: str) -> bool:
    """Whether it is the path of a profile and not its name."""
    return "/" in name or "\\" in name or name.endswith(".env")


def refuse_path(name: str) -> None:
    """Raise SettingsError if AGENT_PROFILE names a path: who sets it could name any file."""
    if is_path(name):
        raise SettingsError(
            "AGENT_PROFILE is a path, not the name of a profile",
            "Put the file into ./profiles or the folder AGENT_PROFILES_DIR, and name it without "
            "folder and without .env.",
        )


def path_of(name: str, where: Sequence[Path] = (), cwd: Path | None = None) -> Path:
    """The file of a profile. A name with a slash, or ending in `.env`, is a path from `cwd`.

    Raises:
        SettingsError: there is no such profile; names the near miss and the known ones.
    """
    if is_path(name):
        return (cwd or Path()) / name
    for folder in _or_shipped(where):
        if name and (folder / f"{name}.env").exists():
            return folder / f"{name}.env"
    known = names(where)
    raise SettingsError(
        f"unknown profile {name!r}{did_you_mean(name, known)} (known: {', '.join(known)})",
        "Run `tuner profiles list` to see what each is for.",
    )


def describe(name: str, where: Sequence[Path] = (), cwd: Path | None = None) -> str:
    """The first comment line of a profile: what it is for. Empty if it has none."""
    first = read_text(path_of(name, where, cwd)).split("\n", 1)[0].strip()
    return first.lstrip("# ") if first.startswith("#") else ""


def purpose(name: str, where: Sequence[Path] = ()) -> str:
    """The same for a list to read: where to write what it is for, if the profile does not say."""
    missing = f"does not say what it is for: begin {path_of(name, where)} with a # comment"
    return describe(name, where) or missing


def read(
    name: str, where: Sequence[Path] = (), cwd: Path | None = None
) -> Mapping[str, Assignment]:
    """What a profile lists, by environment name, with the line of each.

    Raises:
        SettingsError: no such profile, not readable, or any mistake in it; names all of them.
    """
    file = read_profile(path_of(name, where, cwd))
    refuse(file.mistakes)
    return file.entries


def load(name: str, where: Sequence[Path] = (), cwd: Path | None = None) -> Settings:
    """A profile over the defaults, without environment and `.env`: for comparing profiles."""
    return parse({env: entry.value for env, entry in read(name, where, cwd).items()})


def diff(
    before: str, after: str, where: Sequence[Path] = (), cwd: Path | None = None
) -> tuple[Difference, ...]:
    """What changes when one profile is exchanged for another, in the order of the settings."""
    return compare(load(before, where, cwd), load(after, where, cwd))


def compare(before: Settings, after: Settings) -> tuple[Difference, ...]:
    """The settings in which two sets differ, in the order of the settings."""
    pairs = (
        (env, getattr(before, knob.field), getattr(after, knob.field))
        for env, knob in KNOBS.items()
    )
    return tuple(Difference(env, old, new) for env, old, new in pairs if old != new)


def _or_shipped(where: Sequence[Path]) -> Sequence[Path]:
    return where or (shipped(),)


def refuse(mistakes: tuple[str, ...]) -> None:
    """Raise SettingsError with all mistakes, if there are any."""
    if mistakes:
        raise SettingsError(
            "\n".join(mistakes),
            "Fix this and run `tuner profiles check`; `tuner profiles show` lists every setting.",
        )
