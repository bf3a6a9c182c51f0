"""`tuner init DIR`: writes a project that is ready to run, for those who have only the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuner.cli.output import emit
from tuner.errors import UsageError, install_hint

_TEMPLATES = Path(__file__).parent / "new_project"
"""What a project has besides agent and profiles; names that begin with a dot stand without it."""


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it does not exist.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> int:
    """Write a voice agent that is ready to run: agent, profiles, .env.example."""
    write_project(directory, force=force)
    emit(f"{directory} is ready. Next:\n{_next_steps(directory)}")
    return 0


def write_project(directory: Path, *, force: bool) -> None:
    """Copy every file of the project.

    Raises:
        UsageError: a file exists and `force` is not set; then nothing is written.
    """
    import shutil

    files = {directory / name: source for name, source in project_files().items()}
    existing = [target for target in files if target.exists()]
    if existing and not force:
        raise UsageError(
            f"{existing[0]} exists, nothing was written",
            "Name an empty folder, or add --force to replace files.",
        )
    for target, source in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def project_files() -> dict[str, Path]:
    """Return where each file of a project is copied from, by its path in the project."""
    from tuner.settings.shipped import shipped

    root = _application()
    files = {"agent.py": root / "agent.py"}
    files |= {path.relative_to(root).as_posix(): path for path in _tree(root / "agent")}
    files |= {f"profiles/{path.name}": path for path in _files(shipped())}
    hidden = {"env.example", "gitignore"}
    templates = _files(_TEMPLATES)
    return files | {f".{p.name}" if p.name in hidden else p.name: p for p in templates}


def _application() -> Path:
    """The folder of agent.py and agent/: in a wheel within the package, else the clone."""
    package = Path(__file__).parent.parent
    wheel = package / "_project"
    return wheel if wheel.is_dir() else package.parent


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _tree(folder: Path) -> list[Path]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if path.suffix != ".pyc")


def _next_steps(directory: Path) -> str:
    import shlex
    from importlib.util import find_spec

    install = [] if find_spec("livekit") else [install_hint("agent")]
    steps = [
        *install,
        f"cd {shlex.quote(str(directory))}",
        "cp .env.example .env   # and put your keys into it",
        "python agent.py check  # tests keys, servers and models",
        "python agent.py dev",
    ]
    return "\n".join(f"  {step}" for step in steps)
