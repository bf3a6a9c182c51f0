"""The program `tuner`, also as `python -m tuner`; it takes Ctrl-C from its first moment on."""

from __future__ import annotations

import gc
import os
import sys

_STOPPED = 2
"""The exit code of whatever could not be done."""


def main() -> None:
    """Run the command line. While that is still loading, Ctrl-C ends it with a message."""
    gc.disable()  # a command makes no cycles to speak of: looking for them took a tenth of its time
    try:
        from tuner.cli.main import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("tuner: stopped\n")
        sys.stderr.flush()
        os._exit(_STOPPED)


if __name__ == "__main__":
    main()
