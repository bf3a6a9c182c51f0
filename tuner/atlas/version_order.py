"""The order of versions as their names tell it: what packages use of PEP 440 and npm."""

from __future__ import annotations

from tuner.lazy_patterns import lazy_pattern

Place = tuple[tuple[int, ...], int, int]
_NAME = lazy_pattern(r"(\d+(?:\.\d+)*)(?:[-.+]?([a-z]+)\.?(\d*))?")
_PHASES = {"dev": 0, "a": 1, "alpha": 1, "next": 1, "b": 2, "beta": 2, "rc": 3, "post": 5}
_FINAL = 4


def place(version: str) -> Place:
    """Where a version stands among others: its numbers, how far it was, the number of that.

    "1.2.0rc1" stands before "1.2.0", "1.2.0.post1" behind it.
    """
    found = _NAME.match(version)
    if found is None:
        return (), 0, 0
    numbers, phase, count = found.groups()
    release = tuple(map(int, numbers.split(".")))
    while release and not release[-1]:
        release = release[:-1]
    return release, _PHASES.get(phase or "", _FINAL), int(count or 0)
