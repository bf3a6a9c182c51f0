"""Whether the ports that a server wants are free.

LiveKit would end with a traceback and exit code 0, which a supervisor takes for success; uvicorn
with exit code 3 and no word on which setting it is.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from contextlib import ExitStack

from tuner.errors import TunerError
from tuner.settings.knob_table import Settings

PRODUCTION_PORT = 8081
"""LiveKit's health port under `start`; its other commands take any that is free."""


Named = tuple[str, int]
"""A port, after the setting that it comes from."""


def agent_ports(settings: Settings, command: str) -> list[Named]:
    """The ports that LiveKit's server listens on."""
    usual = PRODUCTION_PORT if command == "start" else None
    wanted = {
        "HEALTH_PORT": settings.health_port or usual,
        "METRICS_PORT": settings.metrics_port,
    }
    return [(name, port) for name, port in wanted.items() if port is not None]


def check_ports(host: str, ports: Iterable[Named]) -> None:
    """Bind all of them for a moment.

    Not listened on: a client that came in this moment would be accepted, and then reset.

    Raises:
        TunerError: one is in use, or wanted twice, or cannot be bound; by its setting.
    """
    with ExitStack() as until_all_are_bound:
        for name, port in ports:
            until_all_are_bound.enter_context(_bind(name, host, port))


def _bind(name: str, host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return _bound(socket.socket(family), host, port)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        reason = "it is in use" if in_use else f"cannot listen on it ({error.strerror})"
        step = f"Set another {name}." if in_use else f"Check {name} and the setting of its address."
        raise TunerError(f"{name}: port {port} of {host}: {reason}", step) from error


def _bound(one: socket.socket, host: str, port: int) -> socket.socket:
    try:
        if os.name == "posix":  # a port that a server has just left may be taken again
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)  # shared with no second setting
    except OSError:
        one.close()
        raise
    return one
