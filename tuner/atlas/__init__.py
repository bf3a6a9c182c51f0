"""What LiveKit, its plugins, openai and httpx can log, in every released version.

Generated from the packages' sources by `tools/atlas`. Nothing is read before `load()`.
"""

from __future__ import annotations

from tuner.atlas.atlas import Answer, Atlas, Line, MessagePlace, load
from tuner.atlas.row import HOLE, Package, Row

__all__ = ["HOLE", "Answer", "Atlas", "Line", "MessagePlace", "Package", "Row", "load"]
