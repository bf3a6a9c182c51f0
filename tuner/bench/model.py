"""Values that say how the local server shall behave: times, failures and texts.

A plan says per endpoint how long an answer takes and which requests go wrong, either by a
script (the first request gets the first outcome, and so on) or by chances with a seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tuner.bench.latency import Fixed, Latency, LogNormal, draw


class Endpoint(StrEnum):
    """What was asked for; the values are used in the truth that the server records."""

    CHAT = "chat"
    TRANSCRIPTION = "transcription"
    SPEECH = "speech"
    MODELS = "models"
    REALTIME = "realtime"  # opening the WebSocket
    RESPONSE = "response"  # one reply inside it
    TRANSCRIPT = "transcript"  # one transcript inside it
    OTHER = "other"  # an address that does not exist, as a text-to-speech pre-warm asks for


class Kind(StrEnum):
    """How one request ends."""

    OK = "ok"
    RATE_LIMITED = "rate_limited"  # 429, worth a retry
    SERVER_ERROR = "server_error"  # 500
    STALL = "stall"  # no answer at all until the client gives up
    RESET = "reset"  # the connection is cut
    WRONG_KEY = "wrong_key"  # 401
    NO_MODEL = "no_model"  # 404
    NO_QUOTA = "no_quota"  # 429 insufficient_quota, not worth a retry
    NO_ADDRESS = "no_address"  # 404 for an unknown path


@dataclass(frozen=True, slots=True)
class Outcome:
    """One planned ending; without a time the endpoint's latency model gives it."""

    kind: Kind = Kind.OK
    processing_s: float | None = None
    retry_after_s: float = 0.5


_USUAL_TIMES = LogNormal(0.2, 0.35)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one endpoint behaves: its times, a script of outcomes, then chances for the rest."""

    latency: Latency = _USUAL_TIMES
    script: tuple[Outcome, ...] = ()
    chances: Mapping[Kind, float] = field(default_factory=dict)


def _usual() -> Mapping[Endpoint, Behaviour]:
    quick = Behaviour(Fixed(0.02))
    return MappingProxyType(
        {
            Endpoint.MODELS: quick,
            Endpoint.OTHER: quick,
            Endpoint.REALTIME: Behaviour(Fixed(0.05)),
            Endpoint.RESPONSE: Behaviour(LogNormal(0.35, 0.3)),
            Endpoint.TRANSCRIPT: Behaviour(LogNormal(0.25, 0.3)),
        }
    )


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """The whole behaviour of the server; endpoints that are not named behave as usual.

    `tokens_per_s` paces chat text, `speech_speed` audio (1.0 = as fast as it is played).
    `api_keys`, when given, are the only keys let in; every other one gets 401. A Realtime session
    ends after `session_s` seconds, as OpenAI's do after an hour.
    """

    behaviours: Mapping[Endpoint, Behaviour] = field(default_factory=_usual)
    seed: int = 0
    tokens_per_s: float = 120.0
    speech_speed: float = 6.0
    api_keys: frozenset[str] | None = None
    session_s: float | None = None

    def of(self, endpoint: Endpoint) -> Behaviour:
        """Return the behaviour of an endpoint, the usual one when the plan is silent."""
        return self.behaviours.get(endpoint) or _usual().get(endpoint) or Behaviour()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one request gets: how it ends and after how many seconds."""

    kind: Kind
    processing_s: float
    retry_after_s: float


class Decider:
    """Deals out the plan's outcomes in order, one generator per endpoint.

    So the n-th request of an endpoint gets the same outcome whatever the others do.
    """

    def __init__(self, plan: ServerPlan) -> None:
        self._plan = plan
        self._rng = {name: random.Random(f"{plan.seed}:{name}") for name in Endpoint}
        self._seen = dict.fromkeys(Endpoint, 0)

    def decide(self, endpoint: Endpoint) -> Decision:
        """Return the outcome of the next request of this endpoint."""
        behaviour, rng = self._plan.of(endpoint), self._rng[endpoint]
        drawn = draw(behaviour.latency, rng)
        outcome = self._outcome(behaviour, endpoint, rng)
        seconds = drawn if outcome.processing_s is None else outcome.processing_s
        return Decision(outcome.kind, seconds, outcome.retry_after_s)

    def _outcome(self, behaviour: Behaviour, endpoint: Endpoint, rng: random.Random) -> Outcome:
        number = self._seen[endpoint]
        self._seen[endpoint] += 1
        dice = rng.random()
        if number < len(behaviour.script):
            return behaviour.script[number]
        for kind, chance in behaviour.chances.items():
            if dice < chance:
                return Outcome(kind)
            dice -= chance
        return Outcome()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a scripted reply asks for; `arguments` is JSON text."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says: text, or a tool call, or both."""

    text: str = ""
    tool_call: ToolCall | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply may depend on: who asks, what was said so far, which tools are offered."""

    caller: str
    last_user_text: str
    tools: tuple[str, ...]
    number: int
    after_tool: bool = False
    user_texts: tuple[str, ...] = ()
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of caller audio to be transcribed: 16-bit mono PCM."""

    caller: str
    pcm: bytes
    sample_rate: int

    @property
    def duration_s(self) -> float:
        """Length of the audio in seconds."""
        return len(self.pcm) / 2 / self.sample_rate


ReplyFor = Callable[[Asked], Reply]
TranscriptFor = Callable[[Heard], str]
Speak = Callable[[str], bytes]
