"""`tuner init` writes a project that runs; in a clone and from an installed wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from tuner.cli import main as cli

ROOT = Path(__file__).parent.parent
LOG = ROOT / "sample_logs" / "false-interruptions.jsonl"
WRITTEN = {
    *("agent.py", "README.md", ".env.example", ".gitignore"),
    *("agent/__init__.py", "agent/app.py", "agent/tools.py", "agent/dashboard.json"),
    *("agent/phone/app.py", "agent/phone/admission/sqlite.py"),
    *("profiles/balanced.env", "profiles/noisy.env"),
}


def written(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


def check(folder: Path, python: str = sys.executable, **environ: str) -> tuple[int, str, str]:
    """`python agent.py check` in a project; code, stdout and stderr."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **environ}
    done = subprocess.run(
        [python, "agent.py", "check"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_written_project_is_complete_and_its_check_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("livekit.agents")
    project = tmp_path / "my agent"
    assert cli.run(["init", str(project)]) == 0
    assert "cd '" in capsys.readouterr().out
    assert written(project) >= WRITTEN
    assert not any("pyc" in name for name in written(project))
    (project / ".env").write_text((project / ".env.example").read_text())
    code, out, err = check(project, PYTHONPATH=str(ROOT))
    assert code == 2
    assert str(project / "profiles") in out or "balanced.env" in out
    assert err == "agent: fix 3 problems before it can take calls\n"


def test_init_replaces_nothing_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("mine")
    assert cli.run(["init", str(tmp_path)]) == 2
    assert "README.md exists, nothing was written" in capsys.readouterr().err
    assert written(tmp_path) == {"README.md"}
    assert cli.run(["init", str(tmp_path), "--force"]) == 0
    assert (tmp_path / "README.md").read_text() != "mine"


# --- an installed wheel ------------------------------------------------------------------------


class Installed(NamedTuple):
    """A virtual environment with the wheel, and the names at the top of the wheel."""

    python: str
    packages: Path
    names: set[str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and unpack it where pip would; the packages it needs are those of here."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    [packages] = (folder / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(packages)
        names = {name.split("/")[0] for name in wheel.namelist()}
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(str(folder / "venv" / "bin" / "python"), packages, names)


def run(python: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    return subprocess.run(
        [python, *arguments], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )


def test_a_wheel_works_in_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    where = run(installed.python, "-c", "import tuner; print(tuner.__file__)", cwd=tmp_path)
    assert where.stdout.startswith(str(installed.packages))
    assert {name for name in installed.names if not name.endswith(".dist-info")} == {"tuner"}
    for command in (["analyze", str(LOG)], ["profiles"], ["explain"]):
        done = run(installed.python, "-m", "tuner", *command, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout


def test_a_project_written_by_a_wheel_runs(installed: Installed, tmp_path: Path) -> None:
    pytest.importorskip("livekit.agents")
    done = run(installed.python, "-m", "tuner", "init", "mine", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert written(tmp_path / "mine") >= WRITTEN
    code, out, err = check(tmp_path / "mine", installed.python, AGENT_PROFILE="noisy")
    assert (code, err) == (2, "agent: fix 4 problems before it can take calls\n")
    assert "profile noisy" in out


def test_livekits_starter_layout_works_beside_the_wheel(
    installed: Installed, tmp_path: Path
) -> None:
    """`src/agent.py`, on the path where an editable install puts it: behind all packages."""
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "src" / "agent.py").write_text("class Assistant:\n    name = 'mine'\n")
    (tmp_path / "tests" / "test_agent.py").write_text(
        "from agent import Assistant\nfrom tuner.turn_log import attach\n\n\n"
        "def test_it():\n    assert Assistant.name == 'mine'\n    assert attach\n"
    )
    starter = installed.packages / "zz_starter.pth"
    starter.write_text(f"{tmp_path / 'src'}\n")
    try:
        done = run(installed.python, "-m", "pytest", "-q", "tests", cwd=tmp_path)
    finally:
        starter.unlink()
    assert done.returncode == 0, done.stdout
