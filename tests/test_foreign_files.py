"""Files that are no logs: the refusal says what they are and how to get the log."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests import samples
from tuner import pipeline
from tuner.errors import InputError

LINES = samples.data("false-interruptions.jsonl").decode().splitlines()[:20]
TEXT = "\n".join(LINES) + "\n"
SECRET = "sk-secret1234567890"


def slack(text: str) -> str:
    said = {"type": "message", "user": "U1", "ts": "1795167000.000100", "text": text}
    return json.dumps([said, {**said, "ts": "1795167009.000100"}], indent=4)


def requests() -> str:
    sent = {"method": "POST", "headers": [{"name": "authorization", "value": SECRET}]}
    entry = {"startedDateTime": "2026-11-20T12:00:00.000Z", "time": 12, "request": sent}
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [entry]}})


def ansible() -> str:
    lines = ",\n".join(f"        {json.dumps(line)}" for line in LINES)
    shown = f'ok: [host1] => {{\n    "out.stdout_lines": [\n{lines}\n    ]\n}}\n'
    return f"PLAY [agents] ****\n\nTASK [logs] ****\n{shown}\nPLAY RECAP ****\n"


def rich_text() -> str:
    marked = (line.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}") for line in LINES)
    return (
        "{\\rtf1\\ansi\\cocoartf2761\n{\\fonttbl\\f0 Courier;}\n\\f0 " + "\\\n".join(marked) + "}"
    )


FILES = {
    "an RTF document": (rich_text(), "plain text"),
    "a HAR file": (requests(), "the log of the agent itself"),
    "a Slack export of messages": (slack(f"look at this: {SECRET}"), "attached"),
    "output of Ansible": (ansible(), "fetch module"),
    "text in base64": (base64.encodebytes(TEXT.encode()).decode(), "base64 -d FILE"),
}
OTHERS = {
    "a Slack export of messages": slack(f"```{LINES[0]}```"),
    "output of Ansible": f'ok: [host1] => {{"stdout": {json.dumps(TEXT)}}}\n',
    "text in base64": "".join(
        f"{base64.b64encode(f'2026-11-20 12:00:05,223 - INFO x - {line}'.encode()).decode()}\n"
        for line in LINES
    ),
}


@pytest.mark.parametrize(
    ("what", "content", "step"),
    [(what, *each) for what, each in FILES.items()] + [(*each, "") for each in OTHERS.items()],
)
def test_it_is_named_with_a_next_step(what: str, content: str, step: str, tmp_path: Path) -> None:
    log = tmp_path / "agent.log"
    log.write_text(content)
    with pytest.raises(InputError, match=rf"agent\.log: {what}") as refused:
        pipeline.analyze([log], environ={})
    assert step in refused.value.next_step
    assert "resumed" not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_base64_that_was_decoded_as_told_is_read(tmp_path: Path) -> None:
    log = tmp_path / "agent.log"
    log.write_bytes(base64.b64decode(FILES["text in base64"][0]))
    assert pipeline.analyze([log], environ={}).inputs[0].understood == len(LINES)


def test_other_files_are_refused_as_before(tmp_path: Path) -> None:
    log = tmp_path / "agent.log"
    log.write_text("To be or not to be\n")
    with pytest.raises(InputError, match=r"agent\.log: nothing understood"):
        pipeline.analyze([log], environ={})


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_json_lines_in_base64_are_read(end: str, tmp_path: Path) -> None:
    encoded = [base64.b64encode(line.encode()).decode() for line in LINES]
    log = tmp_path / "agent.log"
    log.write_text("".join(f"{line}{end}" for line in [*encoded, encoded[0][:-5]]), newline="")
    report = pipeline.analyze([log], environ={})
    (found,) = report.inputs
    assert (found.lines, found.understood) == (len(LINES) + 1, len(LINES))
    log.write_text(TEXT)
    assert pipeline.analyze([log], environ={}).signals == report.signals
