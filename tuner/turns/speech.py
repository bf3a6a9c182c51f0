"""What the caller did: sounds as the voice detection heard them, and the words of transcripts."""

from __future__ import annotations

from dataclasses import dataclass, field

from tuner.lazy_patterns import lazy_pattern

BACKCHANNELS = frozenset(
    (
        *("mm", "mhm", "mmhm", "mm-hm", "mm-hmm", "hm", "hmm", "uh-huh", "uhuh", "aha", "ah", "oh"),
        *("yeah", "yep", "yes", "ok", "okay", "right", "sure"),
    )
)
"""Words that only say "I am listening"."""
HEARD_S = 1.5
"""A transcript may be of a sound that ended at most this long ago: speech to text takes time."""
_WORD = lazy_pattern(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(slots=True)
class Clarity:
    """How clearly a sound was speech: the probabilities of its windows, as the detection saw them.

    `windows` counts those that the detection took for speech.
    """

    peak: float = 0.0
    total: float = 0.0
    windows: int = 0

    @property
    def mean(self) -> float | None:
        """The mean probability; None where none is known."""
        return self.total / self.windows if self.windows else None

    def add(self, probability: float) -> None:
        """Take one more window."""
        self.peak = max(self.peak, probability)
        self.total += probability
        self.windows += 1


@dataclass(slots=True)
class Sound:
    """A stretch of caller speech as the voice detection heard it; `stop` is None while it lasts.

    `worded` says that a transcript, also one that is not final, may have been of it.
    `since_first_audio` is how long ago, in seconds, the agent was heard for the first time in the
    call. The turn detector's probability and threshold, and the delay in force, are those of the
    silence after the sound.
    """

    start: float
    stop: float | None = None
    worded: bool = False
    agent_audible: bool = False
    since_first_audio: float | None = None
    stopped_agent: bool = False
    first_words: float | None = None
    transcribed: float | None = None
    words: int | None = None
    clarity: Clarity = field(default_factory=Clarity)
    probability: float | None = None
    threshold: float | None = None
    delay: float | None = None

    def length(self, now: float | None) -> float | None:
        """How long it lasted, or has lasted until now, in seconds; None where that is not known."""
        end = self.stop or now
        return None if end is None else end - self.start


@dataclass(slots=True)
class CallerSpeech:
    """The sounds and the words since the last turn was committed."""

    sounds: list[Sound] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def last(self) -> Sound | None:
        """The latest sound."""
        return self.sounds[-1] if self.sounds else None

    @property
    def speaking(self) -> bool:
        """Whether a sound lasts."""
        return self.last is not None and self.last.stop is None

    def started(self, at: float) -> Sound:
        """A sound began."""
        self.sounds.append(Sound(at))
        return self.sounds[-1]

    def hearing(self, at: float, text: str) -> None:
        """A transcript came, final or not: if it has words, what was just heard is speech."""
        for sound in self.sounds if text.strip() else ():
            sound.worded |= sound.stop is None or at - sound.stop <= HEARD_S
            if sound.first_words is None and sound.worded:
                sound.first_words = at

    def understood(self, words: list[str]) -> None:
        """A final transcript came; its words are kept until they are counted."""
        self.words += words

    def take_words(self) -> list[str]:
        """The words so far; from now on there are none."""
        words, self.words = self.words, []
        return words

    def forget_finished(self) -> None:
        """Sounds that are over belong to no turn."""
        self.sounds = [sound for sound in self.sounds if sound.stop is None]

    def forget(self, sound: Sound) -> None:
        """This sound belongs to no turn."""
        self.sounds = [other for other in self.sounds if other is not sound]

    def commit(self, at: float) -> list[Sound]:
        """Take the sounds of the turn that was closed at this time; later ones stay."""
        mine = [sound for sound in self.sounds if sound.start <= at]
        self.sounds = [sound for sound in self.sounds if sound.start > at]
        self.words.clear()
        return mine


def words_of(text: str) -> list[str]:
    """The words of a transcript, in small letters."""
    return _WORD.findall(text.lower())


def is_backchannel(words: list[str]) -> bool:
    """Whether all that was said is "mm-hm" and the like."""
    return bool(words) and all(word in BACKCHANNELS for word in words)
