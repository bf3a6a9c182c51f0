"""What each input could have shown: a signal that nobody logged is not visible, never zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tuner.call_records import detection
from tuner.call_records.detection import Source
from tuner.facts import seen_lines
from tuner.facts.writer import PLUGINS, Writer, writer_of
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.catalogue.row import Level
from tuner.model import Observable, Rate, Signal
from tuner.names import Kind
from tuner.redaction.shown import shown
from tuner.summary.lost_lines import LostLines, lost_lines, unread_records
from tuner.summary.summary import Summary


class Visibility(NamedTuple):
    """Which kinds of lines one input has at all."""

    livekit: bool
    levels: bool
    debug: bool
    info: bool
    warning: bool
    error: bool
    metrics: bool
    turn_log: bool
    can_pause: bool
    requests: bool
    timed: bool
    wire: bool
    realtime: bool
    server_turns: bool
    onsets: bool
    records: bool
    network: bool = False
    """Whether the turn log reports how sound travelled."""
    call_record: Source | None = None
    """What the input is instead of a log, which then is all that it can show."""
    ours: bool = False
    """Whether the log names the profile of this project's own agent."""
    writer: Writer = Writer()
    kinds: frozenset[str] = frozenset()
    """What its lines mean: each kind of which there is one, with or without figures."""
    set_aside: frozenset[str] = frozenset()
    """Stages with figures that cannot be, which are in no count."""
    http: frozenset[str] = frozenset()
    """Which libraries below LiveKit have a line here, by their loggers."""
    is_new: bool = False
    """Whether openai 3.4 or newer wrote some of them, which logs no headers."""
    is_oldest: bool = False
    """Whether openai 0.28 wrote some of them, which stands on no httpx."""
    own_layout: bool = False
    """Whether LiveKit's own formatter wrote the lines: it leaves no figure out."""
    lost: LostLines | None = None
    """The lines that were cut off or not understood, where they are many: they may hold any
    signal."""

    unread: int = 0
    """How many records could not be read, where they are too few to be `lost`."""
    chosen: bool = False
    """Whether all lines are of one kind, so that the others were left out of the file."""

    @property
    def is_foreign(self) -> bool:
        """Whether no agent of LiveKit wrote it, whose lines and turn log it then cannot have."""
        return self.call_record is not None and bool(self.call_record.agent)

    @property
    def is_old(self) -> bool:
        """Whether the lines are of httpx and httpcore, which openai 3.6 no longer uses."""
        return not self.is_new and bool(self.http & {"httpx", "httpcore"})

    def hides(self, signal: str) -> bool:
        """Whether the input cannot show a signal although it shows turns."""
        return self.call_record is not None and signal in self.call_record.hides

    def shows(self, level: Level, *kinds: Kind) -> bool:
        """Whether lines of this level are here, and the writer's versions have one of the kinds."""
        if self.is_foreign:
            return False
        levels = {"DEBUG": self.debug, "INFO": self.info, "WARNING": self.warning}
        return levels.get(level, self.error) and self.writer.can_write(*kinds)


Test = Callable[[Visibility], bool]
"""Whether an input with these lines could show a signal."""


class Coverage(NamedTuple):
    """Whether a signal could be seen, and if not everywhere, why and what to turn on."""

    observable: Observable
    why: str | None


_LIVEKIT_KINDS = ("false_interruption", "sync_warning", "commit", "session_closed", "transcript")
_METRICS: tuple[Kind, ...] = (
    *("llm_metrics", "tts_metrics", "eou_metrics", "old_metrics"),
    *("metrics_object", "own_metrics"),
)
_CHOSEN = "all lines of this log are of one kind, so those of others were left out of it"
_SAYS_NONE = lazy_pattern(r"this log has (?:no|other) |no line of this log|httpx say that")
"""What a reason says where a line is missed."""
_RANK = {"TRACE": 0, "DEBUG": 1, "DEV": 2, "INFO": 2, "WARNING": 3, "ERROR": 4, "CRITICAL": 5}
_SILENT = 9
_OTHERS = ("livekit", "livekit.api", "livekit.rtc")
"""Loggers of what the agent stands on: their DEBUG is not its own."""


def signal(count: int, covered: Coverage, rate: Rate | None = None, **more: Any) -> Signal:
    """A signal whose count is withheld where nothing could have been seen."""
    if covered.observable == "no":
        return Signal(None, "no", covered.why, None, dict.fromkeys(more))
    return Signal(count, covered.observable, covered.why, rate, more)


def unless_lost(found: Signal, inputs: Sequence[Visibility]) -> Signal:
    """A signal as lines that are lost leave it: a count may be more, and no zero is one unless
    another input is whole."""
    if inputs and not found.count and all(v.chosen for v in inputs) and found.observable != "no":
        return signal(0, Coverage("no", _CHOSEN), **found.more)
    lost = next((v.lost for v in inputs if v.lost is not None), None)
    if lost is None or found.observable == "no":
        return found
    if not found.count and all(v.lost for v in inputs):
        return signal(0, Coverage("no", lost.may_hold()), **found.more)
    why = lost.may_hold("more of it")
    return msgspec.structs.replace(found, observable="partly", why=why)


def visibility_of(summary: Summary) -> Visibility:
    """Look through one input's lines by logger and level."""
    writer = writer_of(summary)
    lowest, lowest_of_agents = _lowest_levels(summary.levels, writer)
    counts = summary.counts
    voice = any(counts[kind] for kind in _LIVEKIT_KINDS)
    metrics = any(counts[k] for k in _METRICS)
    logged = any(counts[k] for k in _METRICS if k != "metrics_object")
    logged |= metrics and any(level for _, level in summary.levels)  # and not printed only
    responses = summary.responses.settled()
    warning = lowest <= _RANK["WARNING"] or logged
    warning = warning or bool(counts["sync_warning"] or counts["vad_slow"])
    return Visibility(
        livekit=lowest < _SILENT or voice or metrics or bool(counts["realtime_metrics"]),
        levels=_has_levels(summary.levels),
        debug=lowest_of_agents <= _RANK["DEBUG"]
        or bool(counts["false_interruption"] or counts["commit"]),
        info=lowest <= _RANK["INFO"] or logged,
        warning=warning,
        error=warning or lowest <= _RANK["ERROR"],
        metrics=metrics,
        turn_log=any(counts[kind] for kind in ("session_started", "turn", "session_ended")),
        can_pause=not counts["no_pause"],
        requests=responses.n > 0,
        timed=responses.timed > 0,
        wire=bool(counts["http_started"] or counts["connect"]),
        realtime=seen_lines.is_realtime(summary),
        server_turns=bool(counts["realtime_metrics"]) and not counts["commit"],
        onsets=_has_onsets(summary),
        records=summary.records > 0,
        network=counts["connection_quality"] > 0,
        call_record=_call_record(summary),
        ours=any(name != "unknown" for name in summary.profiles),
        writer=writer,
        kinds=seen_lines.kinds(summary),
        set_aside=seen_lines.set_aside(summary),
        http=seen_lines.http(summary),
        is_new=seen_lines.is_new(summary),
        is_oldest=seen_lines.is_oldest(summary),
        own_layout=seen_lines.are_livekits_own(summary),
        lost=lost_lines(summary),
        unread=unread_records(summary),
        chosen=seen_lines.are_of_one_kind(summary),
    )


def _call_record(summary: Summary) -> Source | None:
    """What the input is instead of a log, with what it lacks."""
    source = detection.source_of(summary.wrappers)
    if source is None or summary.counts["turn"] or not source.without_turns:
        return source
    return source._replace(why=source.without_turns)


def _has_onsets(summary: Summary) -> bool:
    """Whether any line says when a caller began to speak."""
    return any(
        call.seam is not None and call.seam.first_start is not None
        for call in summary.calls.values()
    )


def _lowest_levels(levels: Counter[tuple[str, str]], writer: Writer) -> tuple[int, int]:
    """The lowest level of livekit's loggers, and that of livekit.agents: a plugin may have its own.

    Lines without a logger count where LiveKit's own are known by their texts.
    """
    named = [(name, level) for name, level in levels if name.startswith("livekit")]
    if not named and writer.package:
        unnamed = _lowest(level for name, level in levels if not name)
        return unnamed, unnamed
    apart = [(name, level) for name, level in named if not name.startswith(PLUGINS)]
    agents = (level for name, level in apart if name not in _OTHERS)
    return _lowest(level for _, level in named), _lowest(agents)


def _has_levels(levels: Iterable[tuple[str, str]]) -> bool:
    """Whether lines say their level that are LiveKit's, or may be."""
    return any(level for name, level in levels if not name or name.startswith("livekit"))


def _lowest(levels: Iterable[str]) -> int:
    return min((_RANK.get(level, _SILENT) for level in levels), default=_SILENT)


def reason_for(name: str, why: str | None, inputs: Sequence[Visibility]) -> str | None:
    """The reason that is true of this signal or stage, where a call record gives one for all."""
    for v in inputs:
        if why is not None and v.call_record is not None:
            why = v.call_record.reason(name, why)
    unread = sum(v.unread for v in inputs if v.lost is None)
    return _or_unread(why, unread) if why and unread and _SAYS_NONE.search(why) else why


def _or_unread(why: str, unread: int) -> str:
    """The reason why there is no line, where a record that could not be read may be one."""
    cause, mark, ways = why.partition("; ")
    lines = "1 line" if unread == 1 else f"{unread:,} lines"
    return f"{cause}, but {lines} could not be read and may hold it{mark}{ways}"


def judge(
    inputs: Sequence[Visibility],
    could_show: Test,
    why: Callable[[Visibility], str],
    *,
    of_libraries: bool = False,
) -> Coverage:
    """Visible in all inputs that are about calls, in some, or in none.

    Lines of libraries may stand in the log of any agent, and have reasons of their own there.
    """
    relevant = [v for v in inputs if v.livekit or v.turn_log or v.requests]
    relevant = relevant or [v for v in inputs if v.records]
    blind = [v for v in relevant if not could_show(v)]
    if relevant and not blind:
        return Coverage("yes", None)
    reason = (
        why_blind(blind[0], why, of_libraries) if blind else "this log has no line of a voice agent"
    )
    if len(blind) < len(relevant):
        return Coverage("partly", f"not in {len(blind)} of {len(relevant)} inputs: {reason}")
    return Coverage("no", reason)


def why_blind(v: Visibility, why: Callable[[Visibility], str], of_libraries: bool = False) -> str:
    """Why one input is blind: what it is, if it is a call record, else what this log lacks."""
    record = v.call_record
    return why(v) if record is None or (of_libraries and record.is_log) else record.why


def by_logger(levels: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Records per logger, most first."""
    total: Counter[str] = Counter()
    for (logger, _), count in levels.items():
        total[(shown("logger", logger) or OTHER_NAMES) if logger else "(no name)"] += count
    return _first(total)


OTHER_NAMES = "(other names)"
_MOST_LOGGERS = 50


def _first(total: Counter[str]) -> dict[str, int]:
    """The commonest, and how many more there are."""
    first = dict(total.most_common(_MOST_LOGGERS))
    if rest := len(total) - len(first):
        first[f"and {rest:,} more"] = total.total() - sum(first.values())
    return first


def by_level(levels: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Records per level, most first."""
    total: Counter[str] = Counter()
    for (_, level), count in levels.items():
        total[level or "(no level)"] += count
    return dict(total.most_common())
