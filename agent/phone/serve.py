"""`python agent.py webhook`: the web server, one process or several."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from agent.phone.connection import LimitedProtocol
from agent.phone.profile_rules import read_rules
from agent.phone.settings import PhoneSettings, read_settings
from tuner.errors import TunerError
from tuner.settings import resolution

SHUTDOWN_S = 10
"""Requests that run when the server is stopped have this long to end."""


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal comes.

    Raises:
        TunerError: arguments that do not exist, settings, rules or profiles that are wrong.
    """
    if arguments:
        raise TunerError(f"webhook takes no arguments: {' '.join(arguments)}", "See docs/phone.md.")
    settings = read_settings()
    check(settings, os.environ, Path.cwd())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with tempfile.TemporaryDirectory(prefix="phone-metrics-") as folder:
        if settings.workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        uvicorn.run("agent.phone.app:make_app", factory=True, **server_options(settings))
    return 0


def check(settings: PhoneSettings, environ: Mapping[str, str], cwd: Path) -> None:
    """Look for what would fail only when a caller dials.

    Raises:
        TunerError: no SIP address, or a rule names a profile that does not exist or is wrong.
    """
    if not settings.sip_host:
        raise TunerError("PHONE_SIP_HOST is not set", "Calls are dialled to this address.")
    for name in read_rules(settings.rules).names():
        resolution.resolve(name, environ, cwd)
    if settings.workers > 1 and sys.platform == "win32":
        raise TunerError("PHONE_WORKERS above 1 needs Linux or macOS", "Set it to 1.")


def server_options(settings: PhoneSettings) -> dict[str, Any]:
    """How uvicorn serves: no line for each request, since an address may name a call."""
    return {
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "http": LimitedProtocol,
        "ws": "none",
        "loop": "auto",  # uvloop where it is installed
        "access_log": False,
        "server_header": False,
        "log_config": None,
        "timeout_graceful_shutdown": SHUTDOWN_S,
    }
