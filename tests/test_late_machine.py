"""Tests in real time are run again on a machine that was late, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRIES = """
import socket
from tests import late_machine
from tests.late_machine import CLOCK, LATE_S

late_machine.MOST_LOAD = {load}
tries = 0

def test_in_real_time():
    global tries
    tries += 1
    CLOCK.most_s = {late} * LATE_S
    left_open = socket.socket()
    assert tries == 3
    left_open.close()

def test_after_it():
    import gc
    gc.collect()
"""
CONFTEST = "from tests.conftest import pytest_collection_modifyitems, pytest_runtest_setup"


@pytest.mark.parametrize(
    ("name", "late", "load", "outcome"),
    [
        ("test_bench_x.py", 1.5, 1e9, "2 passed, 2 rerun"),
        ("test_bench_x.py", 0.0, -1.0, "2 passed, 2 rerun"),
        ("test_bench_x.py", 0.0, 1e9, "1 failed, 1 passed"),
        ("test_x.py", 1.5, -1.0, "1 failed, 1 passed"),
    ],
)
def test_a_failure_on_a_late_machine_is_tried_again(
    tmp_path: Path, name: str, late: float, load: float, outcome: str
) -> None:
    (tmp_path / name).write_text(TRIES.format(late=late, load=load))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    options = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-v")
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome in ran.stdout.splitlines()[-1], ran.stdout + ran.stderr
