"""A number is what people write for one; wherever one is given, all else is refused."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from tests import samples
from tuner.cli import arguments
from tuner.cli.main import run
from tuner.cli.times import parse_time
from tuner.errors import SettingsError, UsageError
from tuner.plain_numbers import plain_number, plain_whole
from tuner.settings.knob_table import KNOBS, parse

ODD = ("1_0", "1e-400", "1e400", "nan", "inf", "-inf", "infinity", "１", "٣", "0x10", "1,5", "1 0")
ODD_WHOLE = (*ODD, "1e3", "1.0", "1.5", "9" * 400)


@pytest.mark.parametrize("text", [*ODD, "", "-", ".", "e5", "9" * 400, "true"])
def test_what_is_no_plain_number(text: str) -> None:
    assert math.isnan(plain_number(text))


def test_plain_numbers() -> None:
    texts = ["5", "0.25", ".5", "5.", "-1", "+1", "1e3", "1E-3", " 7 ", "0e-400", "0"]
    values = [5, 0.25, 0.5, 5, -1, 1, 1000, 0.001, 7, 0, 0]
    assert [plain_number(text) for text in texts] == values
    assert [plain_whole(text) for text in ("5", " 12 ", "-3", "+4")] == [5, 12, -3, 4]


@pytest.mark.parametrize("text", [*ODD_WHOLE, "", "-"])
def test_what_is_no_plain_whole_number(text: str) -> None:
    assert plain_whole(text) is None


NUMBERS = {
    "--slow-ms": ["analyze", "x", "--slow-ms"],
    "--calls of capacity": ["capacity", "--calls"],
    "--minutes": ["capacity", "--calls", "10", "--minutes"],
    "--blocked": ["capacity", "--calls", "10", "--blocked"],
    "--memory": ["capacity", "--calls", "10", "--memory"],
    "--cached": ["capacity", "--calls", "10", "--cached"],
    "--seconds": ["latency-test", "wss://localhost", "--seconds"],
    "--max-ms": ["latency-test", "wss://localhost", "--max-ms"],
    "--max-added-ms": ["latency-test", "wss://localhost", "--max-added-ms"],
}
WHOLES = {
    "--jobs": ["analyze", "x", "--jobs"],
    "--cores": ["capacity", "--calls", "10", "--cores"],
    "--calls": ["latency-test", "wss://localhost", "--calls"],
    "--seed": ["latency-test", "wss://localhost", "--seed"],
    "--calls of the bench": ["bench", "--calls"],
    "--seed of the bench": ["bench", "--seed"],
    "--at-once": ["bench", "--at-once"],
    "--processes": ["bench", "--processes"],
}


@pytest.mark.parametrize("words", [*NUMBERS.values(), *WHOLES.values()], ids=[*NUMBERS, *WHOLES])
def test_options_take_plain_numbers_only(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ODD if words in NUMBERS.values() else ODD_WHOLE:
        assert run([*words, text]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"tuner: Invalid value for '{words[-1]}': {text!r} is not a plain ")
    assert run([*words, "-1"]) == 2
    assert "-1 is too small, the least is " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (["capacity", "--calls", "10", "--cached", "2"], 1),
        (["analyze", "x", "--jobs", "5000"], 4096),
    ],
)
def test_numbers_above_the_range(
    words: list[str], most: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert f"is too large, the most is {most}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [("watch", "-", "--metrics", "65536"), ("capacity", "--calls", "1", "--cores", "0")],
)
def test_the_program_checks_ranges_as_its_commands_do(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "tuner", *arguments]
    done = subprocess.run(
        command, cwd=samples.ROOT, input=b"", capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert f"Invalid value for '{arguments[-2]}'".encode() in done.stderr


@pytest.mark.parametrize("text", ODD)
def test_limits_take_plain_numbers_only(text: str) -> None:
    with pytest.raises(UsageError, match="is not a number") as error:
        arguments.limits([f"error_share={text}"], None)
    assert error.value.next_step == "Write it as 5 or 0.25."


@pytest.mark.parametrize("text", ["１２:３０", "２０２６-11-20", "2026-11-20T09:30:0１"])
def test_times_are_written_in_plain_digits(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        parse_time(text, "--since", 0.0)


RANGED = [name for name, knob in KNOBS.items() if knob.low is not None]


@pytest.mark.parametrize("name", RANGED)
def test_settings_take_plain_numbers_only(name: str) -> None:
    assert len(RANGED) > 50
    for text in ODD:
        with pytest.raises(SettingsError, match=f"{name}={text} is not allowed"):
            parse({name: text})
