"""The log calls of one Python source file, read from its syntax tree."""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from tools.atlas.calls import HOLE, Call, Logger, Source, is_distinct
from tools.atlas.python_loggers import LOGGERISH, last_name, logger_of, loggers_of
from tools.atlas.python_values import Scope, assigned, keys, templates, without_percent

LEVELS = {
    **{name: name.upper() for name in ("trace", "debug", "dev", "info", "warning", "error")},
    "warn": "WARNING",
    "exception": "ERROR",
    "critical": "CRITICAL",
    "fatal": "CRITICAL",
}
NUMBERS = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
OPENAI_LOGS = {"log_debug": "DEBUG", "log_info": "INFO", "log_warn": "WARNING"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class _File(NamedTuple):
    module: str
    loggers: dict[str, Logger]


@functools.lru_cache(maxsize=100_000)
def read(name: str, text: bytes) -> Source:
    """Loggers and calls of the file `name`, as `livekit/agents/worker.py`.

    Raises SyntaxError for a file that this Python cannot parse.
    """
    if b"log" not in text.lower():
        return Source({}, ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    parts = name.removesuffix(".py").split("/")
    is_package = parts[-1] == "__init__"
    module = ".".join(parts[:-1] if is_package else parts)
    loggers = loggers_of(tree, module, is_package)
    return Source(loggers, tuple(_calls(tree, [tree], _File(module, loggers))))


def _calls(node: ast.AST, scope: Scope, file: _File) -> Iterator[Call]:
    """All calls below `node`, each with the functions around it as its scope."""
    if isinstance(node, FUNCTIONS):
        if node.name == "log_exceptions":
            return  # what it logs depends on the function it decorates, see _decorated
        yield from _decorated(node, file)
        scope = [node, *scope]
    elif isinstance(node, ast.Call):
        yield from _call(node, scope, file)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, scope, file)


def _call(node: ast.Call, scope: Scope, file: _File) -> Iterator[Call]:
    match node:
        case ast.Call(func=ast.Name(id="Trace"), args=[ast.Constant(value=str(name)), *rest]):
            yield from _http_trace(name, rest, file)
        case ast.Call(func=function) if file.module.startswith("openai.") and (
            last_name(function) in OPENAI_LOGS
        ):
            yield from _openai_line(node, OPENAI_LOGS[last_name(function)], scope)
        case ast.Call(func=ast.Attribute(value=receiver, attr=method)):
            if (logger := _logger(receiver, file)) is not None:
                yield from _logged(node, method, logger, scope)


def _logger(receiver: ast.expr, file: _File) -> Logger | None:
    """The logger of a call's receiver; one of unknown name if only the variable looks like it."""
    logger = logger_of(receiver, file.loggers, file.module)
    return logger or (Logger() if LOGGERISH.search(last_name(receiver)) else None)


def _logged(node: ast.Call, method: str, logger: Logger, scope: Scope) -> Iterator[Call]:
    arguments = list(node.args) + [k.value for k in node.keywords if k.arg in ("msg", "message")]
    levels = [LEVELS.get(method, "")]
    if method == "log" and len(arguments) > 1:
        levels = _levels(arguments.pop(0), scope)
    elif method not in LEVELS:
        return
    if not arguments:
        return
    extra = _extra(node, scope)
    for template in _messages(arguments, scope):
        yield from (Call(logger, level, template, extra) for level in levels)


def _messages(arguments: list[ast.expr], scope: Scope) -> list[str]:
    texts = templates(arguments[0], scope)
    if len(arguments) > 1:
        texts = [without_percent(text) for text in texts]
    return [text for text in texts if is_distinct(text)]


def _extra(node: ast.Call, scope: Scope) -> tuple[str, ...]:
    found = [keys(k.value, scope) for k in node.keywords if k.arg == "extra"]
    return tuple(sorted(set().union(*found)))


def _levels(node: ast.expr, scope: Scope, depth: int = 2) -> list[str]:
    """The levels of `logger.log(level, …)`; "" for one that is only known at run time."""
    match node:
        case ast.Constant(value=int(number)):
            return [NUMBERS.get(number, "")]
        case ast.IfExp(body=body, orelse=other):
            return list(dict.fromkeys(_levels(body, scope) + _levels(other, scope)))
        case ast.Name(id=name) if depth and not name.isupper():
            values = list(assigned(name, scope))
            return [lv for value in values for lv in _levels(value, scope, depth - 1)] or [""]
    name = last_name(node)
    for suffix in ("_LOG_LEVEL", "_LEVEL"):
        name = name.removesuffix(suffix)
    return [LEVELS.get(name.lower(), "")]


def _decorated(node: ast.FunctionDef | ast.AsyncFunctionDef, file: _File) -> Iterator[Call]:
    """`@utils.log_exceptions(logger=logger)` logs "Error in NAME" when the function fails."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and last_name(decorator.func) == "log_exceptions":
            given = {k.arg: k.value for k in decorator.keywords}
            logger = _logger(given["logger"], file) if "logger" in given else None
            text = f"Error in {node.name}"
            if "msg" in given:
                text += f" – {templates(given['msg'], [node])[0]}"
            yield Call(logger or Logger(name="root"), "ERROR", text)


def _http_trace(name: str, rest: list[ast.expr], file: _File) -> Iterator[Call]:
    """httpcore's `Trace`: NAME.started, NAME.complete and NAME.failed, with or without values."""
    logger = _logger(rest[0], file) if rest else None
    package = file.module.partition(".")[0]
    logger = logger or Logger(module=f"{package}._trace", variable="logger")
    for event in ("started", "complete", "failed"):
        yield Call(logger, "DEBUG", f"{name}.{event}{HOLE}")


def _openai_line(node: ast.Call, level: str, scope: Scope) -> Iterator[Call]:
    """openai before 1.0: `key=value` for the message and its parameters, sorted by key."""
    logger = Logger(module="openai.util", variable="logger")
    parameters = {str(k.arg): HOLE for k in node.keywords if k.arg}
    for text in templates(node.args[0], scope) if node.args else ():
        message = repr(text) if " " in text else text
        pairs = sorted({**parameters, "message": message}.items())
        yield Call(logger, level, " ".join(f"{key}={value}" for key, value in pairs))
