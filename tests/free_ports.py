"""Ports of the loopback for servers that tests start as programs of their own."""

from __future__ import annotations

import os
import socket
from itertools import count

_FIRST, _PAIRS = 15_000, 8_000
"""Below those that connections and port 0 get (32768 and up): nobody takes one between the look and
the server's start."""
_NEXT = count(os.getpid() * 48)
"""Other workers begin elsewhere."""


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that nobody uses now, another one each time; it is even, and the one above it is given
    to nobody: RTP takes two."""
    while True:
        port = _FIRST + 2 * (next(_NEXT) % _PAIRS)
        with socket.socket(socket.AF_INET, kind) as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
