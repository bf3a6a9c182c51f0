"""Every profile that may be advised or compared: the shipped ones, and the user's own.

Own profiles stand in AGENT_PROFILES_DIR (environment or `.env`) or in ./profiles, as for the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuner import small_files
from tuner.errors import SettingsError
from tuner.settings import shipped_values
from tuner.settings.shipped import shipped

_FOLDER, _NAME = "AGENT_PROFILES_DIR", "AGENT_PROFILE"


def candidates(environ: Mapping[str, str], cwd: Path) -> dict[str, dict[str, Any]]:
    """All values of each profile by name, `balanced` first; own ones with mistakes are left out.

    An own profile stands in for a shipped one of the same name.
    """
    found = shipped_values.values()
    return {**found, **_own(environ, cwd)} if has_own(environ, cwd) else found


def replaced(found: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The shipped profiles in whose place another one of the same name stands."""
    ours = shipped_values.values()
    return frozenset(name for name in ours if found.get(name) != ours[name])


def has_own(environ: Mapping[str, str], cwd: Path) -> bool:
    """Whether there may be other profiles than the shipped ones; quick, without reading any."""
    folder = cwd / "profiles"
    beside = folder.is_dir() and folder.resolve() != shipped().resolve()
    return bool(environ.get(_FOLDER)) or beside or in_dotenv(_FOLDER, cwd)


def in_dotenv(name: str, cwd: Path) -> bool:
    """Whether `.env` may hold a variable: only then is it worth to be parsed."""
    try:
        return name in small_files.text(cwd / ".env")
    except OSError:
        return False
    except UnicodeDecodeError:
        return True  # whoever parses it will say so


def _own(environ: Mapping[str, str], cwd: Path) -> dict[str, dict[str, Any]]:
    from tuner.settings import profiles, stamp  # pydantic takes longer to load than a small log

    found = {}
    where = profiles.folders(environ, cwd)
    ours = shipped().resolve()
    for name in profiles.names(where):
        if profiles.path_of(name, where, cwd).resolve().parent != ours:
            with suppress(SettingsError):
                found[name] = stamp.shown(profiles.load(name, where, cwd))
    return found


def named_in_environment(environ: Mapping[str, str], cwd: Path) -> str:
    """The profile that AGENT_PROFILE names, in the environment or else in `.env`; "" if none."""
    if name := environ.get(_NAME, ""):
        return name
    if not in_dotenv(_NAME, cwd):
        return ""
    from tuner.settings.env_file import read_dotenv

    entry = read_dotenv(cwd / ".env").entries.get(_NAME)
    return entry.value.strip() if entry else ""
