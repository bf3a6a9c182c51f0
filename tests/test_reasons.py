"""What a report says of what a log does not show is true of that log, and its owner can do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.field_logs import RESUMED, dev, line, node, started
from tuner import pipeline
from tuner.facts import clock_back
from tuner.limits import Limits
from tuner.lines.assemble import UNPLACED
from tuner.model import Report
from tuner.report import gaps
from tuner.rules import retries_and_rate_limits
from tuner.rules.answers import NEVER
from tuner.rules.judging import judge_share
from tuner.summary import lost_lines
from tuner.summary.summary import Summary

LLM: dict[str, Any] = {"ttft": 0.4, "prompt_tokens": 9}
IMPOSSIBLE: dict[str, Any] = {"end_of_utterance_delay": 1769790000.0, "transcription_delay": 0.2}
LAYOUT = "this log's layout leaves out the figures beside the messages"
ASSISTANT = "livekit.agents.voice_assistant"
CUT = "the figures beside the messages were cut off or not exported"
NONE_FOR_THIS = "this log has metrics lines, but none for this"


class Of:
    """The report of a log with these lines, and its reasons by name."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "a.log"

    def __call__(self, *lines: str) -> Report:
        self.log.write_text("".join(f"{each}\n" for each in lines))
        return pipeline.analyze([self.log], environ={})

    def why(self, name: Any, *lines: str) -> str:
        report = self(*lines)
        source = report.signals.get(name) or report.latency[name]
        return str(source.why)


@pytest.fixture
def of(tmp_path: Path) -> Of:
    return Of(tmp_path)


def plain(s: float, message: str, level: str = "INFO") -> str:
    """A layout of an app that prints no fields."""
    return f"2026-01-30 16:20:{s:06.3f} [{level}] livekit.agents: {message}"


@pytest.mark.parametrize("write", [line, dev])
def test_livekits_own_formats_leave_no_figure_out(of: Of, write: Any) -> None:
    lines = [write(1, "LLM metrics", "INFO", **LLM), write(2, RESUMED, timeout=2.0)]
    assert of.why("tts_ttfb", *lines).startswith(NONE_FOR_THIS)
    bare = write(2, "EOU metrics", "INFO")
    assert of.why("end_of_turn_delay", *lines, bare).startswith(f"{CUT}; give its lines whole")


def test_lines_that_end_in_their_fields_are_cut(of: Of) -> None:
    lines = [dev(s, "LLM metrics", "INFO", model_name="m", **LLM)[:72] for s in range(1, 9)]
    whole = dev(9, "TTS metrics", "INFO", ttfb=0.3)
    assert of.why("llm_ttft", *lines, whole).startswith(CUT)


def test_a_layout_without_fields_leaves_the_figures_out(of: Of) -> None:
    lines = [plain(1, "LLM metrics"), plain(2, RESUMED, "DEBUG"), plain(3, RESUMED, "DEBUG")]
    assert of.why("llm_ttft", *lines).startswith(f"{LAYOUT}; give the log in LiveKit's own format")
    assert of.why("tts_ttfb", *lines).startswith(NONE_FOR_THIS)


def test_metrics_of_old_versions_are_not_to_be_had(of: Of) -> None:
    old = line(1, "first LLM token", name="livekit.agents.pipeline", elapsed=0.4)
    assert "does not log this; upgrade to livekit-agents 0.11.0" in of.why("end_of_turn_delay", old)
    none = line(1, "_start_speech - interrupting current speech", name=ASSISTANT)
    assert of.why("llm_ttft", none).startswith("no line of this log says that a first token")


def test_a_level_may_hide_the_metrics(of: Of) -> None:
    warned = line(1, "failed to recognize speech, retrying in 2.0s", "WARNING")
    assert of.why("llm_ttft", warned).startswith("this log has no INFO line of livekit.agents")
    assert "call log_metrics on metrics_collected" in of.why("llm_ttft", warned, line(2, RESUMED))


def test_a_realtime_model_has_no_stages_of_a_pipeline(of: Of) -> None:
    lines = [line(s, "RealtimeModel metrics", "INFO", ttft=0.4) for s in (1, 9)]
    assert of.why("tts_ttfb", *lines).endswith("without this stage")
    assert of.why("end_of_turn_delay", *lines).startswith("with a Realtime model")


def test_figures_that_cannot_be_are_said_to_be_set_aside(of: Of) -> None:
    lines = [line(1, "EOU metrics", "INFO", **IMPOSSIBLE)]
    assert "set aside" in of.why("end_of_turn_delay", *lines)


def test_lines_without_levels_do_not_lack_one(of: Of) -> None:
    lines = [f"16:20:0{s} [livekit.agents] {RESUMED}" for s in range(1, 6)]
    assert of.why("full_capacity", *lines).startswith("no levels can be read")


def test_the_commit_of_agents_js_has_no_figures(of: Of) -> None:
    lines = [node(1, "User turn committed"), node(2, "LLM metrics", 30, ttftMs=400)]
    assert of.why("false_cutoffs", *lines).startswith("agents-js does not say when")
    assert (
        of.why("tts_ttfb", *lines) == f"{NONE_FOR_THIS}; log the metrics of every MetricsCollected"
    )


def answer(core: str, headers: str = "(b'openai-processing-ms', b'181')") -> str:
    said = f"receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [{headers}])"
    return line(1, said, name=f"{core}.http11")


def asked(httpx: str) -> str:
    said = 'HTTP Request: POST https://api.openai.com/v1/chat/completions "HTTP/1.1 200 OK"'
    return line(1, said, "INFO", httpx)


def test_httpcore_is_not_called_muted_where_its_answers_are(of: Of) -> None:
    why = of.why("http_connections", answer("httpcore2"), asked("httpx2"))
    assert why.startswith("of httpcore this log has other lines")
    assert "set" not in why
    assert of.why("http_connections", asked("httpx2")) == (
        "this log has no line of httpcore; set the logger httpcore2 to DEBUG in your agent or "
        "attach the turn log (livekit-agents 1.8 or later) and give the OpenAI client to time_calls"
    )


@pytest.mark.parametrize(
    ("httpx", "names"),
    [
        ("httpx2", "openai, httpx2 and httpcore2 to"),
        ("httpx", "openai, httpx and httpcore to"),
        ("livekit.agents", "httpcore (httpx2 and httpcore2 with openai 3.6 and newer) to"),
    ],
)
def test_the_loggers_to_set_are_those_of_the_log(of: Of, httpx: str, names: str) -> None:
    other = line(1, "HTTP Request: GET https://example.org/ 200", "INFO", httpx)
    assert names in of.why("openai_calls", other, line(2, RESUMED))


def test_openai_without_headers_is_blamed_only_where_it_wrote_the_log(of: Of) -> None:
    new = line(1, "HTTP Response: POST 200", name="openai._base_client")
    assert of.why("openai_calls", new).startswith("openai 3.4 and newer log no headers")
    old = of.why("openai_calls", asked("httpx"))
    assert old.startswith("the lines of httpx") and "the logger httpcore to" in old
    bare = of.why("openai_calls", answer("httpcore", "(b'server', b'x')"), asked("httpx"))
    assert bare.startswith("no openai-processing-ms can be read")


def test_a_realtime_model_opens_no_http_connection(of: Of) -> None:
    assert "WebSocket" in of.why("http_connections", line(1, "RealtimeModel metrics", "INFO"))


def test_a_turn_log_is_not_advised_where_it_is(of: Of) -> None:
    stamp = {"profile": "realtime", "settings": {"AGENT_MODE": "realtime"}}
    turns = [line(1, "session started", "INFO", "tuner.turns", **stamp)]
    turns += [line(s, "turn", "INFO", "tuner.turns", llm_ttft=0.4) for s in range(2, 9)]
    report = of(*turns)
    whys = [row.why for row in gaps.hidden(report)]
    assert not any("turn on the turn log" in why or "attach" in why for why in whys)
    assert "WebSocket" in str(report.signals["openai_calls"].why)
    assert "OpenAI calls" not in "".join(f.measured for f in report.findings)


def test_the_turn_log_is_advised_on_condition_where_the_version_is_not_known(of: Of) -> None:
    how = "from tuner.turn_log import attach; attach(session)"
    assert of(started("1.8.2", line), line(2, RESUMED)).next_log == f"in your agent: {how}"
    unknown = of(line(2, RESUMED)).next_log
    assert unknown == f"in your agent, with livekit-agents 1.8 or a later 1.x: {how}"
    assert "(livekit-agents 1.8 or later)" in of.why("interruptions", line(2, RESUMED))


def test_lines_of_several_old_versions_are_of_old_versions(of: Of) -> None:
    old = line(1, "first LLM token", name=ASSISTANT, elapsed=0.4)
    older = line(2, "error while answering", "ERROR")
    report = of(old, older, line(3, "received job request", "INFO"))
    assert "upgrade to livekit-agents 1.8 or later" in report.next_log
    assert report.inputs[0].versions.startswith("livekit-agents 0.6")


def test_agents_js_is_told_what_its_log_lacks(of: Of) -> None:
    lines = [node(s, "User turn committed", 20) for s in (1, 2)]
    assert "metrics" in of(*lines).next_log
    metrics = node(3, "LLM metrics", 30, ttftMs=400)
    assert of(metrics).next_log.startswith("start the agent with --log-level debug")
    assert of(*lines, metrics).next_log.startswith("give the session report of the call")


@pytest.mark.parametrize(
    ("raw", "step"),
    [
        (b'        7Kq2mZp9sXwe"}', lost_lines.WITHOUT_WRAPPING),
        (b"        00, b'OK', [(b'Date', b'Thu, 12 Mar", lost_lines.WITHOUT_WRAPPING),
        (b'    "level": "INFO",', lost_lines.FILES_OF_THEIR_OWN),
        (b"  },", lost_lines.FILES_OF_THEIR_OWN),
    ],
)
def test_broken_lines_are_told_from_objects_on_several(raw: bytes, step: str) -> None:
    summary = Summary(1000.0)
    for n in range(1, 20):
        summary.skip(UNPLACED, 1, n, raw)
    lost = lost_lines.lost_lines(summary)
    assert lost is not None and lost_lines.next_step(lost) == step


def test_where_lines_are_lost_the_next_step_is_to_have_them(of: Of) -> None:
    broken = f'        {"x" * 90}", "pid": 4}}'
    report = of(*[each for s in range(9) for each in (node(s, RESUMED), broken)], "", broken)
    assert report.inputs[0].notes[0].endswith(report.next_log)
    assert report.next_log == lost_lines.WITHOUT_WRAPPING


FAILED = "failed to generate LLM completion: timed out, retrying in 2.0s"


@pytest.mark.parametrize(
    ("more", "measured"),
    [
        ([], "6 attempts failed, of a number that this log does not show"),
        ([line(9, "EOU metrics", "INFO", end_of_utterance_delay=0.7)], "6 of 6 requests"),
        ([line(9, "LLM metrics", "INFO", **LLM)], "6 of 7 requests"),
    ],
)
def test_failures_count_where_no_request_was_answered(
    of: Of, more: list[str], measured: str
) -> None:
    lines = [line(s, FAILED, "WARNING", attempt=1) for s in range(1, 7)]
    found = {each.rule: each for each in of(*lines, *more).findings}
    assert found[retries_and_rate_limits.ID].measured.endswith(measured)


def test_a_refusal_needs_what_its_reason_says(of: Of) -> None:
    needs = {str(each.rule): each.needs for each in of(line(1, "session started", "INFO")).refusals}
    assert needs["false-interruptions"].startswith("set the logger livekit.agents to DEBUG")
    assert needs["slow-openai-calls"].startswith("set the loggers openai, httpx")


def test_what_an_agent_never_logs_needs_another_one(of: Of) -> None:
    needs = {str(each.rule): each.needs for each in of(node(1, "User turn committed")).refusals}
    assert needs["failed-jobs"] == needs["http-pool"] == NEVER


def test_no_request_is_counted_where_no_failure_could_be_seen(of: Of) -> None:
    turns = [line(s, "turn", "INFO", "tuner.turns", llm_ttft=0.4) for s in range(2, 9)]
    whys = {each.rule: each.why for each in of(*turns).refusals}
    assert of(*turns).next_log.startswith("give the agent's other lines")
    assert of(*turns, line(9, RESUMED)).next_log == "give the OpenAI client to time_calls"
    assert of.why("tts_ttfb", *turns) == of.why("e2e", *turns) == "no turn of this turn log has it"
    assert "LiveKit mutes" in whys[retries_and_rate_limits.ID]


@pytest.mark.parametrize("requests", [1, 2, 4])
def test_of_few_requests_without_a_failure_much_more_log_is_needed(of: Of, requests: int) -> None:
    said = line(9, "Sending request", "DEBUG", name="openai._base_client")
    needs = {each.rule: each.needs for each in of(*[asked("httpx")] * requests, said).refusals}
    assert needs[retries_and_rate_limits.ID] == "about 16 times as much log, or more"
    assert judge_share(0, 20, 0.01, Limits()).growth == pytest.approx(4, abs=0.4)


def test_pool_timeouts_are_seen_by_the_lines_of_openai_alone(of: Of) -> None:
    answered = [asked("httpx2"), answer("httpcore2")]
    assert "set the logger openai to DEBUG" in of.why("pool_timeouts", *answered)
    said = line(1, "HTTP Response: POST 200", name="openai._base_client")
    assert of(*answered, said).signals["pool_timeouts"].count == 0


SAID = "playout completed without interruption"


def test_the_session_report_shows_the_interruptions_of_node(of: Of) -> None:
    report = "agents-js does not log this; give the session report of the call beside it"
    for name in ("interruptions", "e2e"):
        assert of.why(name, node(1, SAID, 30)).startswith(report)
    assert of.why("connection_quality", node(1, SAID, 30)) == report.split(";")[0]


@pytest.mark.parametrize("version", ["0.7.9", "1.0.17"])
def test_older_versions_of_node_have_no_session_report(of: Of, version: str) -> None:
    lines = [node(1, "starting worker", version=version), node(2, SAID, 30)]
    assert of.why("interruptions", *lines) == "agents-js does not log this"


OLDEST = "message='OpenAI API response' path=https://api.openai.com/v1/chat/completions {} \
request_id=A response_code=200"


@pytest.mark.parametrize("ms", [90, 2280])
@pytest.mark.parametrize("place", ["INFO:openai:{1}", "{0} - openai - INFO - {1}"])
def test_openai_0_has_no_httpcore(of: Of, ms: int, place: str) -> None:
    said = OLDEST.format(f"processing_ms={ms}")
    oldest = place.format("2026-01-30 16:20:01,000", said)
    for name in ("http_connections", "pool_timeouts"):
        assert of.why(name, oldest) == "openai 0.28 does not log this; upgrade to openai 1 or later"
    asked = oldest.replace("INFO", "DEBUG").replace("response'", "request'")
    assert "upgrade to openai 1" in of.why("http_connections", asked, oldest, oldest)


HTTPX = 'HTTP Request: POST https://api.openai.com/v1/responses "HTTP/1.1 200 OK"'


def test_httpx_alone_does_not_say_that_openai_tried_again(of: Of) -> None:
    answers = [line(s, HTTPX, "INFO", name="httpx") for s in range(1, 4)]
    found = of(*answers).signals["openai_retries"]
    assert (found.count, found.observable) == (0, "partly")
    assert "; set the logger openai to INFO in your agent" in str(found.why)
    retry = line(5, "Retrying request to /responses in 0.4 seconds", "INFO", name="openai._base")
    assert of(*answers, retry).signals["openai_retries"].observable == "yes"
    started = line(5, "Sending request", "DEBUG", name="openai._base_client")
    assert of(*answers, started).signals["openai_retries"].observable == "yes"


def test_late_transcripts_are_a_lower_bound_where_all_but_the_first_are_hidden(of: Of) -> None:
    late = "transcript arrives after turn has been committed"
    first = [line(1, late, "WARNING"), line(2, "starting worker", "INFO")]
    signal = of(*first).signals["late_transcripts"]
    assert (signal.count, signal.observable) == (1, "partly")
    assert str(signal.why).startswith("LiveKit writes this at WARNING once a session and then at")
    more = [*first, line(3, "stt transcript arrived after a turn flush, skipping eot prediction")]
    signal = of(*more).signals["late_transcripts"]
    assert (signal.count, signal.observable) == (2, "yes")
    assert of(line(2, "starting worker", "INFO")).signals["late_transcripts"].observable == "yes"


def test_zeros_of_lines_that_were_all_chosen_by_their_message_are_none(of: Of) -> None:
    grep = [line(s, RESUMED, timeout=2.0) for s in (1, 9, 17)]
    report = of(*grep)
    assert report.signals["false_interruptions"].count == 3
    assert of.why("sync_warnings", *grep).startswith("all lines of this log are of one kind")
    assert report.next_log == "give the whole log, not a part that grep chose"
    whole = of(*grep, line(18, "user turn committed"))
    assert whole.signals["sync_warnings"].count == 0


def test_a_log_of_warnings_says_nothing_of_realtime(of: Of) -> None:
    warned = line(1, "_SegmentSynchronizerImpl.push_audio called after close", "WARNING")
    assert of.why("realtime_ttft", warned).startswith("this log has no INFO line of livekit.agents")
    informed = line(2, "starting worker", "INFO")
    assert of.why("realtime_ttft", warned, informed).startswith("no RealtimeModel metrics")


def test_metrics_of_agents_js_are_missed_for_their_level(of: Of) -> None:
    warned = node(1, "SegmentSynchronizerImpl.pushAudio called after close", 40)
    late = node(2, "transcript arrives after turn has been committed", 40)
    why = "this log has no INFO line of the agent; start the agent with --log-level info"
    assert of.why("llm_ttft", warned, late) == why
    assert of.why("transcription_delay", warned, late) == why


def test_records_that_could_not_be_read_may_be_what_is_missed(of: Of) -> None:
    lines = [asked("httpx"), *(line(s, RESUMED, timeout=2.0) for s in range(2, 30))]
    whole = of.why("http_connections", *lines)
    assert whole.startswith("this log has no line of httpcore; ")
    cut = of.why("http_connections", *lines, line(30, "user turn committed")[:-40])
    assert cut.startswith(
        "this log has no line of httpcore, but 1 line could not be read and may hold it; "
    )


@pytest.mark.parametrize(
    ("day", "noted"), [("2026-10-25", True), ("2026-11-01", True), ("2026-10-24", False)]
)
def test_lines_that_go_back_as_summer_time_ends_are_noted(of: Of, day: str, noted: bool) -> None:
    minutes = [*range(91, 120, 4), *range(60, 90, 4)]  # 1:31 to 1:59, and 1:00 to 1:28 again
    stamps = [f"{day} {minute // 60:02}:{minute % 60:02}:00,000" for minute in minutes]
    lines = [stamp + dev(1, "user turn committed")[23:] for stamp in stamps]
    assert (clock_back.NOTE in of(*lines).inputs[0].notes) == noted
    assert clock_back.NOTE not in of(*sorted(lines)).inputs[0].notes
