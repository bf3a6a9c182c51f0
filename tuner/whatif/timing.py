"""The settings that a replay knows, by name, and what each of the others would hide.

Sources: livekit-agents 1.8 (endpointing and interruption options) and docs/bench.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

from tuner.whatif.sounds import DetectorAnswer

DELAY = "MIN_ENDPOINTING_DELAY"
SILENCE = "VAD_MIN_SILENCE_DURATION"
MINIMUM = "MIN_INTERRUPTION_DURATION"
WORDS = "MIN_INTERRUPTION_WORDS"
TIMEOUT = "FALSE_INTERRUPTION_TIMEOUT"
THRESHOLD = "INTERRUPTION_THRESHOLD"
LONGEST = "MAX_ENDPOINTING_DELAY"
UNLIKELY = "DETECTOR_UNLIKELY_THRESHOLD"
DETECTION = "TURN_DETECTION"
WARM_UP, WARM_UP_S = "AEC_WARMUP_DURATION", 3.0
PASSING = "BACKCHANNEL_WORDS"
HEARD = "VAD_ACTIVATION_THRESHOLD"

NEEDED = (DELAY, SILENCE, MINIMUM, WORDS, TIMEOUT)
"""The settings that a log must name before it can be replayed."""

FigureName = Literal[
    "cut_offs_per_turn", "wait_p50_s", "false_stops_per_min", "dead_air_s_per_min", "barge_in_s"
]
FIGURES: tuple[FigureName, ...] = (
    "cut_offs_per_turn", "wait_p50_s", "false_stops_per_min", "dead_air_s_per_min", "barge_in_s",
)  # fmt: skip
TURNS: tuple[FigureName, ...] = FIGURES[:2]
STOPS: tuple[FigureName, ...] = FIGURES[2:]

SWEEPS: dict[str, tuple[float, ...]] = {
    DELAY: (0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.8),
    LONGEST: (1.0, 1.5, 2.0, 2.5, 3.0, 4.0),
    UNLIKELY: (0.1, 0.2, 0.3, 0.5, 0.7),
    SILENCE: (0.2, 0.3, 0.4, 0.5, 0.7),
    MINIMUM: (0.3, 0.5, 0.7, 0.9, 1.2),
    WORDS: (0, 1, 2, 3),
    TIMEOUT: (0.5, 1.0, 1.5, 2.0, 3.0),
    THRESHOLD: (0.5, 0.7, 0.8, 0.9),
}
"""The knobs of the table, and the values that it tries."""

PROBABILITY = "the turn log holds no speech probability of the sounds"
VERDICTS = "the log does not hold the detector's probability at each silence"
OWN_THRESHOLD = f"the detector's own threshold is not in a log that was made with {UNLIKELY}"
_FOLLOWS = "a delay that follows the caller cannot be replayed"
_HEARING = "the log cannot show sounds that the voice detection would hear otherwise"
SAME_HEARING = "and that the voice detection hears the same pauses"
"""What a prediction about turns assumes where the voice detection itself is set otherwise."""
HIDDEN: dict[str, tuple[tuple[FigureName, ...], str]] = {
    HEARD: (STOPS, _HEARING),
    "VAD_MIN_SPEECH_DURATION": (STOPS, _HEARING),
    "TURN_DETECTION": (TURNS, "another detector ends turns at other moments"),
    "ENDPOINTING_MODE": (TURNS, _FOLLOWS),
    "PREEMPTIVE_GENERATION": (("wait_p50_s",), "early answers change when a reply is ready"),
    "PREEMPTIVE_TTS": (("wait_p50_s",), "early speech changes when a reply is heard"),
    "INTERRUPTION_MODE": (STOPS, "another detector stops the agent for other sounds"),
    "ENABLE_INTERRUPTIONS": (STOPS, "the log shows only what stopped the agent"),
    "RESUME_FALSE_INTERRUPTION": (STOPS, "what follows a stop would be something else"),
    "AEC_WARMUP_DURATION": (STOPS, "the log shows only what stopped the agent"),
    PASSING: (STOPS, "words come only after the sentence, or the log does not count them"),
    "BACKCHANNEL_BOUNDARY": (STOPS, "the log shows only what stopped the agent"),
    "ENDPOINTING_ALPHA": (TURNS, "a delay that follows the caller cannot be replayed"),
    "DETECTOR_UNLIKELY_THRESHOLD": (TURNS, "the detector would end turns at other moments"),
    "PREEMPTIVE_MAX_SPEECH_DURATION": (("wait_p50_s",), "fewer or more replies come early"),
    "PREEMPTIVE_MAX_RETRIES": (("wait_p50_s",), "fewer or more replies come early"),
    "AGENT_MODE": (FIGURES, "another kind of model answers"),
    "STT_MODEL": (FIGURES, "another transcriber is sooner or later"),
    "STT_REALTIME": (FIGURES, "a streaming transcriber is sooner or later"),
}
"""Settings whose effect no turn log shows: which figures they hide, and why."""


class Timing(NamedTuple):
    """The numbers that a replay turns; seconds, but for words and probabilities.

    `unlikely` is the probability below which a turn detector waits for the `longest` delay, None
    where the detector's own counts; both act only with a `detector`. `passing` is whether words
    that only say "I am listening" stop nothing, and so nothing without words does either.
    """

    delay: float
    silence: float
    minimum: float
    words: int
    timeout: float | None
    longest: float = 0.0
    unlikely: float | None = None
    detector: bool = False
    threshold: float | None = None
    warm_up: float = 0.0
    passing: bool = False

    @property
    def least_words(self) -> int:
        """Words that must be transcribed before the agent stops."""
        return max(self.words, int(self.passing))

    @property
    def of_turns(self) -> tuple[object, ...]:
        """What decides when a turn closes."""
        mine = self.delay, self.silence, self.detector
        return (*mine, self.longest, self.unlikely) if self.detector else mine

    def waits_on(self, answer: DetectorAnswer) -> bool:
        """Whether a silence with this answer of the detector waits for the longest delay."""
        limit = answer.threshold if self.unlikely is None else self.unlikely
        if not self.detector or answer.probability is None or limit is None:
            return False
        return answer.probability < limit

    def is_open(self, answer: DetectorAnswer) -> bool:
        """Whether the caller spoke on before the detector answered: no turn closes before that."""
        return self.detector and answer.probability is None


def timing(values: Mapping[str, Any]) -> Timing:
    """The numbers of settings given by environment name. Raises KeyError where one is missing."""
    return Timing(
        float(values[DELAY]),
        float(values[SILENCE]),
        float(values[MINIMUM]),
        int(values[WORDS]),
        _number(values[TIMEOUT]),
        _number(values.get(LONGEST)) or 0.0,
        _number(values.get(UNLIKELY)),
        values.get(DETECTION) == "detector",
        _number(values.get(THRESHOLD)),
        _warm_up(values.get(WARM_UP)),
        _is_set(values.get(PASSING)),
    )


def _is_set(words: object) -> bool:
    return str(words).lower() not in ("none", "off")


def _warm_up(value: object) -> float:
    """LiveKit's own 3 s where nothing else is set."""
    found = _number(value)
    return WARM_UP_S if found is None else found


def _number(value: object) -> float | None:
    """A number, also as text; None for what is off."""
    try:
        return float(str(value))
    except ValueError:
        return None


def _same(one: object, other: object) -> bool:
    """Whether two values are one setting: typed, or as a log has them."""
    numbers = _number(one), _number(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    texts = {str(one).lower(), str(other).lower()}
    return len(texts) == 1 or texts <= _ABSENT


_ABSENT = {"none", "off", "auto"}
_LIVEKITS_OWN = {"AEC_WARMUP_DURATION": 3.0}
"""What "auto" stands for."""


def differs(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a setting that both have is another one."""
    if name == PASSING:  # where "auto" is a list of words, and not LiveKit's own choice
        return before[name] != after[name] and (_is_set(before[name]) or _is_set(after[name]))
    values = (values[name] for values in (before, after))
    own = _LIVEKITS_OWN
    return not _same(*(own.get(name, v) if str(v).lower() in _ABSENT else v for v in values))


def cannot_act(values: Mapping[str, Any]) -> dict[str, str]:
    """The knobs that do nothing under these settings, and why."""
    why: dict[str, str] = {}
    if values.get("AGENT_MODE") == "realtime" and values.get("TURN_DETECTION") == "realtime_llm":
        return dict.fromkeys(SWEEPS, "the Realtime server decides when turns end and what stops")
    if values.get(DETECTION) != "detector":
        why |= dict.fromkeys((LONGEST, UNLIKELY), "no turn detector decides (TURN_DETECTION)")
    if values.get(DETECTION) in ("manual", "realtime_llm"):
        why[DELAY] = "TURN_DETECTION leaves the end of a turn to someone else"
    if values.get("ENABLE_INTERRUPTIONS") is False:
        why |= dict.fromkeys((MINIMUM, WORDS, TIMEOUT, THRESHOLD), "ENABLE_INTERRUPTIONS is false")
    elif values.get("RESUME_FALSE_INTERRUPTION") is False:
        why[TIMEOUT] = "RESUME_FALSE_INTERRUPTION is false"
    return why


def hears_otherwise(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the voice detection's own settings differ."""
    names = (HEARD, "VAD_MIN_SPEECH_DURATION")
    return any(not _same(before.get(name), after.get(name)) for name in names)


def hidden(
    before: Mapping[str, Any], after: Mapping[str, Any], shown: Collection[str] = ()
) -> dict[FigureName, str]:
    """The figures that settings which differ make unpredictable, and why.

    `shown` are settings whose evidence is in the log, although most logs have none.
    """
    found: dict[FigureName, str] = {}
    for name, (figures, why) in {**HIDDEN, THRESHOLD: (STOPS, PROBABILITY)}.items():
        if name in shown:
            continue
        if name == HEARD and {THRESHOLD} <= before.keys() & after.keys():
            continue  # while the agent speaks its own threshold counts
        if name in before and name in after and differs(name, before, after):
            found |= {figure: f"{name}: {why}" for figure in figures if figure not in found}
    detected = before.get(DETECTION, "vad") == "detector"
    if before.get("ENDPOINTING_MODE") == "dynamic" or (detected and UNLIKELY not in shown):
        names = (DELAY, SILENCE, *((LONGEST, UNLIKELY) if detected else ()))
        if any(not _same(before.get(name), after.get(name)) for name in names):
            found |= dict.fromkeys(TURNS, VERDICTS if detected else _FOLLOWS)
    own_after, own_before = (_number(one.get(UNLIKELY)) is None for one in (after, before))
    if detected and own_after and not own_before:
        found |= dict.fromkeys(TURNS, OWN_THRESHOLD)
    return found
