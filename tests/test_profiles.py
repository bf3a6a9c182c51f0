"""Profiles are found, read strictly and resolved in one order; the shipped ones keep their laws."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.errors import SettingsError
from tuner.settings import profiles, resolution, shipped
from tuner.settings.knob_table import KNOBS, Settings, parse
from tuner.settings.resolution import Naming, Origin, Resolved

SHIPPED = ("balanced", "evidence", "fast", "noisy", "patient", "phone", "realtime")
KEY = "sk-" + "Ab3" * 10

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below an empty working directory; returns that directory."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write_file


def refusal(cwd: Path, environ: Mapping[str, str] | None = None, name: str | None = None) -> str:
    """The message with which resolving is refused; the next step is always there."""
    with pytest.raises(SettingsError) as caught:
        resolution.resolve(name, environ or {}, cwd)
    assert caught.value.next_step
    return str(caught.value)


# The shipped profiles


def test_the_seven_profiles_are_there_the_default_first() -> None:
    assert profiles.names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_loads_and_says_what_it_is_for(name: str) -> None:
    assert isinstance(profiles.load(name), Settings)
    assert profiles.describe(name).endswith(".")
    assert len(profiles.describe(name)) < 130


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_lists_only_what_differs_from_the_defaults(name: str) -> None:
    settings = profiles.load(name)
    listed = profiles.read(name)
    assert set(listed) == {change.env for change in profiles.compare(Settings(), settings)}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_of_a_shipped_profile_has_a_comment_of_its_own(name: str) -> None:
    text = profiles.path_of(name).read_text(encoding="utf-8")
    for block in re.split(r"\n\s*\n", text):
        lines = block.splitlines()
        if any(not line.startswith("#") for line in lines):
            assert lines[0].startswith("# "), f"{name}: no comment before {lines[0]}"


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "balanced"])
def test_a_shipped_profile_names_its_price(name: str) -> None:
    assert "Price:" in profiles.path_of(name).read_text(encoding="utf-8")


def test_what_balanced_stands_for_is_what_the_defaults_are() -> None:
    text = profiles.path_of("balanced").read_text(encoding="utf-8")
    said = dict(re.findall(r"^# ([A-Z_]+)=(\S+)$", text, re.MULTILINE))
    assert {"MIN_ENDPOINTING_DELAY", "INTERRUPTION_THRESHOLD", "MAX_TOKENS"} <= set(said)
    assert parse(said) == Settings() == profiles.load("balanced")
    assert {env: KNOBS[env].text(KNOBS[env].default) for env in said} == said


def test_the_figures_of_the_guides_and_what_the_bench_made_of_them() -> None:
    fast, patient = profiles.load("fast"), profiles.load("patient")
    realtime, noisy = profiles.load("realtime"), profiles.load("noisy")
    assert (fast.min_endpointing_delay, fast.max_tokens) == (0.3, 300)
    assert (fast.vad_min_speech_duration, fast.vad_min_silence_duration) == (0.1, 0.15)
    assert (patient.min_endpointing_delay, patient.vad_min_silence_duration) == (1.3, 0.3)
    assert (patient.vad_min_speech_duration, patient.vad_activation_threshold) == (0.2, 0.6)
    assert (realtime.realtime_vad_threshold, realtime.realtime_prefix_padding_ms) == (0.5, 300)
    assert (realtime.realtime_silence_duration_ms, realtime.vad_min_silence_duration) == (200, 0.2)
    assert (noisy.interruption_threshold, noisy.min_interruption_duration) == (0.9, 0.9)


def test_noisy_does_not_sell_the_endpointing_delay_as_a_cure() -> None:
    changed = {change.env for change in profiles.diff("balanced", "noisy")}
    assert "MIN_ENDPOINTING_DELAY" not in changed
    assert "MIN_INTERRUPTION_DURATION" in changed


def test_a_difference_is_empty_only_against_itself() -> None:
    assert profiles.diff("fast", "fast") == ()
    there = {(d.env, d.before, d.after) for d in profiles.diff("fast", "patient")}
    back = {(d.env, d.after, d.before) for d in profiles.diff("patient", "fast")}
    assert there == back != set()


# Mistakes in a profile: each is named with file, line and key


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("MIN_ENDPOINTING_DELAY=11", "MIN_ENDPOINTING_DELAY=11 is not allowed (allowed: 0.0 to 10"),
        ("MIN_ENDPOINTING_DELAY=fast", "(allowed: 0.0 to 10.0 s)"),
        ("MIN_ENDPOINTING_DELAY=", "MIN_ENDPOINTING_DELAY= is not allowed"),
        ("MIN_ENDPOINTING_DELAY=800ms", "0.0 to 10.0 s, as a number without its unit"),
        ("MIN_ENDPOINTING_DELAY=0,8", "0.0 to 10.0 s, as a number without its unit"),
        ("MIN_ENDPOINTING_DELAY", "MIN_ENDPOINTING_DELAY has no value (allowed: 0.0 to 10.0 s)"),
        ("MIN_ENDPOINTING_DELAY 0.3", "cannot be read; write NAME=value"),
        ("LOG_LEVEL=LOUD", "(allowed: DEBUG, INFO, WARNING, ERROR, CRITICAL)"),
        ("MIN_ENDPOINTING_DELY=0.3", "did you mean MIN_ENDPOINTING_DELAY?"),
        ("ENDPOINTING_MIN_DELAY=0.3", "did you mean MIN_ENDPOINTING_DELAY?"),
        ("min_endpointing_delay=0.3", "did you mean MIN_ENDPOINTING_DELAY?"),
        ("COMPLETELY_ELSE=1", "COMPLETELY_ELSE is not a setting"),
        ("OPENAI_API_KEY=abc", "OPENAI_API_KEY is a secret"),
        ("LIVEKIT_API_SECRET=abc", "LIVEKIT_API_SECRET is a secret"),
        ("MY_PASSWORD=abc", "MY_PASSWORD is a secret"),
        ("MAX_TOKEN=1", "MAX_TOKEN is not a setting; did you mean MAX_TOKENS?"),
        ("MAX_TOKEN=sk-abcdefghijklmnop", "MAX_TOKEN is a secret"),
        (f"INSTRUCTIONS=use {KEY} please", "INSTRUCTIONS looks like a secret"),
        ("OPENAI_BASE_URL=http://localhost", "OPENAI_BASE_URL belongs to one installation"),
        ("LIVEKIT_URL=ws://localhost", "LIVEKIT_URL belongs to one installation"),
        ("AGENT_PROFILE=fast", "AGENT_PROFILE names the profile"),
        ('INSTRUCTIONS="no end', "cannot be read"),
        ("= 3", "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_range(write: Write, line: str, said: str) -> None:
    cwd = write("profiles/mine.env", f"# mine\n\nMAX_TOKENS=100\n\n\n{line}\n")
    message = refusal(cwd, name="mine")
    assert f"mine.env:6: {message.split(':6: ', 1)[1]}" in message
    assert said in message
    assert KEY not in message
    assert "abc" not in message


def test_a_setting_that_stands_twice_is_refused(write: Write) -> None:
    cwd = write("profiles/mine.env", "MAX_TOKENS=100\nHTTP_TIMEOUT=9\nMAX_TOKENS=100\n")
    assert "mine.env:3: MAX_TOKENS is set twice, first on line 1" in refusal(cwd, name="mine")


def test_all_mistakes_are_named_at_once_in_order_of_lines(write: Write) -> None:
    write("profiles/mine.env", "NO=1\nMAX_TOKENS=0\nHTTP_TIMEOUT=0\nTTS_SPEED=9\nMAX_TOKENS=3\n")
    cwd = write(".env", "MAX_RETRIES=99\n")
    lines = refusal(cwd, {"LOAD_THRESHOLD": "7"}, "mine").splitlines()
    assert [re.search(r"mine\.env:(\d)", line)[1] for line in lines[:5]] == list("12345")  # type: ignore[index]
    assert ".env:1: MAX_RETRIES=99" in lines[5]
    assert lines[6].startswith("environment: LOAD_THRESHOLD=7 is not allowed (allowed: 0.05 to 1.0")


@given(st.lists(st.sampled_from(["", "   ", "# note", "\t"]), max_size=6), st.booleans())
def test_the_line_of_an_entry_is_its_line_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, above: list[str], windows: bool
) -> None:
    end = "\r\n" if windows else "\n"
    path = tmp_path_factory.mktemp("p") / "mine.env"
    path.write_bytes(end.join([*above, "MAX_TOKENS=100", "HTTP_TIMEOUT=9"]).encode("utf-8-sig"))
    assert profiles.read(str(path)) == {
        "MAX_TOKENS": ("100", len(above) + 1),
        "HTTP_TIMEOUT": ("9", len(above) + 2),
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("export GREETING=Hi", "Hi"),
        ("GREETING = 'Hi, you'  # said first", "Hi, you"),
        ('GREETING="one\\ntwo"', "one\ntwo"),
        ("GREETING=costs ${PRICE}", "costs ${PRICE}"),
        ("GREETING=", ""),
    ],
)
def test_values_are_read_as_env_files_are(write: Write, line: str, value: str) -> None:
    cwd = write("mine.env", line)
    assert profiles.load("mine.env", cwd=cwd).greeting == value


def test_a_profile_that_is_no_text_is_refused(write: Write) -> None:
    cwd = write("profiles/mine.env", b"MAX_TOKENS=100\n# caf\xe9\n")
    assert "mine.env:2: not UTF-8" in refusal(cwd, name="mine")


def test_a_folder_in_place_of_a_profile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "profiles" / "mine.env").mkdir(parents=True)
    assert "is a folder" in refusal(tmp_path, name="mine")
    assert "mine" not in profiles.names(profiles.folders({}, tmp_path))


def test_a_path_to_nothing_is_refused(tmp_path: Path) -> None:
    assert "cannot read" in refusal(tmp_path, name="./absent.env")


# Which profile


def test_an_unknown_profile_is_refused_with_the_near_miss_and_who_named_it(write: Write) -> None:
    cwd = write(".env", "AGENT_PROFILE=Nosy\n")
    message = refusal(cwd)
    assert "unknown profile 'Nosy'; did you mean noisy?" in message
    assert "AGENT_PROFILE names it in .env" in message
    assert "patient" in message
    assert "environment" in refusal(cwd, {"AGENT_PROFILE": "quick"})
    assert "AGENT_PROFILE" not in refusal(cwd, name="quick")


def test_an_empty_name_is_no_profile(tmp_path: Path) -> None:
    assert "unknown profile ''" in refusal(tmp_path, {"AGENT_PROFILE": ""})


@pytest.mark.parametrize(
    ("name", "environ", "dotenv", "expected"),
    [
        ("fast", {"AGENT_PROFILE": "noisy"}, "phone", ("fast", "argument")),
        (None, {"AGENT_PROFILE": "noisy"}, "phone", ("noisy", "environment")),
        (None, {}, "phone", ("phone", ".env")),
        (None, {}, None, ("balanced", "default")),
    ],
)
def test_who_names_the_profile(
    write: Write,
    tmp_path: Path,
    name: str | None,
    environ: dict[str, str],
    dotenv: str | None,
    expected: tuple[str, str],
) -> None:
    cwd = write(".env", f"AGENT_PROFILE={dotenv}\n") if dotenv else tmp_path
    resolved = resolution.resolve(name, environ, cwd)
    assert (resolved.name, resolved.how_named) == expected


def test_a_users_own_folder_comes_first_and_hides_are_told(write: Write) -> None:
    write("profiles/fast.env", "MAX_TOKENS=11\n")
    cwd = write("elsewhere/fast.env", "# Mine.\nMAX_TOKENS=22\n")
    environ = {"AGENT_PROFILES_DIR": "elsewhere"}
    resolved = resolution.resolve("fast", environ, cwd)
    assert resolved.settings.max_tokens == 22
    assert len([text for text in resolved.warnings if "is not used" in text]) == 2
    assert resolution.resolve("fast", {}, cwd).settings.max_tokens == 11
    where = profiles.folders(environ, cwd)
    assert profiles.names(where) == SHIPPED
    assert profiles.describe("fast", where) == "Mine."


def test_the_folder_may_be_named_in_dotenv_and_must_exist(write: Write) -> None:
    write("mine/own.env", "MAX_TOKENS=22\n")
    cwd = write(".env", "AGENT_PROFILES_DIR=mine\nAGENT_PROFILE=own\n")
    assert resolution.resolve(None, {}, cwd).settings.max_tokens == 22
    assert "AGENT_PROFILES_DIR='absent'" in refusal(cwd, {"AGENT_PROFILES_DIR": "absent"})


def test_a_path_is_a_profile_too(write: Write) -> None:
    cwd = write("deep/own.env", "MAX_TOKENS=22\n")
    resolved = resolution.resolve("deep/own.env", {}, cwd)
    assert (resolved.name, resolved.settings.max_tokens) == ("own", 22)
    assert resolved.warnings == ()


def test_a_wheel_carries_its_profiles_beside_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "tuner" / "settings" / "shipped.py"))
    assert shipped.shipped() == tmp_path / "profiles"
    (tmp_path / "tuner" / "_profiles").mkdir(parents=True)
    assert shipped.shipped() == tmp_path / "tuner" / "_profiles"


def test_what_is_far_too_large_for_a_profile_is_not_read(write: Write) -> None:
    cwd = write("large.env", b"MAX_TOKENS=5\n" * 100_000)
    assert "large.env: it is larger than 1 MiB" in refusal(cwd, name="large.env")
    if Path("/dev/zero").exists():
        assert "/dev/zero: it is larger than 1 MiB" in refusal(cwd, name="/dev/zero")


# Order of the layers


LAYERS = ("environment", "profile", ".env")


@given(st.fixed_dictionaries({layer: st.none() | st.integers(1, 99) for layer in LAYERS}))
def test_the_highest_layer_that_sets_a_value_wins(
    tmp_path_factory: pytest.TempPathFactory, given_: dict[str, int | None]
) -> None:
    cwd = tmp_path_factory.mktemp("cwd")
    lines = {layer: f"MAX_TOKENS={n}\n" if n else "" for layer, n in given_.items()}
    (cwd / "own.env").write_text(lines["profile"])
    (cwd / ".env").write_text("\n# mine\n" + lines[".env"])
    environ = {"MAX_TOKENS": str(given_["environment"])} if given_["environment"] else {}
    resolved = resolution.resolve("./own.env", environ, cwd)

    winner = next((layer for layer in LAYERS if given_[layer]), "default")
    assert resolved.settings.max_tokens == given_.get(winner, 500)
    assert resolved.origins["MAX_TOKENS"].kind == winner
    assert resolved.origins["MAX_TOKENS"].line == {"profile": 1, ".env": 3}.get(winner)


@pytest.fixture
def layered(write: Write) -> Resolved:
    write("own.env", "# Own.\nMAX_TOKENS=100\nHTTP_TIMEOUT=9\n")
    cwd = write(".env", "MAX_TOKENS=50\nMAX_RETRIES=1\nOPENAI_API_KEY=x\n")
    environ = {"HTTP_TIMEOUT": "7", "MAX_RETRIES": "1", "TTS_SPEED": "2", "PATH": "/bin"}
    return resolution.resolve("./own.env", environ, cwd)


def test_every_setting_has_an_origin(layered: Resolved, tmp_path: Path) -> None:
    assert set(layered.origins) == set(KNOBS)
    assert layered.origins["MAX_TOKENS"] == Origin("profile", tmp_path / "own.env", 2)
    assert str(layered.origins["MAX_TOKENS"]) == "own.env:2"
    assert str(layered.origins["HTTP_TIMEOUT"]) == "environment"
    assert str(layered.origins["TTS_VOICE"]) == "default"


def test_a_variable_that_changes_something_is_shown_and_only_such(layered: Resolved) -> None:
    told = {o.env: (o.value, o.instead_of, o.hidden.kind) for o in layered.overrides}
    assert told == {"HTTP_TIMEOUT": (7.0, 9.0, "profile"), "TTS_SPEED": (2.0, 1.0, "default")}


def test_a_dotenv_value_that_the_profile_hides_is_told(layered: Resolved) -> None:
    (warning,) = layered.warnings
    assert ".env:1: MAX_TOKENS is not used" in warning
    assert "line 2" in warning


def test_load_ignores_environment_and_dotenv(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    cwd = write(".env", "MAX_TOKENS=50\n")
    monkeypatch.chdir(cwd)
    monkeypatch.setenv("MAX_TOKENS", "7")
    assert profiles.load("balanced").max_tokens == 500
    assert resolution.resolve("balanced", {}, cwd / "..").settings.max_tokens == 500


# .env and the environment belong to other programs too


def test_dotenv_may_hold_what_is_not_ours(write: Write) -> None:
    cwd = write(".env", "OPENAI_API_KEY=k\nDB_MAX_CONNECTIONS=3\nDEBUG=1\nDEBUG=2\nMAX_TOKENS=9\n")
    assert resolution.resolve(None, {}, cwd).warnings == ()
    others = {"OPENAI_API_KEY": "k", "DB_MAX_CONNECTIONS": "3", "DEBUG": "1"}
    assert resolution.other_variables(cwd) == others


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MAX_TOKENS=0\n", ".env:1: MAX_TOKENS=0 is not allowed (allowed: 1 to 32768 tokens)"),
        ("MAX_TOKENS=1\nMAX_TOKENS=2\n", ".env:2: MAX_TOKENS is set twice"),
        ("\nMAX_TOKENS 2\n", ".env:2: this line cannot be read"),
        ("MAX_TOKENS\n", ".env:1: this line cannot be read"),
    ],
)
def test_our_settings_in_dotenv_are_read_strictly(write: Write, text: str, said: str) -> None:
    assert said in refusal(write(".env", text))


def test_a_dotenv_that_is_no_text_is_refused(write: Write) -> None:
    assert ".env:1: not UTF-8" in refusal(write(".env", b"NAME=caf\xe9\n"))


def test_a_virtual_environment_called_dotenv_is_only_mentioned(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (warning,) = resolution.resolve(None, {}, tmp_path).warnings
    assert "is a folder" in warning


def test_lines_of_other_programs_that_cannot_be_read_are_only_mentioned(write: Write) -> None:
    cwd = write(".env", "what is this\nMAX_TOKENS=9\n")
    resolved = resolution.resolve(None, {}, cwd)
    assert resolved.settings.max_tokens == 9
    assert resolved.warnings == (f"{cwd / '.env'}:1: this line cannot be read",)


@pytest.mark.parametrize("name", ["MAX_TOKEN", "LOGLEVEL", "HTTP_TIMEOUT_MS", "AGENT_PROFIL"])
def test_a_near_miss_is_told_wherever_it_stands(write: Write, tmp_path: Path, name: str) -> None:
    (warning,) = resolution.resolve(None, {name: "1"}, tmp_path).warnings
    assert warning.startswith(f"environment: {name} is not a setting; did you mean ")
    (warning,) = resolution.resolve(None, {}, write(".env", f"{name}=1\n")).warnings
    assert name in warning


@pytest.mark.parametrize(
    "name", ["PATH", "LIVEKIT_LOG_LEVEL", "OPENAI_MAX_RETRIES", "DB_MAX_CONNECTIONS", "AGENT_NAME"]
)
def test_names_of_other_programs_are_left_alone(tmp_path: Path, name: str) -> None:
    assert resolution.resolve(None, {name: "1"}, tmp_path).warnings == ()


def test_every_way_of_naming_has_a_word() -> None:
    assert get_args(Naming) == ("argument", "environment", ".env", "default")
