"""The ports that tests take for servers of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests import free_ports

FROM_THE_SAME = """
from itertools import count
from tests import free_ports
free_ports._NEXT = count({first})
print(*(free_ports.free_port() for _ in range(3)))
"""


def test_a_port_is_given_to_one_process_alone() -> None:
    """Also while no server listens there: it may be about to start, for a second time."""
    mine = [free_ports.free_port() for _ in range(3)]
    program = FROM_THE_SAME.format(first=(mine[0] - free_ports._FIRST) // 2)
    command = [sys.executable, "-c", program]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert not set(mine) & set(map(int, done.stdout.split()))
