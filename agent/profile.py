"""The settings of this process: profile, `.env` and environment, read once."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from tuner.settings import profiles
from tuner.settings.profiles import Resolved


@functools.cache
def resolved() -> Resolved:
    """The settings and where each came from; other variables of `.env` enter the environment.

    Raises:
        SettingsError: a mistake in profile, `.env` or environment.
    """
    found = profiles.resolve(None, os.environ, Path.cwd())
    for name, value in profiles.other_variables(Path.cwd()).items():
        os.environ.setdefault(name, value)
    return found
