"""Logs as people paste, wrap and join them: what a page, a shell or a shipper did is undone."""

from __future__ import annotations

import html
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.samples import data
from tuner import errors, pipeline
from tuner.model import Report
from tuner.report import conclusions
from tuner.report import text as report_text

FALSE, SYNC = (
    "resumed false interrupted speech",
    "_SegmentSynchronizerImpl.resume called after close",
)


def record(second: int, message: str, level: str = "DEBUG", job: str = "AJ_1", **more: Any) -> str:
    stamp = f"2026-01-02T03:04:{second:02d}.000000+00:00"
    fields = {"message": message, "level": level, "name": "livekit.agents", **more}
    return json.dumps({**fields, "pid": 5, "job_id": job, "timestamp": stamp})


RECORDS = [
    record(0, SYNC, "WARNING"),
    record(1, FALSE, timeout=0),
    record(2, FALSE, timeout=2.0),
    record(3, "LLM metrics", "INFO", ttft=0.5),
]
DEV = [
    f"2026-01-02 03:04:0{second},000 - {level} livekit.agents - {message}"
    for second, level, message in (
        (0, "WARNING", f'{SYNC} {{"job_id": "AJ_1"}}'),
        (1, "DEBUG", f'{FALSE} {{"timeout": 0, "job_id": "AJ_1"}}'),
        (2, "DEBUG", f'{FALSE} {{"timeout": 2.0, "job_id": "AJ_1"}}'),
        (3, "INFO", 'LLM metrics {"ttft": 0.5, "job_id": "AJ_1"}'),
    )
]
SCREEN = [
    '    03:04:01.100 INFO     livekit.agents     starting worker {"version": "1.5.8"}',
    "    03:04:02.100 WARNING  livekit.agents     _SegmentSynchronizerImpl.resume called after",
    "                                             close",
    "    03:04:03.100 DEBUG    livekit.agents     resumed false interrupted speech",
    '                                             {"timeout": 0}',
]


def analyzed(folder: Path, data: str | bytes) -> Report:
    log = folder / "posted.log"
    log.write_bytes(data.encode() if isinstance(data, str) else data)
    return pipeline.analyze([log], environ={})


def counted(report: Report) -> tuple[Any, ...]:
    """False interruptions, those nobody heard, synchroniser warnings, first tokens, calls."""
    false = report.signals["false_interruptions"]
    sync, first = report.signals["sync_warnings"].count, report.latency["llm_ttft"].n
    return false.count, false.more["phantom"], sync, first, report.exposure.calls


def journal(values: list[bytes]) -> bytes:
    """As journalctl exports messages that are no plain text."""
    entries = (
        b"__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=%d\n_PID=5\nMESSAGE\n%b%b\nPRIORITY=6\n"
        % (n, 1767323041000000 + n, struct.pack("<Q", len(value)), value)
        for n, value in enumerate(values)
    )
    return b"\n".join(entries)


def crumb(found: dict[str, Any]) -> dict[str, Any]:
    """A record as Sentry keeps it until an error comes."""
    own = {"type": "log", "category": found.pop("name"), "level": found.pop("level").lower()}
    own |= {"message": found.pop("message"), "timestamp": found.pop("timestamp")}
    return {**own, "data": found}


def event(crumbs: list[dict[str, Any]]) -> dict[str, Any]:
    """Such an error, whose message may be one that a log has, too."""
    said = {"level": "error", "logger": "livekit.agents", "timestamp": "2026-01-02T03:05:00Z"}
    return {
        **said,
        "logentry": {"message": "AgentSession closed"},
        "breadcrumbs": {"values": crumbs},
    }


def in_ctx(line: str) -> str:
    """A record of a formatter that writes its extras in an object."""
    found = json.loads(line)
    said = {"ts": found.pop("timestamp"), "lvl": found.pop("level"), "logger": found.pop("name")}
    return json.dumps({**said, "msg": found.pop("message"), "ctx": found})


def level_first(line: str) -> str:
    """As livekit-agents 1.3.1 to 1.3.5 write a record."""
    found = json.loads(line)
    return json.dumps({key: found.pop(key) for key in ("level", "name")} | found)


def opened(line: str) -> str:
    """A record as a console shows it, whose newlines were lost when it was copied."""
    return " ".join(json.dumps(json.loads(line), indent=4).split("\n"))


def rows(*cells: Callable[[str], str], write: Callable[[str], str] = str) -> str:
    """A table of events, as a page pastes it: the first is its header."""
    lines = [
        f"2026-01-02T03:04:05.123Z{' | '.join(cell(write(line)) for cell in cells)}"
        for line in RECORDS
    ]
    return "\n".join([lines[0], "-- | --", *(f"  | {line}" for line in lines[1:])])


ALL = "\n".join(RECORDS) + "\n"
POSTED: dict[str, str | bytes] = {
    "NUL between records": "\0".join(RECORDS),
    "NUL behind records": "\0".join(DEV) + "\0",
    "NUL before newlines": "".join(f"{line}\0\n" for line in RECORDS),
    "blanks that do not break": ALL.replace(": ", ":\u00a0").replace("after ", "after\u00a0"),
    "the same in dev text": "\n".join(DEV).replace(" - ", "\u00a0-\u00a0"),
    "backticks": "is it a bug?\n\n" + "\n\n".join(f"`{line}`" for line in RECORDS),
    "records on one line": " Info: io closed. ".join(RECORDS) + "\n" + record(9, "session closed"),
    "key=value behind dev text": "\n".join(
        f"(Worker pid=7, ip=10.0.0.4) {line}"
        for line in (
            f"2026-01-02 03:04:00,000 - WARNING livekit.agents - {SYNC} job_id=AJ_1",
            f"2026-01-02 03:04:01,000 - DEBUG livekit.agents - {FALSE} timeout=0 job_id=AJ_1",
            f"2026-01-02 03:04:02,000 - DEBUG livekit.agents - {FALSE} timeout=2.0 job_id=AJ_1",
            "2026-01-02 03:04:03,000 - INFO livekit.agents - LLM metrics ttft=0.5 job_id=AJ_1",
        )
    ),
    "journal, binary JSON": journal([line.encode() for line in RECORDS]),
    "journal, coloured": journal([line.replace(" - ", " - \x1b[0m", 1).encode() for line in DEV]),
    "a prefix of its own each": "\n".join(
        f"{'~' * n} u/{n} (k{n * 7919}) {line}" for n, line in enumerate(RECORDS, 2)
    ),
    "CSV rows behind JSON": RECORDS[0]
    + "".join(
        f'\n2026-01-02 03:04:00,"{line.replace(chr(34), chr(34) * 2)}"' for line in RECORDS[1:]
    ),
    "a page that Go escaped": f"<p>Logs:</p>\n<pre>\n{ALL.replace(chr(34), '&#34;')}</pre>",
    "a page escaped twice": html.escape(html.escape(ALL)),
    "events that a console printed below their times": "".join(
        f"2026-01-02T03:04:05.123Z\n\n{json.dumps(json.loads(line), indent=4)}\n"
        for line in RECORDS
    ),
    "events of a console in a table": rows(opened),
    "the same, opened and closed": rows(opened, str),
    "the same, level first": rows(opened, str, write=level_first),
    "closed twice": rows(str, str),
    "closed twice, level first": rows(str, str, write=level_first),
    "objects with blanks behind a name": "\n".join(f"[agent] >> {opened(x)}" for x in RECORDS),
    "level first on one line": " ".join(map(level_first, RECORDS)) + "\n" + record(9, "x"),
    "breadcrumbs of an event": json.dumps(event([crumb(json.loads(line)) for line in RECORDS])),
    "breadcrumbs over many lines": json.dumps(
        event([crumb(json.loads(line)) for line in RECORDS]), indent=2
    ),
    "fields in an object": "\n".join(map(in_ctx, RECORDS)),
}


@pytest.mark.parametrize("name", POSTED)
def test_it_counts_as_the_agent_wrote_it(name: str, tmp_path: Path) -> None:
    assert counted(analyzed(tmp_path, POSTED[name])) == (2, 1, 1, 1, 1)


@pytest.mark.parametrize("size", [9, 10, 2560])
def test_a_length_in_the_journal_may_hold_a_newline(size: int, tmp_path: Path) -> None:
    odd = b"x" * (size - 5) + b"\n\nA=b"
    found = analyzed(tmp_path, journal([RECORDS[0].encode(), odd, RECORDS[1].encode()]))
    assert counted(found)[:3] == (1, 1, 1)


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("prefix", ["", "agent-1  | ", "2026-01-02T03:04:05.000Z ", "[worker] "])
def test_the_last_row_of_a_screen_behind_a_prefix_is_whole(
    prefix: str, end: str, tmp_path: Path
) -> None:
    found = analyzed(tmp_path, "\n".join(prefix + line for line in SCREEN) + end)
    assert counted(found)[:3] == (1, 1, 1)
    assert not found.inputs[0].unread


@pytest.mark.parametrize("width", [80, 120, 160])
def test_lines_without_a_time_that_a_screen_broke(width: int, tmp_path: Path) -> None:
    headers = f"[(b'openai-processing-ms', b'1533'), (b'x', b'{'y' * 300}')])"
    done = f"receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', {headers}"
    each = [f"DEBUG:httpcore.http11:{done}", f"DEBUG:livekit.agents:{FALSE}"]
    lines = [line[at : at + width] for line in each * 6 for at in range(0, len(line), width)]
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    calls = found.signals["openai_calls"]
    assert (calls.count, calls.more["slow"], counted(found)[0]) == (6, 6, 6)
    assert not found.inputs[0].unread


def test_a_message_whose_quotes_lost_their_backslash(tmp_path: Path) -> None:
    whole = record(0, "failed to synthesize speech, retrying in 0.1s: File @x.py@", "WARNING")
    found = analyzed(tmp_path, whole.replace("@", '"') + "\n" + RECORDS[0] + "\n")
    assert found.signals["tts_failures"].count == 1
    assert not found.inputs[0].unread


def test_two_exports_of_two_kinds_joined_are_no_echo(tmp_path: Path) -> None:
    rows = [{"timestamp": f"2026-01-02 03:04:0{n}", "message": r} for n, r in enumerate(RECORDS)]
    second = [line.replace("AJ_1", "AJ_2").replace("T03", "T04") for line in RECORDS]
    found = analyzed(tmp_path, json.dumps(rows) + "\n" + "\n".join(second) + "\n")
    assert counted(found) == (4, 2, 2, 2, 2)


@pytest.mark.parametrize("version", ["0.6.0", "0.10.0"])
def test_old_python_workers_are_no_node_agents(version: str, tmp_path: Path) -> None:
    line = {"asctime": "2024-05-20 17:55:01,480", "level": "INFO", "name": "livekit.agents"}
    found = analyzed(
        tmp_path, json.dumps({**line, "message": "starting worker", "version": version})
    )
    assert found.inputs[0].versions == f"livekit-agents {version}, as logged at its start"


CALL = """\
{0}2025-10-28T16:10:36.000{1} - DEBUG - {2}CA1623 - User started speaking
{0}2025-10-28T16:10:38.100{1} - DEBUG - {2}CA1623 - User stopped speaking
{0}2025-10-28T16:10:39.000{1} - DEBUG - {2}CA1623 - OpenAILLMService#1 TTFB: 0.9
{0}2025-10-28T16:10:39.200{1} - DEBUG - {2}CA1623 - CartesiaTTSService#1 TTFB: 0.2
{0}2025-10-28T16:10:40.100{1} - DEBUG - {2}CA1623 - Bot started speaking
"""


@pytest.mark.parametrize(
    ("host", "zone", "place"),
    [
        ("", "+0000", ""),
        ("Nov 19 10:39:41.434 ", "", "pipecat.transports.base_output:_speaking:599 - "),
        ("  |   | ", "Z", "pipecat.a.b:c:50 - "),
    ],
)
def test_pipecat_in_a_layout_of_the_apps_own(
    host: str, zone: str, place: str, tmp_path: Path
) -> None:
    found = analyzed(tmp_path, CALL.format(host, zone, place))
    assert (found.exposure.calls, found.exposure.turns) == (1, 1)
    assert (found.latency["llm_ttft"].p50, found.latency["tts_ttfb"].p50) == (0.9, 0.2)


def pino(version: str) -> str:
    start = {"level": 30, "time": 1769790000000, "pid": 9, "hostname": "h"}
    lines = [{**start, "version": version, "msg": "starting worker"}]
    for call in range(12):
        at = 1769790000000 + call * 200_000
        same = {"level": 20, "pid": 9, "hostname": "h", "jobID": f"AJ_{call}"}
        lines += [
            {**same, "time": at + n * 10_000, "timeout": 2000, "msg": FALSE} for n in range(9)
        ]
    return "\n".join(map(json.dumps, lines)) + "\n"


@pytest.mark.parametrize(
    ("version", "session"),
    [
        ("1.5.0", "{ turnHandling: { interruption: { minDuration: 900, "),
        ("1.0.22", "{ voiceOptions: { minInterruptionDuration: 900 } }"),
    ],
)
def test_a_node_agent_gets_what_it_can_paste(version: str, session: str, tmp_path: Path) -> None:
    shown = " ".join(report_text.render(analyzed(tmp_path, pino(version)), width=400).split())
    assert f"in your agent: new voice.AgentSession({session}" in shown
    assert "in your agent: silero.VAD.load({ activationThreshold: " in shown
    never = "the VAD's activation threshold while the agent speaks"
    assert f"not in agents-js {version[:3]}: {never}" in shown
    assert "profiles diff" not in shown


@pytest.mark.parametrize("version", ["1.5.0", "1.0.22"])
def test_no_finding_asks_for_a_setting_that_the_agent_does_not_have(
    version: str, tmp_path: Path
) -> None:
    found = analyzed(tmp_path, pino(version))
    advice = " ".join(one.advice for one in found.findings)
    assert "Duration=900 of" in advice
    assert "while the agent speaks" not in advice


def test_an_agent_without_profiles_keeps_its_settings(tmp_path: Path) -> None:
    (tmp_path / "some.log").write_bytes(data("openai-2.54.log"))
    found = pipeline.analyze([tmp_path / "some.log"], environ={})
    assert conclusions.verdict(found) == "KEEP your present settings"


def test_a_realtime_reply_of_node_that_timed_out(tmp_path: Path) -> None:
    line = {"level": 50, "time": 1760954178728, "pid": 9, "hostname": "h", "jobID": "AJ_1"}
    message = "generateReply timed out waiting for generation_created event."
    found = analyzed(tmp_path, json.dumps({**line, "msg": message}) + "\n")
    assert found.signals["realtime_timeouts"].count == 1


def test_a_node_agent_of_which_nothing_counts_is_one_all_the_same(tmp_path: Path) -> None:
    """Its JSON names no logger: what it says does."""
    said = "playout completed without interruption"
    line = '{"level":30,"time":1766150585732,"pid":99,"hostname":"h","msg":"%s"}\n'
    assert analyzed(tmp_path, line % said).inputs[0].understood == 1
    with pytest.raises(errors.TunerError, match="no line of a voice agent"):
        analyzed(tmp_path, line % "payment completed without interruption")


def test_failures_say_in_how_many_calls_they_were(tmp_path: Path) -> None:
    failed = "AgentSession is closing due to unrecoverable error"
    lines = [record(n, failed, "ERROR", job=f"AJ_{n % 2 + 2}") for n in range(3)] + RECORDS
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert found.signals["sessions_failed"].more["calls"] == 2
    (finding,) = [each for each in found.findings if each.rule == "failed-sessions"]
    assert finding.measured == "3 times in 2 of 3 calls"


def test_alerts_of_this_projects_agent_have_a_name(tmp_path: Path) -> None:
    alert = record(0, "first token slow", "WARNING", value_ms=731).replace(
        "livekit.agents", "agent.alerts"
    )
    private = alert.replace("first token slow", "my number is 555")
    texts = [line.text for line in analyzed(tmp_path, f"{alert}\n{private}\n{ALL}").also]
    assert sorted(texts) == ["", "first token slow"]


@pytest.mark.parametrize("times", [1, 3_000], ids=["", "scanned"])
def test_rsyslog_writes_a_line_for_several(times: int, tmp_path: Path) -> None:
    lines = [
        f"DEBUG:livekit.agents:{FALSE}",
        f"WARNING:livekit.agents:{SYNC}",
        f"message repeated 3 times: [ WARNING:livekit.agents:{SYNC}]",
        "INFO:livekit.agents:message repeated 3 times: [ x]",
    ]
    shipped = (f"Jan  2 03:04:0{n} vm uv[991]: {line}\n" for n, line in enumerate(lines))
    report = analyzed(tmp_path, "".join(shipped) * times)
    signals, read = report.signals, report.inputs[0]
    found = signals["false_interruptions"].count, signals["sync_warnings"].count
    assert (*found, read.lines, read.understood) == (times, 4 * times, 4 * times, 4 * times)


@pytest.mark.parametrize("times", [1, 3_000], ids=["", "scanned"])
def test_columns_of_a_table_stand_behind_the_lines(times: int, tmp_path: Path) -> None:
    rows = [
        f"{line.replace('2026-01-02', f'{2026 + n // 28:04d}-01-{n % 28 + 1:02d}')}  PrimaryResult"
        "  2026-01-02T03:04:05.000Z\n"
        for n in range(times)
        for line in DEV
    ]
    head = "Log_s          TableName      TimeGenerated\n-----          -----      -----\n"
    report = analyzed(tmp_path, head + "".join(rows))
    assert counted(report) == (2 * times, times, times, times, 1)
    assert report.inputs[0].unread == {"no known shape": 2}
