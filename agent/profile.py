"""The settings of this process: profile, `.env` and environment, read once."""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path

from tuner.errors import SettingsError
from tuner.settings import resolution
from tuner.settings.resolution import Resolved

_log = logging.getLogger("agent")


@functools.cache
def resolved() -> Resolved:
    """The settings and where each came from; other variables of `.env` enter the environment.

    Raises:
        SettingsError: a mistake in profile, `.env` or environment.
    """
    settings = resolution.resolve(None, os.environ, Path.cwd())
    for name, value in resolution.other_variables(Path.cwd()).items():
        os.environ.setdefault(name, value)
    return settings


@functools.cache
def resolved_for(name: str) -> Resolved:
    """The settings of a call that asks for this profile; those of the process if it asks for none.

    A profile that does not exist or is wrong is logged, and the caller is served all the same.
    """
    if name in ("", resolved().name):
        return resolved()
    try:
        return resolution.resolve(name, os.environ, Path.cwd())
    except SettingsError as error:
        _log.error("a call asks for profile %s, %s serves it: %s", name, resolved().name, error)
        return resolved()
