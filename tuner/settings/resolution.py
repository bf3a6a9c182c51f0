"""The settings that an agent runs with: a named profile under the environment.

Order, highest first: process environment, the named profile, `.env` in the working directory,
built-in defaults. The profile is named by the caller, else by AGENT_PROFILE (environment, then
`.env`), else it is `balanced`. Every mistake is an error with file and line, all mistakes at once.

Nothing here reads `os.environ`: the environment and the working directory are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tuner.errors import SettingsError
from tuner.settings.env_file import (
    NAME_VARIABLE,
    OUR_NAMES,
    EnvFile,
    misspelt,
    read_dotenv,
    read_profile,
)
from tuner.settings.knob_table import KNOBS, Settings, faults, parse
from tuner.settings.profiles import DEFAULT, compare, folders, path_of, refuse, refuse_path

Naming = Literal["argument", "environment", ".env", "default"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a setting came from."""

    kind: Literal["environment", "profile", ".env", "default"]
    file: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}" if self.file else self.kind


@dataclass(frozen=True, slots=True)
class Override:
    """A process variable that changed what profile, `.env` and defaults would have given."""

    env: str
    value: object
    instead_of: object
    hidden: Origin
    """Where the value that lost came from."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings an agent runs with, and how each came about."""

    name: str
    how_named: Naming
    path: Path
    settings: Settings
    origins: Mapping[str, Origin]
    """By environment name, one for every setting."""
    overrides: tuple[Override, ...]
    warnings: tuple[str, ...]


def resolve(name: str | None, environ: Mapping[str, str], cwd: Path) -> Resolved:
    """The settings to run with: environment over the named profile over `.env` over defaults.

    Raises:
        SettingsError: unknown profile, or any mistake in profile, `.env` or environment.
    """
    dotenv = read_dotenv(cwd / ".env")
    how_named, named = _named(name, environ, dotenv)
    where = folders(environ, cwd)
    profile = read_profile(_found(named, how_named, where, cwd))
    variables = {env: text for env, text in environ.items() if env in KNOBS}
    wrong = tuple(f"environment: {why}" for why in faults(variables).values())
    refuse((*profile.mistakes, *dotenv.mistakes, *wrong))

    texts, below = _layers(profile, dotenv)
    settings = parse(texts | variables)
    return Resolved(
        name=profile.path.stem,
        how_named=how_named,
        path=profile.path,
        settings=settings,
        origins=below | dict.fromkeys(variables, Origin("environment")),
        overrides=_overrides(parse(texts), settings, below),
        warnings=(
            *_shadowed_profiles(profile.path, where),
            *_shadowed_values(profile, dotenv),
            *dotenv.warnings,
            *misspelt(environ, "environment"),
        ),
    )


def other_variables(cwd: Path) -> Mapping[str, str]:
    """What `.env` holds beside settings: keys, addresses, other programs' variables.

    The agent puts these into the process environment itself. Loading the whole `.env` there
    would turn its settings into process variables, and they would beat the profile.
    """
    entries = read_dotenv(cwd / ".env").entries
    return {env: entry.value for env, entry in entries.items() if env not in OUR_NAMES}


def _named(name: str | None, environ: Mapping[str, str], dotenv: EnvFile) -> tuple[Naming, str]:
    if name is not None:
        return "argument", name
    if NAME_VARIABLE in environ:
        return "environment", environ[NAME_VARIABLE].strip()
    if NAME_VARIABLE in dotenv.entries:
        return ".env", dotenv.entries[NAME_VARIABLE].value.strip()
    return "default", DEFAULT


def _found(name: str, how_named: Naming, where: Sequence[Path], cwd: Path) -> Path:
    """`path_of`, saying who named a profile that does not exist."""
    if how_named != "argument":
        refuse_path(name)
    try:
        return path_of(name, where, cwd)
    except SettingsError as error:
        if how_named not in ("environment", ".env"):
            raise
        place = f"{error}; {NAME_VARIABLE} names it in {how_named}"
        raise SettingsError(place, error.next_step) from error


def _layers(profile: EnvFile, dotenv: EnvFile) -> tuple[dict[str, str], dict[str, Origin]]:
    """What lies below the environment: the texts that are set, and the origin of every setting."""
    texts: dict[str, str] = {}
    origins = {env: Origin("default") for env in KNOBS}
    files: Iterable[tuple[Literal[".env", "profile"], EnvFile]]
    files = ((".env", dotenv), ("profile", profile))
    for kind, file in files:
        for env, entry in file.entries.items():
            if env in KNOBS:
                texts[env] = entry.value
                origins[env] = Origin(kind, file.path, entry.line)
    return texts, origins


def _overrides(
    base: Settings, settings: Settings, below: Mapping[str, Origin]
) -> tuple[Override, ...]:
    return tuple(
        Override(change.env, change.after, change.before, below[change.env])
        for change in compare(base, settings)
    )


def _shadowed_profiles(path: Path, where: Sequence[Path]) -> Iterator[str]:
    if path.parent not in where:
        return  # named by its path: no doubt which one is meant
    for folder in where:
        if folder != path.parent and (folder / path.name).exists():
            yield f"profile {path.stem} is {path}; {folder / path.name} is not used"


def _shadowed_values(profile: EnvFile, dotenv: EnvFile) -> Iterator[str]:
    """`.env` lines that the profile makes ineffective: "I changed it and nothing happened"."""
    for env, ours in profile.entries.items():
        theirs = dotenv.entries.get(env)
        if theirs and theirs.value != ours.value:
            yield (
                f"{dotenv.path}:{theirs.line}: {env} is not used: profile {profile.path.stem} "
                f"sets it on line {ours.line}"
            )
