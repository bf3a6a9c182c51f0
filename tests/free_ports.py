"""Ports of the loopback for servers that tests start as programs of their own."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from itertools import count
from pathlib import Path

_FIRST, _PAIRS = 15_000, 8_000
"""Below those that connections and port 0 get (32768 and up): nobody takes one between the look and
the server's start."""
_NEXT = count(os.getpid() * 48)
"""Other workers begin elsewhere."""
_CLAIMS = os.open(
    Path(tempfile.gettempdir()) / f"ports-of-voice-tuner-tests-{os.getuid()}",
    os.O_RDWR | os.O_CREAT,
    0o600,
)
"""One byte for each port, locked by the process whose tests have it, until that ends. Without it
another worker would get the port of a server that is being started anew."""


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that nobody uses now, another one each time; it is even, and the one above it is given
    to nobody: RTP takes two."""
    while True:
        port = _FIRST + 2 * (next(_NEXT) % _PAIRS)
        try:
            fcntl.lockf(_CLAIMS, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            with socket.socket(socket.AF_INET, kind) as one:
                one.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
