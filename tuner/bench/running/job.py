"""One call of the bench as values: what is to be held, and what truly happened in it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from tuner.bench.callers.caller import SoundTruth
from tuner.bench.callers.scenario import Scenario
from tuner.bench.callers.speaker import Moment
from tuner.settings.knob_table import Settings


@dataclass(frozen=True, slots=True)
class CallJob:
    """One call to be made; `log` is the file that it logs to, "" for none, in this layout."""

    scenario: Scenario
    profile: str
    settings: Settings
    number: int
    seed: int
    log: str = ""
    layout: str = "json"

    @property
    def call_seed(self) -> int:
        """The seed of caller and server: the same for every profile."""
        return zlib.crc32(f"{self.seed}:{self.scenario.name}:{self.number}".encode())

    @property
    def job_id(self) -> str:
        """The name of the call in the logs."""
        return f"AJ_{self.scenario.name}.{self.profile}.{self.number}"


@dataclass(frozen=True, slots=True)
class Ask:
    """What the model was asked at an epoch time (s): all that the caller said, turn by turn."""

    at: float
    user_texts: tuple[str, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the server whose headers were sent; `completed` when all of it was taken.

    `held_s` is how long the client stayed after that: next to nothing when it had already left.
    """

    request_id: str
    endpoint: str
    status: int
    processing_ms: int
    completed: bool
    held_s: float


@dataclass(frozen=True, slots=True)
class CallTruth:
    """What truly happened in one call; times are epoch seconds, `failure` is "" when it ran.

    `given_up` counts requests that the agent dropped before they were answered, `user_turns` the
    turns of the caller that the session closed, by its own history.
    """

    scenario: str
    profile: str
    number: int
    job_id: str
    realtime: bool = False
    turn_log: bool = True
    began: float = 0.0
    ended: float = 0.0
    sounds: tuple[SoundTruth, ...] = ()
    moments: tuple[Moment, ...] = ()
    asks: tuple[Ask, ...] = ()
    answered: tuple[Answered, ...] = ()
    given_up: int = 0
    tokens: int = 0
    user_turns: int = 0
    lag_p99_s: float = 0.0
    failure: str = ""
