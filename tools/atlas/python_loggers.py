"""Which logger a Python expression is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.atlas.calls import Logger

LOGGERISH = re.compile(r"(^|_)(log|logger|logging)$", re.IGNORECASE)
FACTORIES = ("getLogger", "get_logger")
OUTSIDE = {"livekit.agents": "livekit.agents", "livekit.rtc": "livekit", "livekit.api": "livekit"}
"""Loggers that one package takes from another."""


def loggers_of(tree: ast.Module, module: str, is_package: bool) -> dict[str, Logger]:
    """The logger of every variable, attribute and import of the file that may hold one."""
    found: dict[str, Logger] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.update(_imported(node, module, is_package))
    for node in ast.walk(tree):
        for name, value in _assignments(node):
            if (logger := logger_of(value, found, module)) is not None:
                found.setdefault(name, logger)
    return found


def _imported(node: ast.ImportFrom, module: str, is_package: bool) -> Iterator[tuple[str, Logger]]:
    base = module.split(".")
    if node.level:
        base = base[: len(base) - node.level + is_package]
    path = ".".join(base) if node.level else ""
    source = ".".join(part for part in (path, node.module or "") if part)
    for alias in node.names:
        if LOGGERISH.search(alias.name):
            yield alias.asname or alias.name, Logger(module=source, variable=alias.name)


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    else:
        return
    for target in targets:
        if node.value is not None and (name := last_name(target)):
            yield name, node.value


def last_name(node: ast.expr) -> str:
    """The last identifier of `a.b.c`, else ""."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return str(name)
    return ""


def logger_of(node: ast.expr, known: dict[str, Logger], module: str) -> Logger | None:
    """The logger that an expression is, or None when it is nothing of the kind."""
    match node:
        case ast.Call(func=function, args=arguments) if last_name(function) in FACTORIES:
            return _named(arguments, module)
        case ast.Call(
            func=ast.Attribute(value=parent, attr="getChild"), args=[ast.Constant(value=str(name))]
        ):
            base = logger_of(parent, known, module)
            return base and base._replace(child=f"{base.child}.{name}")
        case ast.BoolOp(values=values):
            return next(filter(None, (logger_of(value, known, module) for value in values)), None)
        case ast.Name(id="logging"):
            return known.get("logging", Logger(name="root"))
    return known.get(last_name(node))


def _named(arguments: list[ast.expr], module: str) -> Logger:
    match arguments:
        case []:
            return Logger(name="root")
        case [ast.Constant(value=str(name))]:
            return Logger(name=name)
        case [ast.Name(id="__name__")]:
            return Logger(name=module)
    return Logger()


def resolved(logger: Logger, loggers: dict[str, dict[str, Logger]]) -> str:
    """The logger's name, followed through the modules of the package; "" if it is not known."""
    child = logger.child
    for _ in range(8):
        if logger.name:
            return logger.name + child
        following = loggers.get(logger.module, {}).get(logger.variable)
        following = following or loggers.get(f"{logger.module}.{logger.variable}", {}).get("logger")
        if following is None:
            return _outside(logger.module) and _outside(logger.module) + child
        logger, child = following, following.child + child
    return ""


def _outside(module: str) -> str:
    names = (name for start, name in OUTSIDE.items() if f"{module}.".startswith(f"{start}."))
    return next(names, "")
