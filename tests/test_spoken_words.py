"""Words of a transcript: in scripts without blanks, and where they were masked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.test_posted_logs import analyzed
from tuner.lines.spoken_words import count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no, I want it now", 5),
        ("", 0),
        ("\u597d\u7684", 1),  # Chinese "all right"
        ("\u597d\u7684\uff0c\u597d\u7684\u3002", 2),
        ("\u6211\u4eec\u53ef\u4ee5\u661f\u671f\u4e8c\u89c1\u9762\u5417", 5),
        ("\u305d\u3046\u3067\u3059\u306d", 2),  # Japanese "I see"
        ("\u706b\u66dc\u65e5\u306f\u3069\u3046\u3067\u3059\u304b", 4),
        ("\u0e04\u0e23\u0e31\u0e1a", 1),  # Thai "yes"
        ("\uc81c \uc0dd\uac01\uc5d0\ub294", 2),  # Korean has blanks
        ("OK\u597d\u7684", 2),
        *(
            (mask, None)
            for mask in ("***", "[REDACTED]", "<redacted>", "xxxx", "\u2588\u2588", "Redacted")
        ),
    ],
)
def test_words(text: str, words: int | None) -> None:
    assert count(text) == words


def call(first: str, second: str) -> str:
    """Six turns, each followed 0.7 s after its commit by the second text."""
    lines, start = [], 1_790_000_000.0
    for n in range(12):
        spoken, committed = start + 2.0, start + 2.75
        stamp = datetime.fromtimestamp(committed, UTC).isoformat(timespec="microseconds")
        head = {"level": "DEBUG", "name": "livekit.agents", "job_id": "AJ_1", "timestamp": stamp}
        text = {"lk.pii.user_transcript": (first, second)[n % 2], "transcript_delay": 0.25}
        times = {"last_speaking_time": spoken, "speech_start_time": start}
        lines.append({"message": "received user transcript", **head, **text})
        lines.append({"message": "user turn committed", **head, **times})
        start = committed + (0.7 if n % 2 == 0 else 20.0)
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.mark.parametrize(
    ("second", "cutoffs"),
    [
        ("we could meet on tuesday", 6),
        ("okay then", 0),
        ("\u6211\u4eec\u53ef\u4ee5\u661f\u671f\u4e8c\u89c1\u9762\u5417", 6),
        ("\u597d\u7684", 0),
        ("***", 6),
    ],
)
def test_callers_cut_off_in_scripts_without_blanks(
    second: str, cutoffs: int, tmp_path: Path
) -> None:
    text = call("\u6211\u60f3\u6539\u4e00\u4e0b\u9884\u7ea6", second)
    assert analyzed(tmp_path, text).signals["false_cutoffs"].count == cutoffs
