"""Call records behind what a runtime, a shipper or a store put around them count as alone."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.in_turn import in_turn
from tests.record_wrappers import WRAPPERS, time
from tuner import pipeline
from tuner.errors import InputError
from tuner.execution import cutting
from tuner.exports import wrapped_call_records
from tuner.exports.in_turn import InTurn

SPECIMENS = Path(__file__).parent / "specimens"
DAMAGE = (b"", b"x\ry", b"\xff", b"\\", b'"', b"{", b"\n", b"\0", b"\xc3", b'"},{"')


def text(name: str) -> str:
    return (SPECIMENS / name).read_text()


def pretty(lines: str) -> str:
    return "".join(json.dumps(json.loads(line), indent=4) + "\n" for line in lines.splitlines())


REPORT = json.loads(text("session_report.json"))
RECORDS = {
    "report": json.dumps(REPORT) + "\n",
    "pretty report": json.dumps(REPORT, indent=2) + "\n",
    "otlp": text("spans.otlp.jsonl"),
    "spans": text("spans.console.jsonl"),
    "pretty spans": pretty(text("spans.console.jsonl")),
}
PIPECAT = text("pipecat-default-format.log")


OF_PIPECAT = ("gcp", "gcp as an array", "loki", "cloudwatch events", "insights", "viewer")


def figures(folder: Path, data: str | bytes, name: str = "a.log") -> tuple[object, ...]:
    """All that a report says of calls: signals with their coverage, latencies, the calls."""
    log = folder / name
    log.write_bytes(data.encode() if isinstance(data, str) else data)
    report = pipeline.analyze([log], environ={})
    return report.signals, report.latency, report.exposure


@pytest.mark.parametrize(("kind", "wrapper"), in_turn(RECORDS, WRAPPERS, each=5))
def test_a_wrapped_record_counts_as_it_does_alone(kind: str, wrapper: str, tmp_path: Path) -> None:
    alone = figures(tmp_path, RECORDS[kind])
    assert figures(tmp_path, WRAPPERS[wrapper](RECORDS[kind].splitlines())) == alone


@pytest.mark.parametrize("wrapper", OF_PIPECAT)
def test_a_pipecat_log_in_the_records_of_a_store_counts_as_it_does_alone(
    wrapper: str, tmp_path: Path
) -> None:
    alone = figures(tmp_path, PIPECAT)
    assert figures(tmp_path, WRAPPERS[wrapper](PIPECAT.splitlines())) == alone


@pytest.mark.parametrize("wrapper", ["heroku", "fly", "stern", "compose", "cri", "pm2", "kubectl"])
def test_a_pipecat_log_behind_words_counts_as_it_does_alone(wrapper: str, tmp_path: Path) -> None:
    wrapped = figures(tmp_path, WRAPPERS[wrapper](PIPECAT.splitlines()))
    assert wrapped[1:] == figures(tmp_path, PIPECAT)[1:]


def test_line_ends_marks_and_compression_change_nothing(tmp_path: Path) -> None:
    alone = figures(tmp_path, RECORDS["pretty spans"])
    wrapped = WRAPPERS["compose"](RECORDS["pretty spans"].splitlines()).encode()
    assert figures(tmp_path, wrapped.replace(b"\n", b"\r\n")) == alone
    assert figures(tmp_path, b"\xef\xbb\xbf" + wrapped) == alone
    assert figures(tmp_path, gzip.compress(wrapped), "a.log.gz") == alone


@pytest.mark.parametrize("indent", [None, 2])
def test_a_report_under_a_key_counts_as_it_does_alone(indent: int | None, tmp_path: Path) -> None:
    alone = figures(tmp_path, RECORDS["report"])
    line = {"time": time(0), "level": "info", "msg": "session report", "report": REPORT, "ok": True}
    assert figures(tmp_path, json.dumps(line, indent=indent)) == alone


@pytest.mark.parametrize("wrapper", ["insights", "gcp", "gcp as an array", "cri"])
@pytest.mark.parametrize("kind", ["spans", "pretty spans"])
def test_spans_of_which_a_store_gives_the_last_line_first(
    kind: str, wrapper: str, tmp_path: Path
) -> None:
    alone = figures(tmp_path, RECORDS[kind])
    assert figures(tmp_path, WRAPPERS[wrapper](RECORDS[kind].splitlines()[::-1])) == alone


def test_spans_as_objects_of_a_store_count_as_they_do_alone(tmp_path: Path) -> None:
    spans = [json.loads(line) for line in RECORDS["spans"].splitlines()]
    stored = [{"insertId": f"x{n}", "jsonPayload": span} for n, span in enumerate(spans)]
    alone = figures(tmp_path, RECORDS["spans"])
    assert figures(tmp_path, "".join(json.dumps(each) + "\n" for each in stored)) == alone


def test_lines_of_others_between_wrapped_spans_are_counted(tmp_path: Path) -> None:
    wrapped = WRAPPERS["compose"](RECORDS["spans"].splitlines())
    (tmp_path / "a.log").write_text(f"redis-1  | ready\n{wrapped}redis-1  | bye\n")
    report = pipeline.analyze([tmp_path / "a.log"], environ={})
    assert report.exposure.calls == 1
    assert sum(report.inputs[0].unread.values()) == 2


def test_json_lines_below_a_report_under_a_key_are_counted(tmp_path: Path) -> None:
    alone = figures(tmp_path, RECORDS["report"])
    logged = json.dumps({"msg": "over", "report": REPORT})
    for below in ('{"msg": "up", "level": "info"}', "2026-01-02 bye", '{"cut'):
        (tmp_path / "a.log").write_text(f"{logged}\n{below}\n")
        report = pipeline.analyze([tmp_path / "a.log"], environ={})
        assert (report.latency, report.exposure) == alone[1:]
        (info,) = report.inputs
        assert info.lines == info.understood + sum(info.unread.values()) == 2
        assert info.unread or "level" in below


def test_records_between_those_with_a_key_are_passed_on() -> None:
    other = '{"insertId": "y", "jsonPayload": {"message": "up"}}\n'
    stored = WRAPPERS["gcp"](RECORDS["spans"].splitlines()[:9]).splitlines(keepends=True)
    blocks = [piece.encode() for piece in (*stored[:4], other, *stored[4:])]
    taken = b"".join(wrapped_call_records.unwrapped([b"".join(blocks)])).decode().splitlines()
    spans = RECORDS["spans"].splitlines()
    assert taken == [*spans[:4], other.rstrip(), *spans[4:9]]


def test_many_lines_without_the_key_are_passed_on_in_pieces() -> None:
    span = RECORDS["spans"].splitlines()[0]
    stored = WRAPPERS["gcp"]([span]).encode()
    others = [b'{"n": %d}' % n for n in range(200_000)]
    blocks = [stored, *(b"\n".join(others[at : at + 999]) + b"\n" for at in range(0, 200_000, 999))]
    taken = b"".join(wrapped_call_records.unwrapped([*blocks, stored])).splitlines()
    assert taken == [span.encode(), *others, span.encode()]


def test_a_broken_object_costs_its_line_only() -> None:
    rows = [json.dumps({"p": json.loads(line)}) for line in RECORDS["spans"].splitlines()[:4]]
    rows[2] = rows[2].replace('"context": {', '"context": {]', 1)
    blocks = [f"{row}\n".encode() for row in rows]
    taken = b"".join(wrapped_call_records.unwrapped(blocks)).splitlines()
    assert [json.loads(line)["name"] for line in (taken[0], taken[1], taken[3])]
    assert taken[2].startswith(b"{") and b"{]" in taken[2] and len(taken) == 4


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_damage_never_ends_a_run(wrapper: str, tmp_path: Path) -> None:
    random = Random(wrapper)
    for kind in ("pretty spans", "report"):
        data = WRAPPERS[wrapper](RECORDS[kind].splitlines()).encode()
        for _ in range(3):
            at, size = random.randrange(len(data)), random.randrange(400)
            data = data[:at] + random.choice(DAMAGE) + data[at + size :]
        (tmp_path / "a.log").write_bytes(data)
        with suppress(InputError):  # nothing of a voice agent may be left
            (info,) = pipeline.analyze([tmp_path / "a.log"], environ={}).inputs
            assert info.lines == info.understood + sum(info.unread.values())
            assert ".py:" not in f"{info.problem} {info.unread}"


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("kind", ["otlp", "pretty spans"])
def test_it_is_the_same_wherever_blocks_end(kind: str, wrapper: str) -> None:
    lines = RECORDS[kind].splitlines()[:150]
    wrapped = WRAPPERS[wrapper](lines).encode()
    head = wrapped[: 1 << 13]
    rest = wrapped[1 << 13 :]
    blocks = [head, *(rest[at : at + 997] for at in range(0, len(rest), 997))]
    assert b"".join(wrapped_call_records.unwrapped(blocks)).decode().splitlines() == lines


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_that_stands_alone_is_no_wrapped_one(kind: str) -> None:
    assert not wrapped_call_records.are_wrapped(RECORDS[kind].encode()[: 1 << 16])


def test_a_carriage_return_in_the_first_line_is_no_fault() -> None:
    assert not wrapped_call_records.are_wrapped(b"up\rand running\n" + PIPECAT.encode())


def test_a_log_with_ids_of_spans_is_looked_at_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapped_call_records, "are_wrapped", None)
    line = '{"message": "a", "level": "INFO", "span_id": "8a3f", "state": "_state_changed"}\n'
    assert cutting.kind_of_head(line.encode() * 9) == ""


@pytest.mark.parametrize("words", ["agent-%d  | ", "[pod/agent-%d/agent] "])
def test_spans_of_two_containers_that_print_at_once_are_told_apart(
    words: str, tmp_path: Path
) -> None:
    one = RECORDS["pretty spans"].splitlines()
    other = [line.replace("0x881224f8", "0x991224f8") for line in one]
    rows = [(1, line) for line in one], [(2, line) for line in other]
    mixed = Random(7).sample([0] * len(one) + [1] * len(other), len(one) + len(other))
    turns = [iter(each) for each in rows]
    lines = [words % n + line for n, line in (next(turns[which]) for which in mixed)]
    both = figures(tmp_path, "\n".join([*one, *other]) + "\n")
    assert figures(tmp_path, "\n".join(lines) + "\n") == both


def test_an_object_without_an_end_keeps_no_other_back_for_good() -> None:
    in_turn = InTurn()
    given = [("a", b"{\n"), ("b", b"{\n"), ("b", b"}\n"), ("c", b"x\n"), ("a", b'  "y": 1\n')]
    made = [line for stream, line in given for line in in_turn.add(stream, line)]
    assert made == [b"{\n", b'  "y": 1\n']
    assert list(in_turn.rest()) == [b"{\n", b"}\n", b"x\n"]
    assert list(in_turn.add("b", b"{\n")) == [b"{\n"]
    assert list(in_turn.add("a", b"{\n")) == []
    assert list(in_turn.add("b", b"}\n")) == [b"}\n", b"{\n"]
    assert list(in_turn.add("b", b"z\n")) == []
