"""Many lines whose signs were changed in, the same lines as they were out.

Each does what is done to one line in `rewritten_lines`, for all at once; None where that might not
be the same.
"""

from __future__ import annotations

import re

from tuner.lazy_patterns import lazy_pattern

_SEQUENCE = lazy_pattern(rb"(?m)^\x1e+")
_CURLY = {'"': "“”„‟", "'": "‘’‚‛"}
_COLOUR = lazy_pattern(rb"\[(\d{1,3}(?:;\d{1,3})*m)")
_ESCAPED_COLOUR = (b"\x1b", b"\\x1b", b"\\u001b", b"\\033", b"#033")
_SHOWN_ESCAPES = (b"\xe2\x86\x90", b"\xe2\x90\x9b", b"\xef\xbf\xbd", b"\\e", b"^[", b"ESC")


def event_stream(lines: bytes) -> bytes:
    """Lines of an event stream."""
    return (b"\n" + lines).replace(b"\ndata: ", b"\n")[1:]


def sequence(lines: bytes) -> bytes:
    """Lines of a JSON text sequence."""
    return _SEQUENCE.sub(b"", lines)


def blanks(lines: bytes) -> bytes:
    """Lines with blanks that do not break."""
    return lines.replace(b"\xc2\xa0", b" ")


def straight(lines: bytes) -> bytes | None:
    """Lines with curly quotes; a line that is no UTF-8 keeps its own."""
    if not _is_text(lines):
        return None
    for plain, curly in _CURLY.items():
        for sign in curly:
            lines = lines.replace(sign.encode(), plain.encode())
    return lines


def coloured(lines: bytes) -> bytes | None:
    """Lines whose colours lost their escape sign, or have one that is shown."""
    if any(sign in lines for sign in _ESCAPED_COLOUR):
        return None
    lines = _COLOUR.sub(b"\x1b[\\1", lines)
    shown = [sign for sign in _SHOWN_ESCAPES if sign + b"\x1b[" in lines]
    if len(shown) == 1:
        return lines.replace(shown[0] + b"\x1b[", b"\x1b[")
    either = b"|".join(map(re.escape, shown))
    return re.sub(b"(?:" + either + b")\x1b\\[", b"\x1b[", lines) if shown else lines


def _is_text(lines: bytes) -> bool:
    try:
        lines.decode()
    except UnicodeDecodeError:
        return False
    return True
