"""When OpenAI fails: what the caller hears, what the logs say, and what they never say."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from tests.agent_rig import KEY, LONG, Rig, a_call, failing, fixed, quick
from tuner.bench.model import Behaviour, Endpoint, Kind, Outcome, ServerPlan
from tuner.livekit.failures.classify import NEXT_STEP, classify
from tuner.livekit.failures.session import Patience
from tuner.livekit.failures.spoken import SENTENCES, frames
from tuner.livekit.monitoring.logging import hidden, hide_private

GOODBYE_S, AGAIN_S = 6.0, 3.9
FAST: dict[str, Any] = {"max_retries": 1, "retry_interval": 0.05, "http_timeout": 1.0}
REALTIME: dict[str, Any] = {"agent_mode": "realtime", "turn_detection": "realtime_llm"}


def status(code: int, body: object = None) -> APIStatusError:
    return APIStatusError("said by OpenAI about sk-abc", status_code=code, body=body)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (status(401), "wrong key"),
        (status(404), "model refused"),
        (status(400), "request refused"),
        (status(429), "too many requests"),
        (status(429, {"error": {"code": "insufficient_quota"}}), "no quota"),
        (status(429, {"code": "insufficient_quota"}), "no quota"),
        (status(503), "server error"),
        (APITimeoutError(), "timed out"),
        (APIConnectionError(), "unreachable"),
        (APIError("?", retryable=False), "request refused"),
        (ValueError("?"), "failed"),
    ],
)
def test_every_error_has_a_name_and_a_next_step(error: Exception, what: str) -> None:
    failure = classify("llm", error)
    assert failure.what == what
    assert NEXT_STEP[what]


def test_patience_asks_once_and_starts_anew_after_an_answer() -> None:
    slow = classify("llm", APITimeoutError())
    patience = Patience()
    assert patience.failed(slow, will_retry=True) == "wait"
    assert patience.failed(slow, will_retry=False) == "ask again"
    patience.answered()
    assert patience.failed(slow, will_retry=False) == "ask again"
    assert patience.failed(slow, will_retry=False) == "goodbye"
    assert Patience().failed(classify("llm", status(401)), will_retry=False) == "goodbye"
    assert Patience().failed(classify("realtime", status(500)), will_retry=False) == "goodbye"


@pytest.mark.asyncio
async def test_the_recordings_are_there_and_as_long_as_their_words() -> None:
    for (name, _), seconds in zip(SENTENCES.values(), (AGAIN_S, GOODBYE_S), strict=True):
        path = Path("tuner/livekit/failures/clips") / name
        length = sum([frame.duration async for frame in frames(path)])
        assert length == pytest.approx(seconds, abs=0.1)


def ended(rig: Rig) -> dict[str, Any]:
    return rig.lines("session ended")[0]


async def to_the_end(rig: Rig) -> dict[str, Any]:
    await rig.until(lambda: bool(rig.lines("session ended")))
    return ended(rig)


async def calls_that_cannot_be_served_end_with_an_apology(tmp_path: Path) -> None:
    """Five ways to fail at once, each with its own server: an apology, and the end."""

    async def greeted(name: str, plan: ServerPlan, **more: Any) -> tuple[dict[str, Any], float]:
        settings = quick(greeting="Hello.", **FAST, **more.pop("settings", {}))
        async with a_call(settings, plan, tmp_path / name, **more) as rig:
            end = await to_the_end(rig)
            return end, rig.speaker.spoken[-1].played_s

    async def asked(name: str, plan: ServerPlan, **more: Any) -> tuple[dict[str, Any], float]:
        async with a_call(quick(**FAST), plan, tmp_path / name, **more) as rig:
            if more:  # nothing works: the first failure is forgiven
                await rig.say()
                await rig.heard(1)
            await rig.say()
            end = await to_the_end(rig)
            return end, rig.speaker.spoken[-1].played_s

    def broken(endpoint: Endpoint, kind: Kind) -> ServerPlan:
        return fixed(behaviours=failing(endpoint, kind))

    found = await asyncio.gather(
        greeted("key", ServerPlan(api_keys=frozenset({"another"}))),
        asked("gone", fixed(), base_url="http://127.0.0.1:9/v1"),
        greeted("realtime", ServerPlan(api_keys=frozenset({"another"})), settings=REALTIME),
        asked("quota", broken(Endpoint.CHAT, Kind.NO_QUOTA)),
        asked("model", broken(Endpoint.CHAT, Kind.NO_MODEL)),
    )
    names = [(end["reason"], end["error"]) for end, _ in found]
    assert names == [
        ("error", "wrong key"),
        ("error", "unreachable"),
        ("error", "wrong key"),
        ("error", "no quota"),
        ("error", "model refused"),
    ]
    assert [heard for _, heard in found] == [pytest.approx(GOODBYE_S, abs=0.1)] * len(found)


def assert_nothing_private(caplog: pytest.LogCaptureFixture, folder: Path) -> None:
    formatter = logging.Formatter()
    ours = [
        r for r in caplog.records if r.name.startswith(("agent", "livekit", "tuner", "asyncio"))
    ]
    # the words of callers stand under lk.pii keys, at DEBUG only, and are LiveKit's own
    written = "\n".join(formatter.format(record) for record in ours)
    written += "\n".join(path.read_text() for path in folder.iterdir())
    assert KEY not in written
    assert "Bearer" not in written
    assert "body={" not in written
    assert "Incorrect API key" not in written


async def one_failure_is_forgiven_and_two_are_not(tmp_path: Path) -> None:
    async def storm(name: str, endpoint: Endpoint, failures: int) -> Rig:
        plan = fixed(behaviours=failing(endpoint, Kind.SERVER_ERROR, failures))
        async with a_call(quick(**FAST), plan, tmp_path / name) as rig:
            await rig.say()
            await rig.heard(1)
            await rig.say()
            await rig.heard(2)
            return rig

    once, twice, deaf = await asyncio.gather(
        storm("once", Endpoint.CHAT, 2),
        storm("twice", Endpoint.CHAT, 9),
        storm("deaf", Endpoint.TRANSCRIPTION, 2),
    )
    for rig in (once, deaf):
        assert rig.speaker.spoken[0].played_s == pytest.approx(AGAIN_S, abs=0.1)
        assert rig.speaker.spoken[1].played_s < 3.0
        assert ended(rig)["error"] is None
    assert twice.speaker.spoken[1].played_s == pytest.approx(GOODBYE_S, abs=0.1)
    assert (ended(twice)["reason"], ended(twice)["error"]) == ("error", "server error")
    assert ended(twice)["openai_failures"] == 4


async def a_stalled_stream_and_a_caller_who_leaves(tmp_path: Path) -> None:
    async def stalled() -> None:
        plan = fixed(behaviours={Endpoint.CHAT: Behaviour(script=(Outcome(Kind.STALL),) * 4)})
        async with a_call(quick(**FAST), plan, tmp_path / "stall") as rig:
            await rig.say()
            await rig.heard(1)
        # two attempts of a second each, then the sentence, and never more silence than that
        assert rig.speaker.spoken[0].played_s == pytest.approx(AGAIN_S, abs=0.1)
        errors = [line["error"] for line in rig.lines("openai call") if "error" in line]
        assert errors == ["ReadTimeout", "ReadTimeout"]

    async def leaves() -> None:
        async with a_call(quick(), fixed(), tmp_path / "leaves", first_reply=LONG) as rig:
            await rig.say()
            await rig.until(lambda: rig.speaker.audible)
        assert rig.lines("turn")[0]["interrupted"] is True
        assert rig.lines("interruption") == []
        assert ended(rig)["turns"] == 1

    await asyncio.gather(stalled(), leaves())


async def a_realtime_reply_that_never_comes(tmp_path: Path) -> None:
    async def lost(kind: Kind) -> None:
        plan = fixed(behaviours=failing(Endpoint.RESPONSE, kind, 1))
        settings = quick(**FAST, **REALTIME, realtime_turn_detection="server_vad")
        async with a_call(settings, plan, tmp_path / f"lost-{kind}") as rig:
            await rig.say()
            await rig.heard(1)
            await rig.say()
            await rig.heard(2)
        if kind is Kind.RESET:  # the new connection is asked for the same reply
            assert rig.speaker.spoken[0].played_s < 3.0
        else:
            assert rig.speaker.spoken[0].played_s == pytest.approx(AGAIN_S, abs=0.1), kind
        assert rig.speaker.spoken[1].played_s < 3.0, kind
        assert ended(rig)["error"] is None

    async with asyncio.TaskGroup() as together:
        for kind in (Kind.SERVER_ERROR, Kind.STALL, Kind.RESET):
            together.create_task(lost(kind))


@pytest.mark.asyncio
async def test_failures_of_every_kind_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Side by side, because an apology takes as long as it takes to say."""
    hide_private()
    caplog.set_level(logging.DEBUG)
    async with asyncio.TaskGroup() as together:
        together.create_task(calls_that_cannot_be_served_end_with_an_apology(tmp_path))
        together.create_task(one_failure_is_forgiven_and_two_are_not(tmp_path))
        together.create_task(a_stalled_stream_and_a_caller_who_leaves(tmp_path))
        together.create_task(a_realtime_reply_that_never_comes(tmp_path))
    assert_nothing_private(caplog, tmp_path)


@pytest.mark.asyncio
async def test_a_turn_log_that_cannot_be_written_does_not_touch_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_call(quick(greeting="Hello."), fixed(), tmp_path / "no" / "log") as rig:
        await rig.heard(1)
    told = [record for record in caplog.records if "TURN_LOG" in record.getMessage()]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("message='no sk-abc', status_code=401", "message=(hidden), status_code=401"),
        ("retryable=False, body={'a': 1}", "retryable=False, body=(hidden)"),
        ("Error code: 401 - {'error': 'sk-x'}", "Error code: 401"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer (hidden)"),
        ("key sk-proj-12345678", "key sk-(hidden)"),
    ],
)
def test_keys_and_bodies_are_taken_out_of_a_line(said: str, left: str) -> None:
    assert hidden(said) == left
