"""Lines of key=value, also where whoever wrote them left out the quotes."""

from __future__ import annotations

import json

import pytest

from tuner.lines import key_values

KNOWN = "resumed false interrupted speech"


@pytest.mark.parametrize("behind", ["", " timeout=2.0", " job_id=AJ_1 cached"])
@pytest.mark.parametrize("key", ["msg", "message", "event"])
def test_a_known_message_needs_no_quotes(key: str, behind: str) -> None:
    line = f"time=2026-04-11T22:00:16Z level=DEBUG {key}={KNOWN}{behind}".encode()
    assert key_values.LOOKS.match(line)
    quoted = line.replace(KNOWN.encode(), f'"{KNOWN}"'.encode())
    assert json.loads(key_values.as_json(line)) == json.loads(key_values.as_json(quoted))
    assert json.loads(key_values.as_json(line))[key] == KNOWN


def test_behind_any_other_message_words_are_flags() -> None:
    found = json.loads(key_values.as_json(b"level=INFO event=cached warm reused time=5"))
    assert found == {"level": "INFO", "event": "cached", "warm": True, "reused": True, "time": 5}
