"""What decoding JSON raises for a text that is none, or that is nested too deep to decode."""

from __future__ import annotations

import msgspec

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
