"""The versions of livekit-agents that write a log, and the layouts that each of them has."""

from __future__ import annotations

from typing import NamedTuple

OLD_OPENAI = {"openai": "1.109.1", "httpx": "0.28.1"}
NEW_OPENAI = {"openai": "3.57.0", "httpx2": "2.16.2", "httpcore2": "2.16.2"}
HTTPX = ("httpx",)
OLD_TELEMETRY = ("opentelemetry-sdk<1.39", "opentelemetry-exporter-otlp<1.39")


class Layout(NamedTuple):
    """One way in which a version prints its log."""

    name: str
    level: str
    """The lowest level that is printed: DEBUG or INFO."""
    width: int = 80
    """Columns of the terminal; only Rich screens wrap."""
    colour: bool = False
    """Whether a Rich screen is coloured; the other development layouts always are."""

    @property
    def console(self) -> bool:
        """Whether it is the console mode: one call inside the process, without a room."""
        return self.name.startswith("console")

    @property
    def production(self) -> bool:
        """Whether it is the JSON of `start`."""
        return self.name.startswith("production")


class Release(NamedTuple):
    """A release of livekit-agents with the HTTP packages that people ran beside it."""

    version: str
    layouts: tuple[Layout, ...]
    others: dict[str, str]
    needs: tuple[str, ...] = ()
    """Packages that it imports without requiring them."""


PRODUCTION = (Layout("production", "INFO"), Layout("production-debug", "DEBUG"))
COLOURED = (Layout("dev", "DEBUG"), Layout("console", "DEBUG"), *PRODUCTION)
RICH = (
    Layout("dev-80", "DEBUG"),
    Layout("dev-120", "DEBUG", 120),
    Layout("console-80", "DEBUG"),
    Layout("console-120", "DEBUG", 120, colour=True),
    *PRODUCTION,
)
RELEASES = (
    Release("0.12.21", (COLOURED[0], *PRODUCTION), OLD_OPENAI, ("av",)),
    Release("1.0.23", COLOURED, OLD_OPENAI),
    Release("1.1.7", COLOURED, OLD_OPENAI),
    Release("1.2.6", COLOURED, OLD_OPENAI, HTTPX),
    Release("1.2.18", COLOURED, OLD_OPENAI, HTTPX),
    Release("1.3.4", RICH, OLD_OPENAI, (*HTTPX, *OLD_TELEMETRY)),
    Release("1.3.5", RICH, OLD_OPENAI, (*HTTPX, *OLD_TELEMETRY)),
    Release("1.3.12", RICH, OLD_OPENAI, HTTPX),
    Release("1.4.6", RICH, OLD_OPENAI, HTTPX),
    Release("1.5.1", RICH, OLD_OPENAI, HTTPX),
    Release("1.5.17", RICH, OLD_OPENAI, HTTPX),
    Release("1.6.4", COLOURED, OLD_OPENAI, HTTPX),
    Release("1.6.10", COLOURED, OLD_OPENAI),
    Release("1.7.1", COLOURED, OLD_OPENAI),
    Release("1.8.9", COLOURED, NEW_OPENAI),
    Release("2.0.0b1", COLOURED, NEW_OPENAI),
)
"""The last release of each minor version, and those before a change: the first line for a false
interruption came with 1.2.7, another screen with 1.3.5, 1.3.6 and 1.5.2, the present warning of
late transcripts with 1.6.5."""
