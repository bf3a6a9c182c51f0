"""The settings of this process: profile, `.env` and environment, read once."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from tuner.settings import resolution
from tuner.settings.resolution import Resolved


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
