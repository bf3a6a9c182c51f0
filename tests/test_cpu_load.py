"""The load that the server reports while it has room for a call."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("psutil")

from agent.cpu_load import CpuLoad


def container(folder: Path, quota: str, used_s: float) -> Path:
    (folder / "cpu.max").write_text(quota)
    (folder / "cpu.stat").write_text(f"usage_usec {int(used_s * 1e6)}\nuser_usec 1\n")
    return folder


def test_the_share_of_a_container_counts(tmp_path: Path) -> None:
    now = [100.0]
    load = CpuLoad(container(tmp_path, "150000 100000\n", 7.0), lambda: now[0])
    now[0] += 2.0
    container(tmp_path, "150000 100000\n", 8.5)
    assert load() == pytest.approx(1.5 / 2.0 / 1.5)
    now[0] += 1.0
    container(tmp_path, "150000 100000\n", 8.5)
    assert load() == pytest.approx(0.25)  # the mean of a half and nothing


def test_without_a_limit_the_machine_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.cpu_percent", lambda: 40.0)
    load = CpuLoad(container(tmp_path, "max 100000\n", 7.0))
    assert load() == pytest.approx(0.4)
    assert CpuLoad(tmp_path / "no-cgroup")() == pytest.approx(0.4)
