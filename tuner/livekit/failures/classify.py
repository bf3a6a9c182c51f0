"""What an error of OpenAI means: a word for the turn log, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from livekit.agents import APIConnectionError, APIError, APITimeoutError

_FATAL_CODES = {
    "invalid_api_key": "wrong key",
    "account_deactivated": "wrong key",
    "insufficient_quota": "no quota",
    "credit_balance_exhausted": "no quota",
    "billing_hard_limit_reached": "no quota",
    "model_not_found": "model refused",
    "invalid_model": "model refused",
}

NEXT_STEP = {
    "wrong key": "Set OPENAI_API_KEY to a valid key; `python agent.py check` tests it.",
    "no quota": "Add credit or raise the limit of the OpenAI project.",
    "model refused": "Name a model that this key may use; `python agent.py check` lists them.",
    "request refused": "Run `python agent.py check`; a setting may not fit the model.",
    "too many requests": "Ask for a higher rate limit, or run fewer calls (MAX_PROCESSES).",
    "server error": "See status.openai.com; MAX_RETRIES says how often a call is tried again.",
    "timed out": "See status.openai.com, or raise HTTP_TIMEOUT.",
    "unreachable": "Check the network and OPENAI_BASE_URL; `python agent.py check` tests both.",
    "failed": "See the lines before this one.",
}
"""What can go wrong, in the words of the turn log, and what to do about it."""

HOPELESS = frozenset({"wrong key", "no quota", "model refused", "request refused"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of a model: which part, what, and the HTTP status if there was one."""

    part: str
    what: str
    status: int | None = None

    @property
    def hopeless(self) -> bool:
        """Whether another attempt would fail as well."""
        return self.what in HOPELESS


def classify(part: str, error: BaseException) -> Failure:
    """Say what an exception means, without repeating its text (it may quote key or body).

    A refused WebSocket is a connection error that was caused by an answer with a status.
    """
    for one in _chain(error):
        if (code := _code(one)) in _FATAL_CODES:
            return Failure(part, _FATAL_CODES[code], _status(one))
        if (status := _status(one)) is not None:
            return Failure(part, _by_status(status), status)
    if any(isinstance(one, APITimeoutError | TimeoutError) for one in _chain(error)):
        return Failure(part, "timed out")
    if isinstance(error, APIConnectionError):
        return Failure(part, "unreachable")
    if isinstance(error, APIError):
        return Failure(part, "failed" if error.retryable else "request refused")
    return Failure(part, "failed")


def by_code(part: str, code: str) -> Failure:
    """Say what OpenAI's own word for an error means."""
    if code in _FATAL_CODES:
        return Failure(part, _FATAL_CODES[code])
    return Failure(part, "too many requests" if "rate_limit" in code else "server error")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "status"):
        status = getattr(error, name, None)
        if isinstance(status, int) and status >= 400:
            return status
    return None


def _by_status(status: int) -> str:
    named = {401: "wrong key", 403: "wrong key", 404: "model refused", 408: "timed out"}
    if status in named:
        return named[status]
    if status == 429:
        return "too many requests"
    return "server error" if status >= 500 else "request refused"


def _code(error: BaseException) -> str:
    """OpenAI's own word for the error, if the answer had one."""
    body = getattr(error, "body", None)
    for found in (body, getattr(body, "get", lambda _: None)("error")):
        code = found.get("code") if isinstance(found, dict) else getattr(found, "code", None)
        if isinstance(code, str):
            return code
    return ""
