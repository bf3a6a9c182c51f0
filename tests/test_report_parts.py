"""Session reports are cut by msgspec where that is certain, and read as `json` reads them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.in_turn import one_in
from tuner.call_records import event_shapes, report_parts, session_events, session_report
from tuner.errors import InputError

REPORT: dict[str, Any] = json.loads(
    (Path(__file__).parent / "specimens" / "session_report.json").read_text()
)
ODD: tuple[Any, ...] = (
    *(None, True, -0.0, 1e300, 10**40, "", "close", "\u00e9\ud83d\ude00", [], {}),
    *([1, {"created_at": 1}], {"created_at": 5.5}, {"events": [{"type": "close"}]}),
)
MISSING = object()
RARE: tuple[dict[str, Any], ...] = (
    {"type": "overlapping_speech", "is_interruption": False, "overlap_started_at": 1795645770.5},
    {"type": "overlapping_speech", "is_interruption": True},
    {"type": "eot_prediction", "probability": 0.25, "threshold": 0.5},
    {"type": "speech_created", "user_initiated": False, "source": "generate_reply"},
    {"type": "nobody_knows", "new_state": "speaking"},
)
for _at, _event in enumerate(RARE):
    _event["created_at"] = 1795645771.5 + _at
UNUSUAL = (
    *("createdAt", "events", "usage", "newState", "oldState", "isFinal", "userInitiated"),
    *("startedSpeakingAt", "started_speakingAt", "endOfTurnDelay", "e2eLatency", "metrics", "item"),
)
SPELLINGS = (
    *(("1.5", "1e400"), ("1795645768", "NaN"), ("1795645768", "-Infinity"), ("true", "tru")),
    *(('"created_at"', '"createdAt"'), ('"type"', '"type": "close", "type"'), (": ", " :\t")),
    *(("\n", "\r\n"), (",", ",,"), ("{", "{,"), ("speaking", "\ud800"), ("speaking", "\x01")),
    *(("speaking", "\\ud800"), ("speaking", "\\"), ("agent", '\\"events\\": [{'), ("}", "]")),
    *(('"job_id"', '"events": [{"type": "close", "created_at": 9}], "job_id"'), ("}", "")),
    *(('"new_state"', '"new\\u0053tate": "speaking", "new_state"'), ("]", "]\n")),
    *(('"room"', '"created_at": 1, "room"'), ('"events"', '"Events"'), ("[", "[" * 3000)),
)


def lines(data: bytes) -> tuple[list[tuple[int, bytes]], str]:
    """What a file of reports is read as, and why the reading ended."""
    found: list[tuple[int, bytes]] = []
    try:
        found.extend(session_report.translate(io.BytesIO(data)))
    except InputError as error:
        return found, str(error)
    return found, ""


def written(random: Random) -> str:
    """Some reports, pretty or not, with what nobody expects."""
    reports = [changed(random) for _ in range(random.randint(1, 4))]
    texts = [json.dumps(each, indent=random.choice((None, 2))) for each in reports]
    return random.choice(("\n", "", "\n\n,", "\r\n")).join(texts)


def changed(random: Random) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(json.dumps(REPORT))
    report["events"] = random.sample([*report["events"], *RARE], random.randint(0, 30))
    report = json.loads(json.dumps(report))  # an event of RARE is changed in one report only
    items = [event["item"] for event in report["events"] if "item" in event]
    holders = [report, *report["events"], *items, *(i["metrics"] for i in items if "metrics" in i)]
    for _ in range(random.randint(0, 3)):
        holder = random.choice(holders)
        key = random.choice((*holder, *UNUSUAL))
        if random.random() < 0.2:
            holder.pop(key, None)
        else:
            holder[key] = random.choice((*ODD, *holder.values()))
    items = list(report.items())
    random.shuffle(items)
    return dict(items)


def damaged(text: str, random: Random) -> bytes:
    for _ in range(random.randint(0, 2)):
        old, new = random.choice(SPELLINGS)
        at = random.randrange(len(text) + 1)
        text = text[:at] + text[at:].replace(old, new, random.choice((1, 1, 50)))
    data = text.encode(errors="surrogatepass")
    for _ in range(random.choice((0, 0, 1, 3))):
        at = random.randrange(len(data) + 1)
        data = (
            data[:at] + random.randbytes(random.randint(0, 3)) + data[at + random.randint(0, 9) :]
        )
    return data


def careful_lines(data: bytes, patch: pytest.MonkeyPatch) -> tuple[list[tuple[int, bytes]], str]:
    with patch.context() as careful:
        careful.setattr(report_parts, "whole", lambda *_: None)
        return lines(data)


@pytest.mark.parametrize("block", one_in(2, range(20)))
def test_both_ways_of_reading_give_the_same(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(40):
        random = Random(40 * block + n)
        data = damaged(written(random), random)
        assert lines(data) == careful_lines(data, monkeypatch)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("glue", ["\n", "\r\n", "\n\n"])
def test_whole_reports_are_cut(
    indent: int | None, glue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = glue.join([json.dumps(REPORT, indent=indent)] * 3).encode()
    expected = careful_lines(data, monkeypatch)
    monkeypatch.setattr(report_parts, "careful", None)
    assert lines(data) == expected
    assert len(expected[0]) > 40


def test_a_list_of_events_inside_another_field_is_not_taken_for_the_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = {"events": [{"type": "close", "created_at": 1795645768.5, "reason": "inner"}]}
    data = json.dumps({"inner": inner, **REPORT}).encode()
    assert report_parts.whole(data.decode(), 0) is None
    assert lines(data) == careful_lines(data, monkeypatch)


@pytest.mark.parametrize("indent", [None, 2])
def test_events_as_livekit_writes_them_are_read_once(
    indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps(REPORT, indent=indent).encode()
    expected = careful_lines(data, monkeypatch)
    monkeypatch.setattr(report_parts, "_DECODER", None)
    assert lines(data) == expected


def test_the_spellings_of_a_name_are_those_that_mean_the_same() -> None:
    names = event_shapes.spellings("end_of_turn_delay")
    assert len(names) == 7
    assert {*session_events.snake(dict.fromkeys(names))} == {"end_of_turn_delay"}


MESSAGES: tuple[tuple[dict[str, Any], dict[str, float]], ...] = (
    ({"started_speaking_at": 1795645768.5, "e2e_latency": 2}, {"e2e_latency": 2.0}),
    ({"started_speaking_at": 1795645768500, "e2e_latency": 2000.0}, {"e2e_latency": 2.0}),
    ({"stopped_speaking_at": 1e11 + 1, "tts_node_ttfb": -500}, {"tts_node_ttfb": -0.5}),
    ({"stopped_speaking_at": 1e11, "tts_node_ttfb": -500}, {"tts_node_ttfb": -500.0}),
    (
        {"llm_node_ttft": 0, "end_of_turn_delay": 0.25},
        {"llm_node_ttft": 0.0, "end_of_turn_delay": 0.25},
    ),
    ({"llm_node_ttft": True, "e2e_latency": float("nan"), "other": 1.0}, {}),
    ({"llm_node_ttft": "1", "e2e_latency": 1e15, "transcription_delay": None}, {}),
    *(({"started_speaking_at": odd}, {}) for odd in (0, -0.0, -1.5, 1e14, 10**40, "1", None)),
)


@pytest.mark.parametrize(("given", "delays"), MESSAGES, ids=repr)
def test_times_and_delays_of_a_message_are_in_seconds(
    given: dict[str, Any], delays: dict[str, float]
) -> None:
    found = session_events.in_seconds(given)
    times = {key: found.pop(key) for key in session_events.TIMES if key in found}
    assert found == delays
    assert times == {
        key: seconds
        for key in session_events.TIMES
        if (seconds := session_events.seconds(given.get(key))) is not None
    }


FIELDS = sorted(
    {(e["type"], "", key) for e in (*REPORT["events"], *RARE) for key in e}
    | {
        ("conversation_item_added", "item", key)
        for event in REPORT["events"]
        for key in event.get("item", ())
    }
    | {
        ("conversation_item_added", "metrics", key)
        for event in REPORT["events"]
        for key in event.get("item", {}).get("metrics", ())
    }
)


@pytest.mark.parametrize(("kind", "inside", "key"), one_in(2, FIELDS))
def test_a_field_that_is_missing_or_odd_is_read_as_json_reads_it(
    kind: str, inside: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (MISSING, *ODD, 0, 1795645770, 1795645770500, 0.5, "speaking", "user"):
        usage = [{"model": "gpt-realtime"}] if kind == "speech_created" else REPORT["usage"]
        events = [*RARE, *REPORT["events"]]
        report = json.loads(json.dumps({**REPORT, "usage": usage, "events": events}))
        for event in report["events"]:
            if event["type"] == kind:
                item = event.get("item", {})
                holder = {"": event, "item": item, "metrics": item.get("metrics", {})}[inside]
                holder.pop(key, None) if value is MISSING else holder.update({key: value})
        data = json.dumps(report).encode()
        assert lines(data) == careful_lines(data, monkeypatch)


def array(many: list[dict[str, Any]], indent: int | None) -> str:
    return json.dumps(many, indent=indent)


def one_below_the_other(many: list[dict[str, Any]], indent: int | None) -> str:
    return "\n".join(json.dumps(report, indent=indent) for report in many)


def in_order(work: Any, items: Any) -> Any:
    return map(work, list(items))


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("write", [array, one_below_the_other])
@pytest.mark.parametrize("block", [1, 100, 5000])
def test_where_a_file_of_reports_is_cut_does_not_matter(
    write: Any, indent: int | None, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = write([{**REPORT, "job_id": f"AJ_{n}"} for n in range(4)], indent)
    text += "\nThat was all.\n"
    whole = lines(text.encode())
    monkeypatch.setattr(session_report, "_BLOCK", max(block, len(text) // 200))
    pieces = list(session_report.reports(io.BytesIO(text.encode())))
    assert len(pieces) == 4
    assert b"".join(piece.text for piece in pieces) == text.encode()
    assert lines(text.encode()) == whole
    assert list(session_report.translate(io.BytesIO(text.encode()), in_order)) == whole[0]
    assert len({json.loads(line)["job_id"] for _, line in whole[0] if b"job_id" in line}) == 4


@pytest.mark.parametrize("write", [array, one_below_the_other])
def test_only_one_report_that_is_too_large_is_refused(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(json.dumps(REPORT))
    monkeypatch.setattr(session_report, "LARGEST", size + 500)
    monkeypatch.setattr(session_report, "_BLOCK", 400)
    many = [{**REPORT, "job_id": f"AJ_{n}"} for n in range(5)]
    found, problem = lines(write(many, None).encode())
    assert problem == ""
    many[3] = {**many[3], "recording": "x" * 2000}
    less, problem = lines(write(many, None).encode())
    assert problem.startswith("a session report may have")
    assert less == [one for one in found if b"AJ_3" not in one[1] and b"AJ_4" not in one[1]]


@pytest.mark.parametrize("seed", range(8))
def test_damaged_reports_are_read_the_same_in_parts(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Random(seed)
    for _ in range(6):
        data = bytearray(one_below_the_other([REPORT] * 3, dice.choice((None, 1))).encode())
        at = data.rindex(b'"events"')  # in the last one: damage ends the reading
        for _ in range(dice.choice((0, 1, 5))):
            place = dice.randrange(at, len(data))
            data[place : place + dice.randint(0, 9)] = dice.choice((b"\xff", b"{", b'"', b"]", b""))
        monkeypatch.setattr(session_report, "_BLOCK", 1 << 20)
        whole = lines(bytes(data))
        monkeypatch.setattr(session_report, "_BLOCK", 999)
        assert lines(bytes(data)) == whole
