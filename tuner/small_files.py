"""Files that people write: read whole, but never without an end."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import Any

MOST = 1 << 20
"""They have a few KB; reading a log or a device by mistake must end soon."""


def text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises OSError if it cannot be read, is no file or is larger than 1 MiB; UnicodeDecodeError if
    it is not UTF-8.
    """
    mode = path.stat().st_mode
    if stat.S_ISFIFO(mode) and not str(path).startswith("/dev/fd/"):  # those are `<(command)`
        raise OSError(errno.EINVAL, "it is a pipe", str(path))
    with path.open("rb") as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise OSError(errno.EFBIG, "it is larger than 1 MiB", str(path))
    return data.decode("utf-8-sig")


def toml(path: Path) -> dict[str, Any]:
    """The table of a TOML file.

    Raises OSError as `text` does, ValueError if it is no TOML in UTF-8.
    """
    import tomllib

    try:
        return tomllib.loads(text(path))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
