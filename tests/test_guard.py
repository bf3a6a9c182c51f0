"""One bad line costs one line, one broken rule costs one rule, one bad input costs one input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from tuner import pipeline, rules
from tuner.errors import SettingsError, TunerError
from tuner.execution import event_rows, units
from tuner.exports.entries import ExportEntry
from tuner.exports.taking import Records
from tuner.inputs.chunks import Chunk
from tuner.lines import events
from tuner.model import Record, Report
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING

TIME = '"timestamp": "2026-11-20T09:36:05.904371+00:00"'
ENDS = '"level": "INFO", "name": "livekit.agents", "job_id": "AJ_1", ' + TIME + "}"
GOOD = '{"message": "LLM metrics", "ttft": 0.4, ' + ENDS
DEEP = '{"message": "hello", "x": ' + "[" * 1_200 + "]" * 1_200 + ", " + ENDS
STAMP = '{"message": "session started", "level": "INFO", "name": "tuner.turns", "settings": '
BAD = {
    "deep JSON": DEEP,
    "deep JSON of another layout": '{"msg": "x", "y": ' + '{"log": ' * 1_200 + "1" + "}" * 1_201,
    "deep JSON behind text": "2026-11-20 09:36:05,904 - INFO livekit.agents - x " + DEEP,
    "deep JSON in a wrapper": '{"log":"x","y":' + "[" * 1_200 + "]" * 1_200 + "}",
    "deep dictionary": "2026-11-20 09:36:05 INFO app: x {'a': " + "(" * 900 + ")" * 900 + "}",
    "long integer as time": '{"msg":"x","level":30,"time":' + "9" * 310 + "}",
    "long integer as text": '{"msg":"x","level":30,"time":"' + "9" * 5_000 + '"}',
    "figure at the end": '{"message": "Pipeline TTS metrics: ttfb=0.35.", ' + ENDS,
    "long figure": '{"message": "event loop blocked for ' + "9" * 5_000 + 'ms", ' + ENDS,
    "two points": '{"message": "min endpointing delay updated: 1.2.3 -> 4", ' + ENDS,
    "long setting": STAMP + '{"MIN_ENDPOINTING_DELAY": 1' + "0" * 30 + "}, " + TIME + "}",
    "no number": '{"message": "LLM metrics", "ttft": 1e999, ' + ENDS,
    "status": '{"message": "openai call", "name": "tuner.turns", "level": "INFO", "status": 1'
    + "0" * 400
    + ", "
    + TIME
    + "}",
}


def analyzed(tmp_path: Path, *lines: str, **options: Any) -> Report:
    path = tmp_path / "a.log"
    path.write_text("\n".join(lines) + "\n")
    return pipeline.analyze([path], environ={}, **options)


YAML = "---\nmessage: LLM metrics\ntimestamp: 2026-11-20T09:36:05Z\nx: "
TENFOLD = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)]
BAD_YAML = {
    "a list in itself": "&x [*x]\n",
    "a hundred million values": "&a0 [1]\n" + "".join(TENFOLD).replace("*a0", "1"),
    "deep": "[" * 2_000 + "]" * 2_000 + "\n",
    "an empty number": "!!int ''\n",
    "no truth": "!!bool x\n",
    "an unknown type": "!x y\n",
    "a very long number": "9" * 10_000 + "\n",
    "a long number in base 60": "1:" * 10_000 + "1\n",
}


@pytest.mark.parametrize("value", BAD_YAML.values(), ids=BAD_YAML.keys())
def test_a_bad_record_of_yaml_costs_at_most_itself(tmp_path: Path, value: str) -> None:
    good = YAML + "1\n"
    report = analyzed(tmp_path, (good * 3 + YAML + value + good * 2).removesuffix("\n"))
    (info,) = report.inputs
    assert info.problem == ""
    assert info.understood >= 20
    assert info.lines == 24 + value.count("\n") - 1
    assert info.understood + sum(info.unread.values()) == info.lines


JOURNAL = "__CURSOR=a\n__REALTIME_TIMESTAMP=1763631365904371\nMESSAGE=LLM metrics\n\n"


@pytest.mark.parametrize("record", [YAML + "1\n", JOURNAL], ids=["YAML", "journal"])
def test_a_fault_in_taking_a_record_costs_that_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    take, taken = Records.take, list[bytes]()

    def fails_once(self: Records, raw: bytes, line: int, lines: int) -> ExportEntry | None:
        taken.append(raw)
        if len(taken) == 4:
            raise LookupError
        return take(self, raw, line, lines)

    monkeypatch.setattr(Records, "take", fails_once)
    report = analyzed(tmp_path, (record * 8).removesuffix("\n"))
    (info,) = report.inputs
    assert info.problem == ""
    assert [reason.partition(" ")[0] for reason in info.unread] == ["LookupError"]


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("state", [False, True])
def test_a_bad_line_costs_at_most_itself(tmp_path: Path, line: str, state: bool) -> None:
    remember = tmp_path / "state" if state else None
    report = analyzed(tmp_path, GOOD, line, GOOD, state=remember)
    (info,) = report.inputs
    assert (info.lines, info.problem) == (3, "")
    assert info.understood + sum(info.unread.values()) == 3
    assert report.latency["llm_ttft"].n == 2


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
def test_a_bad_line_costs_no_event_of_an_export(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.log").write_text("\n".join([GOOD, line, GOOD]))
    rows = list(event_rows.event_rows([tmp_path / "a.log"], EVERYTHING))
    assert [row["line"] for row in rows if row.get("ttft") == 0.4] == [1, 3]


def fails_on(text: str, reader: Callable[[Record], Any]) -> Callable[[Record], Any]:
    def read(record: Record) -> Any:
        if text in record.message:
            raise KeyError(text)
        return reader(record)

    return read


@pytest.mark.parametrize("summarize", [careful.summarize, fast.summarize])
def test_a_bug_in_a_reader_costs_the_lines_that_bring_it_out(
    monkeypatch: pytest.MonkeyPatch, summarize: Callable[..., Any]
) -> None:
    monkeypatch.setattr(events, "read", fails_on("secret", events.read))
    bad = GOOD.replace("LLM metrics", "LLM metrics, secret")
    summary = summarize(Chunk("\n".join([GOOD, bad, GOOD, bad, GOOD]).encode()), EVERYTHING, 1e3)
    assert (summary.lines, summary.understood, summary.counts["llm_metrics"]) == (5, 3, 3)
    ((reason, lines),) = summary.unread.items()
    assert lines == 2
    assert reason.startswith("KeyError in test_guard.py")
    assert "secret" not in reason


def test_a_bug_that_takes_several_lines_costs_the_last_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, before = events.read, list[str]()

    def second_time(record: Record) -> Any:
        if record.message == "first":
            before.append(record.message)
        if record.message == "second" and before:
            before.clear()
            raise ValueError
        return read(record)

    monkeypatch.setattr(events, "read", second_time)
    lines = [GOOD.replace("LLM metrics", word) for word in ("other", "first", "other", "second")]
    summary = careful.summarize(Chunk("\n".join([*lines, GOOD]).encode()), EVERYTHING, 1e3)
    assert (summary.lines, summary.understood) == (5, 4)
    assert summary.counts["llm_metrics"] == 1


def test_a_reader_that_always_fails_costs_its_input_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = units._part

    def fails(piece: Any, job: Any) -> Any:
        if b"breaks" in bytes(piece.chunk.data):
            raise ZeroDivisionError
        return look(piece, job)

    monkeypatch.setattr(units, "_part", fails)
    (tmp_path / "bad.log").write_text("breaks\n")
    (tmp_path / "good.log").write_text(GOOD)
    report = pipeline.analyze([tmp_path / "bad.log", tmp_path / "good.log"], environ={})
    problems = {Path(info.path).name: info.problem for info in report.inputs}
    assert problems["good.log"] == ""
    assert problems["bad.log"].startswith("ZeroDivisionError in test_guard.py")
    assert report.latency["llm_ttft"].n == 1


def test_a_bug_in_a_rule_costs_that_rule_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise IndexError("it is the text of a log")

    first, *others = rules.RULES
    monkeypatch.setattr(rules, "RULES", (msgspec.structs.replace(first, check=broken), *others))
    report = analyzed(tmp_path, GOOD)
    (refusal,) = [refusal for refusal in report.refusals if refusal.rule == first.id]
    assert refusal.why.startswith("this rule failed (IndexError in test_guard.py")
    assert "text" not in refusal.why
    assert any(finding.rule != first.id for finding in report.findings)


def test_errors_of_the_user_are_still_errors(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown profile"):
        analyzed(tmp_path, GOOD, current="nosuch")
    with pytest.raises(TunerError):
        analyzed(tmp_path, DEEP)
