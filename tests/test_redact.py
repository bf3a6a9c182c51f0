"""Evidence may show what happened, never what was said, by whom, or with which key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner.redaction import evidence
from tuner.redaction.redact import HIDDEN, outline, redact
from tuner.redaction.terminal import columns, cut, printable
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import KEPT_EVIDENCE, Summary

TIME = "2026-11-20T09:36:12.783363+00:00"
SECRETS = (
    "sk-proj-Zx81Qm0aPq7LtYb3Wd",
    "AKIAIOSFODNN7EXAMPLE",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "Bearer Zm9vYmFyYmF6cXV4",
    "+15551234567",
    "sip:+442071838750@trunk.example.com",
    "555-123-4567",
    "(555) 123-4567",
    "maria.lopez@example.com",
    "https://maria:hunter22@example.com/pay?card=4111111111111111",
    "__cf_bm=Qk3vZyTe; session=abcdef0123",
    "4111 1111 1111 1111",
    "Grüße, ich heiße Jürgen Müller",
    "please send it to Grosvenor Street",
    "UklGRiQAAABXQVZFZm10IBAAAAABAAEA" * 4,
)
# What of these may be read anywhere in a log: parts too short or too common to tell anything.
COMMON = {"https", "send", "request", "Bearer", "session", "example", "please"}


def fragments(secret: str) -> list[str]:
    """The parts of a secret that must not be seen."""
    parts = re.findall(r"[A-Za-z]{4,}|\d{3,}|[^\x00-\x7f]+", secret)
    return [part for part in parts if part not in COMMON]


def in_json_pii(secret: str) -> str:
    return json.dumps({"message": "received user transcript", "lk.pii.user_transcript": secret})


def in_json_extra(secret: str) -> str:
    return json.dumps({"message": "turn", "caller": secret, "name": secret, "delay": secret})


def in_json_known_keys(secret: str) -> str:
    keys = ("room", "job_id", "role", "timeout", "logger", "level", "timestamp", "request_id")
    return json.dumps({"message": "session closed"} | dict.fromkeys(keys, secret))


def in_json_nested(secret: str) -> str:
    return json.dumps({"msg": "turn", "extra": {"messages": [{"content": [{"text": secret}]}]}})


def in_json_message(secret: str) -> str:
    return json.dumps({"message": f"user said: {secret}", "level": "INFO", "timestamp": TIME})


def in_json_ascii_off(secret: str) -> str:
    return json.dumps({"event": secret, "time": TIME}, ensure_ascii=False)


def in_dev_text(secret: str) -> str:
    extras = json.dumps({"lk.pii.text": secret, "job_id": "AJ_adzvmq0000"})
    return f"2026-11-20 09:40:36,989 - \x1b[36mDEBUG\x1b[0m livekit.agents - turn \x1b[90m{extras}"


def in_repr(secret: str) -> str:
    options = {"method": "post", "json_data": {"messages": [{"role": "user", "content": secret}]}}
    return f"2026-11-20 08:57:25,915 DEBUG openai._base_client: Request options: {options!r}"


def in_old_pipeline(secret: str) -> str:
    return f"DEBUG:livekit.agents.pipeline:committed user speech {secret}"


def in_headers(secret: str) -> str:
    headers = {"authorization": secret, "set-cookie": secret, "openai-processing-ms": "147"}
    return f'DEBUG openai._base_client: HTTP Response: POST {secret} "200 OK" Headers({headers!r})'


def in_tuples(secret: str) -> str:
    pairs = [(b"set-cookie", secret.encode()), (b"openai-processing-ms", b"181")]
    return f"DEBUG httpcore.http11 - receive_response_headers.complete return_value=({pairs!r})"


def in_plain_text(secret: str) -> str:
    return f"transcript: {secret}"


CARRIERS: tuple[Callable[[str], str], ...] = (
    in_json_pii,
    in_json_extra,
    in_json_known_keys,
    in_json_nested,
    in_json_message,
    in_json_ascii_off,
    in_dev_text,
    in_repr,
    in_old_pipeline,
    in_headers,
    in_tuples,
    in_plain_text,
)
WRAPPERS: tuple[Callable[[str], str], ...] = (
    lambda line: line,
    lambda line: json.dumps({"log": line + "\n", "stream": "stdout", "time": TIME}),
    lambda line: json.dumps({"log": json.dumps({"log": line}), "time": TIME}),
    lambda line: f"{TIME} stdout F {line}",
    lambda line: f"agent-1  | {line}",
    lambda line: f"Nov 20 08:44:13 host python[123]: {line}",
    lambda line: repr(line),
)


@settings(max_examples=500)
@given(
    st.sampled_from(SECRETS),
    st.sampled_from(CARRIERS),
    st.sampled_from(WRAPPERS),
    st.integers(0, 600),
    st.integers(0, 60),
)
def test_no_planted_secret_survives(
    secret: str,
    carrier: Callable[[str], str],
    wrapper: Callable[[str], str],
    end: int,
    start: int,
) -> None:
    line = wrapper(carrier(secret))
    for damaged in (line, line[:end], line[start:], line[start:end]):
        shown = redact(damaged, 1000)
        assert [part for part in fragments(secret) if part in shown] == []


@given(st.text(max_size=300), st.integers(3, 200))
def test_any_text_gives_one_short_harmless_line(text: str, limit: int) -> None:
    for shown in (redact(text, limit), outline(text, limit), cut(printable(text), limit)):
        assert columns(shown) <= limit
        assert shown.isprintable()


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=3, max_size=40))
def test_words_of_a_caller_are_not_shown_in_an_outline(speech: str) -> None:
    shape = outline(speech)
    assert set(shape) <= {"x"} or shape in {"message", "level", "time", "timestamp", speech.upper()}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '{"message": "resumed false interrupted speech", "level": "DEBUG", "name": '
            '"livekit.agents", "timeout": 2.0, "job_id": "AJ_a0", "room": "call-7bdf22d7", '
            f'"pid": 10, "code.line.number": 7, "timestamp": "{TIME}"}}',
            "2026-11-20T09:36:12.783+00:00 DEBUG livekit.agents resumed false interrupted speech "
            "timeout=2.0 job_id=AJ_a0 room=call-7bdf22d7",
        ),
        (
            "2026-11-20 09:40:43,022 - \x1b[36mDEBUG\x1b[0m httpcore2.http11 - "
            "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', "
            "[(b'openai-processing-ms', b'161'), (b'Set-Cookie', b'a=b')]) "
            '\x1b[90m{"job_id": "AJ_b1"}\x1b[0m',
            "2026-11-20 09:40:43,022 DEBUG httpcore2.http11 receive_response_headers.complete "
            f"return_value=(b'HTTP/1.1', 200, b'OK' {HIDDEN} openai-processing-ms=161 job_id=AJ_b1",
        ),
        (
            "08:46:01 WARNING livekit.agents _SegmentSynchronizerImpl.push_text called after close "
            '{"impl_id": "SSI_76d4d21d93cf"}',
            "08:46:01 WARNING livekit.agents _SegmentSynchronizerImpl.push_text called after close "
            "impl_id=SSI_76d4d21d93cf",
        ),
        (
            "INFO:httpx:HTTP Request: POST https://api.openai.com/v1/audio/speech?key=1 "
            '"HTTP/1.1 200 OK"',
            'INFO httpx HTTP Request: POST .../audio/speech "HTTP/1.1 200 OK"',
        ),
        (
            "2026-11-20 08:57:26,011 DEBUG openai._base_client: request_id: req_00001",
            "2026-11-20 08:57:26,011 DEBUG openai._base_client request_id: req_00001",
        ),
        ("Payment by John Smith accepted", HIDDEN),
    ],
)
def test_what_evidence_needs_is_kept(line: str, shown: str) -> None:
    assert redact(line) == shown


def test_docker_around_json_shows_the_same_as_the_line_itself() -> None:
    line = in_json_pii("hello")
    wrapped = json.dumps({"log": line + "\n", "stream": "stdout"})
    assert redact(wrapped) == redact(line) == "received user transcript"


def test_a_room_named_after_a_phone_number_is_hidden() -> None:
    assert redact('{"message": "turn", "room": "call-_+15551234567_Ab3"}') == f"turn room={HIDDEN}"
    assert redact('{"message": "turn", "room": "lopez-7bdf"}') == f"turn room={HIDDEN}-7bdf"


def test_no_part_of_a_room_that_holds_a_key_is_shown() -> None:
    key = "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln1x"
    shown = redact(json.dumps({"message": "inference is slower than realtime", "room": key}))
    assert "room" in shown
    assert not any(part in shown for part in key.split("."))


def test_a_line_of_many_megabytes_is_cheap() -> None:
    assert redact("turn " + "a" * 5_000_000) == f"turn {HIDDEN}"


def test_an_outline_keeps_the_shape_and_no_content() -> None:
    line = '[10:11] INFO John: +15551234 é {"message": "hi"}\x1b[2J'
    assert outline(line) == '[00:00] INFO xxxx: +00000000 x {"message": "xx"}'


def test_terminal_tricks_are_made_visible() -> None:
    assert printable("a\x1b[2Jb\x07c\rd\u202ee\tf") == "ab\\x07c d\\u202ee f"


def test_a_cut_says_so_and_counts_wide_characters() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abc..."
    assert cut("漢字漢字", 6) == "漢..."
    assert columns("e\u0301") == 1


def test_no_more_evidence_is_redacted_than_is_kept_of_one_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = list[str]()

    def redacted(text: str, _limit: int) -> str:
        shown.append(text)
        return text

    monkeypatch.setattr(evidence, "redact", redacted)
    inputs = []
    for number in range(50):
        summary = Summary()
        for line in range(1, 7):
            summary.note("false_interruptions", line, b"line %d" % line)
        inputs.append(ReadInput(f"log-{number}", summary, ""))
    found = evidence.evidence(inputs)["false_interruptions"]
    first = [(f"log-{at // 6}", at % 6 + 1) for at in range(KEPT_EVIDENCE)]
    assert [(one.path, one.line) for one in found] == first
    assert len(shown) == KEPT_EVIDENCE
