"""What one call costs. The history is billed again on every turn, so its cache decides.

A call of `turns` turns adds the same number of tokens each turn; turn k re-sends what the k - 1
before it added. That is the sum 0 + 1 + ... + (turns - 1), quadratic in the turns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuner.capacity.prices import Prices

HEARD_PER_S, SPOKEN_PER_S = 10, 20
"""Audio tokens of gpt-realtime a second: of the caller, of the agent (OpenAI's documentation)."""
TEXT_PER_MINUTE = 200
"""Text tokens in a minute of speech: 150 words, 4 tokens for 3 words. Assumed."""


@dataclass(frozen=True, slots=True)
class Talk:
    """How a call of average length goes. All of it is assumed unless you say otherwise."""

    minutes: float = 5.0
    caller_share: float = 0.5
    agent_share: float = 0.4
    turns_per_minute: float = 4.0
    instructions: int = 800
    """Tokens of the prompt, which every turn sends again."""
    cached: float = 1.0
    """The share of what is sent again that the cache holds."""

    @property
    def turns(self) -> int:
        """Turns of the call, one at least."""
        return max(1, round(self.minutes * self.turns_per_minute))

    @property
    def caller_minutes(self) -> float:
        """Minutes in which the caller speaks."""
        return self.minutes * self.caller_share

    @property
    def agent_minutes(self) -> float:
        """Minutes in which the agent speaks."""
        return self.minutes * self.agent_share


def realtime(prices: Prices, model: str, talk: Talk) -> dict[str, float]:
    """Dollars of a call that one speech-to-speech model serves, by part.

    Raises:
        UsageError: no price of the model.
    """
    price = prices.model(model)
    heard = talk.caller_minutes * 60 * HEARD_PER_S
    spoken = talk.agent_minutes * 60 * SPOKEN_PER_S
    history = _again(heard + spoken, talk.turns)
    prompts = talk.turns * talk.instructions
    return {
        "caller's speech": heard * price["audio_in"] / 1e6,
        "agent's speech": spoken * price["audio_out"] / 1e6,
        "history sent again": (
            history * _mixed(price, "audio", talk) + prompts * _mixed(price, "text", talk)
        )
        / 1e6,
    }


def pipeline(prices: Prices, stt: str, llm: str, tts: str, talk: Talk) -> dict[str, float]:
    """Dollars of a call that three models serve, by part.

    Raises:
        UsageError: no price of a model.
    """
    price = prices.model(llm)
    asked = talk.caller_minutes * TEXT_PER_MINUTE
    answered = talk.agent_minutes * TEXT_PER_MINUTE
    again = _again(asked + answered, talk.turns) + talk.turns * talk.instructions
    return {
        "transcription": talk.caller_minutes * prices.minute_of_speech(stt),
        "language model": (asked * price["text_in"] + answered * price["text_out"]) / 1e6,
        "history sent again": again * _mixed(price, "text", talk) / 1e6,
        "agent's voice": talk.agent_minutes * prices.minute_of_speech(tts),
    }


def lines(prices: Prices, talk: Talk) -> dict[str, float]:
    """Dollars of a call for the telephone, by part; each rounds up to the minute."""
    return {name: math.ceil(talk.minutes) * price for name, price in prices.minute.items()}


def _again(added: float, turns: int) -> float:
    """Tokens of the history over all turns, if each turn adds the same number."""
    return added * (turns - 1) / 2


def _mixed(price: dict[str, float], kind: str, talk: Talk) -> float:
    full, cached = price[f"{kind}_in"], price[f"{kind}_cached"]
    return cached * talk.cached + full * (1 - talk.cached)
