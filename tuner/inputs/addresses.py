"""Texts with addresses in, the same without passwords, signatures and other secrets out."""

from __future__ import annotations

import re

from tuner.lazy_patterns import lazy_pattern

_ADDRESS = lazy_pattern(r"([A-Za-z][A-Za-z0-9+.-]{1,30}://)([^\s'\"<>?#]*)(?:[?#][^\s'\"<>]*)?")

_SERVER = lazy_pattern(r"(?:[\w.-]*|\[[0-9a-fA-F:.]+\])(?::\d*)?")


def without_secrets(text: str) -> str:
    """Every address without user, password, query and fragment; all else as it is."""
    return _ADDRESS.sub(_shortened, text) if "://" in text else text


def _shortened(found: re.Match[str]) -> str:
    server, slash, path = found[2].partition("/")
    server = server.rpartition("@")[2]
    server = server if _SERVER.fullmatch(server) else "..."
    hidden = "?..." if found[0][found.end(2) - found.start() :] else ""
    return found[1] + server + slash + path + hidden
