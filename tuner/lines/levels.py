"""The names of levels, as loggers and shippers spell them."""

from __future__ import annotations

_OTHER_NAMES = {
    "WARN": "WARNING",
    "FATAL": "CRITICAL",
    "WRN": "WARNING",
    "W": "WARNING",
    "WARNI…": "WARNING",
    "ERR": "ERROR",
    "E": "ERROR",
    "CRIT": "CRITICAL",
    "CRITI…": "CRITICAL",
    "ALERT": "CRITICAL",
    "EMERGENCY": "CRITICAL",
    "PANIC": "CRITICAL",
    "SEVERE": "ERROR",
    "C": "CRITICAL",
    "F": "CRITICAL",
    "D": "DEBUG",
    "DBG": "DEBUG",
    "VERBOSE": "DEBUG",
    "I": "INFO",
    "INF": "INFO",
    "INFORMATION": "INFO",
    "T": "TRACE",
    "DEFAULT": "",
    "EXCEPTION": "ERROR",
    "NOTICE": "INFO",
    "SUCCESS": "INFO",
}
LEVELS = frozenset({"TRACE", "DEBUG", "DEV", "INFO", "WARNING", "ERROR", "CRITICAL"})


def level_name(text: str) -> str:
    """Return the level's usual name: upper case, WARN as WARNING; unknown ones as they are."""
    upper = text.strip().upper()
    return _OTHER_NAMES.get(upper, upper)
