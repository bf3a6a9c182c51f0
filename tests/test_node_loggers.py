"""Lines of agents-js whose logger has a name of its own: the compiled scan tells them from those of
Python, which begin alike, as the careful path does."""

from __future__ import annotations

import json

import pytest

from tests.test_scan_text import both, stored
from tuner.scan import ready

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

LINES = {
    "LLM metrics": {"ttftMs": 500},
    "TTS metrics": {"audioDuration": 300, "ttfb": 500},
    "EOU metrics": {"endOfUtteranceDelayMs": 700, "transcriptionDelayMs": 300},
    "RealtimeModel metrics": {"ttftMs": 500},
}
LOGGERS = ("agent", "AgentActivity", "livekit-demo", "livekit.agents", "")


def as_json(second: int, logger: str, message: str) -> str:
    head = {"message": message, "level": "INFO", "name": logger}
    stamp = f"2026-11-20T09:00:{second:02d}.000000+00:00"
    return json.dumps({**head, **LINES[message], "job_id": "AJ_1", "timestamp": stamp})


def as_text(second: int, logger: str, message: str) -> str:
    fields = json.dumps({**LINES[message], "job_id": "AJ_1"})
    return f"2026-11-20 09:00:{second:02d},000 INFO [{logger or 'x'}] {message} {fields}"


def as_dev(second: int, logger: str, message: str) -> str:
    head = f"2026-11-20 09:00:{second:02d},000 - \x1b[36mINFO\x1b[0m {logger or 'x'}"
    fields = json.dumps({**LINES[message], "job_id": "AJ_1"})
    return f"{head} - {message} \x1b[90m{fields}\x1b[0m"


def as_pretty(second: int, logger: str, message: str) -> str:
    below = "".join(f"\n    {name}: {value}" for name, value in LINES[message].items())
    return f"[09:00:{second:02d}.000] INFO ({logger or 'x'}/24711): {message}{below}"


@pytest.mark.parametrize("line", [as_json, as_text, as_dev, as_pretty])
@pytest.mark.parametrize("message", LINES)
@pytest.mark.parametrize("logger", LOGGERS)
def test_a_line_of_node_is_none_of_python(line: object, message: str, logger: str) -> None:
    assert callable(line)
    lines = [line(n, logger, message) for n in range(60)]
    lines[1::2] = (each.replace("Ms", "").replace("audioD", "d") for each in lines[1::2])
    data = "".join(f"{each}\n" for each in lines).encode()
    by_line, scanned = both(data)
    assert scanned is None or stored(scanned) == stored(by_line)
