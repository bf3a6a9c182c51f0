"""A real PostgreSQL of one's own, on a socket in a folder: nothing else can reach it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

WHY_NOT = "no PostgreSQL server: install it (apt-get install postgresql) to run this"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


class Server:
    """A server with an empty database; root lends it to an account without rights."""

    def __init__(self) -> None:
        bin_folder = programs()
        assert bin_folder is not None, WHY_NOT
        self._bin = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._user = self._account() if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._run("initdb", "-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
        self.start()

    @staticmethod
    def _account() -> str:
        names = {each.pw_name for each in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"postgresql://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        """Begin to listen."""
        settings = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -F"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        """Break off all connections and end."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def close(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *options: str) -> None:
        command = [str(self._bin / program), "-D", str(self._folder / "data"), *options]
        subprocess.run(
            command,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
