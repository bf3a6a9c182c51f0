"""The first bytes of a file in, the kind of call record that it is out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from tuner.lazy_patterns import lazy_pattern

Many = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""As `map`; it may be done by several processes, which then take a few items ahead."""


class Translate(Protocol):
    """A stream in, and what does the same to many parts of it; (line it comes from, a line as the
    agent would have written it) out. It may be several lines, as they stand one below the other."""

    def __call__(self, stream: BinaryIO, many: Many = map, /) -> Iterator[tuple[int, bytes]]:
        """Translate all of the stream."""


class Source(NamedTuple):
    """A kind of call record; all the `marks` stand at the beginning of a file that holds it.

    Where `words` are given no mark is looked for without one of them: they are found sooner.
    `hides` names the signals that it cannot show although it shows turns; `why` says so to the
    user, with what to add, and `without_turns` where it shows none. `module` translates it, and is
    loaded only then. `agent` is the package of the agents that write it, "" if LiveKit's;
    `next_log` makes their next log show more. With `is_log` its own lines count, too: to count
    takes as long as to translate. `gives` names what the step in `why` makes visible, if it is not
    everything; of the rest `never` says why it is not there. The ids of its calls begin with
    `calls`, where we name them.
    """

    name: str
    marks: tuple[re.Pattern[bytes], ...]
    module: str
    why: str
    hides: frozenset[str] = frozenset()
    agent: str = ""
    next_log: str = ""
    is_log: bool = False
    without_turns: str = ""
    words: tuple[bytes, ...] = ()
    gives: frozenset[str] = frozenset()
    never: str = ""
    calls: str = ""

    def reason(self, name: str, why: str) -> str:
        """Why one signal or latency is not visible, where `why` may be this source's."""
        if not self.gives or name in self.gives:
            return why
        return why.replace(self.why, self.never)

    def begins(self, sample: bytes) -> bool:
        """Whether a file that begins with these bytes is one."""
        is_likely = not self.words or any(word in sample for word in self.words)
        return is_likely and all(mark.search(sample) for mark in self.marks)

    @property
    def translate(self) -> Translate:
        """What makes lines of it."""
        return cast(Translate, import_module(f"tuner.call_records.{self.module}").translate)


_REPORT_BEGINS = lazy_pattern(
    rb'\A(?:\xef\xbb\xbf)*\s*(?:\[\s*)?\{\s*"(job_id|jobId|room_id|room|agent_name|audio_recording_path|chat_history|events)"'
)
_REPORT_EVENT = lazy_pattern(
    rb'"type"\s*:\s*"(\w+_state_changed|conversation_item_added|agent_handoff)"'
)
_SPANS = lazy_pattern(
    rb'"resourceSpans"\s*:\s*\[|"resource_spans"\s*:\s*\[|"scopeSpans"\s*:\s*\[|"span_id"\s*:\s*"0x[0-9a-f]{16}"(?!\s*,\s*"trace_flags")'
)
_PIPECAT = lazy_pattern(
    rb'\| (?:\x1b\[[\d;]*m)*pipecat[.:\x1b]|"name": ?"pipecat[."]'
    rb'|kind\\*": ?\\*"(user|bot)_(speech|turn)_st'
    rb"|[ |]pipecat(?:\.\w+)+:\w+:\d+ |[ \[]\w+(?:LLM|TTS|STT)Service#\d+\]? TTFB"
    rb"|[ *]Bot (?:started|stopped) speaking\**[ |]*\n"
)
PIPECAT = "pipecat-ai"
_OBSERVE = "log the events of its SpeakingObserver and ServiceMetricsObserver"
_KEEP = "give the log of the same call beside it, or switch on the turn log"
SOURCES = (
    Source(
        "LiveKit session report",
        (_REPORT_BEGINS, _REPORT_EVENT),
        "session_report",
        f"a session report holds turns and interruptions only; {_KEEP}",
    ),
    Source(
        "OpenTelemetry spans",
        (_SPANS,),
        "spans",
        f"spans are read for turns and interruptions only; {_KEEP}",
    ),
    Source(
        "Pipecat log",
        (_PIPECAT,),
        "pipecat",
        f"this Pipecat log does not hold it; {_OBSERVE}",
        frozenset({"false_interruptions"}),
        PIPECAT,
        f"in Pipecat: {_OBSERVE}",
        is_log=True,
        without_turns="this Pipecat log shows no turn, and the times of its models (TTFB) count by "
        f"turns; set its level to DEBUG, where it logs who speaks, or {_OBSERVE}",
        words=(b"pipecat", b"_speech_st", b"_turn_st", b"Service#", b"Bot st"),
        gives=frozenset(
            {"llm_ttft", "tts_ttfb", "end_of_turn_delay", "e2e", "false_cutoffs", "interruptions"}
        ),
        never="Pipecat does not log this",
        calls="pipecat ",
    ),
)


_WORDS = (
    *(b"span_id", b"ourceSpans", b"ource_spans", b"copeSpans", b"_state_changed"),
    *(b"item_added", b"agent_handoff"),
)
"""One of them stands in every report and in all spans: to look for them takes microseconds."""
_ESCAPED = lazy_pattern(
    rb'span_id[\\"]{1,9}\s*:\s*[\\"]{1,9}0x[0-9a-f]{16}'
    rb'|(?:resourceSpans|resource_spans|scopeSpans)[\\"]{1,9}\s*:'
    rb'|type[\\"]{1,9}\s*:\s*[\\"]{1,9}(?:\w+_state_changed|conversation_item_added|agent_handoff)'
)
"""What marks a report or spans, also in a text or a cell where its quotes are escaped."""


def may_hold(sample: bytes) -> bool:
    """Whether a report or spans may stand in these bytes, alone or inside of something else."""
    return any(word in sample for word in _WORDS) and _ESCAPED.search(sample) is not None


def detect(sample: bytes) -> Source | None:
    """The kind of call record that begins with these bytes; None if it is none."""
    return next((source for source in SOURCES if source.begins(sample)), None)


def source_of(names: Mapping[str, int]) -> Source | None:
    """The kind of call record whose name is among those of what lines were taken from."""
    return next((source for source in SOURCES if names.get(source.name)), None)


def could_show(signal: str, call: str) -> bool:
    """Whether the turn log of a call (its id) could show a signal: it may be made of a record."""
    return not any(s.calls and call.startswith(s.calls) and signal in s.hides for s in SOURCES)
