"""Named profiles: find them, resolve them with the environment, compare them.

Order, highest first: process environment, the named profile, `.env` in the working directory,
built-in defaults. The profile is named by the caller, else by AGENT_PROFILE (environment, then
`.env`), else it is `balanced`. Every mistake is an error with file and line, all mistakes at once.

Nothing here reads `os.environ`: the environment and the working directory are arguments.
`where` is the folders to look in (see `folders`); without it, the shipped profiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tuner.errors import SettingsError, did_you_mean
from tuner.settings.env_file import (
    FOLDER_VARIABLE,
    NAME_VARIABLE,
    OUR_NAMES,
    Assignment,
    EnvFile,
    misspelt,
    read_dotenv,
    read_profile,
    read_text,
)
from tuner.settings.knob_table import KNOBS, Settings, faults, parse
from tuner.settings.shipped import shipped

DEFAULT = "balanced"

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


def path_of(name: str, where: Sequence[Path] = (), cwd: Path | None = None) -> Path:
    """The file of a profile. A name with a slash, or ending in `.env`, is a path from `cwd`.

    Raises:
        SettingsError: there is no such profile; names the near miss and the known ones.
    """
    if "/" in name or "\\" in name or name.endswith(".env"):
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


def read(
    name: str, where: Sequence[Path] = (), cwd: Path | None = None
) -> Mapping[str, Assignment]:
    """What a profile lists, by environment name, with the line of each.

    Raises:
        SettingsError: no such profile, not readable, or any mistake in it; names all of them.
    """
    file = read_profile(path_of(name, where, cwd))
    _refuse(file.mistakes)
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
    _refuse((*profile.mistakes, *dotenv.mistakes, *wrong))

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


def _or_shipped(where: Sequence[Path]) -> Sequence[Path]:
    return where or (shipped(),)


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


def _refuse(mistakes: tuple[str, ...]) -> None:
    if mistakes:
        raise SettingsError(
            "\n".join(mistakes),
            "Fix this and run `tuner profiles check`; `tuner profiles show` lists every setting.",
        )
