"""A scratch environment for each release, and a run of the playback inside it."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

from tools.version_logs.versions import Release

PLAYBACK = Path(__file__).with_name("playback.py")


def python_of(release: Release, cache: Path) -> Path:
    """The Python of the release's environment; it is made when the cache has none."""
    folder = cache / release.version
    python = folder / "bin" / "python"
    if not _has(python, release.version):
        venv.create(folder, with_pip=True)
        packages = [f"livekit-agents=={release.version}", *release.needs]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def _has(python: Path, version: str) -> bool:
    asks = "import importlib.metadata as m; print(m.version('livekit-agents'))"
    if not python.exists():
        return False
    done = subprocess.run([python, "-c", asks], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


def run(python: Path, scripts: dict[str, Any]) -> None:
    """Plays each script into the file that is its key, standard error (0.12 logs there) included.

    Raises CalledProcessError when a version's logging could not be set up.
    """
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {"TZ": "UTC", "PYTHONWARNINGS": "ignore", "PYTHONIOENCODING": "utf-8"}
    subprocess.run([python, PLAYBACK], input=json.dumps(scripts).encode(), env=environ, check=True)
