"""Session reports, spans and Pipecat logs in, what a turn log of the same call holds out.

The specimens are of one call of livekit-agents 1.8.9, recorded in four ways at once (`turns.jsonl`
is its turn log), and of pipecat-ai 1.14.0.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tuner import pipeline
from tuner.call_records import cut_batches, detection, pipecat, session_report, spans
from tuner.errors import InputError
from tuner.execution import call_chunks, engine, planning, units
from tuner.pipeline import pauses
from tuner.reading.record_filter import EVERYTHING

SPECIMENS = Path(__file__).parent / "specimens"
TURN_LOG = SPECIMENS / "turns.jsonl"
REPORT, OTLP = SPECIMENS / "session_report.json", SPECIMENS / "spans.otlp.jsonl"
CONSOLE = SPECIMENS / "spans.console.jsonl"
TIMES = frozenset(("user_started", "user_stopped", "committed", "first_audio", "started"))
NOT_THERE = frozenset(("job_id", "room", "pid", "timestamp", "cached_tokens"))


def translated(data: bytes) -> list[dict[str, Any]]:
    """The lines that a record is read as."""
    source = detection.detect(data[: 1 << 16])
    assert source is not None
    return [json.loads(line) for _, line in source.translate(io.BytesIO(data))]


def named(lines: list[dict[str, Any]], *messages: str) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("message") in messages]


def turn_log() -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in TURN_LOG.read_text().splitlines()]
    return named(lines, "turn", "interruption")


def assert_equal(made: list[dict[str, Any]], missing: frozenset[str] = frozenset()) -> None:
    """The same turns and interruptions as in the turn log, times within 0.1 s."""
    truth = turn_log()
    assert [line["message"] for line in made] == [line["message"] for line in truth]
    for line, true in zip(made, truth, strict=True):
        assert true.keys() - line.keys() <= NOT_THERE | missing
        for key in true.keys() & line.keys() - NOT_THERE:
            close = 0.1 if isinstance(true[key], float) else 0
            assert line[key] == pytest.approx(true[key], abs=close), key


TOKENS = frozenset(("prompt_tokens", "cached_tokens", "completion_tokens"))


def test_a_session_report_equals_the_turn_log_but_for_the_tokens() -> None:
    lines = translated(REPORT.read_bytes())
    assert_equal(named(lines, "turn", "interruption"), TOKENS)
    assert all(TOKENS.isdisjoint(line) for line in lines)
    assert {line["job_id"] for line in lines} == {"AJ_test"}


@pytest.mark.parametrize("path", [OTLP, CONSOLE], ids=lambda p: p.name)
def test_spans_equal_the_turn_log_and_have_its_tokens(path: Path) -> None:
    made = named(translated(path.read_bytes()), "turn", "interruption")
    assert_equal(made)
    assert [line["prompt_tokens"] for line in named(made, "turn")] == [65, 198, 108, 114, 126, 138]


def in_ms(value: Any, key: str = "") -> Any:
    """A report as agents-js writes it."""
    if isinstance(value, dict):
        return {k: in_ms(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [in_ms(v) for v in value]
    timed = re.search(r"_at$|_delay$|_latency$|_ttft$|_ttfb$|_duration$", key)
    return value * 1000 if timed and isinstance(value, float) else value


def camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda m: m[1].upper(), k): camel(v) for k, v in value.items()}
    return [camel(v) for v in value] if isinstance(value, list) else value


def test_records_hold_the_same_sounds() -> None:
    """Spans have the words of a whole turn, a report those of each transcript."""
    tables = [pipeline.load([path]) for path in (REPORT, OTLP, CONSOLE)]
    sounds = [table[table["kind"] == "sound"] for table in tables]
    columns = ["agent_audible", "stopped_agent"]
    found = [each[columns].to_numpy().tolist() for each in sounds]
    assert len(found[0]) == 8
    assert sum(stopped for _, stopped in found[0]) == 1
    assert found[0] == found[1] == found[2]
    assert len({each["words"].sum() for each in sounds}) == 1


def test_a_report_in_milliseconds_and_in_camel_case() -> None:
    report = json.loads(REPORT.read_text())
    for other in (in_ms(report), {**in_ms(report), "events": camel(in_ms(report["events"]))}):
        lines = translated(json.dumps(other).encode())
        assert_equal(named(lines, "turn", "interruption"), TOKENS)
        assert lines[0]["settings"]["MIN_ENDPOINTING_DELAY"] == "0.8"


def test_a_report_with_events_in_milliseconds_and_metrics_in_seconds() -> None:
    """As agents-js 1.9 writes it."""
    report = json.loads(REPORT.read_text())
    for event in report["events"]:
        event["created_at"] *= 1000
    made = named(translated(json.dumps(report).encode()), "turn", "interruption")
    assert_equal(made, TOKENS)


def test_reports_one_after_the_other() -> None:
    report = json.loads(REPORT.read_text())
    other = {**report, "job_id": "AJ_other"}
    for glue in ("\n", ""):
        lines = translated((json.dumps(report) + glue + json.dumps(other, indent=2)).encode())
        jobs = [line["job_id"] for line in named(lines, "session started")]
        assert jobs == ["AJ_test", "AJ_other"]
        assert len(named(lines, "turn")) == 12


def test_a_report_that_is_cut_off_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    data = REPORT.read_bytes()
    half = tmp_path / "half.json"
    half.write_bytes(data[: data.index(b'"agent_false_interruption"') + 2000])
    report = pipeline.analyze([half])
    assert report.signals["false_interruptions"].count == 1
    assert "cut off" in report.inputs[0].problem


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_batch_of_spans_that_is_cut_off_gives_the_whole_ones(kept: int) -> None:
    batch = OTLP.read_bytes()
    place = [found.start() for found in re.finditer(rb'\{"traceId"', batch)][kept]
    whole = batch[:place].rstrip(b", ") + b"]}]}]}\n"
    every = [line for _, line in spans.translate(io.BytesIO(whole))]
    made: list[bytes] = []
    with pytest.raises(InputError, match="a batch of spans is cut off"):
        made.extend(line for _, line in spans.translate(io.BytesIO(batch[: place + 90])))
    assert made == every
    assert bool(every) == (kept not in (0, 1))


def test_links_of_a_span_that_is_cut_off_are_no_spans() -> None:
    batch = OTLP.read_bytes()
    place = batch.rindex(b'"name"')
    cut = batch[:place] + b'"links": [{"traceId": "1", "spanId": "2"}, {"traceId": "'
    assert cut_batches.whole_spans(cut, 1) == cut_batches.whole_spans(batch[:place], 1) != []


def test_evidence_names_the_line_of_the_record() -> None:
    numbers = {
        json.loads(line)["message"]: number
        for number, line in session_report.translate(io.BytesIO(REPORT.read_bytes()))
    }
    lines = REPORT.read_text().splitlines()
    above = "\n".join(lines[numbers["interruption"] - 8 : numbers["interruption"]])
    assert '"agent_false_interruption"' in above
    report = pipeline.analyze([REPORT])
    found = next(f for f in report.findings if f.rule == "false-interruptions")
    assert found.evidence[0].line == numbers["interruption"]


@pytest.mark.parametrize("path", [REPORT, OTLP, CONSOLE], ids=lambda p: p.name)
def test_the_report_on_a_record_is_that_on_its_turn_log(path: Path) -> None:
    truth, report = pipeline.analyze([TURN_LOG]), pipeline.analyze([path])
    assert report.exposure.calls == 1
    assert report.exposure.turns == truth.exposure.turns
    assert report.exposure.minutes == pytest.approx(truth.exposure.minutes, abs=0.01)
    for name in ("false_interruptions", "false_cutoffs", "interruptions"):
        assert report.signals[name].count == truth.signals[name].count
        assert report.signals[name].observable == "yes"
    for name, latency in truth.latency.items():
        assert report.latency[name].p50 == pytest.approx(latency.p50, abs=0.01), name


@pytest.mark.parametrize("path", [REPORT, OTLP, CONSOLE], ids=lambda p: p.name)
def test_what_a_record_cannot_show_is_not_zero(path: Path) -> None:
    signals = pipeline.analyze([path]).signals
    for name in ("openai_calls", "openai_retries", "sync_warnings", "vad_slow", "pool_timeouts"):
        assert (signals[name].count, signals[name].observable) == (None, "no")
        assert "turns and interruptions only" in str(signals[name].why)


def test_settings_that_a_report_does_not_hold_are_no_problem() -> None:
    report = pipeline.analyze([REPORT])
    assert report.current.settings["MIN_ENDPOINTING_DELAY"] == 0.8
    assert "TTS_MODEL" not in report.current.settings
    assert not report.current.problems


def test_nothing_that_was_said_is_in_the_lines() -> None:
    for path in (REPORT, OTLP, CONSOLE):
        text = json.dumps(translated(path.read_bytes()))
        for words in ("order number", "another address", "Yes, of course", "delivery"):
            assert words not in text


def test_compressed_and_exported_as_rows(tmp_path: Path) -> None:
    packed = tmp_path / "report.json.gz"
    packed.write_bytes(gzip.compress(REPORT.read_bytes()))
    assert pipeline.analyze([packed]).signals["false_interruptions"].count == 1
    rows = [row for row in pipeline.rows([packed]) if row["kind"] == "turn"]
    assert len(rows) == 6
    assert all(row["line"] > 100 for row in rows)


def test_pretty_printed_spans_among_other_output() -> None:
    log = (
        '{"message": "hello", "level": "INFO", "name": "app", "timestamp": "2026-11-25T22:29:30Z"}'
    )
    printed = [json.dumps(json.loads(line), indent=4) for line in CONSOLE.read_text().splitlines()]
    text = "\n".join([log, *printed[:50], log, '{"message": "half', *printed[50:]])
    lines = [line for _, line in spans.translate(io.BytesIO(text.encode()))]
    assert lines.count(log.encode()) == 2
    assert b'{"message": "half' in lines
    assert_equal(named([json.loads(x) for x in lines if x[-1:] == b"}"], "turn", "interruption"))


def test_spans_in_any_order_and_batch() -> None:
    (resource,) = json.loads(OTLP.read_text())["resourceSpans"]
    found = resource["scopeSpans"][0]["spans"]
    batches = [
        {"resourceSpans": [{"scopeSpans": [{"spans": found[at : at + 7]}]}]}
        for at in reversed(range(0, len(found), 7))
    ]
    text = "\n".join(map(json.dumps, batches))
    assert_equal(named(translated(text.encode()), "turn", "interruption"))


def test_finished_calls_are_written_when_too_many_spans_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spans, "MOST", 50)
    data = OTLP.read_bytes()
    other = data.replace(b"881224f8aec1d4afdb394bba4d2a8b11", b"0" * 32)
    lines = translated(data + other)
    assert len({line["job_id"] for line in lines}) == 2
    assert len(named(lines, "turn")) == 12


def test_without_words_an_interruption_has_no_word_count() -> None:
    batch = json.loads(OTLP.read_text())
    for span in batch["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        kept = [a for a in span.get("attributes", []) if not a["key"].startswith("lk.pii.")]
        span["attributes"] = kept
    made = named(translated(json.dumps(batch).encode()), "turn", "interruption")
    assert [line["message"] for line in made] == [line["message"] for line in turn_log()]
    assert made[0]["outcome"] == "false"


def test_a_report_beside_the_turn_log_of_its_call_counts_once() -> None:
    report = pipeline.analyze([REPORT, TURN_LOG])
    assert report.exposure.turns == 6
    assert report.signals["false_interruptions"].count == 1
    assert report.latency["e2e"].n == 5
    assert any("counts instead" in note for info in report.inputs for note in info.notes)


@pytest.mark.parametrize("path", [REPORT, OTLP, CONSOLE], ids=lambda p: p.name)
def test_a_record_is_never_cut_into_ranges(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "UNIT_BYTES", 1000)
    (unit,) = planning.plan(str(path))
    assert (unit.start, unit.end) == (0, None)
    assert len(planning.plan(str(TURN_LOG))) > 1


def test_a_record_is_read_again_in_each_run_and_counts_once(tmp_path: Path) -> None:
    log, state = tmp_path / "spans.jsonl", tmp_path / "state"
    lines = CONSOLE.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:40]))
    pipeline.analyze([log], state=state)
    log.write_bytes(b"".join(lines))
    whole = pipeline.analyze([log])
    for _ in range(2):
        report = pipeline.analyze([log], state=state)
        assert report.exposure.turns == whole.exposure.turns == 6
        assert report.inputs[0].lines == len(lines)
        assert report.signals == whole.signals


def test_the_lines_and_bytes_are_those_of_the_record() -> None:
    (info,) = pipeline.analyze([REPORT]).inputs
    data = REPORT.read_bytes()
    assert (info.lines, info.bytes) == (len(data.splitlines()), len(data))
    assert not info.unread


def test_a_record_that_takes_many_chunks_names_the_same_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = [(row["kind"], row["line"]) for row in pipeline.rows([OTLP, REPORT])]
    report = pipeline.analyze([REPORT])
    monkeypatch.setattr(call_chunks, "CHUNK", 500)
    assert [(row["kind"], row["line"]) for row in pipeline.rows([OTLP, REPORT])] == whole
    cut = pipeline.analyze([REPORT])
    assert cut.findings == report.findings
    assert cut.inputs[0].lines == report.inputs[0].lines


OBSERVED = ("pipecat-serialized.jsonl", "pipecat-default-format.log")


@pytest.mark.parametrize("name", OBSERVED)
def test_the_observer_of_pipecat_shows_the_whole_turn(name: str) -> None:
    lines = translated_pipecat((SPECIMENS / name).read_bytes())
    (turn,) = named(lines, "turn")
    assert turn["end_of_turn_delay"] == pytest.approx(0.6555, abs=0.001)
    assert turn["e2e_latency"] == pytest.approx(1.083, abs=0.001)  # its own line says 1.083 s
    assert (turn["llm_ttft"], turn["tts_ttfb"]) == (0.336, 0.159)
    assert (turn["prompt_tokens"], turn["completion_tokens"]) == (120, 18)
    assert turn["interrupted"] is True
    assert turn.keys().isdisjoint(("transcription_delay", "cached_tokens"))
    (cut,) = named(lines, "interruption")
    assert cut["outcome"] == "real"
    assert "words" not in cut


def translated_pipecat(data: bytes) -> list[dict[str, Any]]:
    made = [line for _, line in pipecat.translate(io.BytesIO(data)) if b"tuner.turns" in line]
    return [json.loads(line) for line in made]


@pytest.mark.parametrize("name", OBSERVED)
def test_pipecat_never_resumes_so_false_interruptions_are_not_visible(name: str) -> None:
    report = pipeline.analyze([SPECIMENS / name])
    assert report.signals["false_interruptions"].count is None
    assert report.signals["false_interruptions"].why == "Pipecat does not log this"


def test_pipecats_observers_are_advised_for_what_they_show_only(tmp_path: Path) -> None:
    log, json = tmp_path / "a.log", SPECIMENS / "pipecat-default-format.log"
    httpx = "2026-01-01 10:00:00,000 - INFO - httpx - HTTP Request: POST https://api.openai.com/v1/"
    unnamed = "2026-01-01 10:00:01,000 WARNING a"
    request = f'{httpx}chat/completions "HTTP/1.1 200 OK"'
    log.write_text(f"{json.read_text()}\n{request}\n{unnamed}\n")
    report = pipeline.analyze([log], environ={})
    assert report.signals["openai_calls"].count == 1
    assert (report.signals["sync_warnings"].count, report.signals["vad_slow"].count) == (None, None)
    whys = {str(each.why) for name, each in report.signals.items() if each.why}
    assert not any("Observer" in why or "time_calls" in why for why in whys)
    assert "set the logger httpcore" in str(report.signals["http_connections"].why)
    assert report.signals["interruptions"].count == 1
    assert report.latency["end_of_turn_delay"].n == 1
    assert report.latency["transcription_delay"].observable == "no"


DEBUG_CALL = """\
2026-11-25 22:50:25.613 | DEBUG    | pipecat.pipeline.worker:_wait_for_pipeline_start:1309 - \
PipelineWorker#0: Starting. Waiting for StartFrame#0 to reach the end of the pipeline...
2026-11-25 22:50:26.000 | DEBUG    | pipecat.a:b:1402 - LLMUserAggregator#0: User started speaking \
(strategy: VADUserTurnStartStrategy#0)
2026-11-25 22:50:26.001 | DEBUG    | pipecat.a:b:1041 - LLMUserAggregator#0: broadcasting \
interruption
2026-11-25 22:50:28.000 | DEBUG    | pipecat.a:b:1497 - LLMUserAggregator#0: User stopped speaking \
(strategy: TurnAnalyzerUserTurnStopStrategy#0)
2026-11-25 22:50:28.400 | DEBUG    | pipecat.m:log:141 - [OpenAILLMService#0] TTFB (gpt-4.1): \
0.4s at 2197.328s
2026-11-25 22:50:28.700 | DEBUG    | pipecat.m:log:141 - CartesiaTTSService#0 TTFB: 0.2
2026-11-25 22:50:28.800 | DEBUG    | pipecat.t:x:752 - Bot started speaking
2026-11-25 22:50:31.000 | DEBUG    | pipecat.a:b:1402 - LLMUserAggregator#0: User started speaking \
(strategy: VADUserTurnStartStrategy#0)
2026-11-25 22:50:31.001 | DEBUG    | pipecat.a:b:1041 - LLMUserAggregator#0: broadcasting \
interruption
2026-11-25 22:50:31.010 | DEBUG    | pipecat.t:x:857 - Bot stopped speaking
2026-11-25 22:50:33.000 | DEBUG    | pipecat.a:b:1497 - LLMUserAggregator#0: User stopped speaking \
(strategy: TurnAnalyzerUserTurnStopStrategy#0)
2026-11-25 22:50:34.000 | DEBUG    | pipecat.t:x:752 - Bot started speaking
2026-11-25 22:50:36.000 | DEBUG    | pipecat.t:x:857 - Bot stopped speaking
2026-11-25 22:50:37.000 | DEBUG    | pipecat.p:run:914 - Pipeline worker PipelineWorker#0 has \
finished
"""


def test_debug_lines_of_pipecat_show_turns_but_no_wait() -> None:
    lines = translated_pipecat(DEBUG_CALL.encode())
    first, second = named(lines, "turn")
    assert (first["llm_ttft"], first["tts_ttfb"], first["interrupted"]) == (0.4, 0.2, True)
    assert second["interrupted"] is False
    assert second["llm_ttft"] is None
    assert first["end_of_turn_delay"] is None and first["e2e_latency"] is None
    assert first.keys().isdisjoint(("user_started", "user_stopped", "pauses"))
    assert [cut["outcome"] for cut in named(lines, "interruption")] == ["real"]
    assert named(lines, "session ended")[0]["turns"] == 2
    assert not lines[0]["timestamp"].endswith("+00:00")  # nobody knows the zone


def test_a_coloured_screen_of_pipecat_is_read(tmp_path: Path) -> None:
    coloured = re.sub(r"(pipecat[.\w]*)", "\x1b[36m\\1\x1b[0m", DEBUG_CALL)
    coloured = re.sub(r" - (.*)", " - \x1b[34m\x1b[1m\\1\x1b[0m", coloured)
    log = tmp_path / "screen.log"
    log.write_text(coloured)
    report = pipeline.analyze([log])
    assert report.exposure.turns == 2
    assert not report.inputs[0].unread


def test_the_waits_of_a_debug_log_of_pipecat_are_not_visible(tmp_path: Path) -> None:
    log = tmp_path / "pipecat.log"
    log.write_text(DEBUG_CALL)
    report = pipeline.analyze([log])
    assert (report.exposure.calls, report.exposure.turns) == (1, 2)
    assert report.latency["llm_ttft"].n == 1
    for name in ("end_of_turn_delay", "e2e", "transcription_delay"):
        assert report.latency[name].observable == "no"


def test_a_log_of_pipecat_without_a_turn_is_one_of_a_voice_agent(tmp_path: Path) -> None:
    log = tmp_path / "pipecat.log"
    log.write_text(DEBUG_CALL.split("2026-11-25 22:50:26.000")[0])
    (info,) = pipeline.analyze([log]).inputs
    assert not info.problem


def test_calls_of_pipecat_one_after_the_other_are_two() -> None:
    later = DEBUG_CALL.replace("22:50:", "22:55:")
    assert len({line["job_id"] for line in translated_pipecat((DEBUG_CALL + later).encode())}) == 2


def test_calls_of_pipecat_at_the_same_time_are_left_out_and_named() -> None:
    both = "".join(
        sorted(
            DEBUG_CALL.splitlines(keepends=True)
            + DEBUG_CALL.replace(".0", ".1").splitlines(keepends=True)
        )
    )
    made = []
    with pytest.raises(InputError, match="at the same time"):
        made += [line for _, line in pipecat.translate(io.BytesIO(both.encode()))]
    assert not any(b"tuner.turns" in line for line in made)


@pytest.mark.parametrize(
    "sample",
    [
        b'{"message": "user turn committed", "name": "livekit.agents"}\n',
        b'{"message": "x", "events": [{"type": "user_state_changed"}]}\n',
        b"2026-11-20 08:46:01,270 - DEBUG livekit.agents - message\n",
        b"",
        b"{",
    ],
)
def test_a_log_of_lines_is_no_call_record(sample: bytes) -> None:
    assert detection.detect(sample) is None


@pytest.mark.parametrize("path", sorted(SPECIMENS.iterdir()), ids=lambda p: p.name)
def test_damage_costs_lines_and_never_the_run(path: Path) -> None:
    data = bytearray(path.read_bytes())
    source = detection.detect(bytes(data[: 1 << 16]))
    if source is None:
        return
    for start in range(0, len(data), 997):
        broken = bytes(data[:start]) + b'\x00{"\xff[' + bytes(data[start + 40 :])
        try:
            list(source.translate(io.BytesIO(broken)))
        except InputError as error:
            assert str(error)


@pytest.mark.parametrize("most", [0, 1])
def test_many_spans_are_not_read_again_for_settings_that_they_do_not_hold(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(pauses, "MOST_CALLS", most)
    monkeypatch.setattr(pauses, "replay", lambda paths, **_: asked.append(paths))
    for current in (None, "noisy"):
        ask = pauses.Pauses([OTLP], EVERYTHING, current, {})
        ask.running([read.summary for read in engine.read([OTLP], units.Job())[0]])
        answer = ask()
        assert answer is None or "does not hold the settings of its calls" in str(answer)
    assert len(asked) == (1 if most == 0 else 2)


def test_reports_in_a_list() -> None:
    report = json.loads(REPORT.read_text())
    both = [report, {**report, "job_id": "AJ_other"}]
    for data in (json.dumps(both), json.dumps(both, indent=2), json.dumps(both[:1])):
        lines = translated(data.encode())
        assert len(named(lines, "turn")) == 6 * len(named(lines, "session started"))
        assert len(named(lines, "session ended")) == data.count('"job_id": "AJ_')


def test_otlp_behind_a_time_and_with_the_names_of_protobuf() -> None:
    lines = OTLP.read_bytes().splitlines()
    stamped = b"".join(b"2026-11-25T22:51:44.131Z info " + line + b"\n" for line in lines)
    assert_equal(named(translated(stamped), "turn", "interruption"))
    listed = b"[\n" + b",\n".join(lines) + b"\n]\n"
    assert_equal(named(translated(listed), "turn", "interruption"))
    hump = re.compile(rb'(?<=")[a-z]+(?:[A-Z][a-z]+)+(?="\s*:)')
    snake = hump.sub(lambda m: re.sub(rb"[A-Z]", lambda h: b"_" + h[0].lower(), m[0]), lines[0])
    assert b'"resource_spans"' in snake
    assert_equal(named(translated(snake), "turn", "interruption"))


def test_times_of_pipecats_models_without_a_turn_are_named(tmp_path: Path) -> None:
    place = "pipecat.processors.metrics.frame_processor_metrics:stop_ttfb_metrics:54"
    lines = [
        f"2026-01-30 16:20:0{n}.123 | INFO     | {place} - OpenAILLMService#0 TTFB: 0.4{n}"
        for n in range(5)
    ]
    log = tmp_path / "agent.log"
    log.write_text("\n".join(lines) + "\n")
    stage = pipeline.analyze([log], environ={}).latency["llm_ttft"]
    assert (stage.n, stage.observable) == (0, "no")
    assert stage.why is not None
    assert stage.why.startswith("this Pipecat log shows no turn, and the times of its models")
    assert "set its level to DEBUG" in stage.why
