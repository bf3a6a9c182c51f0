"""The table of events: its columns, its types, its files, and what never gets into it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import samples
from tuner.cli.main import run
from tuner.errors import InputError, UsageError
from tuner.report import dataframe

SPEECH = "I would like to pay"


def row(**changes: Any) -> dict[str, Any]:
    return {
        "time": 1795166559.250001,
        "call": "job:AJ_a",
        "job_id": "AJ_a",
        "room": "call-7bdf22d7",
        "pid": "10",
        "kind": "llm_metrics",
        "level": "INFO",
        "logger": "livekit.agents",
        "path": "a.log",
        "line": 7,
    } | changes


def test_columns_come_in_one_order_and_figures_stay_numbers() -> None:
    frame = dataframe.frame([row(ttft=0.42), row(kind="openai_call", status=200, endpoint="chat")])
    assert list(frame.columns) == [*dataframe.FIRST, "endpoint", "status", "ttft"]
    assert frame["time"][0] == pd.Timestamp("2026-11-20T09:22:39.250001Z")
    assert str(frame["kind"].dtype) == "category"
    assert frame["ttft"][0] == 0.42
    assert frame["status"][1] == 200
    assert frame["line"].tolist() == [7, 7]


def test_a_row_without_a_time_has_none_and_is_kept() -> None:
    frame = dataframe.frame([row(time=None), row()])
    assert frame["time"].isna().tolist() == [True, False]


def test_what_a_line_does_not_tell_is_missing_and_not_an_empty_text() -> None:
    frame = dataframe.frame([row(job_id="", call="", reason="")])
    assert frame[["job_id", "call"]].isna().all(axis=None)
    assert "reason" not in frame.columns


def test_no_rows_give_an_empty_frame_with_the_columns() -> None:
    frame = dataframe.frame([])
    assert frame.empty
    assert list(frame.columns) == list(dataframe.FIRST)


def test_many_rows_are_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataframe, "_CHUNK", 3)
    rows = [row(line=i, ttft=float(i)) if i > 4 else row(line=i) for i in range(8)]
    frame = dataframe.frame(iter(rows))
    assert frame["line"].tolist() == list(range(8))
    assert frame["ttft"].isna().sum() == 5


@given(st.dictionaries(st.text(min_size=1), st.just(SPEECH) | st.just([SPEECH])))
def test_speech_never_gets_into_a_table(fields: dict[str, Any]) -> None:
    known = {"lk.pii.user_transcript": SPEECH, "reason": SPEECH, "model": SPEECH, "ttft": 0.1}
    frame = dataframe.frame([fields | known | row()])
    assert SPEECH not in frame.to_csv()
    assert frame["ttft"][0] == 0.1


def test_a_phone_number_becomes_the_same_stand_in_each_time() -> None:
    rooms = ["call-_+15551234567_Ab", "call-_+15551234567_Cd", "room-442071838750"]
    frame = dataframe.frame([row(room=room, call="room:" + room) for room in rooms])
    assert frame["room"].tolist() == [
        "call-_[phone 1]_Ab",
        "call-_[phone 1]_Cd",
        "room-[phone 2]",
    ]
    assert frame["call"].tolist()[2] == "room:room-[phone 2]"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_written_and_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"events{suffix}"
    dataframe.write(dataframe.frame([row(ttft=0.42), row(line=8)]), path)
    read = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    assert read["line"].tolist() == [7, 8]
    assert str(read["time"][0]).startswith("2026-11-20")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_failed_write_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("old")

    def fail(_: pd.DataFrame, target: BinaryIO, **__: Any) -> None:
        target.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(InputError, match="No space"):
        dataframe.write(dataframe.frame([row()]), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["events.csv"]


def test_a_link_stays_and_one_that_was_laid_beside_it_is_not_followed(tmp_path: Path) -> None:
    path, target, other = (tmp_path / name for name in ("events.csv", "target.csv", "other"))
    other.write_text("of somebody else")
    path.symlink_to(target)
    for end in ("unfinished", "new"):
        (tmp_path / f".events.csv.{end}").symlink_to(other)
    dataframe.write(dataframe.frame([row()]), path)
    assert other.read_text() == "of somebody else"
    assert path.is_symlink()
    assert target.read_text().startswith("time,")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("made", ["a.csv", "a.parquet", "a.sarif"])
def test_a_log_may_have_a_name_of_any_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: str
) -> None:
    log = tmp_path / os.fsdecode(b"a\xff.log")
    log.write_bytes((samples.FOLDER / "healthy-info.jsonl").read_bytes())
    is_report = made.endswith("sarif")
    options = ["--format", "sarif"] if is_report else ["-o", str(tmp_path / made)]
    assert run(["analyze" if is_report else "export", str(log), *options]) == 0
    if is_report:
        assert "a%FF.log" in capsys.readouterr().out
    else:
        assert b"/a?.log" in (tmp_path / made).read_bytes()


def test_a_target_is_refused_before_the_work(tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("")
    with pytest.raises(UsageError, match="exists"):
        dataframe.check_target(there, force=False)
    with pytest.raises(UsageError, match="format"):
        dataframe.check_target(tmp_path / "events.xlsx", force=False)
    with pytest.raises(UsageError, match="no folder"):
        dataframe.check_target(tmp_path / "none" / "events.csv", force=False)
    dataframe.check_target(there, force=True)
    dataframe.check_target(tmp_path / "new.PARQUET", force=False)
