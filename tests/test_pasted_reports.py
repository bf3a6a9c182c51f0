"""Logs in Markdown fences, logs that two handlers wrote, and rows of Rich's own handler."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.logging import RichHandler

from tests.in_turn import in_turn
from tests.test_posted_logs import DEV, RECORDS, analyzed, counted
from tuner.call_records.doubled_lines import single_lines
from tuner.exports import fences

SPECIMENS = Path(__file__).parent / "specimens"
PRETTY = "\n".join(json.dumps(json.loads(line), indent=2) for line in RECORDS)
ARRAY = json.dumps([json.loads(line) for line in RECORDS], indent=2)


@pytest.mark.parametrize("text", ["\n".join(RECORDS), "\n".join(DEV), PRETTY, ARRAY])
@pytest.mark.parametrize("before", ["", "Hello, the agent stops talking:\n\n"])
@pytest.mark.parametrize("fence", ["```", "```json", "~~~~"])
def test_a_log_in_a_fence_is_read_as_without_it(
    tmp_path: Path, text: str, before: str, fence: str
) -> None:
    closing = fence.rstrip("json")
    found = analyzed(tmp_path, f"{before}{fence}\n{text}\n{closing}\n")
    assert counted(found) == counted(analyzed(tmp_path, text)) == (2, 1, 1, 1, 1)
    assert not found.inputs[0].unread


@pytest.mark.parametrize("name", ["session_report.json", "spans.otlp.jsonl"])
def test_a_call_record_in_a_fence(tmp_path: Path, name: str) -> None:
    text = (SPECIMENS / name).read_text()
    found = analyzed(tmp_path, f"My report:\n\n```json\n{text.rstrip()}\n```\n")
    plain = analyzed(tmp_path, text)
    assert found.signals == plain.signals
    assert found.latency == plain.latency
    assert found.exposure == plain.exposure


@pytest.mark.parametrize("opening", ["```", "  ```json", "``` json", '```json title="my report"'])
def test_session_reports_in_fences_with_words_around_them(tmp_path: Path, opening: str) -> None:
    text = (SPECIMENS / "session_report.json").read_text().rstrip()
    other = json.dumps(json.loads(text.replace("AJ_test", "AJ_other")))
    fenced = [
        f"{opening}\n{report}\n{opening[: opening.index('`') + 3]}\n" for report in (text, other)
    ]
    found = analyzed(
        tmp_path, f"Hello,\n\n{fenced[0]}\nand the other call:\n\n{fenced[1]}\nAny idea?\n"
    )
    assert found.exposure.calls == 2
    assert found.exposure.turns == 12
    assert found.inputs[0].problem == ""
    assert sum(found.inputs[0].unread.values()) == 2


def test_a_log_below_a_session_report_is_read_too(tmp_path: Path) -> None:
    report = (SPECIMENS / "session_report.json").read_text()
    log = (SPECIMENS / "turns.jsonl").read_text().replace("AJ_test", "AJ_other")
    found = analyzed(tmp_path, f"```json\n{report}\n```\nand:\n```\n{log}```\n")
    assert (found.exposure.calls, found.exposure.turns) == (2, 12)


def test_words_behind_a_report_that_are_on_its_line_are_damage(tmp_path: Path) -> None:
    text = (SPECIMENS / "session_report.json").read_text().rstrip()
    assert "cut off" in analyzed(tmp_path, f"{text} and more\n").inputs[0].problem


def test_words_below_a_fence_are_named(tmp_path: Path) -> None:
    found = analyzed(tmp_path, "```\n" + "\n".join(RECORDS) + "\n```\nAny idea?\n")
    assert counted(found) == (2, 1, 1, 1, 1)
    assert sum(found.inputs[0].unread.values()) == 1


@pytest.mark.parametrize(
    "span",
    [
        '{"level":50,"time":1760222331494,"pid":2,"msg":"Error in SynthesizeStream"}',
        RECORDS[0].replace("{", "{ ", 1),
        DEV[0],
    ],
    ids=["pino", "JSON with a blank", "dev text"],
)
def test_a_record_in_the_words_of_a_post(span: str, tmp_path: Path) -> None:
    post = f"With `v1.2` all I see is `{span}` and then silence.\n\nAny idea?\n"
    report = analyzed(tmp_path, post)
    assert report.inputs[0].unread == {"no known shape": 1}
    assert report.signals["sync_warnings"].count == (None if "msg" in span else 1)


@pytest.mark.parametrize("line", [RECORDS[0], DEV[0], "  03:04:05 x", '"a": 1', "}"])
def test_lines_of_a_log_above_a_fence_are_kept(line: str) -> None:
    assert not fences.has_fence(f"{line}\n```\nx\n".encode())


def test_each_line_keeps_its_place() -> None:
    text = b"a\r\n```json\r\n{}\r\n```\r\nb"
    assert fences.without_fences(text) == b" \r\n       \r\n{}\r\n   \r\nb"


@pytest.mark.parametrize("name", ["pipecat-pipeline-debug.log", "pipecat-default-format.log"])
def test_a_pipecat_log_of_two_handlers(tmp_path: Path, name: str) -> None:
    lines = (SPECIMENS / name).read_text().splitlines(keepends=True)
    assert_counted_once(tmp_path, lines, "".join(line + line for line in lines))


def assert_counted_once(tmp_path: Path, lines: list[str], twice: str) -> None:
    """Assert that a log of twice these lines says the same as one of them."""
    both, once = analyzed(tmp_path, twice), analyzed(tmp_path, "".join(lines))
    assert once.exposure.calls
    assert both.signals == once.signals
    assert both.latency == once.latency
    assert both.exposure == once.exposure


def docker(line: str) -> str:
    return json.dumps({"log": line, "stream": "stderr", "time": "2026-11-25T23:00:00.1Z"}) + "\n"


def cri(line: str) -> str:
    return f"2026-11-25T23:00:00.123456789Z stderr F {line}"


@pytest.mark.parametrize("shipped", [docker, cri])
@pytest.mark.parametrize("name", ["pipecat-pipeline-debug.log", "pipecat-default-format.log"])
def test_a_pipecat_log_and_what_a_container_runtime_kept_of_it(
    tmp_path: Path, name: str, shipped: Callable[[str], str]
) -> None:
    lines = (SPECIMENS / name).read_text().splitlines(keepends=True)
    kept = list(map(shipped, lines))
    assert_counted_once(tmp_path, lines, "".join([*kept, *lines]))
    assert_counted_once(tmp_path, lines, "".join([*lines, *kept]))
    for pairs in (zip(kept, lines, strict=True), zip(lines, kept, strict=True)):
        assert_counted_once(tmp_path, lines, "".join(map("".join, pairs)))


def test_lines_that_repeat_now_and_then_are_kept() -> None:
    block = b"".join(b"%d\n%d\n%d\n" % (n, n, n + 1000) for n in range(50))
    assert list(single_lines([block])) == [block]


def test_of_four_equal_lines_two_are_left() -> None:
    block = b"".join(b"%d\n" % (n // 2) for n in range(20)) + b"x\n" * 4
    assert b"".join(single_lines([block, b"y\ny\n"])).replace(b"\n", b"") == b"0123456789xxy"


def handled(
    width: int,
    text: str = "%(message)s",
    colour: bool = False,
    records: Iterable[str] = RECORDS,
) -> str:
    """As an app's own RichHandler prints the records."""
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=colour)
    handler = RichHandler(console=console, log_time_format="[%X]")
    handler.setFormatter(logging.Formatter(text, datefmt="[%X]"))
    for second, line in enumerate(records):
        found = json.loads(line)
        level = getattr(logging, found["level"])
        message = found["message"].replace("LLM metrics", "LLM metrics: ttft=0.52")
        place = "/a/livekit/agents/voice/agent_activity.py"
        record = logging.LogRecord("livekit.agents", level, place, 1201, message, (), None)
        record.created, record.job = 1767323041.0 + second // 2, found.get("job_id", "")
        handler.handle(record)
    return out.getvalue()


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [64, 80, 100, 140])
def test_rows_of_richs_own_handler(tmp_path: Path, width: int, colour: bool) -> None:
    found = analyzed(tmp_path, handled(width, colour=colour))
    assert counted(found)[0] == 2 and counted(found)[2:4] == (1, 1)
    assert not found.inputs[0].unread


def test_ids_in_rows_of_richs_own_handler_are_found(tmp_path: Path) -> None:
    found = analyzed(tmp_path, handled(100, "%(name)s %(message)s job_id=%(job)s"))
    assert found.exposure.calls == 1
    assert found.exposure.minutes is not None
    assert counted(found)[2:4] == (1, 1)


@pytest.mark.parametrize(
    ("ids", "width"),
    in_turn(["", " job_id=%(job)s", " (job_id=%(job)s)", " [%(job)s]"], [100, 180]),
)
def test_without_loggers_a_response_counts_once_and_the_versions_are_those_of_python(
    ids: str, width: int, tmp_path: Path
) -> None:
    sample = Path(__file__).parent.parent / "sample_logs" / "false-interruptions.jsonl"
    lines = sample.read_text().splitlines()
    records = lines[600:1200] + lines[6200:]
    wanted = analyzed(tmp_path, "\n".join(records))
    assert wanted.signals["openai_calls"].count and wanted.signals["sync_warnings"].count
    found = analyzed(tmp_path, handled(width, f"%(message)s{ids}", records=records))
    assert found.signals["openai_calls"].count == wanted.signals["openai_calls"].count
    assert found.signals["sync_warnings"].count == wanted.signals["sync_warnings"].count
    assert found.inputs[0].versions.startswith("livekit-agents 1.6.")
