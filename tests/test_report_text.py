"""The text report: what its rows say, how they are drawn, and that nothing sticks out."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import reports
from tuner.model import (
    Against,
    Change,
    Current,
    Evidence,
    Exposure,
    Finding,
    InputInfo,
    Latency,
    Recommendation,
    Refusal,
    Report,
    Signal,
    Volume,
)
from tuner.names import RuleId
from tuner.redaction.terminal import columns
from tuner.report import conclusions, figures, gaps, heading, text_layout
from tuner.report.text import render

NOISY = """\
 8 calls · 12.4 min · 62 turns · 3,657 lines, all understood · LiveKit JSON
 2026-11-20 09:22–09:35 UTC

 SWITCH to profile noisy                    (made with balanced, from --current)
   why     false interruptions 1.45/min [0.86-2.29] are above the limit of 1/min
   change  MIN_INTERRUPTION_DURATION 0.5 → 0.8: back-channels last about half a
           second; false interruptions under 0.3/min (estimated)
   change  MIN_INTERRUPTION_WORDS 0 → 2: mm-hm is one word (bounds only)
   price   real barge-ins stop the agent about 0.3 s later

 FOUND
   high     The agent stops for noise and "mm-hm" (false-interruptions)
            18, 1.45/min [0.86-2.29] (limit 1/min)
            Let a sound last longer before it stops the agent.
            at noisy.jsonl:412 and 17 more
            DEBUG resumed false interrupted speech
   warning  The synchroniser is used after it was closed (sync-warnings)
            6 in 3 calls
            A health alarm: no timing profile fixes it.
            at noisy.jsonl:988
            WARNING called after close

 COUNTED
   false interruptions 18 (2 of them nobody heard) · synchroniser warnings 6
   OpenAI calls 283 (7 over 1,000 ms)

 LATENCY (s)          p50   p90   p95   p99   n  p50 is     limits
   first token       0.42  0.88  1.39  1.68  62  good       0.25/0.4/0.5
   first audio byte  0.18  0.38  0.60  0.72  57  excellent  0.15/0.2/0.3
   first token: 3 without a value (cancelled or failed before the first token)
   limits: p50 up to which a stage is excellent/good/fair; above it is poor

 OPENAI CALLS (ms)    n  slow  p50  p90  p95    p99    max
   transcription    111     0  150    -    -      -    311
   speech            89     -    -    -    -      -      -
   chat              83     7  210  640  980  1,843  2,725
   all              283     7  210  640  980  1,843  2,725

 NOT VISIBLE
   real interruptions: no line exists for them without the turn log
   time to first audio: no turn log: set TURN_LOG=stdout or a path

 NOT JUDGED
   slow-first-audio: no turn log. Needs TURN_LOG=stdout.

 ALSO IN THIS LOG
   3 x in 2 calls: skipping reply to … (WARNING, livekit.agents)

 OTHER PROFILES
   patient: no cut-offs that a longer wait would fix
   fast: would add false interruptions

 NEXT
   tuner profiles diff balanced noisy
   AGENT_PROFILE=noisy python agent.py dev
   tuner explain false-interruptions
"""

HEALTHY = """\
 1 call · 1 min · 1 line, all understood · LiveKit JSON
 2026-11-20 09:22–09:35 UTC

 UNDECIDED                                  (settings unknown: the log has none)
   why     nothing that was visible speaks for a change, and most was not
           visible
   needs   about 6 calls logged under the profile evidence

 FOUND  nothing above its limit in what was visible

 COUNTED
   synchroniser warnings 0 · retries 1 (only partly visible)

 LATENCY (s)     p50   p90   p95   p99  n  p50 is  limits
   end of turn  0.55  1.16  1.82  2.21  1  good    0.25/0.4/0.5
   limits: p50 up to which a stage is excellent/good/fair; above it is poor

 NOT VISIBLE
   false interruptions: the level hides the DEBUG line: set LOG_LEVEL=DEBUG for
     livekit.agents
   OpenAI calls: the openai and httpx loggers are at WARNING
   retries (partly): only those that were logged as warnings

 NEXT
   in your agent: from tuner.turn_log import attach; attach(session, {})
"""

DAMAGED = """\
 8 calls · 12.4 min · 62 turns · 3 inputs · 4,857 lines, 200 not understood
 LiveKit dev in docker, cri, mixed · 2026-11-20 09:22–09:35 UTC
 PARTIAL  stopped with Ctrl-C after 2 of 3 files

 KEEP profile patient           (profiles balanced, patient mixed, from the log)
   why     nothing measured is above its limit

 FOUND  nothing above its limit in what was visible

 COUNTED
   false interruptions 18 (2 of them nobody heard) · synchroniser warnings 6
   OpenAI calls 283 (7 over 1,000 ms)

 LATENCY (s)          p50   p90   p95   p99   n  p50 is     limits
   first token       0.42  0.88  1.39  1.68  62  good       0.25/0.4/0.5
   first audio byte  0.18  0.38  0.60  0.72  57  excellent  0.15/0.2/0.3
   first token: 3 without a value (cancelled or failed before the first token)
   limits: p50 up to which a stage is excellent/good/fair; above it is poor

 OPENAI CALLS (ms)    n  slow  p50  p90  p95    p99    max
   transcription    111     0  150    -    -      -    311
   speech            89     -    -    -    -      -      -
   chat              83     7  210  640  980  1,843  2,725
   all              283     7  210  640  980  1,843  2,725

 NOT VISIBLE
   real interruptions: no line exists for them without the turn log
   time to first audio: no turn log: set TURN_LOG=stdout or a path

 NOT JUDGED
   slow-first-audio: no turn log. Needs TURN_LOG=stdout.

 NOT READ
   b.log: 200 lines: 150 no shape, 49 half a line, 1 invalid JSON
   logs/a-folder-with-a-long-name/and-a-file-with-an-even-longer-name-2026-11-
     20.zst: the archive is cut short

 NOTES
   calls overlap in time; they are identified by job_id
   times have no zone: read as UTC
"""


@pytest.mark.parametrize(
    ("report", "golden"),
    [(reports.noisy(), NOISY), (reports.healthy(), HEALTHY), (reports.damaged(), DAMAGED)],
    ids=["noisy", "healthy", "damaged"],
)
def test_the_whole_text(report: Report, golden: str) -> None:
    assert render(report, 80) + "\n" == golden


# --- what the rows say -------------------------------------------------------------------------


def test_head_says_what_was_read() -> None:
    assert heading.head(reports.damaged()) == [
        "8 calls",
        "12.4 min",
        "62 turns",
        "3 inputs",
        "4,857 lines, 200 not understood",
        "LiveKit dev in docker, cri, mixed",
        "2026-11-20 09:22–09:35 UTC",
    ]


def test_an_input_that_was_no_log_adds_no_format() -> None:
    inputs = (reports.input_info(), reports.input_info("x.bin", format="none", lines=0))
    assert "none" not in " ".join(heading.head(reports.noisy(inputs=inputs)))


def test_head_leaves_out_what_nobody_knows() -> None:
    exposure = Exposure(calls=None, minutes=None, turns=None, basis="none")
    head = heading.head(reports.healthy(exposure=exposure, first=None))
    assert head == ["number of calls unknown", "1 line, all understood", "LiveKit JSON"]


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (reports.START, reports.START + 60, "2026-11-20 09:22–09:23 UTC"),
        (reports.START, reports.START + 86_400, "2026-11-20 09:22 – 2026-11-21 09:22 UTC"),
        (3600.0, 7260.0, "01:00–02:01"),
        (63_072_000.0 + 3600, 63_072_000.0 + 7200, "Jan 01 01:00–02:00"),
        (1e300, 1e301, ""),
        (None, 5.0, ""),
    ],
)
def test_span(first: float | None, last: float | None, shown: str) -> None:
    assert heading.span(first, last) == shown


@pytest.mark.parametrize(
    ("current", "shown"),
    [
        (Current(None, "unknown"), "settings unknown: the log has none"),
        (Current("noisy", "--current"), "made with noisy, from --current"),
        (Current("noisy", "log"), "made with noisy, from the log"),
        (Current("fast", "log", {}, ("fast", "noisy")), "profiles fast, noisy mixed, from the log"),
    ],
)
def test_running(current: Current, shown: str) -> None:
    assert heading.running(reports.noisy(current=current)) == shown


def test_a_change_is_one_sentence_with_its_label() -> None:
    assert conclusions.changes(reports.noisy()) == [
        "MIN_INTERRUPTION_DURATION 0.5 → 0.8: back-channels last about half a second; "
        "false interruptions under 0.3/min (estimated)",
        "MIN_INTERRUPTION_WORDS 0 → 2: mm-hm is one word (bounds only)",
    ]


def test_a_change_of_a_switch_or_a_text_is_shown_as_a_profile_writes_it() -> None:
    change = Change("RESUME", True, "", "why", "", "exact")
    advice = reports.changed(reports.noisy().recommendation, changes=(change,))
    assert conclusions.changes(reports.noisy(recommendation=advice)) == [
        'RESUME true → "": why (exact)'
    ]


def test_a_finding_says_where_and_how_many_more() -> None:
    first, second = conclusions.findings(reports.noisy())
    assert first == conclusions.FindingRow(
        "high",
        'The agent stops for noise and "mm-hm"',
        "false-interruptions",
        "18, 1.45/min [0.86-2.29] (limit 1/min)",
        "Let a sound last longer before it stops the agent.",
        "noisy.jsonl:412 and 17 more",
        "DEBUG resumed false interrupted speech",
    )
    assert second.where == "noisy.jsonl:988"


def test_an_info_is_short_and_an_open_one_says_what_it_needs() -> None:
    found = reports.changed(reports.noisy().findings[0], severity="info", needs="6 more calls")
    (row,) = conclusions.findings(reports.noisy(findings=(found,)))
    assert row.advice == "Not certain yet; needs 6 more calls."
    assert row.text == ""


def test_counts_name_the_three_that_everybody_asks_for_even_at_zero() -> None:
    signals = {"sync_warnings": Signal(0, "yes"), "vad_slow": Signal(0, "yes")}
    assert figures.counted(reports.noisy(signals=signals)) == ["synchroniser warnings 0"]


def test_what_was_not_visible_is_never_counted() -> None:
    blind = reports.blind("muted")
    wrong = Signal(5, "no", "muted")  # a count that should not be there must not be believed
    report = reports.noisy(signals={"false_interruptions": blind, "openai_calls": wrong})
    assert figures.counted(report) == []
    assert figures.calls(report) == []
    assert "OpenAI calls" in gaps.hidden(report)[0].names
    assert not re.search(r"(false interruptions|OpenAI calls) [05]", render(report))


def test_what_one_reason_hides_stands_together() -> None:
    partly = Signal(3, "partly", "muted")
    signals = {"a_b": reports.blind("muted"), "c": reports.blind("other"), "d": partly}
    hidden = gaps.hidden(reports.noisy(signals=signals, latency={}))
    assert hidden == [(("a b", "d (partly)"), "muted"), (("c",), "other")]


def test_latency_rows() -> None:
    assert figures.latencies(reports.noisy()) == [
        ("first token", "0.42", "0.88", "1.39", "1.68", "62", "good", "0.25/0.4/0.5"),
        ("first audio byte", "0.18", "0.38", "0.60", "0.72", "57", "excellent", "0.15/0.2/0.3"),
    ]


def test_a_stage_without_any_value_shows_no_number() -> None:
    stage = reports.latency(n=0, p50=None, censored=4, grade="none")
    (row,) = figures.latencies(reports.noisy(latency={"llm_ttft": stage}))
    assert row == ("first token", "-", "-", "-", "-", "0", "", "0.25/0.4/0.5")
    assert figures.without_value(reports.noisy(latency={"llm_ttft": stage})) == [
        "first token: 4 without a value (cancelled or failed before the first token)"
    ]


def test_call_rows_end_with_all_together() -> None:
    *_, speech, chat, everything = figures.calls(reports.noisy())
    assert speech == ("speech", "89", "-", "-", "-", "-", "-", "-")
    assert chat == ("chat", "83", "7", "210", "640", "980", "1,843", "2,725")
    assert everything[:3] == ("all", "283", "7")


def test_refusals_do_not_repeat_what_was_not_visible() -> None:
    refusals = (
        Refusal(RuleId("one"), "muted", "x"),
        Refusal(RuleId("two"), "too few calls", "6 more"),
    )
    report = reports.noisy(signals={"a": reports.blind("muted")}, refusals=refusals)
    assert gaps.refusals(report) == [("two", "too few calls. Needs 6 more.")]


def test_unread_lines_and_problems_are_named_by_input() -> None:
    assert gaps.unread(reports.damaged()) == [
        ("b.log", "200 lines: 150 no shape, 49 half a line, 1 invalid JSON"),
        (
            "logs/a-folder-with-a-long-name/and-a-file-with-an-even-longer-name-2026-11-20.zst",
            "the archive is cut short",
        ),
    ]


def test_a_thousand_bad_inputs_do_not_flood_the_report() -> None:
    many = tuple(reports.input_info(f"{i}.log", problem="empty") for i in range(1000))
    shown = gaps.unread(reports.noisy(inputs=many))
    assert len(shown) == gaps.MANY + 1
    assert shown[-1] == ("", "and 990 more inputs")


def test_next_steps_follow_the_verdict() -> None:
    assert conclusions.next_steps(reports.noisy()) == [
        "tuner profiles diff balanced noisy",
        "AGENT_PROFILE=noisy python agent.py dev",
        "tuner explain false-interruptions",
    ]
    assert conclusions.next_steps(reports.healthy()) == [reports.healthy().next_log]
    known = reports.changed(reports.healthy().recommendation, current="fast")
    assert conclusions.next_steps(reports.healthy(recommendation=known)) == [
        "AGENT_PROFILE=evidence python agent.py dev"
    ]
    assert conclusions.next_steps(reports.damaged()) == []


def test_a_profile_named_by_a_strange_path_stays_one_word_of_the_shell() -> None:
    advice = reports.changed(reports.noisy().recommendation, current="./my profile.env; rm x")
    first = conclusions.next_steps(reports.noisy(recommendation=advice))[0]
    assert first == "tuner profiles diff './my profile.env; rm x' noisy"


# --- how it is drawn ---------------------------------------------------------------------------


def test_no_finding_is_said_and_not_left_to_guess() -> None:
    assert "FOUND  nothing above its limit" in render(reports.healthy())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.4516, "1.45"),
        (12.41, "12.4"),
        (294.7, "295"),
        (0.04, "0.04"),
        (1234567, "1,234,567"),
        (2.0, "2"),
        (None, "-"),
        (float("nan"), "-"),
        (float("inf"), "-"),
        ("a\x1b[2Jb", "ab"),
    ],
)
def test_number(value: Any, shown: str) -> None:
    assert text_layout.number(value) == shown


def test_plural() -> None:
    assert [text_layout.plural(n, "call") for n in (0, 1, 1200)] == [
        "0 calls",
        "1 call",
        "1,200 calls",
    ]


def test_wrap_hangs_and_breaks_a_word_that_is_too_long() -> None:
    assert text_layout.wrap("aa bb cccccccccc", 8, "x ", "  ") == ["x aa bb", "  cccccc", "  cccc"]


def test_flow_breaks_between_its_parts() -> None:
    assert text_layout.flow(["aaa", "bbb", "ccc"], 12) == [" aaa · bbb", " ccc"]


def test_table_drops_columns_rather_than_being_too_wide() -> None:
    cells = [("name", "n", "p99"), ("x", "1", "22222")]
    assert text_layout.table(cells, 80) == ["name  n    p99", "x     1  22222"]
    assert text_layout.table(cells, 8, drop=(2,)) == ["name  n", "x     1"]


def test_a_terminal_of_no_width_gets_forty_columns() -> None:
    assert render(reports.noisy(), 0) == render(reports.noisy(), 40)


def test_colour_adds_nothing_but_colour() -> None:
    plain = render(reports.noisy())
    coloured = render(reports.noisy(), colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;33m SWITCH\x1b[0m to profile noisy" in coloured
    assert "\x1b[1;31m   high\x1b[0m     The agent stops" in coloured
    assert coloured.count("\x1b[0m") == len(re.findall(r"\x1b\[[1-9]", coloured))


ANY_TEXT = st.text(max_size=60) | st.sampled_from(["漢字" * 30, "x" * 200, "a\x1b[2J\nb", ""])
COUNT = st.integers(0, 10**9)
FIGURE = st.none() | st.floats() | st.integers(-(10**6), 10**12)
OBSERVABLE = st.sampled_from(["yes", "partly", "no"])
MAYBE = st.none() | st.floats()


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


EVIDENCE = st.builds(Evidence, path=ANY_TEXT, line=COUNT, text=ANY_TEXT)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "phantom": COUNT,
        "slow": st.none() | COUNT,
        "threshold_ms": st.floats(0, 1e6),
        "processing_ms": st.dictionaries(st.sampled_from(["p50", "p90", "max"]), MAYBE),
        "by_endpoint": st.dictionaries(
            ANY_TEXT, st.dictionaries(st.sampled_from(["count", "slow", "p50", "max"]), FIGURE)
        ),
    },
)
ANY_REPORT = st.builds(
    Report,
    inputs=some(
        st.builds(
            InputInfo,
            path=ANY_TEXT,
            format=ANY_TEXT,
            wrappers=some(ANY_TEXT),
            bytes=COUNT,
            lines=COUNT,
            understood=COUNT,
            unread=st.dictionaries(ANY_TEXT, COUNT, max_size=3),
            first=MAYBE,
            last=MAYBE,
            problem=ANY_TEXT,
            notes=some(ANY_TEXT),
        )
    ),
    exposure=st.builds(
        Exposure,
        calls=st.none() | COUNT,
        minutes=MAYBE,
        turns=st.none() | COUNT,
        basis=ANY_TEXT,
    ),
    signals=st.dictionaries(
        st.sampled_from(["openai_calls", "false_interruptions", "sync_warnings"]) | ANY_TEXT,
        st.builds(Signal, count=st.none() | COUNT, observable=OBSERVABLE, why=ANY_TEXT, more=MORE),
        max_size=4,
    ),
    latency=st.dictionaries(
        ANY_TEXT,
        st.builds(
            Latency,
            n=COUNT,
            censored=COUNT,
            p50=MAYBE,
            p90=MAYBE,
            p95=MAYBE,
            p99=MAYBE,
            max=MAYBE,
            grade=st.sampled_from(["excellent", "none"]),
            over_alert=COUNT,
            alert_s=st.floats(),
            source=ANY_TEXT,
            observable=OBSERVABLE,
            why=st.none() | ANY_TEXT,
        ),
        max_size=3,
    ),
    log_volume=st.just(Volume(1, None, {}, {})),
    findings=some(
        st.builds(
            Finding,
            rule=ANY_TEXT,
            severity=st.sampled_from(["high", "warning", "info"]),
            title=ANY_TEXT,
            measured=ANY_TEXT,
            limit=ANY_TEXT,
            evidence=some(EVIDENCE),
            advice=ANY_TEXT,
            total=COUNT,
            needs=ANY_TEXT,
        )
    ),
    refusals=some(st.builds(Refusal, rule=ANY_TEXT, why=ANY_TEXT, needs=ANY_TEXT)),
    recommendation=st.builds(
        Recommendation,
        verdict=st.sampled_from(["switch", "keep", "undecided"]),
        profile=st.none() | ANY_TEXT,
        current=st.none() | ANY_TEXT,
        why=ANY_TEXT,
        changes=some(
            st.builds(
                Change,
                setting=ANY_TEXT,
                from_=FIGURE | ANY_TEXT | st.booleans(),
                to=FIGURE | ANY_TEXT,
                why=ANY_TEXT,
                effect=ANY_TEXT,
                label=st.sampled_from(["exact", "bounds only"]),
            )
        ),
        price=ANY_TEXT,
        against=some(st.builds(Against, profile=ANY_TEXT, why=ANY_TEXT)),
        needs=ANY_TEXT,
    ),
    current=st.builds(Current, name=st.none() | ANY_TEXT, how=ANY_TEXT, mixed=some(ANY_TEXT)),
    first=MAYBE,
    last=MAYBE,
    partial=ANY_TEXT,
    notes=some(ANY_TEXT),
)


@settings(max_examples=150, deadline=None)
@given(ANY_REPORT, st.integers(40, 140))
def test_no_report_sticks_out_or_moves_the_cursor(report: Report, width: int) -> None:
    lines = render(report, width).split("\n")
    assert [line for line in lines if columns(line) > width] == []
    assert all(line.isprintable() and line == line.rstrip() for line in lines)
    assert msgspec.structs.asdict(report)["inputs"] is report.inputs  # rendering changes nothing
