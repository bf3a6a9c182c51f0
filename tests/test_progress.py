"""The bar of progress says share, rate and time left, and only where reading takes long."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tuner.cli.progress import shown


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_share_size_and_time_left_are_shown_and_cleared() -> None:
    now, terminal, threads = [0.0], Terminal(), threading.active_count()
    with shown(terminal, lambda: now[0]) as show:
        for second in (1, 2, 3, 4):
            now[0] = second
            show(second * 1_000_000, 10_000_000)
        while_shown = terminal.getvalue()
        assert threading.active_count() == threads  # more would keep processes from being forked
    for part in ("40%", "4.0/10.0 MB", "1.0 MB/s", "0:00:06"):
        assert part in while_shown
    assert terminal.getvalue().endswith("\x1b[1A\x1b[2K")  # one line up, and cleared


def test_an_unknown_size_is_no_share() -> None:
    now, terminal = [0.0], Terminal()
    with shown(terminal, lambda: now[0]) as show:
        now[0] = 1
        show(5_000_000, 0)
    assert "5.0/? MB" in terminal.getvalue()


def test_it_is_redrawn_ten_times_a_second_and_not_before_half_a_second() -> None:
    now, terminal, drawn = [0.0], Terminal(), []
    with shown(terminal, lambda: now[0]) as show:
        for hundredth in range(100):
            before = len(terminal.getvalue())
            now[0] = hundredth / 100
            show(hundredth, 100)
            drawn += [hundredth] * (len(terminal.getvalue()) > before)
    assert drawn == [50, 60, 70, 80, 90]


def test_a_quick_run_loads_no_rich() -> None:
    code = (
        "import sys; from tuner.cli.progress import shown\n"
        "with shown(sys.stderr, lambda: 0.0) as show: show(1, 2)\n"
        "sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_later_stages_are_loaded_while_others_still_read() -> None:
    code = (
        "import sys; from tuner import pipeline\n"
        "loaded = []\n"
        "def progress(*_): loaded or loaded.extend(sys.modules)\n"
        "pipeline.analyze([sys.argv[1]], environ={}, progress=progress)\n"
        "rooms = ('tuner.facts', 'tuner.rules', 'tuner.advice', 'tuner.atlas', 'tuner.report')\n"
        "print(*[name for name in {*sys.modules} - {*loaded} if name.startswith(rooms)])"
    )
    log = str(Path(__file__).parent.parent / "sample_logs/healthy-info.jsonl")
    done = subprocess.run([sys.executable, "-c", code, log], capture_output=True, check=True)
    assert done.stdout.split() == []
