"""Every setting is declared once, completely, and takes exactly what it says it takes."""

from __future__ import annotations

import importlib
import inspect
import math
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tuner.errors import SettingsError
from tuner.settings.knob import Knob
from tuner.settings.knob_table import (
    KNOBS,
    Settings,
    as_text,
    as_values,
    faults,
    looks_secret,
    parse,
)

NUMBERS = [knob for knob in KNOBS.values() if knob.low is not None]
BY_ENV = pytest.mark.parametrize("knob", KNOBS.values(), ids=lambda knob: knob.env)


def test_the_names_that_users_already_have_stay() -> None:
    old = {
        *("MIN_ENDPOINTING_DELAY", "INTERRUPTION_THRESHOLD", "ENABLE_INTERRUPTIONS"),
        *("MAX_TOKENS", "LOG_LEVEL", "HTTP_TIMEOUT", "HTTP_MAX_CONNECTIONS", "MAX_RETRIES"),
    }
    assert old <= set(KNOBS)


def test_every_field_is_a_knob_under_its_own_name() -> None:
    assert [knob.field for knob in KNOBS.values()] == list(Settings.model_fields)
    assert all(env == knob.env == knob.field.upper() for env, knob in KNOBS.items())


@BY_ENV
def test_a_knob_is_complete(knob: Knob) -> None:
    assert knob.meaning.endswith("."), "a meaning is a sentence"
    assert knob.option
    assert knob.group
    assert knob.allowed
    assert "!" not in knob.meaning


@BY_ENV
def test_the_unit_agrees_with_the_name(knob: Knob) -> None:
    suffixes = {"_MS": "ms", "_MB": "MB", "_DELAY": "s", "_DURATION": "s", "_TIMEOUT": "s"}
    for suffix, unit in suffixes.items():
        if knob.env.endswith(suffix):
            assert knob.unit == unit


@BY_ENV
def test_the_default_is_itself_allowed(knob: Knob) -> None:
    assert faults({knob.env: knob.text(knob.default)}) == {}
    assert getattr(parse({knob.env: knob.text(knob.default)}), knob.field) == knob.default


@BY_ENV
def test_a_choice_takes_each_of_its_words_in_any_case_and_no_other(knob: Knob) -> None:
    if not knob.choices:
        return
    for word in knob.choices:
        assert str(getattr(parse({knob.env: word.upper()}), knob.field)) == word
    assert knob.env in faults({knob.env: "something else"})


@given(st.sampled_from(NUMBERS), st.floats(0, 1))
def test_a_number_is_taken_between_its_limits(knob: Knob, share: float) -> None:
    assert knob.low is not None
    assert knob.high is not None
    value = knob.low + share * (knob.high - knob.low)
    if isinstance(knob.low, int):
        value = round(value)
    assert getattr(parse({knob.env: str(value)}), knob.field) == value


@pytest.mark.parametrize("knob", NUMBERS, ids=lambda knob: knob.env)
def test_a_number_outside_its_limits_is_refused_with_the_limits(knob: Knob) -> None:
    assert knob.low is not None
    assert knob.high is not None
    for text in (str(knob.low - 1), str(knob.high + 1), "nan", "inf", "-inf", "", "0,5", "None"):
        why = faults({knob.env: text})[knob.env]
        assert knob.env in why
        assert knob.allowed in why
        assert str(knob.high) in why


@pytest.mark.parametrize("knob", [k for k in KNOBS.values() if k.absent], ids=lambda k: k.env)
def test_off_and_auto_stand_for_none(knob: Knob) -> None:
    assert getattr(parse({knob.env: f" {knob.absent.upper()} "}), knob.field) is None
    assert knob.text(None) == knob.absent
    assert knob.allowed.startswith(knob.absent)


@given(st.data())
def test_settings_survive_being_written_as_text_or_values(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(NUMBERS), unique_by=lambda knob: knob.env))
    drawn = {k.env: data.draw(st.sampled_from([k.low, k.high, k.default])) for k in chosen}
    settings = parse(drawn)
    assert parse(as_text(settings)) == settings
    assert parse(as_values(settings)) == settings


def test_warn_is_understood_as_warning() -> None:
    assert parse({"LOG_LEVEL": "warn"}).log_level == "WARNING"


@pytest.mark.parametrize("text", ["0", "-0.1", "1.01", "half"])
def test_a_truncation_share_lies_between_nothing_and_all(text: str) -> None:
    assert "share" in faults({"REALTIME_TRUNCATION": text})["REALTIME_TRUNCATION"]
    assert parse({"REALTIME_TRUNCATION": "0.8"}).realtime_truncation == 0.8


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ("MAX_TOKENS", "1_0"),
        ("HTTP_TIMEOUT", "1_0"),
        ("HTTP_TIMEOUT", "1_0.5"),
        ("MIN_ENDPOINTING_DELAY", "1e-400"),
        ("MIN_ENDPOINTING_DELAY", "0." + "0" * 400 + "1"),
        ("REALTIME_TRUNCATION", "0_1"),
    ],
)
def test_a_number_that_only_python_takes_is_refused(env: str, text: str) -> None:
    assert KNOBS[env].allowed in faults({env: text})[env]


def test_zero_is_zero_however_it_is_written() -> None:
    for text in ("0", "0.0", "0.000", "0e5"):
        assert parse({"MIN_ENDPOINTING_DELAY": text}).min_endpointing_delay == 0


def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_TOKENS", "7")
    monkeypatch.setenv("max_tokens", "8")
    assert Settings() == parse({})
    assert Settings().max_tokens == 500


def test_settings_are_frozen_and_comparable() -> None:
    settings: Any = Settings()
    with pytest.raises(ValidationError):
        settings.max_tokens = 3
    assert hash(settings) == hash(Settings())


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"MAX_TOKENS": "0", "HTTP_TIMEOUT": "x", "NO_SUCH": "1"})
    for part in ("MAX_TOKENS=0", "1 to 32768 tokens", "HTTP_TIMEOUT=x", "NO_SUCH"):
        assert part in str(caught.value)
    assert caught.value.next_step


def test_a_value_that_looks_like_a_secret_is_not_repeated() -> None:
    key = "sk-" + "a1B2" * 8
    assert looks_secret(key)
    assert key not in faults({"MAX_TOKENS": key})["MAX_TOKENS"]
    assert not looks_secret(Settings().instructions)


def test_values_are_shown_with_their_unit() -> None:
    assert KNOBS["HTTP_TIMEOUT"].text_with_unit(15.0) == "15.0 s"
    assert KNOBS["USER_AWAY_TIMEOUT"].text_with_unit(None) == "off"
    assert KNOBS["LOG_METRICS"].text_with_unit(True) == "true"


def test_reading_profiles_loads_neither_livekit_nor_pandas() -> None:
    code = (
        "import sys, tuner.settings.profiles, tuner.settings.checks, tuner.settings.profile_text\n"
        "print([m for m in ('livekit', 'pandas', 'scipy', 'openai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Against the installed packages: an option that does not exist is a setting that does nothing.

OPTION = re.compile(r"([\w.]+)\((\w+(?:, \w+)*)\)")


def parameters(name: str) -> set[str]:
    """The parameters of a LiveKit, OpenAI or HTTP callable as named in `Knob.option`."""
    places = {
        "AgentSession": "livekit.agents:AgentSession",
        "Agent": "livekit.agents:Agent",
        "AgentServer": "livekit.agents:AgentServer",
        "VAD": "livekit.plugins.silero:VAD.load",
        "VAD.update_options": "livekit.plugins.silero:VAD.update_options",
        "openai.STT": "livekit.plugins.openai:STT",
        "openai.LLM": "livekit.plugins.openai:LLM",
        "openai.TTS": "livekit.plugins.openai:TTS",
        "RealtimeModel": "livekit.plugins.openai:realtime.RealtimeModel",
        "RealtimeSession.update_options": "livekit.plugins.openai:realtime.RealtimeSession"
        ".update_options",
        "APIConnectOptions": "livekit.agents:APIConnectOptions",
        "httpx.Timeout": "httpx2:Timeout",
        "httpx.Limits": "httpx2:Limits",
    }
    module, _, path = places[name].partition(":")
    target: Any = importlib.import_module(module)
    for part in path.split("."):
        target = getattr(target, part)
    signature = inspect.signature(target.__init__ if inspect.isclass(target) else target)
    return set(signature.parameters)


@pytest.mark.filterwarnings("ignore")
@BY_ENV
def test_the_option_exists_in_the_installed_packages(knob: Knob) -> None:
    pytest.importorskip("livekit.agents")
    pytest.importorskip("livekit.plugins.openai")
    pytest.importorskip("livekit.plugins.silero")
    for name, given_ in OPTION.findall(knob.option):
        if name in ("AudioTranscription", "inference.TurnDetector"):
            continue
        assert set(given_.split(", ")) <= parameters(name), knob.option
    if match := re.match(r"turn_handling\.(\w+)\.(\w+)$", knob.option):
        turn = importlib.import_module("livekit.agents.voice.turn")
        kinds = turn.TurnHandlingOptions.__annotations__
        inner = re.search(r"\w+Options", str(kinds[match[1]]))
        assert inner
        assert match[2] in getattr(turn, inner[0]).__annotations__


def announced() -> dict[str, str]:
    """Model -> date, from the notes in the type files of the installed openai package."""
    pytest.importorskip("openai")
    modules = (
        *("openai.types.shared.chat_model", "openai.types.audio_model"),
        *("openai.types.audio.speech_model", "openai.types.realtime.audio_transcription"),
        "openai.types.realtime.realtime_session_create_request",
    )
    found: dict[str, str] = {}
    for module in modules:
        text = " ".join(inspect.getsource(importlib.import_module(module)).split())
        for models, date in re.findall(
            r"- ((?:\"[\w.-]+\",? ?)+): Announced shutdown date: (\d{4}-\d\d-\d\d)", text
        ):
            found |= dict.fromkeys(re.findall(r"\"([\w.-]+)\"", models), date)
    assert len(found) > 20
    return found


@pytest.mark.filterwarnings("ignore")
def test_no_default_model_is_about_to_end_but_the_voice_that_has_no_successor() -> None:
    used = [Settings.model_fields[k.field].default for k in KNOBS.values() if "MODEL" in k.env]
    assert [model for model in used if model in announced()] == ["gpt-4o-mini-tts"]


@pytest.mark.filterwarnings("ignore")
def test_the_table_of_ending_models_is_that_of_openai() -> None:
    from tuner.settings.check_table import SHUTDOWN

    notes = announced()
    assert {model: notes.get(model) for model in SHUTDOWN} == dict(SHUTDOWN)


def test_no_limit_is_infinite() -> None:
    assert all(math.isfinite(knob.high or 0) for knob in NUMBERS)
