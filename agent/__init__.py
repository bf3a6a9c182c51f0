"""The voice agent whose every tunable comes from a named profile; `server` is what LiveKit runs.

LiveKit's own command line imports `agent` and looks for `server`. It is made when it is first
asked for: only then is the profile read and LiveKit imported.
"""

from __future__ import annotations

from typing import Any

__all__ = ["server"]


def __getattr__(name: str) -> Any:
    if name != "server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from agent.app import get_server

    return get_server()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
