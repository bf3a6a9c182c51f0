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
        ("", None),
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
        *((mask, None) for mask in ("**redacted**", "%REDACTED%", "--Redacted--")),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
        ("sha256:9f86d081884c7d65", None),
        ("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", None),
        ("5f3b2c1e-9a7d-4c1b-8e2f-0a1b2c3d4e5f", None),
        ("5551234567890123", 1),
        ("antidisestablishmentarianism", 1),
        ("**** *** **", 3),  # each word by itself
        ("my name is [NAME]", 4),
    ],
)
def test_words(text: str, words: int | None) -> None:
    assert count(text) == words


def call(first: str, second: str, begin: float = 1_790_000_000.0) -> str:
    """Six turns, each followed 0.7 s after its commit by the second text."""
    lines, start = [], begin
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
        ("***", None),
    ],
)
def test_callers_cut_off_in_scripts_without_blanks(
    second: str, cutoffs: int | None, tmp_path: Path
) -> None:
    text = call("\u6211\u60f3\u6539\u4e00\u4e0b\u9884\u7ea6", second)
    assert analyzed(tmp_path, text).signals["false_cutoffs"].count == cutoffs


MASKS = ("***", "[REDACTED]", "", "9f86d081884c7d659a2feaa0c55ad015", "a/b+C1d2E3f4G5h6==")


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("mask", MASKS)
def test_where_words_are_masked_no_cut_off_is_counted(
    mask: str, fast: bool, tmp_path: Path
) -> None:
    """Each of them may be an "mm-hm"."""
    begins = (1_790_000_000.0 + 1_000 * n for n in range(300 if fast else 1))
    text = "".join(call(mask, mask, begin) for begin in begins)
    found = analyzed(tmp_path, text).signals["false_cutoffs"]
    assert (found.count, found.rate, found.observable) == (None, None, "no")
    assert "have no words in this log" in (found.why or "")


def test_turns_that_nobody_went_on_with_are_no_cut_offs_whatever_was_said(tmp_path: Path) -> None:
    text = call("***", "***").splitlines(keepends=True)
    found = analyzed(tmp_path, "".join(text[n] for n in range(len(text)) if n % 4 < 2))
    assert found.signals["false_cutoffs"].count == 0


def test_some_masked_words_are_named(tmp_path: Path) -> None:
    lines = call("where were we", "we could meet on tuesday").splitlines(keepends=True)
    lines[2] = lines[2].replace("we could meet on tuesday", "***")
    found = analyzed(tmp_path, "".join(lines)).signals["false_cutoffs"]
    assert (found.count, found.observable) == (6, "partly")
    assert '1 of 6 have no words in this log: they may be an "mm-hm"' in (found.why or "")


def test_a_line_without_the_text_is_masked_too(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in call("we could", "we could meet").splitlines()]
    for line in lines:
        line.pop("lk.pii.user_transcript", None)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    assert analyzed(tmp_path, text).signals["false_cutoffs"].count is None


@pytest.mark.parametrize("fast", [False, True])
def test_words_stand_under_a_name_without_points_in_big_query(fast: bool, tmp_path: Path) -> None:
    begins = (1_790_000_000.0 + 1_000 * n for n in range(300 if fast else 1))
    text = "".join(call("where were we", "we could meet on tuesday", each) for each in begins)
    text = text.replace("lk.pii.user_transcript", "lk_pii_user_transcript")
    found = analyzed(tmp_path, text).signals["false_cutoffs"]
    assert (found.count, "no words" in (found.why or "")) == (6 * (300 if fast else 1), False)
