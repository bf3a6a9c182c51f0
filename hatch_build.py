"""Compiles the scan of large logs (`tuner/scan`) when the package is built or installed.

Any C compiler will do; where there is none, the build brings one (ziglang, a package of the same
index as all others). If it cannot be compiled the install goes on without it: then large logs are
read many times slower, and `tuner` says so.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "tuner/scan/csrc"
LIBRARY = "tuner/scan/libscan.so"
VALUES = "tuner/settings/shipped_values.json"
_RESOLVING = ("pydantic-settings>=2.7", "python-dotenv>=1.0", "msgspec>=0.19")
"""What the build needs to resolve the shipped profiles."""
_BROUGHT = "ziglang>=0.13; " + " or ".join(
    f"platform_machine == '{machine}'" for machine in ("x86_64", "AMD64", "arm64", "aarch64")
)
"""Asked for only where there is one: what cannot be had would end the install."""
_FLAGS = ("-O3", "-fno-tree-vectorize", "-std=c11", "-Wall", "-Wextra", "-shared", "-fPIC")
"""Most loops here run a few times: made for many, the scan of dense JSON takes 2 % longer."""


def compiler() -> list[str]:
    """The C compiler to call: $CC, what the system has, or ziglang's; [] for none."""
    if given := os.environ.get("CC"):
        return shlex.split(given)
    found = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    if found is not None:
        return [found]
    return [sys.executable, "-m", "ziglang", "cc"] if find_spec("ziglang") else []


def compile_scan(root: Path, command: list[str], library: Path) -> str:
    """Compile the scan; "" if that went well, else why not. A library that is there stays then."""
    sources = sorted((root / FOLDER).glob("*.[ch]"))
    version = zlib.crc32(b"".join(path.read_bytes() for path in sources))
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / library.name
        flags = [*_FLAGS, f"-DSCAN_SOURCE={version}u", str(root / FOLDER / "scan.c")]
        try:
            done = subprocess.run(
                [*command, *flags, "-o", str(fresh), "-lm"],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode:
            return done.stderr.strip() or f"{command[0]} failed"
        shutil.move(fresh, library)
    return ""


def keep_profile_values(root: Path) -> str:
    """Write the values of the shipped profiles beside the code; "" if that went well, else why not.

    Without them the program works the same, but loads pydantic for every log.
    """
    code = "from tuner.settings import shipped_values; shipped_values.write()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the compiled scan to wheels and to editable installs."""

    def dependencies(self) -> list[str]:
        """What the build itself needs, among it a compiler, unless the system has one."""
        if self.target_name != "wheel":
            return []
        return [*_RESOLVING, *([] if compiler() else [_BROUGHT])]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile and resolve, in the source tree as editable installs need it."""
        if self.target_name != "wheel":
            return
        root, command = Path(self.root), compiler()
        if why := keep_profile_values(root):
            self.app.display_warning(f"the values of the profiles were not kept: {why}")
        build_data.update(artifacts=[VALUES])
        why = compile_scan(root, command, root / LIBRARY) if command else "no C compiler was found"
        if why:
            self.app.display_warning(f"the scan of large logs was not compiled: {why}")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data.update(
            pure_python=False, tag=f"py3-none-{platform}", artifacts=[LIBRARY, VALUES]
        )
