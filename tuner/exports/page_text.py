"""Lines as a web page holds them in, the same lines as they are shown out."""

from __future__ import annotations

from tuner.lazy_patterns import lazy_pattern

ESCAPED_QUOTE = lazy_pattern(r"\{&(?:amp;){0,2}(?:quot|#0?34|#[xX]0?22);")
"""How fields begin on a page; what was escaped more than once has `amp;` in it."""
_OPENED, _CLOSED = lazy_pattern(r"(?:<\w[^<>]*>)*"), lazy_pattern(r"</\w+>")
_MOST_ESCAPED = 2
_ENTITIES = (("&quot;", '"'), ("&#x27;", "'"), ("&#39;", "'"), ("&#34;", '"'),
             ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # fmt: skip
"""The last may begin others: it is undone last."""


def shown(line: bytes) -> bytes:
    """A line as a page shows it, without the tags around it."""
    return _untagged(_unescaped(line.decode())).encode()


def all_shown(lines: bytes) -> bytes | None:
    """The same of many lines that were escaped once, with the usual entities; None for any other,
    and where one of them is no text."""
    try:
        text = lines.decode()
    except UnicodeDecodeError:
        return None
    if text.count("&") != sum(text.count(entity) for entity, _ in _ENTITIES):
        return None
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    if "{&" in text:
        return None
    tagged = text.split("\n")
    return "\n".join(
        [_untagged(one) if one[:1] == "<" or one[-1:] == ">" else one for one in tagged]
    ).encode()


def _unescaped(line: str) -> str:
    """The line as it was before it was shown on a page, which escaped it once or more."""
    from html import unescape  # few logs are copied from the source of a page

    found = unescape(line)
    for _ in range(_MOST_ESCAPED):
        if ESCAPED_QUOTE.search(found):
            found = unescape(found)
    return found


def _untagged(line: str) -> str:
    """The line without the tags around it."""
    opened, end = _OPENED.match(line), len(line)
    while line[end - 1 : end] == ">" and _CLOSED.fullmatch(
        line, at := line.rfind("</", 0, end), end
    ):
        end = at
    return line[opened.end() if opened else 0 : end]
