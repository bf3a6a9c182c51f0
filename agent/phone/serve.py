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

from agent.phone.admission import SlotStoreError, open_slots
from agent.phone.connection import LimitedProtocol
from agent.phone.profile_rules import read_rules
from agent.phone.settings import PhoneSettings, read_settings
from agent.ports import check_ports
from tuner.errors import TunerError
from tuner.settings import resolution

USAGE = """usage: python agent.py webhook

Answers Twilio's questions about calls until it is stopped. It takes no options; the settings are
variables: see docs/phone.md.
"""
SHUTDOWN_S = 10
"""Requests that run when the server is stopped have this long to end."""


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal comes.

    Raises:
        TunerError: arguments that do not exist, settings, rules or profiles that are wrong.
    """
    if {"--help", "-h"} & set(arguments):
        sys.stdout.write(USAGE)
        return 0
    if arguments:
        what = f"webhook takes no arguments: {' '.join(arguments)}"
        raise TunerError(what, "Its settings are variables: see docs/phone.md.")
    settings = read_settings()
    check(settings, os.environ, Path.cwd())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if settings.workers == 1:  # a signal ends this process behind its server: nothing may be left
        _serve(settings)
        return 0
    with tempfile.TemporaryDirectory(prefix="phone-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        _serve(settings)
    return 0


def _serve(settings: PhoneSettings) -> None:
    uvicorn.run("agent.phone.app:make_app", factory=True, **server_options(settings))


def check(settings: PhoneSettings, environ: Mapping[str, str], cwd: Path) -> None:
    """Look for what would fail only when a caller dials.

    Raises:
        TunerError: no SIP address, a rule names a profile that does not exist or is wrong, the file
            of the slots cannot be opened, or the port is in use.
    """
    if not settings.sip_host:
        raise TunerError("PHONE_SIP_HOST is not set", "Calls are dialled to this address.")
    for name in read_rules(settings.rules).names():
        resolution.resolve(name, environ, cwd)
    if settings.workers > 1 and sys.platform == "win32":
        raise TunerError("PHONE_WORKERS above 1 needs Linux or macOS", "Set it to 1.")
    _check_slots(settings)
    check_ports(settings.host, [("PHONE_PORT", settings.port)])


def _check_slots(settings: PhoneSettings) -> None:
    try:  # opens the file of SQLite; a Redis that is away may come back
        open_slots(settings.slots, settings.slot_limits).close()
    except SlotStoreError as error:
        raise TunerError(
            f"PHONE_SLOTS: {error}",
            "Name a file that can be written. A damaged one may be removed: it holds only the "
            "calls that run now.",
        ) from error


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
