"""Nothing private that a log holds leaves by a report, its JSON, an export or an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tuner import pipeline
from tuner.cli.failures import message_of
from tuner.errors import InputError, SettingsError
from tuner.inputs.addresses import without_secrets
from tuner.redaction.shown import SHAPES, shown
from tuner.report import dataframe
from tuner.report import json as report_json
from tuner.report import text as report_text
from tuner.report.formats import brief, github, junit, markdown, sarif, slack
from tuner.report.formats.notebook import PrintedReport
from tuner.settings import resolution

TIME = '"timestamp": "2026-11-20T09:36:05.904371+00:00"}'
PRIVATE = {
    "key": "sk-proj-SECRET",
    "long key": "sk-proj-a8Zk2kdj38dhaSECRETjd93",
    "mail": "jane.roe-SECRET@example.com",
    "words": "my name is SECRET",
    "number": "+15557654321",
    "digits": "555-765-4321",
    "name": "Wilhelmina-SECRET",
    "address": "https://user:SECRET@host.example/a?sig=SECRET",
}
FIELDS = (
    *("level", "name", "reason", "model", "model_name", "model_provider", "endpoint", "method"),
    *("role", "source", "outcome", "profile", "mode", "language", "job_id", "room", "pid", "kind"),
    *("request_id", "error", "impl_id", "status", "path", "type", "label", "attempt"),
)
MESSAGES = (
    *("LLM metrics", "session closed", "openai call", "session started", "session ended", "turn"),
    *("interruption", "user turn committed", "min endpointing delay updated"),
    "HTTP Request: {} {} \"HTTP/1.1 200 OK\"",
    "_SegmentSynchronizerImpl.{} called after close",
    "failed to generate LLM completion, retrying in 0.1s {}",
    "event loop blocked for 900ms {}",
)  # fmt: skip


def everything(path: Path, *paths: Path) -> str:
    """All that a log can make the program write."""
    report = pipeline.analyze([path, *paths], environ={})
    shown = report_text.render(report) + report_json.render(report)
    shown += "".join(each.render(report) for each in (brief, github, junit, markdown, sarif, slack))
    shown += PrintedReport._repr_html_(report)  # type: ignore[arg-type]
    events = dataframe.frame(pipeline.rows([path, *paths]))
    return (shown + events.to_csv()).replace(str(path.parent), "")


def line(message: str, **fields: Any) -> str:
    usual = {"message": message, "level": "INFO", "name": "livekit.agents", "job_id": "AJ_1"}
    return json.dumps({**usual, **fields}, ensure_ascii=False)[:-1] + ", " + TIME


def is_leaked(text: str) -> bool:
    return any(word in text for word in ("SECRET", "7654321", "765-4321"))


@pytest.mark.parametrize("private", PRIVATE.values(), ids=PRIVATE.keys())
@pytest.mark.parametrize("name", ["livekit.agents", "tuner.turns", "openai", "httpx"])
def test_no_field_and_no_message_lets_a_private_text_out(
    tmp_path: Path, name: str, private: str
) -> None:
    path = tmp_path / "a.log"
    lines = [line("LLM metrics", ttft=0.4)]
    for message in MESSAGES:
        lines.append(line(message.replace("{}", private), name=name))
        lines += [line(message, **{"name": name, field: private}) for field in FIELDS]
        lines.append(line(message, name=name, processing_ms=3000, status=500, **{private: private}))
    for level in ("WARNING", "ERROR"):
        lines += [line("what is this", name=private, level=level), line(private, level=level)]
        lines.append(line(f"failed to do {private}", level=level, version=private))
    lines.append(line("starting worker", version=private, **{"rtc-version": private}))
    lines += [f"2026-11-20 09:36:05,904 - INFO {private} - hello", f"{private} | hello", private]
    path.write_text("\n".join(lines) + "\n")
    assert not is_leaked(everything(path))


def test_a_stamp_shows_our_settings_only(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    settings = {
        "OPENAI_API_KEY": "sk-proj-SECRET",
        "GREETING": "Hello SECRET",
        "INSTRUCTIONS": "Be SECRET",
        "LLM_MODEL": "sk-proj-SECRET",
        "TTS_VOICE": "https://a.example/?k=SECRET",
        "MIN_ENDPOINTING_DELAY": "0.35",
        "STT_MODEL": "gpt-4o-transcribe",
    }
    stamp = line("session started", name="tuner.turns", profile="balanced", settings=settings)
    path.write_text("\n".join([stamp, line("LLM metrics", ttft=0.4)]))
    assert not is_leaked(everything(path))
    shown = pipeline.analyze([path], environ={}).current.settings
    assert shown["MIN_ENDPOINTING_DELAY"] == 0.35
    assert shown["STT_MODEL"] == "gpt-4o-transcribe"
    assert "OPENAI_API_KEY" not in shown


def test_calls_of_hidden_rooms_can_still_be_told_apart(tmp_path: Path) -> None:
    rooms = ["jane.roe@example.com", "call-Wilhelmina-Roemer", "call-7654321", "tel_1_555_765_4321"]
    path = tmp_path / "a.log"
    path.write_text(
        "\n".join(line("LLM metrics", job_id="", room=room, ttft=0.4) for room in rooms * 2)
    )
    table = dataframe.frame(pipeline.rows([path]))
    names = table["room"].tolist()
    assert names[:4] == names[4:]
    assert len(set(names)) == 4
    assert not any(part in "".join(names) for part in ("jane", "roe", "Wilhelmina", "765", "4321"))


def test_endpoints_are_named_and_never_quoted(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    url = "/v1/chat/completions?k=sk-proj-SECRET"
    fields = {"endpoint": url, "model": "m", "status": 500, "processing_ms": 3000}
    path.write_text("\n".join([line("openai call", name="tuner.turns", **fields)] * 3))
    report = pipeline.analyze([path], environ={})
    assert list(report.signals["openai_calls"].more["by_endpoint"]) == ["chat"]
    assert not is_leaked(everything(path))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://jane:SECRET@host.example:8443/logs/a.gz", "https://host.example:8443/logs/a.gz"),
        ("https://host.example/a.log?X-Amz-Signature=SECRET&b=1", "https://host.example/a.log?..."),
        ("https://host.example/a#SECRET", "https://host.example/a?..."),
        ("https://jane:SEC?RET@host/a", "https://.../?...".replace("/?", "?")),
        ("s3://bucket/a.log", "s3://bucket/a.log"),
        ("cannot read s3://KEY:SECRET@bucket/a: no", "cannot read s3://bucket/a: no"),
        ("a/b.log", "a/b.log"),
    ],
)
def test_addresses_are_shown_without_their_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_an_error_hides_the_secrets_of_an_address() -> None:
    error = InputError("https://jane:SECRET@host.example/a?sig=SECRET: no such object", "see it")
    assert message_of(error) == "tuner: https://host.example/a?... no such object\n  see it"


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "mine.env", "..\\mine"])
def test_the_environment_names_profiles_and_no_paths(tmp_path: Path, place: str) -> None:
    (tmp_path / "a.log").write_text(line("LLM metrics", ttft=0.4))
    environ = {"AGENT_PROFILE": place}
    with pytest.raises(SettingsError, match="is a path, not the name"):
        pipeline.analyze([tmp_path / "a.log"], environ=environ)
    with pytest.raises(SettingsError, match="is a path, not the name"):
        resolution.resolve(None, environ, tmp_path)


def test_a_file_that_is_no_profile_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line("LLM metrics", ttft=0.4))
    other = tmp_path / "other"
    other.write_text("root:SECRET:0:0\nSECRET\nSECRET x = y\nMIN_DELAY='SECRET'\nA B=SECRET\n")
    with pytest.raises(SettingsError) as raised:
        pipeline.analyze([tmp_path / "a.log"], environ={}, current=str(other))
    assert not is_leaked(str(raised.value))


@pytest.mark.parametrize("private", PRIVATE.values(), ids=PRIVATE.keys())
def test_no_field_of_the_list_takes_a_private_text(private: str) -> None:
    assert [field for field in (*SHAPES, "else") if shown(field, private)] == []


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("model", m) for m in ("gpt-4o-mini", "gpt-4o-2024-08-06", "nova-3", "whisper-1", "o3")),
        *(("model", m) for m in ("claude-3-5-sonnet-20241022", "openai/gpt-4.1", "tts-1-hd")),
        *(("logger", n) for n in ("livekit.agents", "root", "__main__", "my-agent", "app.db2")),
        *(("reason", r) for r in ("participant_disconnected", "room disconnected", "job_shutdown")),
        *(("profile", p) for p in ("balanced", "evidence", "my-fast_2")),
    ],
)
def test_usual_values_are_shown(field: str, text: str) -> None:
    assert shown(field, text) == text
