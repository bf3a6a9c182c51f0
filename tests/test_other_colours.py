"""Dev text in other colours than LiveKit's, or in few of them: the scan reads it as any text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests import formats
from tests.test_scan_text import SHOWN, Fields, both, stored
from tuner.reading import fast
from tuner.scan import ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

COLOURS: dict[str, Callable[[Fields], str]] = {
    "one for all levels": formats.dev,
    "bright": lambda found: formats.dev(found).replace("\x1b[36m", "\x1b[1;94m"),
    "fields without": lambda found: re.sub(r" \x1b\[90m(.*)\x1b\[0m$", r" \1", formats.dev(found)),
    "256": lambda found: formats.dev(found).replace("\x1b[36m", "\x1b[38;5;117m"),
}


@pytest.mark.parametrize("name", COLOURS)
def test_dev_text_in_other_colours_is_scanned(name: str) -> None:
    data = "\n".join(map(COLOURS[name], SHOWN)).encode() + b"\n"
    by_line, scanned = both(data)
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    assert len(fast._text_scanner().places()) * 4 <= len(SHOWN)
