"""The page: every figure is that of the JSON, nothing in it runs, and nothing private is in it."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import operator
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests import pages, samples
from tests.pages import DEBUG, REPLAYED, TURNS, Element, parsed
from tests.test_leaks import FIELDS, MESSAGES, PRIVATE, is_leaked, line
from tuner import pipeline
from tuner.cli import main as cli
from tuner.html import file
from tuner.html.page import policy
from tuner.limits import Limits
from tuner.report import calls as calls_json
from tuner.report import json as report_json
from tuner.report import text_layout, what_if
from tuner.whatif.texts import cell

IN_A_CALL = {
    "false_stops": ("false_stops", "seen_s"),
    "cut_offs": ("cut_offs", "turns_at_risk"),
    "wait": ("wait_p50_s", "id"),
}
"""Each figure over time, and what must be known of a call besides."""
LOGS = {"debug": DEBUG, "turns": TURNS, "replayed": REPLAYED}


@pytest.fixture(scope="module", params=[*LOGS.values()], ids=[*LOGS])
def log(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@functools.cache
def page(log: Path) -> Element:
    return parsed(pages.page(log))


@functools.cache
def report(log: Path) -> Any:
    return json.loads(report_json.render(pipeline.analyze([log], environ={})))


@functools.cache
def calls(log: Path) -> Any:
    found = pipeline.calls([log])
    return json.loads(json.dumps(calls_json.document(found, found.calls, Limits())))["calls"]


def looked_up(document: Any, key: str) -> Any:
    """The value of "latency.e2e.p50"; parts that are numbers count in a list."""
    steps = [int(part) if part.isdigit() else part for part in key.split(".")]
    return functools.reduce(operator.getitem, steps, document)


def is_rounded(shown: str, value: float) -> bool:
    """Whether the text is the value as a reader is shown it."""
    ways = (text_layout.number, text_layout.seconds, lambda v: f"{v:,}", lambda v: f"{v:g}")
    return shown in [way(value) for way in ways]


def test_every_figure_of_the_report_is_that_of_the_json(log: Path) -> None:
    found = [e for e in page(log).all("data", data_key="") if "." in e.attributes["data-key"]]
    of_report = [e for e in found if not e.attributes["data-key"].startswith("cost.")]
    assert len(of_report) > 30
    for element in of_report:
        value = looked_up(report(log), element.attributes["data-key"])
        assert float(element.attributes["value"]) == value, element.attributes
        assert is_rounded(element.text, value), element.text


def test_the_worst_calls_are_those_of_the_json_with_their_figures(log: Path) -> None:
    rows = page(log).all("tr", data_call="")
    assert [row.attributes["data-call"] for row in rows] == [call["id"] for call in calls(log)][:20]
    for row, call in zip(rows, calls(log), strict=False):
        for element in row.all("data"):
            value = looked_up(call, element.attributes["data-key"])
            assert float(element.attributes["value"]) == value
            assert is_rounded(element.text, value)


def test_the_bars_of_a_distribution_hold_all_values(log: Path) -> None:
    figures = page(log).all("figure", data_stage="")
    stages = {key: one for key, one in report(log)["latency"].items() if one["n"]}
    assert {figure.attributes["data-stage"] for figure in figures} == stages.keys()
    for figure in figures:
        bars = [b.one("title").text for b in figure.all("rect") if b.attributes["class"] == "bar"]
        counts = [int(title.rpartition(": ")[2].replace(",", "")) for title in bars]
        assert sum(counts) == stages[figure.attributes["data-stage"]]["n"]
        cells = [row.inside[-1].text for row in figure.one("tbody").all("tr")]
        assert cells == [f"{count:,}" for count in counts]


def test_the_marks_of_a_distribution_are_its_quantiles(log: Path) -> None:
    for figure in page(log).all("figure", data_stage=""):
        stage = report(log)["latency"][figure.attributes["data-stage"]]
        marks = [e.text for e in figure.all("title") if e.text.startswith("p")]
        wanted = [f"{q} {text_layout.seconds(stage[q])} s" for q in ("p50", "p90", "p99")]
        assert [mark for mark in marks if mark != "poor"] == wanted


def test_calls_over_time_are_all_calls(log: Path) -> None:
    for figure in page(log).all("figure", data_series=""):
        name, at_risk = IN_A_CALL[figure.attributes["data-series"]]
        known = [call for call in calls(log) if call[name] is not None and call[at_risk]]
        shown = [row.all("td")[0].text for row in figure.one("tbody").all("tr")]
        assert sum(int(text.replace(",", "")) for text in shown) == len(known)


EVENTS = {
    "false_stops": ("false_stops", "seen_s", 60.0),
    "cut_offs": ("cut_offs", "turns_at_risk", 1.0),
}
"""Which figures of calls a rate over time divides, and by how many of it one counts."""


def test_rates_over_time_are_those_of_the_calls_that_began_then(log: Path) -> None:
    compared = 0
    for figure in page(log).all("figure", data_series=""):
        key = figure.attributes["data-series"]
        if key not in EVENTS:
            continue
        events, exposure, unit = EVENTS[key]
        rows = figure.one("tbody").all("tr")
        starts = [iso_utc(row.one("th").text) for row in rows]
        for row, start, end in zip(rows, starts, [*starts[1:], "9"], strict=True):
            began = [c for c in calls(log) if c["first"] and start <= c["first"] < end]
            known = [c for c in began if c[events] is not None and c[exposure]]
            rate = sum(c[events] for c in known) / sum(c[exposure] for c in known) * unit
            assert float(row.one("data").attributes["value"]) == pytest.approx(rate)
            compared += 1
    assert compared or log != REPLAYED


def iso_utc(shown: str) -> str:
    """A moment of the page as the JSON writes it."""
    return shown.replace(" ", "T")


def test_the_profiles_have_the_rates_of_their_calls(log: Path) -> None:
    table = next(t for t in page(log).all("table") if "profiles may" in t.text or "Rates" in t.text)
    compared = 0
    for row in table.one("tbody").all("tr"):
        name = row.one("th").text
        mine = [c for c in calls(log) if (c["profile"] or "unknown") == name or name == "-"]
        stops = [c for c in mine if c["false_stops"] is not None and c["seen_s"]]
        shown = row.all("td")[3].all("data")
        if stops and shown:
            rate = sum(c["false_stops"] for c in stops) / sum(c["seen_s"] for c in stops) * 60
            assert float(shown[0].attributes["value"]) == pytest.approx(rate)
            compared += 1
    assert compared or log == DEBUG


def test_the_profiles_add_up_to_the_report(log: Path) -> None:
    table = next(t for t in page(log).all("table") if "profiles may" in t.text or "Rates" in t.text)
    values = [[d.attributes["value"] for d in row.all("data")] for row in table.all("tr")[1:]]
    assert sum(int(row[0]) for row in values) == report(log)["exposure"]["calls"]
    minutes = sum(float(row[1]) for row in values)
    assert minutes == pytest.approx(report(log)["exposure"]["minutes"], abs=0.01)


def test_predictions_are_those_of_what_if() -> None:
    log = pipeline.replay([REPLAYED], environ={})
    for knob in what_if.sweep(log):
        if not knob.cannot_act:
            table = page(REPLAYED).one("table", data_knob=knob.name)
            for row, answer in zip(table.one("tbody").all("tr"), knob.answers, strict=True):
                shown = [each.text for each in row.all("td")]
                figures = answer.figures.values()
                assert shown == [f"{cell(figure)} {figure.label}" for figure in figures]


def test_a_log_that_cannot_be_replayed_says_why() -> None:
    section = page(DEBUG).one("section", aria_labelledby="what-if")
    assert "no turn of a turn log was found" in section.text
    assert not section.all("svg")


def test_nothing_runs_and_nothing_is_loaded(log: Path) -> None:
    tree = page(log)
    assert not tree.all("script")
    for element in tree._elements():
        assert not {key for key in element.attributes if key.startswith("on")}
        assert "style" not in element.attributes
        assert "src" not in element.attributes
        assert element.attributes.get("href", "#").startswith("#")
    style = tree.one("style").inside[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (first, *_) = [m for m in tree.all("meta") if "http-equiv" in m.attributes]
    assert first.attributes["content"] == policy(style)
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in first.attributes["content"]


def test_every_link_inside_has_its_target(log: Path) -> None:
    tree = page(log)
    ids = [element.attributes["id"] for element in tree.all(id="")]
    assert len(ids) == len(set(ids))
    for link in tree.all("a"):
        assert link.attributes["href"].removeprefix("#") in ids


def test_what_a_log_holds_is_text_on_the_page(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e&amp;"
    path = tmp_path / "<b onclick=x>.log"
    path.write_text("\n".join(line(nasty, level="ERROR", room=nasty) for _ in range(3)) + "\n")
    text = pages.page(path, show_text=True)
    assert not parsed(text).all("script")
    assert not parsed(text).all("img")
    assert "\u202e" not in text


def test_nothing_private_is_on_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    lines = [line("LLM metrics", ttft=0.4)]
    for private in PRIVATE.values():
        for message in MESSAGES:
            lines.append(line(message.replace("{}", private), job_id=private, room=private))
            lines += [line(message, **{field: private}) for field in FIELDS]
        lines.append(line(private, level="ERROR", name=private))
    path.write_text("\n".join(lines) + "\n")
    assert not is_leaked(pages.page(path).replace(str(tmp_path), ""))


def test_a_log_without_calls_still_has_its_page(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(samples.data("openai-2.54.log"))
    text = parsed(pages.page(path)).one("section", aria_labelledby="calls").text
    assert "no line of these logs says which call it belongs to" in text


def test_a_log_without_times_still_has_its_page(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    without = re.sub(rb', "timestamp": "[^"]+"', b"", samples.data("false-interruptions.jsonl"))
    path.write_bytes(without)
    tree = parsed(pages.page(path))
    assert not tree.all("figure", data_series="")
    assert tree.all("tr", data_call="")


def test_the_command_writes_the_page_beside_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.html"
    assert cli.run(["analyze", str(TURNS), "--html", str(target)]) == 0
    printed = capsys.readouterr()
    assert "FOUND" in printed.out
    assert f"page written to {target}" in printed.err
    assert "<h1>Voice agent report</h1>" in target.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert target.stat().st_mode & 0o044


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("report.txt", "not a page's name"),
        ("none/report.html", "there is no folder"),
        ("folder.html", "is a folder"),
    ],
)
def test_a_page_that_cannot_be_made_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, why: str
) -> None:
    (tmp_path / "folder.html").mkdir()
    assert cli.run(["analyze", "no such log", "--html", str(tmp_path / name)]) == 2
    assert why in capsys.readouterr().err


def test_a_folder_that_may_not_be_written_to_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(["analyze", str(TURNS), "--html", "/proc/self/report.html"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_page_that_fails_leaves_the_old_one_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        file.write(path, "half\udc80")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_with_a_state_would_show_other_calls_than_it_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--html", str(tmp_path / "a.html"), "--state", str(tmp_path / "a.state")]
    assert cli.run(["analyze", str(TURNS), *options]) == 2
    assert "--state counts earlier ones too" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_reading_that_was_stopped_makes_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pipeline.analysis([TURNS], environ={})
    stopped = whole._replace(report=msgspec.structs.replace(whole.report, partial="stopped"))
    monkeypatch.setattr(pipeline, "analysis", lambda *_, **__: stopped)
    assert cli.run(["analyze", str(TURNS), "--html", str(tmp_path / "a.html")]) == 2
    assert "nothing else was written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_log_beside_one_that_is_not_there_has_its_page(tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    assert cli.run(["analyze", str(TURNS), str(tmp_path / "no.log"), "--html", str(target)]) == 2
    section = parsed(target.read_text()).one("section", aria_labelledby="coverage").text
    assert "no such file or folder" in section


def test_report_is_a_short_name_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["report", str(TURNS), "-o", "a.html"]) == 0
    assert cli.run(["analyze", str(TURNS), "--brief", "--html", "b.html"]) == 0
    first, second = capsys.readouterr().out.split("UNDECIDED")[1:]
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    assert cli.run(["report", str(TURNS)]) == 0
    assert Path("report.html").read_bytes() == Path("a.html").read_bytes()
    assert second.startswith(first.split("\n\n")[0][:40])
