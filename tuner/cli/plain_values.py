"""Parameters of the command line that need no check, taken as they are.

Typer has pydantic check every value, which takes longer to load than a small log takes to read.
Only values that may be wrong are left to it.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import typer.core


def take() -> None:
    """Have typer take plain values at once.

    Typer has no public way to do so; this does nothing where it keeps its checks elsewhere than
    version 0.29 does.
    """
    parameter: Any = getattr(typer.core, "_TyperParameter", None)
    if hasattr(parameter, "get_runtime_param"):
        parameter.get_runtime_param = lambda _: _PLAIN


class _Plain:
    """Stands for typer's check of one parameter, which it calls for what it does not know."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value in its type; raises what typer raises for a wrong one."""
        described = param.type_descriptor
        several = described.annotation == list[str]
        found = _many(value) if several else _one(value, described)
        if found is not None or value is None:
            return found
        from typer._coercion import build_runtime_param

        return build_runtime_param(described).coerce(value, param=param, ctx=ctx)


_PLAIN = _Plain()


def _many(values: Any) -> Any:
    """The texts of a parameter that may be given several times; None for anything but texts."""
    if values is None:
        return ()
    return list(values) if all(type(value) is str for value in values) else None


def _one(value: Any, described: Any) -> Any:
    """A value of the parameter's type, or one that a text surely names; None for a doubtful one."""
    kind, limits = described.annotation, described.parameter_info
    if limits.parser is not None and type(value) is str:
        return limits.parser(value)
    if type(value) is kind:
        return value
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value) if value in {each.value for each in kind} else None
    if not isinstance(value, str):
        return None
    is_number = kind is int and limits.max is None and value.isascii() and value.isdecimal()
    return int(value) if is_number and int(value) >= (limits.min or 0) else None
