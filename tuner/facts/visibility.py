"""What each input could have shown: a signal that nobody logged is blind, not zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tuner.call_records.detection import SOURCES, Source
from tuner.model import Observable
from tuner.summary.summary import Summary


class Visibility(NamedTuple):
    """Which kinds of lines one input has at all."""

    livekit: bool
    debug: bool
    info: bool
    warning: bool
    metrics: bool
    turn_log: bool
    can_pause: bool
    requests: bool
    timed: bool
    wire: bool
    realtime: bool
    server_turns: bool
    onsets: bool
    speaks: bool
    record: Source | None = None
    """What the input is instead of a log, which then is all that it can show."""

    def hides(self, signal: str) -> bool:
        """Whether the input cannot show a signal although it shows turns."""
        return self.record is not None and signal in self.record.hides


Seen = Callable[[Visibility], bool]


class Coverage(NamedTuple):
    """Whether a signal could be seen, and if not everywhere, why and what to switch on."""

    observable: Observable
    why: str | None


_LIVEKIT_KINDS = ("false_interruption", "sync_warning", "commit", "session_closed", "transcript")
_RANK = {"TRACE": 0, "DEBUG": 1, "DEV": 2, "INFO": 2, "WARNING": 3, "ERROR": 4, "CRITICAL": 5}


def visibility_of(summary: Summary) -> Visibility:
    """Look through one input's lines by logger and level."""
    lowest = _lowest_level(summary.levels)
    counts = summary.counts
    voice = any(counts[kind] for kind in _LIVEKIT_KINDS)
    metrics = any(counts[k] for k in ("llm_metrics", "tts_metrics", "eou_metrics", "old_metrics"))
    responses = summary.responses.settled()
    turn_log = bool(counts["session_started"] or counts["turn"] or counts["session_ended"])
    return Visibility(
        livekit=lowest < 9 or voice or metrics or bool(counts["realtime_metrics"]),
        debug=lowest <= 1 or bool(counts["false_interruption"] or counts["commit"]),
        info=lowest <= 2 or metrics,
        warning=lowest <= 3 or metrics or bool(counts["sync_warning"]),
        metrics=metrics,
        turn_log=turn_log,
        can_pause=not counts["no_pause"],
        requests=responses.n > 0,
        timed=responses.timed > 0,
        wire=bool(counts["http_started"] or counts["connect"]),
        realtime=bool(counts["realtime_metrics"]),
        server_turns=bool(counts["realtime_metrics"]) and not counts["commit"],
        onsets=any(
            call.seam is not None and call.seam.first_start is not None
            for call in summary.calls.values()
        ),
        speaks=summary.records > 0,
        record=next((s for s in SOURCES if summary.wrappers[s.name]), None),
    )


def _lowest_level(levels: Counter[tuple[str, str]]) -> int:
    """The lowest level at which livekit's loggers speak here (9: they do not speak at all)."""
    ours = (_RANK.get(level, 9) for logger, level in levels if logger.startswith("livekit"))
    return min(ours, default=9)


def judge(sights: Sequence[Visibility], seen: Seen, why: Callable[[Visibility], str]) -> Coverage:
    """Weigh the inputs: seen in all that speak of calls, in some, or in none."""
    relevant = [s for s in sights if s.livekit or s.turn_log or s.requests]
    relevant = relevant or [s for s in sights if s.speaks]
    blind = [s for s in relevant if not seen(s)]
    if relevant and not blind:
        return Coverage("yes", None)
    reason = reason_of(blind[0], why) if blind else "no line of a voice agent in this log"
    if len(blind) < len(relevant):
        hidden = f"not in {len(blind)} of {len(relevant)} inputs: {reason}"
        return Coverage("partly", hidden)
    return Coverage("no", reason)


def reason_of(s: Visibility, why: Callable[[Visibility], str]) -> str:
    """Why one input is blind: what it is, if it is no log, else what this log lacks."""
    return why(s) if s.record is None else s.record.why


def _no_livekit(s: Visibility, otherwise: str) -> str:
    return otherwise if s.livekit else "no line of the livekit loggers in this log"


_NO_EXTRAS = (
    "this log's layout leaves out the figures beside the messages; use LiveKit's own log format "
    "or switch on the turn log"
)
_DEBUG = (
    "the line is at DEBUG and this log has no DEBUG line of livekit.agents; set LOG_LEVEL=DEBUG"
)


def why_false_interruption(s: Visibility) -> str:
    """Why a false interruption leaves no trace here."""
    if s.livekit and s.debug and not s.can_pause:
        return "the audio output cannot pause, so no line is written; switch on the turn log"
    if s.livekit and s.debug and s.server_turns:
        return "Realtime's server VAD stops the agent without a line; switch on the turn log"
    return _no_livekit(s, _DEBUG + " or the turn log")


def why_cutoff(s: Visibility) -> str:
    """Why a cut-off leaves no trace here."""
    if s.livekit and s.debug and not s.server_turns and not s.onsets:
        return _NO_EXTRAS
    return why_false_interruption(s)


def why_debug(s: Visibility) -> str:
    """Why a line at DEBUG is not here."""
    return _no_livekit(s, _DEBUG + " or the turn log")


def why_warning(s: Visibility) -> str:
    """Why a line at WARNING is not here."""
    return _no_livekit(
        s, "this log has no WARNING of livekit.agents; set LOG_LEVEL=WARNING or lower"
    )


def why_openai(s: Visibility) -> str:
    """Why OpenAI responses leave no trace here."""
    if s.realtime and not s.metrics:
        return "Realtime speaks over a WebSocket: there are no OpenAI HTTP lines; see realtime_ttft"
    return (
        "LiveKit mutes the openai, httpx and httpcore loggers; set LIB_LOG_LEVEL=DEBUG or switch "
        "on the turn log"
    )


def why_times(s: Visibility) -> str:
    """Why responses were seen without a processing time."""
    if not s.requests:
        return why_openai(s)
    return (
        "openai >= 3.6 logs no headers: responses are counted, their times are not here; set the "
        "httpcore2 logger to DEBUG or switch on the turn log"
    )


def why_metrics(s: Visibility) -> str:
    """Why a stage's latency is not here."""
    if s.metrics:
        return _NO_EXTRAS
    return _no_livekit(
        s, "the app does not call log_metrics; set LOG_METRICS=true or switch on the turn log"
    )


def why_turn_log(_: Visibility) -> str:
    """Why only the turn log could tell."""
    return "no line of livekit-agents tells it; switch on the turn log (TURN_LOG=stdout)"


def why_wire(_: Visibility) -> str:
    """Why connections are not visible."""
    return "the httpcore logger is muted; set LIB_LOG_LEVEL=DEBUG or switch on the turn log"


def by_logger(levels: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Records per logger, most first."""
    total: Counter[str] = Counter()
    for (logger, _), count in levels.items():
        total[logger or "(no name)"] += count
    return dict(total.most_common())


def by_level(levels: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Records per level, most first."""
    total: Counter[str] = Counter()
    for (_, level), count in levels.items():
        total[level or "(no level)"] += count
    return dict(total.most_common())
