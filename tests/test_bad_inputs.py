"""A damaged input costs a command what stands behind the damage, and never another input."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuner import pipeline
from tuner.cli.main import run
from tuner.errors import InputError

TURNS = Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz"


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(TURNS.read_bytes()[:-300])
    return path


def test_an_export_holds_what_could_be_read_and_says_what_could_not(
    cut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "events.csv"
    assert run(["export", str(cut), str(TURNS), str(tmp_path / "none"), "-o", str(table)]) == 2
    err = capsys.readouterr().err
    assert f"tuner: {tmp_path / 'none'}: no such file or folder\n" in err
    assert f"tuner: {cut}: reading stopped early: the gz data is cut off after byte " in err
    assert "events written" in err
    text = table.read_text()
    assert str(cut) in text
    assert str(TURNS) in text


@pytest.mark.parametrize("command", ["what-if", "compare"])
def test_a_prediction_is_made_of_what_could_be_read(
    command: str, cut: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, str(cut), *([str(TURNS)] if command == "compare" else [])]) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) > 3
    assert "cut off after byte" in err


def test_an_analysis_replays_what_could_be_read(cut: Path) -> None:
    report = pipeline.analyze([cut], environ={})
    assert "cut off after byte" in report.inputs[0].problem
    assert report.exposure.turns


def test_in_python_a_table_that_lacks_something_is_an_error(cut: Path) -> None:
    with pytest.raises(InputError, match="cut off after byte") as error:
        pipeline.load([cut])
    assert error.value.next_step == "Check the path; leave a damaged file out, or repair it."
    problems: list[str] = []
    assert list(pipeline.rows([cut], on_problem=problems.append))
    assert len(problems) == 1


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_is_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in ("/dev/zero", tmp_path / "link"):
        with pytest.raises(InputError, match="a device, and no log"):
            pipeline.analyze([path], environ={})
    with Path("/dev/zero").open() as endless:
        monkeypatch.setattr("sys.stdin", endless)
        with pytest.raises(InputError, match="a device, and no log"):
            pipeline.analyze(["-"], environ={})
    with pytest.raises(InputError, match="the file is empty"):
        pipeline.analyze(["/dev/null"], environ={})


@pytest.mark.parametrize("command", [["analyze"], ["calls"], ["report", "-o", "PAGE"]])
def test_a_name_with_newlines_passes_for_no_message(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "a\ntuner: all is well\u2028b\x1b[31m.log"
    log.write_text("nothing that we know\n")
    page = str(tmp_path / "a.html")
    assert run([page if word == "PAGE" else word for word in [*command, str(log)]]) == 2
    said = capsys.readouterr().err
    assert "a\\ntuner: all is well\\u2028b" in said
    assert not any(line.startswith("tuner: all is well") for line in said.splitlines())
    assert "\x1b" not in said
