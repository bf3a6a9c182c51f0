"""Why a signal is not visible in an input, and what its owner can turn on."""

from __future__ import annotations

from tuner.facts import steps
from tuner.facts.seen_calls import Seen
from tuner.facts.visibility import Visibility
from tuner.lines.catalogue.row import Level
from tuner.names import Kind

_IN_TURN_LOG: set[Kind] = {
    *("false_interruption", "commit"),
    *("llm_metrics", "tts_metrics", "eou_metrics", "realtime_metrics"),
}
UNNAMED_TURNS = "ends of turns name no call, and the log has several; give the log with whole lines"
OUT_OF_ORDER = (
    "the ends of turns are not in the order of time, and the lines have no times to sort them by"
)
NO_TURN = "no turn of this turn log has it"
_NO_EXTRAS = "this log's layout leaves out the figures beside the messages"
_NO_LEVELS = "no levels can be read in this log, and lines of lower ones may be left out"
_CUT_EXTRAS = "the figures beside the messages were cut off or not exported"


def unless_no_livekit(v: Visibility, otherwise: str) -> str:
    """A reason about LiveKit's lines, if there are any."""
    return otherwise if v.livekit else "this log has no line of the livekit loggers"


def without_figures(v: Visibility) -> tuple[str, str]:
    """Why lines are here without their figures, and how to keep those."""
    return (_CUT_EXTRAS, steps.WHOLE) if v.own_layout else (_NO_EXTRAS, steps.LAYOUT)


def why(cause: str, *ways: str) -> str:
    """A cause, and the ways to a log that shows more, as far as there are any."""
    return "; ".join((cause, *filter(None, [steps.either(*ways)])))


def why_line(v: Visibility, level: Level, *kinds: Kind) -> str:
    """Why no line of these kinds is here: the writer has none, or its level is left out."""
    if not v.writer.can_write(*kinds):
        return why_never_written(v, *kinds)
    if v.lost is not None:
        return v.lost.may_hold()
    if v.livekit and not v.levels:
        return why(_NO_LEVELS, steps.LAYOUT, steps.turn_log(v) if {*kinds} & _IN_TURN_LOG else "")
    if level == "DEBUG":
        cause = f"{_who(v)} writes this at DEBUG, and this log has no DEBUG line of {_where(v)}"
        return unless_no_livekit(v, why(cause, steps.level(v, "DEBUG"), steps.turn_log(v)))
    line = "INFO line" if level == "INFO" else level
    errors = ", only errors" if v.error and not v.warning else ""
    cause = f"this log has no {line} of {_where(v)}{errors}"
    return unless_no_livekit(v, why(cause, steps.level(v, level)))


def why_only_first(v: Visibility, level: Level) -> str:
    """Why only the first line of a session is here, of those that come at DEBUG from then on."""
    cause = (
        f"{_who(v)} writes this at {level} once a session and then at DEBUG, and this log has no "
        f"DEBUG line of {_where(v)}"
    )
    return why(cause, steps.level(v, "DEBUG"))


def why_never_written(v: Visibility, *kinds: Kind) -> str:
    """Why the versions that wrote this log have no line of these kinds."""
    first = v.writer.first_version(*kinds)
    attach = steps.turn_log(v) if {*kinds} & _IN_TURN_LOG else ""
    if not first:
        return why(f"{v.writer.package} does not log this", attach)
    return why(f"{v.writer.name} does not log this", steps.upgrade(v, first), attach)


def _who(v: Visibility) -> str:
    return "agents-js" if v.writer.is_node else "LiveKit"


def _where(v: Visibility) -> str:
    return "the agent" if v.writer.is_node else "livekit.agents"


def why_false_interruption(v: Visibility) -> str:
    """Why a false interruption leaves no trace here."""
    if v.livekit and v.debug and v.writer.can_write("false_interruption"):
        if not v.can_pause:
            return why("the audio output cannot pause, so there is no line", steps.turn_log(v))
        if v.server_turns:
            cause = "Realtime's server VAD stops the agent without a line"
            return why(cause, steps.turn_log(v))
    return why_line(v, "DEBUG", "false_interruption")


def why_unseen(v: Visibility, seen: Seen) -> str:
    """Which calls a rate is not of, because they have no lines at DEBUG, or only at times; "" if
    it is of all."""
    whose, blind, found = f"DEBUG line of {_where(v)}", len(seen.blind), []
    if blind:
        found.append(f"{blind:,} of {seen.of:,} calls have no {whose}: not in the rate")
    if partly := sum(map(bool, seen.shares.values())):
        calls = f"{partly:,} of {seen.of:,} calls have" if seen.of > 1 else "this log has"
        turns = f"only {seen.shown:,} of {seen.turns:,} turns"
        found.append(f"{calls} a {whose} for {turns}: only that part is in the rate")
    return "; ".join(found)


def why_mute(v: Visibility, kind: Kind) -> str:
    """That some of the versions which the log names have no line of this kind; "" if all have."""
    versions = () if v.turn_log else v.writer.without(kind)
    if not versions:
        return ""
    who = f"{v.writer.package} {', '.join(versions)}"
    return f"{who} does not log this, and which calls it took is not known"


def why_cutoff(v: Visibility) -> str:
    """Why a cut-off leaves no trace here."""
    if v.server_turns:
        cause = "Realtime's server closes turns without a line"
        return why(cause, steps.turn_log(v))
    if not (v.livekit and v.debug and v.writer.can_write("commit")):
        return why_line(v, "DEBUG", "commit")
    if v.lost is not None:
        return v.lost.may_hold()
    if "commit" not in v.kinds:
        return why("no line of this log says that a caller's turn ended", steps.turn_log(v))
    if v.writer.is_node:
        cause = "agents-js does not say when the caller of a turn began to speak"
        return why(cause, steps.SESSION_REPORT)
    return why(*without_figures(v), steps.turn_log(v))


def why_masked(v: Visibility, turns: int) -> str:
    """Why turns that went on are no cut-offs: no words say what they are."""
    which = "1 turn that goes on has" if turns == 1 else f"{turns:,} turns that go on have"
    cause = f'{which} no words in this log (masked, or left out): any may be an "mm-hm"'
    return why(cause, "give a log with the words", steps.turn_log(v))


def some_masked(turns: int, hits: int) -> str:
    """That some of the cut-offs may be none."""
    return f'{turns:,} of {hits:,} have no words in this log: they may be an "mm-hm"'


def no_metrics(v: Visibility) -> str:
    """That an app has to log its metrics, and this one does not, as far as its log shows."""
    return f"this log has no metrics lines, which {_who(v)} writes where the app asks for them"


def why_turn_log(v: Visibility) -> str:
    """Why only the turn log shows it."""
    if v.turn_log:
        return NO_TURN
    return why(f"{_who(v)} does not log this", steps.turn_log(v), steps.session_report(v))


def why_network(v: Visibility) -> str:
    """Why nothing is known of the connections of a call."""
    if v.turn_log:
        return "this turn log has no connection quality; make_call writes it for calls in a room"
    return why(f"{_who(v)} does not log this", steps.turn_log(v))
