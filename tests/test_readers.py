"""No record of any shape ends the reading of its file, and every line is accounted for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import export_shapes, samples
from tests.in_turn import one_in
from tools.fuzz import hostile, readers
from tuner import pipeline
from tuner.call_records import session_events, span_call, span_steps
from tuner.exports import taking
from tuner.lines import json_lines, timestamps
from tuner.reading import fast
from tuner.report import json as report_json
from tuner.summary.summary import Summary

SPECIMENS = Path(__file__).parent / "specimens"


@pytest.mark.parametrize("seed", one_in(2, range(0, 44, 2)))
def test_generated_files_through_every_reader(seed: int, tmp_path: Path) -> None:
    for n in (seed, seed + 1):
        name, data = readers.generated(Random(n))
        (tmp_path / name).write_bytes(data)
        assert readers.read(tmp_path / name)[1] == ""


PLANTED: dict[str, tuple[Any, str]] = {
    "a fault in one record of an export": (taking.Records, "take"),
    "a fault in one line": (json_lines, "parse"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_cut_down(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where, function = PLANTED[name]
    real = getattr(where, function)

    def breaks(*given: Any) -> Any:
        if any(b"1e+308" in bytes(each) for each in given if isinstance(each, bytes | memoryview)):
            raise ZeroDivisionError
        return real(*given)

    monkeypatch.setattr(where, function, breaks)
    monkeypatch.setattr(readers, "FOUND", tmp_path)
    assert readers.main(3000, 11)
    assert "ZeroDivisionError in test_readers.py" in capsys.readouterr().out
    assert min(path.read_bytes().count(b"\n") for path in tmp_path.iterdir()) < 3


def test_a_scan_that_miscounts_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(samples.data("healthy-info.jsonl"))
    monkeypatch.setattr(fast, "_scanned", lambda *_: Summary())
    assert "the scan counts otherwise" in readers.read(path)[1]


def test_a_record_that_a_shape_cannot_hold_costs_no_other() -> None:
    sound = json.loads(samples.data("healthy-info.jsonl").splitlines()[0])
    shaped = readers._shaped(export_shapes.insights_csv, [{"message": "no time"}, sound])
    assert shaped == export_shapes.insights_csv([sound])


def read(path: Path) -> tuple[int, str]:
    found, why = readers.read(path)
    assert found
    return found, why


@pytest.mark.parametrize("time", hostile.TIMES)
def test_times_at_the_ends_of_the_calendar(time: str, tmp_path: Path) -> None:
    record = {"message": "LLM metrics", "level": "INFO", "name": "livekit.agents", "ttft": 0.4}
    lines = [json.dumps({**record, "timestamp": time})]
    lines += ["Nov 20 09:36:05 host python[12]: INFO livekit.agents LLM metrics"] * 3
    path = tmp_path / "a.log"
    path.write_text("\n".join([*lines, *lines]))
    report = pipeline.analyze([path], environ={})
    assert report_json.render(report)
    assert report.inputs[0].understood == len(lines) * 2
    assert report.inputs[0].unread == {}


def test_a_year_outside_of_the_calendar_is_the_nearest_one() -> None:
    last = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
    assert timestamps.year_of(last + 1e9) == 9999
    assert timestamps.in_year(last, 10_000) == last
    assert timestamps.year_of(-1e12) == 1
    assert timestamps.iso(1e15) == "9999-12-31T00:00:00.000+00:00"


def test_a_fault_costs_one_record_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [json.loads(line) for line in samples.data("healthy-info.jsonl").splitlines()[:40]]
    records[20]["message"] = "breaks"
    real = taking.Records.take

    def take(self: Any, raw: bytes, *where: int) -> Any:
        if b"breaks" in raw:
            raise ZeroDivisionError("breaks")
        return real(self, raw, *where)

    monkeypatch.setattr(taking.Records, "take", take)
    path = tmp_path / "a.json"
    path.write_bytes(export_shapes.insights_json(records))
    (info,) = pipeline.analyze([path], environ={}).inputs
    reasons = [reason for reason in info.unread if "ZeroDivisionError in test_readers.py" in reason]
    assert len(reasons) == 1
    assert info.problem == ""


@pytest.mark.parametrize("shape", ["insights_csv", "bigquery_csv", "azure_csv", "multi_line_csv"])
def test_bytes_that_are_no_text_cost_one_row(shape: str, tmp_path: Path) -> None:
    records = [json.loads(line) for line in samples.data("healthy-info.jsonl").splitlines()[:40]]
    data = export_shapes.SHAPES[shape](records)
    at = data.find(b"livekit", len(data) // 2)
    path = tmp_path / "a.csv"
    path.write_bytes(data[:at] + b"\xff\xfe" + data[at:])
    lines, why = read(path)
    assert why == ""
    assert lines >= 40


def spans(*names: str) -> str:
    ids = {"trace_id": "0x" + "1" * 32, "span_id": "0x" + "2" * 16}
    start, end = "2026-11-25T22:29:28.5Z", "2026-11-25T22:29:30.5Z"
    return "".join(
        json.dumps({"name": name, "context": ids, "start_time": start, "end_time": end}) + "\n"
        for name in names
    )


def test_a_call_in_which_nobody_spoke_has_no_turn_and_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_text(spans("agent_session", "agent_turn", "agent_speaking"))
    (info,) = pipeline.analyze([path], environ={}).inputs
    assert (info.problem, info.unread) == ("", {})


def test_a_fault_in_one_call_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = span_steps.steps

    def broken(found: Any) -> Any:
        if found[0].trace == "1" * 32:
            raise KeyError("what was said")
        return steps(found)

    monkeypatch.setattr(span_call, "steps", broken)
    path = tmp_path / "spans.jsonl"
    path.write_text(spans("agent_turn") + (SPECIMENS / "spans.console.jsonl").read_text())
    report = pipeline.analyze([path], environ={})
    assert report.exposure.calls == 1
    problem = report.inputs[0].problem
    assert problem.startswith("1 calls could not be read (KeyError in test_readers.py:")
    assert "what was said" not in problem


def test_a_fault_in_one_event_costs_no_other_of_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = pipeline.analyze([SPECIMENS / "session_report.json"], environ={})
    add = session_events.add

    def broken(call: Any, kind: str, *given: Any) -> None:
        if kind == "session_usage_updated":
            raise TypeError("what was said")
        add(call, kind, *given)

    monkeypatch.setattr(session_events, "add", broken)
    report = pipeline.analyze([SPECIMENS / "session_report.json"], environ={})
    assert report.exposure.turns == plain.exposure.turns
    assert "events could not be read (TypeError in test_readers.py" in report.inputs[0].problem
    assert "said" not in report.inputs[0].problem


@pytest.mark.parametrize("value", ["null", "[]", "7", '{"intValue": null}', '{"intValue": {}}'])
def test_an_attribute_of_another_type_costs_no_span(value: str, tmp_path: Path) -> None:
    text = (SPECIMENS / "spans.otlp.jsonl").read_text()
    key = '"key": "gen_ai.usage.output_tokens", "value": '
    before, _, rest = text.partition(key)
    path = tmp_path / "spans.jsonl"
    path.write_text(before + key + value + rest[rest.index("}") + 1 :])
    report = pipeline.analyze([path], environ={})
    assert report.inputs[0].problem == ""
    assert report.exposure.turns == 6


HUGE = ("1" + "0" * 400, "1e300", "-1e300", "1" + "0" * 30, "-5", "1" + "0" * 5_000)


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize("name", ["session_report.json", "spans.otlp.jsonl", "spans.console.jsonl"])
def test_numbers_that_cannot_be_in_call_records(name: str, number: str, tmp_path: Path) -> None:
    text = (SPECIMENS / name).read_text()
    path = tmp_path / name
    for key in ("created_at", "startTimeUnixNano", "endTimeUnixNano", "doubleValue", "intValue"):
        first, mark, rest = text.partition(f'"{key}": ')
        if mark:
            value, comma, rest = rest.partition(",")
            closing = "}" * value.count("}") + "]" * value.count("]")
            path.write_text(f"{first}{mark}{number}{closing}{comma}{rest}")
            assert read(path)[1] == ""


SYSLOG = "2026-11-20T09:36:05.123Z Nov 20 09:36:05 voice-host python[1234]: "
TIME = "2026-11-20T09:21:48.600050+00:00"
HTTP = '"level": "DEBUG", "name": "httpcore2.http11", "job_id": '
METRICS = next(
    re.sub(r'"ttft": [\d.]+', '"ttft": 3.5', line)
    for line in samples.data("healthy-info.jsonl").decode().splitlines()
    if '"LLM metrics"' in line
)
HEADERS = "(b'HTTP/1.1', 200, b'OK', [(b'openai-processing-ms', b'208')])"
FOUND = {
    "a key that is no name": 'insertId: i\njsonPayloa"d:\n  level: DEBUG\n'
    "  message: send_request_body.complete\n  name: httpcore2.http11\n",
    "a record without a time in JSON whose wrapper has no year": f"""\
{SYSLOG}{{"message": "response_closed.complete", {HTTP}"a b", "timestamp": "{TIME}"}}
{SYSLOG}{{"message": "receive_response_headers.complete return_value={HEADERS}", {HTTP}"AJ_1"}}
{SYSLOG}{{"message": "response_closed.complete", {HTTP}"AJ_2", "timestamp": {{"a": null}}}}
""",
    "many records on one line": f"{METRICS}\n" * 6
    + "".join(METRICS.replace('"ttft": 3', f'"ttft": {seconds}') for seconds in range(9, 3, -1))
    + "\n",
}


@pytest.mark.parametrize("name", FOUND)
def test_what_the_generated_files_brought_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(FOUND[name])
    assert read(path)[1] == ""
