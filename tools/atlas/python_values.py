"""The texts that an expression of a Python source can be, as far as the source says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.atlas.calls import HOLE, MOST, joined, merged

PERCENT = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[a-zA-Z]")
FIELD = re.compile(r"\{[^{}]*\}")
DEPTH = 4
UNKNOWN = ast.Constant(...)
"""An expression that nothing is known of."""
Scope = list[ast.AST]
"""The module and the functions around an expression, innermost first."""


def without_percent(text: str) -> str:
    """A %-format with its fields as holes."""
    return merged(PERCENT.sub(HOLE, text).replace("%%", "%"))


def assigned(name: str, scope: Scope) -> Iterator[ast.expr]:
    """Every value that the innermost scope which assigns `name` gives it."""
    for level in scope:
        nodes = level.body if isinstance(level, ast.Module) else ast.walk(level)
        values = [value for node in nodes for value in _values(node, name)]
        values += [UNKNOWN] * (name in _parameters(level))
        if values:
            yield from values
            return


def _parameters(level: ast.AST) -> set[str]:
    if not isinstance(level, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    given = level.args
    return {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _values(node: ast.AST, name: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        targets: list[ast.expr] = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    else:
        return
    if not any(isinstance(target, ast.Name) and target.id == name for target in targets):
        return
    if isinstance(node, ast.AugAssign):
        yield ast.BinOp(UNKNOWN, node.op, node.value)
    elif node.value is not None:
        yield node.value


def templates(node: ast.expr, scope: Scope, depth: int = DEPTH) -> list[str]:
    """The texts that `node` can be, holes for what is not known; never empty."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            texts = [""]
            for value in values:
                texts = joined(texts, templates(value, scope, depth))
            return texts
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return joined(templates(left, scope, depth), templates(right, scope, depth))
        case ast.BinOp(left=left, op=ast.Mod()):
            return [without_percent(text) for text in templates(left, scope, depth)]
        case ast.Call(func=ast.Attribute(value=ast.expr() as value, attr="format")):
            return [merged(FIELD.sub(HOLE, text)) for text in templates(value, scope, depth)]
        case ast.IfExp(body=body, orelse=other):
            return _all([body, other], scope, depth)
        case ast.Name(id=name) if depth:
            return _all(list(assigned(name, scope)), scope, depth - 1)
    return [HOLE]


def _all(nodes: list[ast.expr], scope: Scope, depth: int) -> list[str]:
    texts = [text for node in nodes for text in templates(node, scope, depth)]
    return list(dict.fromkeys(texts))[:MOST] or [HOLE]


def keys(node: ast.expr, scope: Scope, depth: int = DEPTH) -> set[str]:
    """The keys of a dict expression; `*` where the source does not list them all."""
    match node:
        case ast.Dict(keys=names, values=values):
            pairs = zip(names, values, strict=True)
            return set().union(*(_key(name, value, scope, depth) for name, value in pairs))
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            pairs_ = ((ast.Constant(k.arg) if k.arg else None, k.value) for k in keywords)
            return set().union(*(_key(name, value, scope, depth) for name, value in pairs_))
        case ast.IfExp(body=body, orelse=other):
            return keys(body, scope, depth) | keys(other, scope, depth)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return keys(left, scope, depth) | keys(right, scope, depth)
        case ast.Constant(value=None):
            return set()
        case ast.Name(id=name) if depth:
            found = [keys(value, scope, depth - 1) for value in assigned(name, scope)]
            return set().union(*found, _items(name, scope)) if found else {"*"}
    return {"*"}


def _key(name: ast.expr | None, value: ast.expr, scope: Scope, depth: int) -> set[str]:
    if name is None:
        return keys(value, scope, depth)
    texts = templates(name, scope, depth)
    return {"*" if HOLE in text else text for text in texts}


def _items(name: str, scope: Scope) -> set[str]:
    """Keys that are set later, as in `extra["reason"] = …`."""
    found: set[str] = set()
    for node in ast.walk(scope[0]):
        match node:
            case ast.Subscript(
                value=ast.Name(id=other), slice=ast.Constant(value=str(key)), ctx=ast.Store()
            ) if other == name:
                found.add(key)
    return found
