"""A report in, the rows of its sections out: what is said, before anybody draws it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from tuner.model import SEVERITIES, Finding, InputInfo, Latency, Report, Severity, Signal
from tuner.redaction.terminal import printable
from tuner.report.text_layout import number, plural, seconds

MANY = 10
"""Rows of a list that may be endless (files) before it says "and N more"."""

_DAY_S = 86_400.0
_YEARLESS = 1972  # the year of times that have none (syslog)

_NAMES = {
    "sync_warnings": "synchroniser warnings",
    "openai_calls": "OpenAI calls",
    "openai_retries": "OpenAI retries",
    "http_connections": "new HTTP connections",
    "pool_timeouts": "HTTP pool time-outs",
    "false_cutoffs": "false cut-offs",
    "vad_slow": "starved VAD",
    "eot_timeouts": "turn detector time-outs",
    "llm_failures": "failed LLM attempts",
    "tts_failures": "failed TTS attempts",
    "stt_failures": "failed STT attempts",
    "slow_flushes": "speech slower than playback",
    "preemptive": "preemptive generations",
    "llm_ttft": "first token",
    "tts_ttfb": "first audio byte",
    "end_of_turn_delay": "end of turn",
    "transcription_delay": "transcript",
    "e2e": "time to first audio",
    "realtime_ttft": "Realtime first token",
}
_ALWAYS_COUNTED = ("false_interruptions", "sync_warnings", "openai_calls")


class FindingRow(NamedTuple):
    """One finding: how grave, which, its figures, what to do, where to look and what is there."""

    severity: str
    rule: str
    figures: str
    says: str
    where: str
    text: str


class Hidden(NamedTuple):
    """Signals that one reason hides, wholly or partly."""

    names: tuple[str, ...]
    why: str


def name(key: str) -> str:
    """How a signal or a latency is called in a report."""
    return _NAMES.get(key, printable(key).replace("_", " "))


def head(report: Report) -> list[str]:
    """What was read: calls, minutes, turns, lines, formats, time."""
    exposure = report.exposure
    parts = [plural(exposure.calls, "call") if exposure.calls is not None else "calls not told"]
    if exposure.minutes is not None:
        parts.append(f"{number(exposure.minutes)} min")
    if exposure.turns is not None:
        parts.append(plural(exposure.turns, "turn"))
    if len(report.inputs) != 1:
        parts.append(plural(len(report.inputs), "input"))
    parts += [_lines(report), *_formats(report), span(report.first, report.last)]
    return [part for part in parts if part]


def span(first: float | None, last: float | None) -> str:
    """The time from the first line to the last, with the date once if it is one day."""
    if first is None or last is None:
        return ""
    try:
        start, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    if last < 2 * _DAY_S:  # a clock without a date
        return f"{start:%H:%M}–{end:%H:%M}"
    date, zone = ("%b %d", "") if start.year == _YEARLESS else ("%Y-%m-%d", " UTC")
    if start.date() == end.date():
        return f"{start:{date} %H:%M}–{end:%H:%M}{zone}"
    return f"{start:{date} %H:%M} – {end:{date} %H:%M}{zone}"


def running(report: Report) -> str:
    """The profile that the logs were made under, and how that is known."""
    current = report.current
    if current.name is None and not current.mixed:
        return "running: not known"
    if current.mixed:
        text = f"{', '.join(current.mixed)} mixed, from the {current.how}"
    else:
        how = "as the log says" if current.how == "log" else f"from {current.how}"
        text = f"{current.name}, {how}"
    return printable(f"running: {text}")


def changes(report: Report) -> list[str]:
    """Each setting with its values, what that means, what it brings and how surely."""
    return [
        f"{printable(change.setting)} {_value(change.from_)} → {_value(change.to)}: "
        f"{'; '.join(text for text in (change.why, change.effect) if text)} ({change.label})"
        for change in report.recommendation.changes
    ]


def findings(report: Report) -> list[FindingRow]:
    """The findings, gravest first as they came; a mere info is told in short."""
    return [_finding(found, short=found.severity == "info") for found in report.findings]


def where(found: Finding) -> str:
    """The first line that shows it, and how many more there are."""
    if not found.evidence:
        return ""
    first = found.evidence[0]
    more = max(found.total, len(found.evidence)) - 1
    place = f"{printable(first.path)}:{first.line}"
    return f"{place} and {more:,} more" if more else place


def counted(report: Report) -> list[str]:
    """What was seen how often: the signals of every report, and the others that occurred."""
    parts = []
    for key, signal in report.signals.items():
        if signal.count is None or signal.observable == "no":
            continue
        if signal.count or key in _ALWAYS_COUNTED:
            parts.append(f"{name(key)} {signal.count:,}{_details(signal)}")
    return parts


def latencies(report: Report) -> list[tuple[str, ...]]:
    """One row per stage that was measured: quantiles in seconds, n, grade, censored."""
    rows = []
    for key, stage in report.latency.items():
        if stage.observable != "no" and stage.n + stage.censored:
            quantiles = (seconds(q) for q in (stage.p50, stage.p90, stage.p95, stage.p99))
            rows.append((name(key), *quantiles, f"{stage.n:,}", *_grade(stage)))
    return rows


def calls(report: Report) -> list[tuple[str, ...]]:
    """One row per endpoint: calls, slow ones, processing times in ms; then all together."""
    signal = report.signals.get("openai_calls")
    if signal is None or not signal.count or signal.observable == "no":
        return []
    by_endpoint = signal.more.get("by_endpoint") or {}
    rows = [_call_row(printable(key), figures) for key, figures in by_endpoint.items()]
    everything = {**signal.more, **(signal.more.get("processing_ms") or {}), "count": signal.count}
    return [*rows, _call_row("all", everything)] if len(rows) != 1 else rows


def hidden(report: Report) -> list[Hidden]:
    """Signals and latencies that could not be seen, or not everywhere, by reason."""
    reasons: dict[str, list[str]] = {}
    for key, seen in _watched(report):
        if seen.observable != "yes":
            partly = " (in part)" if seen.observable == "partly" else ""
            reasons.setdefault(printable(seen.why or "no reason is known"), []).append(
                name(key) + partly
            )
    return [Hidden(tuple(dict.fromkeys(names)), why) for why, names in reasons.items()]


def refusals(report: Report) -> list[tuple[str, str]]:
    """Rules that could not judge for a reason that NOT VISIBLE does not give already."""
    known = {row.why for row in hidden(report)}
    return [
        (printable(refusal.rule), _joined(refusal.why, f"needs {refusal.needs}"))
        for refusal in report.refusals
        if printable(refusal.why) not in known
    ]


def unread(report: Report) -> list[tuple[str, str]]:
    """Inputs with a problem or with lines that were not understood; the first MANY of them."""
    rows = [(printable(info.path), _unread(info)) for info in report.inputs]
    told = [row for row in rows if row[1]]
    rest = len(told) - MANY
    return told[:MANY] + ([("", f"and {plural(rest, 'more input')}")] if rest > 0 else [])


def notes(report: Report) -> list[str]:
    """Remarks on the report and on its inputs, each once."""
    own = [printable(note) for note in report.notes]
    of_inputs = [printable(note) for info in report.inputs for note in info.notes]
    return list(dict.fromkeys(own + of_inputs))


def objections(report: Report, fail_on: Severity) -> list[str]:
    """What `--check` fails for: advice to switch, and findings as grave as `fail_on`."""
    grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    found = [f"{f.severity}: {f.rule}" for f in report.findings if f.severity in grave]
    if report.recommendation.verdict == "switch":
        found.insert(0, f"switch to {report.recommendation.profile}")
    return found


def next_steps(report: Report) -> list[str]:
    """Commands worth typing now."""
    advice, steps = report.recommendation, []
    if advice.verdict == "switch" and advice.profile:
        to = shlex.quote(printable(advice.profile))
        if advice.current:
            steps.append(f"tuner profiles diff {shlex.quote(printable(advice.current))} {to}")
        steps.append(f"AGENT_PROFILE={to} python agent.py dev")
    elif advice.verdict == "undecided" and hidden(report):
        steps.append("AGENT_PROFILE=evidence python agent.py dev")
    if report.findings:
        steps.append(f"tuner explain {printable(report.findings[0].rule)}")
    return steps


def _finding(found: Finding, short: bool) -> FindingRow:
    open_ = f"Open: {found.needs}" if found.needs else ""
    return FindingRow(
        found.severity,
        printable(found.rule),
        f"{found.measured} (limit {found.limit})",
        _joined(found.title, "" if short else found.advice, open_),
        where(found),
        "" if short or not found.evidence else found.evidence[0].text,
    )


def _lines(report: Report) -> str:
    lines = sum(info.lines for info in report.inputs)
    missed = sum(sum(info.unread.values()) for info in report.inputs)
    understood = f"{missed:,} not understood" if missed else "all understood" if lines else ""
    return f"{plural(lines, 'line')}, {understood}".rstrip(", ")


def _formats(report: Report) -> list[str]:
    """The formats that were met, with the wrappers peeled off them."""
    found = [
        printable(" in ".join(filter(None, (info.format, ", ".join(info.wrappers)))))
        for info in report.inputs
        if info.format not in ("", "none")
    ]
    return [", ".join(dict.fromkeys(found))]


def _details(signal: Signal) -> str:
    """The figures that belong behind a count, and whether it is the whole of it."""
    more = signal.more
    parts = [f"{more['phantom']:,} of them not heard"] if more.get("phantom") else []
    if more.get("lost"):
        parts.append(f"{more['lost']:,} more ended by the caller")
    if more.get("slow") is not None:
        parts.append(f"{more['slow']:,} over {number(more.get('threshold_ms'))} ms")
    if signal.observable == "partly":
        parts.append("seen in part")
    return f" ({', '.join(parts)})" if parts else ""


def _grade(stage: Latency) -> tuple[str, str]:
    grade = "" if stage.grade == "none" else stage.grade
    return grade, f"{stage.censored:,} ended without one" if stage.censored else ""


def _call_row(endpoint: str, figures: Mapping[str, object]) -> tuple[str, ...]:
    times = (figures.get(key) for key in ("p50", "p90", "p95", "p99", "max"))
    rounded = (number(round(t, 0) if isinstance(t, float) else t) for t in times)
    return (endpoint, number(figures.get("count")), number(figures.get("slow")), *rounded)


def _watched(report: Report) -> Iterator[tuple[str, Signal | Latency]]:
    yield from report.signals.items()
    yield from report.latency.items()


def _unread(info: InputInfo) -> str:
    reasons = sorted(info.unread.items(), key=lambda item: -item[1])
    parts = [f"{count:,} {printable(reason)}" for reason, count in reasons if count]
    missed = f"{plural(sum(info.unread.values()), 'line')}: {', '.join(parts)}" if parts else ""
    return "; ".join(part for part in (printable(info.problem), missed) if part)


def _value(value: object) -> str:
    """A setting's value as a profile would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else number(value)


def _joined(*texts: str) -> str:
    """Texts as sentences behind each other."""
    kept = [text.strip().rstrip(".") for text in texts if text.strip()]
    return ". ".join(kept) + "." if kept else ""
