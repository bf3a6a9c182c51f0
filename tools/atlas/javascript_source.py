"""The log calls of one JavaScript file of a Node package, read from its syntax tree (pino)."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from tools.atlas.calls import HOLE, Call, Logger, Source, is_distinct, joined

LEVELS = {
    **{name: name.upper() for name in ("trace", "debug", "info", "error")},
    "warn": "WARNING",
    "fatal": "CRITICAL",
}
"""pino's methods under the names that Python's levels have."""
LOGGERISH = re.compile(r"log(ger)?(\(\))?[?!]?$", re.IGNORECASE)
PERCENT = re.compile(r"%[sdifjoOc]")


@functools.cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


@functools.lru_cache(maxsize=20_000)
def read(_name: str, text: bytes) -> Source:
    """The calls of a file. Loggers have no names in pino's lines, so all are ""."""
    if b"log" not in text.lower():
        return Source({}, ())
    return Source({}, tuple(_calls(_parser().parse(text).root_node)))


def _text(node: Node | None) -> str:
    return (node.text or b"").decode(errors="replace") if node else ""


def _calls(root: Node) -> Iterator[Call]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(reversed(node.children))
        if node.type == "call_expression":
            yield from _call(node)


def _call(node: Node) -> Iterator[Call]:
    function = node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if function is None or arguments is None or function.type != "member_expression":
        return
    level = LEVELS.get(_text(function.child_by_field_name("property")))
    if level is None or not LOGGERISH.search(_text(function.child_by_field_name("object"))):
        return
    values = [child for child in arguments.named_children if child.type != "comment"]
    extra, message = _split(values)
    texts = [PERCENT.sub(HOLE, text) for text in templates(message)] if message else []
    yield from (Call(Logger(), level, text, extra) for text in texts if is_distinct(text))


def _split(values: list[Node]) -> tuple[tuple[str, ...], Node | None]:
    """The keys of the fields and the message: `(message)` or `(fields, message)`."""
    if not values:
        return (), None
    if values[0].type == "object":
        return tuple(sorted(_keys(values[0]))), values[1] if len(values) > 1 else None
    if len(values) > 1 and templates(values[0]) == [HOLE]:
        return ("*",), values[1]
    return (), values[0]


def _keys(fields: Node) -> set[str]:
    """The keys of an object; `*` for a spread or a computed key."""
    found = set()
    for field in fields.named_children:
        key = field.child_by_field_name("key") if field.type == "pair" else field
        name = _text(key).strip("\"'`")
        found.add(name if re.fullmatch(r"[\w.$-]+", name) else "*")
    return found


def templates(node: Node | None) -> list[str]:
    """The texts that an expression can be, holes for what is not known."""
    if node is None:
        return [HOLE]
    match node.type:
        case "string":
            return [_unescaped(_text(node)[1:-1])]
        case "template_string":
            return _template_string(node)
        case "binary_expression" if _text(node.child_by_field_name("operator")) == "+":
            left, right = (node.child_by_field_name(side) for side in ("left", "right"))
            return joined(templates(left), templates(right))
        case "ternary_expression":
            sides = (node.child_by_field_name(side) for side in ("consequence", "alternative"))
            return [text for side in sides for text in templates(side)]
        case "parenthesized_expression":
            return templates(node.named_children[0])
    return [HOLE]


def _template_string(node: Node) -> list[str]:
    texts = [""]
    for part in node.named_children:
        inner = [HOLE] if part.type == "template_substitution" else [_unescaped(_text(part))]
        if part.type == "template_substitution" and part.named_children:
            inner = templates(part.named_children[0])
        texts = joined(texts, inner)
    return texts


def _unescaped(text: str) -> str:
    """A JavaScript string's text; JSON reads its escapes but for a few rare ones."""
    quoted = re.sub(r"\\(['`$])", r"\1", text)
    quoted = re.sub(r'(?<!\\)"', r"\"", quoted).replace("\n", "\\n")
    try:
        return str(json.loads(f'"{quoted}"'))
    except ValueError:
        return text
