"""Any layout around records that we know gives the same counts as LiveKit's JSON."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import layouts, samples
from tests.in_turn import in_turn
from tuner import pipeline
from tuner.errors import InputError
from tuner.facts.combined import without_duplicates
from tuner.inputs.chunks import Chunk
from tuner.lines import find_layouts, look, prefixes
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.summary import Summary

RECORDS = [json.loads(line) for line in samples.data("false-interruptions.jsonl").splitlines()]
RECORDS = [found for found in RECORDS if found["name"] != "tuner.turns"]
SOME = [*RECORDS[:60], *(f for f in RECORDS if "resumed" in f["message"]), *RECORDS[600:900:7]]


def summary(data: bytes) -> Summary:
    found = careful.summarize(Chunk(data), EVERYTHING, 1000.0, look.look(data[:65536]))
    return without_duplicates(found)


def told(found: Summary) -> dict[str, Any]:
    return {
        "counts": {kind: n for kind, n in found.counts.items() if n and ":" not in kind},
        "jobs": {key for key in found.calls if key.startswith("job:")},
        "records": found.records,
        "unread": dict(found.unread),
    }


WHOLE = told(summary("\n".join(map(json.dumps, SOME)).encode()))


@example(layouts.Grammar(124829127))  # key=value behind a layout of our list
@example(layouts.Grammar(632436358))  # [WARNING] was read as WARN and the logger ING
@example(layouts.Grammar(107982198))  # the Z of a time was read as the logger
@example(layouts.Grammar(566657596))  # "livekit.agents | " is no Compose prefix
@example(layouts.Grammar(81742079))  # nor is "DEBUG | "
@example(layouts.Grammar(180435049))  # nor is "asyncio | "
@example(layouts.Grammar(577368657))  # two blanks behind a time are no indentation
@example(layouts.Grammar(309402903))  # a time, and a quoted line behind it
@given(st.integers(0, 10**9).map(layouts.Grammar))
@settings(max_examples=40, deadline=None)
def test_any_prefix_grammar_counts_like_json(grammar: layouts.Grammar) -> None:
    assert told(summary("\n".join(map(grammar.line, SOME)).encode())) == WHOLE


JSON = json.dumps
DEV = "2026-11-20 09:36:06,123 - DEBUG livekit.agents - {message} {extras}"
SHIPPERS = {
    "stern": "agent-7d9fb6c5d8-x2x9p agent {}",
    "stern, colour": "\x1b[33magent-7d9fb6c5d8-x2x9p\x1b[0m \x1b[36magent\x1b[0m {}",
    "heroku": "2026-01-30T16:20:00.000000+00:00 app[worker.1]: {}",
    "fly": "2026-01-30T16:20:00.000Z app[e286d3b2a4d558] iad [info]{}",
    "render": "Jan 30 04:20:00 PM  {}",
    "pm2": "0|agent  | 2026-01-30T16:20:00: {}",
    "aws logs tail": "2026-01-30T16:20:00 {}",
    "journald": "Jan 30 16:20:00.000000 vm1 uv[991]: {}",
    "journald full": "Fri 2026-01-30 16:20:00 UTC vm1 uv[991]: {}",
    "compose, colour": "\x1b[36magent-1  |\x1b[0m {}",
    "compose and stamp": "agent    | 2026-01-30 16:20:00.000 | {}",
    "loki": '2026-01-30T16:20:00Z {{app="agent", pod="agent-7d9"}} {}',
    "mail": "> {}",
    "grep": "agent.log:12:{}",
    "railway": "2026-01-30T16:20:00.123456789Z [inf]  {}",
    "nomad": "[alloc 8a3c/agent] {}",
    "gke": "I0130 16:20:00.123456       1 agent.py:12] {}",
    "timestamps of ts": "Jan 30 16:20:00 {}",
    "supervisor": "2026-01-30 16:20:00,000 agent stdout | {}",
    "stern -t": "agent-7d9fb6c5d8-x2x9p agent 2026-01-30T16:20:00.000000000Z {}",
    "kail": "default/agent-7d9fb6c5d8-x2x9p[agent]: {}",
    "kubetail": "[agent-7d9fb6c5d8-x2x9p] {}",
    "swarm": "voice_agent.1.x7k2j9a8s7d6@node-1    | {}",
    "compose and docker": "agent-1  | 2026-01-30T16:20:00.123456789Z {}",
    "journald unix": "1769790000.123456 vm1 uv[991]: {}",
    "journald monotonic": "[ 1234.500000] vm1 uv[991]: {}",
    "papertrail": "7711\t2026-01-30T16:20:00\t1\tvm1\t1.2.3.4\tUser\tInfo\ta\t{}",
    "heroku, colour": "\x1b[36m2026-01-30T16:20:00.000000+00:00 app[worker.1]:\x1b[0m {}",
    "fly, colour": "\x1b[2m2026-01-30T16:20:00Z\x1b[0m app[\x1b[32me2\x1b[0m] iad [info]{}",
    "digital ocean": "agent 2026-01-30T16:20:00.000000000Z {}",
    "koyeb": "2026-01-30 16:20:00.000 | stdout | {}",
    "honcho, colour": "\x1b[0;36m16:20:00 agent.1 | \x1b[0m{}",
    "github actions": "test\tRun agent\t2026-01-30T16:20:00.1234567Z {}",
    "gitlab": "2026-01-30T16:20:00.000000Z 01O {}",
    "jenkins": "[2026-01-30T16:20:00.000Z] {}",
    "less -N": "     12 {}",
    "cat -n": "    12\t{}",
    "grep, colour": "\x1b[35ma.log\x1b[m\x1b[K\x1b[36m:\x1b[m\x1b[32m12\x1b[m\x1b[36m:\x1b[m{}",
    "grep -C": "logs/agent.log-12-{}",
    "diff": "+{}",
    "list": "- {}",
    "deep quote": "> > {}",
}
FORMATS = {
    "basicConfig": "{L}:{n}:{m}",
    "levels in brackets": "[{t}] [{L}] [{n}] {m}",
    "level in front": "[{L}] {t} {n} - {m}",
    "file and line": "{t} {L} {n} agent_activity.py:1234 - {m}",
    "thread": "{t} [MainThread] {L} {n} - {m}",
    "loguru": "{t} | {L:<8} | {n}:_run:123 - {m}",
    "loguru of a handler": "{t} | {L:<8} | app.log:emit:45 - {m}",
    "loguru of logging": "{t} | {L:<8} | logging:callHandlers:1706 - {m}",
    "coloredlogs": "{s} host {n}[4242] {L} {m}",
    "gunicorn": "[{s} +0000] [4242] [{L}] {m}",
    "celery": "[{t}: {L}/ForkPoolWorker-1] {m}",
    "django": "{L} {t} log 4242 140213 {m}",
    "airflow": "[{s}.000+0000] {{log.py:12}} {L} - {m}",
    "flask": "[{t}] {L} in agent_activity: {m}",
    "lambda": "[{L}]\t2026-11-20T09:36:06.123Z\t8f5d7a1e-1111-2222-3333-444455556666\t{m}",
    "spring": "{t} {L:>5} 4242 --- [main] {n} : {m}",
    "uvicorn": "{L}:     {m}",
    "german": "20.11.2026 09:36:06 {L} {n}: {m}",
    "time of day": "09:36:06 {L} {n}: {m}",
    "commas": "{t},{L},{n},{m}",
    "bars": "{L}|{t}|{n}|4242|{m}",
    "arrows": "{t} → {L} → {n} → {m}",
    "quotes": '{t} {L} {n} "{m}"',
}
TAILS = {
    "json": lambda x: " " + json.dumps(x),
    "behind a bar": lambda x: " | " + json.dumps(x),
    "named": lambda x: " extra=" + json.dumps(x),
    "dictionary": lambda x: f" {x!r}",
    "pairs": lambda x: " " + " ".join(f"{k}={v!r}" for k, v in x.items()),
    "pairs and commas": lambda x: " " + ", ".join(f"{k}={v!r}" for k, v in x.items()),
    "pairs in brackets": lambda x: " (" + ", ".join(f"{k}={v}" for k, v in x.items()) + ")",
}


@pytest.mark.parametrize(("form", "tail"), in_turn(FORMATS, TAILS, 3))
def test_fields_stand_behind_a_message_in_any_way(form: str, tail: str) -> None:
    lines = []
    for found in SOME:
        message = found["message"].replace("\n", " ") + TAILS[tail](layouts.extras(found))
        names = {"L": found["level"], "n": found["name"], "m": message}
        when = {"t": "2026-11-20 09:36:06,123", "s": "2026-11-20 09:36:06"}
        lines.append(FORMATS[form].format(**names, **when))
    assert told(summary("\n".join(lines).encode())) == WHOLE


@pytest.mark.parametrize("shape", ["json", "dev"])
@pytest.mark.parametrize("shipper", SHIPPERS)
def test_what_any_shipper_puts_before_a_record_is_found(shipper: str, shape: str) -> None:
    lines = [json.dumps(found) if shape == "json" else dev(found) for found in SOME]
    data = "\n".join(SHIPPERS[shipper].format(line) for line in lines).encode()
    assert told(summary(data)) == WHOLE


def dev(found: layouts.Fields) -> str:
    message = found["message"].replace("\n", " ")
    extras = json.dumps(layouts.extras(found))
    head = f"2026-11-20 09:36:06,123 - {found['level']} {found['name']}"
    return f"{head} - {message} {extras}"


def own(found: layouts.Fields) -> str:
    message = found["message"].replace("\n", " ")
    return f"[{found['level']}] {found['name']}: {message} {json.dumps(layouts.extras(found))}"


@pytest.mark.parametrize("write", [json.dumps, dev, own])
def test_an_object_with_the_line_in_it_stands_behind_a_time_and_a_tag(
    write: Callable[[Any], str],
) -> None:
    """As fluentd prints it; colours in the line are codes there."""
    objects = (json.dumps({"log": write(found), "stream": "stderr"}) for found in SOME)
    lines = (f"2026-01-30 16:20:00.000000000 +0000 kube.agent: {each}" for each in objects)
    assert told(summary("\n".join(lines).encode())) == WHOLE


def test_a_layout_that_changes_half_way_is_found_again() -> None:
    first, second, third = (layouts.Grammar(seed) for seed in (1, 2, 3))
    thirds = [*map(first.line, SOME), *map(second.line, SOME), *map(third.line, SOME)]
    found = told(summary("\n".join(thirds).encode()))
    assert found["counts"] == {kind: 3 * n for kind, n in WHOLE["counts"].items()}
    assert not found["unread"]


def test_lines_whose_message_nobody_knows_are_read_in_the_layout_of_the_others() -> None:
    lines = ["DEBUG [2026-01-30 16:20:00] livekit.agents - resumed false interrupted speech"]
    lines += [f"WARNING [2026-01-30 16:20:{n:02d}] app.db - pool is slow" for n in range(9)]
    found = summary("\n".join(lines).encode())
    assert found.levels["app.db", "WARNING"] == 9
    assert found.last is not None and found.first is not None
    assert found.last - found.first == 8


def test_fields_below_a_record_belong_to_it() -> None:
    text = (
        "[16:20:00.123] DEBUG (4242): resumed false interrupted speech\n"
        '    job_id: "AJ_1"\n    timeout: 0\n'
        "[16:20:01.123] DEBUG (4242): resumed false interrupted speech\n"
    )
    found = summary(text.encode())
    assert (found.lines, found.understood, found.records) == (4, 4, 2)
    assert found.counts["false_interruption"] == 2
    assert found.calls["job:AJ_1"].phantom == 1


@pytest.mark.parametrize(
    "line",
    [
        "INFO:app:the user asked why we resumed false interrupted speech",
        "2026-01-30 16:20:00,123 INFO app: saw a _SegmentSynchronizerImpl.push_audio line",
    ],
)
def test_a_message_that_quotes_a_known_one_is_not_it(line: str) -> None:
    assert not any(summary(line.encode()).counts.values())


@pytest.mark.parametrize("wrapper", ["{}", "2026-01-30T16:20:00.123456789Z stdout F {}"])
@pytest.mark.parametrize("name", ["[agent] ", "(voice) ", "<worker-3> ", "agent: ", "my agent > "])
def test_a_name_without_time_and_level_may_stand_before_messages(wrapper: str, name: str) -> None:
    messages = ["resumed false interrupted speech"]
    messages += ["_SegmentSynchronizerImpl.push_audio called after close"]
    data = "\n".join(wrapper.format(name + message) for message in messages * 3).encode()
    counts = summary(data).counts
    assert (counts["false_interruption"], counts["sync_warning"]) == (3, 3)


@pytest.mark.parametrize("shipper", SHIPPERS)
def test_records_behind_a_prefix_are_no_layout_of_texts(shipper: str) -> None:
    """They would be read by Python then, not by the scan."""
    lines = [SHIPPERS[shipper].format(json.dumps(found)) for found in SOME]
    assert not look.look("\n".join(lines).encode()).texts


@pytest.mark.parametrize("text", ["Why: ", "Callers hear that we > ", "it said [again] we "])
def test_what_stands_before_one_kind_of_message_only_may_quote_it(text: str) -> None:
    data = f"{text}resumed false interrupted speech\n".encode() * 5
    assert not any(summary(data).counts.values())


def test_what_is_indented_below_no_record_is_not_understood() -> None:
    text = "   STT capabilities: streaming=False\n" + json.dumps(SOME[0]) + "\n   and more\n"
    found = careful.summarize(Chunk(text.encode(), at=len(text.encode())), EVERYTHING, 1000.0)
    assert found.unread == {"indented, below no record": 2}


def test_a_traceback_below_a_text_record_is_part_of_it() -> None:
    text = dev(SOME[0]) + "\nTraceback (most recent call last):\n  File x\nValueError: y\n"
    assert not summary(text.encode()).unread


def test_millions_of_prefixes_do_not_grow_the_layouts() -> None:
    lines = [
        f"{'x ' * (n % 35)}2026-01-30 {'[a] ' * (n % 7)}resumed false interrupted speech {n}"
        for n in range(5_000)
    ]
    found = find_layouts.find(lines)
    assert len(found.texts) <= find_layouts.MOST_LAYOUTS
    assert len(pickle.dumps(found)) < 100_000


@given(st.text(alphabet='ab1 -:[]|"=.{}TZ', max_size=80))
def test_a_grammar_reads_the_prefix_that_it_was_made_of(prefix: str) -> None:
    match = prefixes.pattern(prefixes.grammar(prefixes.tokens(prefix))).match(prefix)
    assert match is not None
    assert not prefix[match.end() :].strip()


def test_a_long_hostile_line_is_left_quickly() -> None:
    pattern = prefixes.pattern(prefixes.grammar(prefixes.tokens("a - b - c - d - e - ")))
    assert pattern.match("a-" * 200_000) is None


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"info","ts":1769790000.1,"logger":"livekit","msg":"starting LiveKit server"}',
        'INFO 2026-01-30 16:20:00,123 basehttp 123 140 "GET /admin/ HTTP/1.1" 200 1234',
        "2026-01-30 16:20:00,123 INFO my.web: hello",
    ],
)
def test_a_log_of_another_program_is_refused(line: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"{line}\n" * 3)
    with pytest.raises(InputError, match="no line of a voice agent"):
        samples.report(log)
    with pytest.raises(InputError, match=r"no line of a voice agent|no record is of the time"):
        pipeline.analyze([log], since=0.0, environ={})
    with pytest.raises(InputError, match="no line of a voice agent"):
        pipeline.analyze([log], state=tmp_path / "state", environ={})


def test_an_export_has_the_events_of_lines_whose_layout_had_to_be_found(tmp_path: Path) -> None:
    truth = [row["kind"] for row in _rows(tmp_path, "\n".join(map(json.dumps, SOME)))]
    assert len(truth) > 20
    for seed in range(8):
        lines = map(layouts.Grammar(seed).line, SOME)
        assert [row["kind"] for row in _rows(tmp_path, "\n".join(lines))] == truth, seed


def _later(found: dict[str, Any], hours: int) -> dict[str, Any]:
    at = datetime.fromisoformat(found["timestamp"]) + timedelta(hours=hours)
    return {**found, "timestamp": at.isoformat()}


def test_an_export_finds_a_layout_that_the_file_does_not_begin_with(tmp_path: Path) -> None:
    start = "\n".join(json.dumps(_later(found, hours)) for hours in range(4) for found in SOME)
    assert len(start) > look.HEAD_BYTES
    later = "\n".join(layouts.Grammar(3).line(_later(found, 4)) for found in SOME)
    rows = _rows(tmp_path, f"{start}\n{later}\n")
    kinds = [row["kind"] for row in rows]
    assert kinds == kinds[: len(kinds) // 5] * 5
    assert rows[-1]["line"] > len(SOME) * 4


def _rows(folder: Path, text: str) -> list[dict[str, Any]]:
    log = folder / "a.log"
    log.write_text(text)
    return list(pipeline.rows([log]))


@pytest.mark.parametrize("form", ["{t}Z {L} {j} {m}", "{t}Z\t{L}\t{j}\t{m}", "{L} {t} {j}: {m}"])
def test_the_id_of_the_job_may_stand_before_the_message(form: str) -> None:
    jobs = [found for found in SOME if found.get("job_id")]
    lines = [
        form.format(
            t=found["timestamp"][:23], L=found["level"], j=found["job_id"], m=found["message"]
        )
        for found in jobs
    ]
    found = summary("\n".join(lines).encode())
    assert {key for key in found.calls if key.startswith("job:")} == {
        f"job:{found['job_id']}" for found in jobs
    }
    assert found.counts["false_interruption"] == sum("resumed" in each["message"] for each in jobs)
    assert not found.unread
