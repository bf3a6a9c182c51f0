"""Sample reports for the tests of the formats: a noisy log, a healthy one, a damaged one."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from tuner.model import (
    Against,
    Change,
    Current,
    Evidence,
    Exposure,
    Finding,
    InputInfo,
    Latency,
    OtherLine,
    Rate,
    Recommendation,
    Refusal,
    Report,
    SettingProblem,
    Signal,
    Volume,
)
from tuner.names import RuleId

START = 1795166559.25  # 2026-11-20 09:22:39 UTC
NO_TURN_LOG = "no turn log: set TURN_LOG=stdout or a path"


def changed(value: Any, **changes: Any) -> Any:
    """The same value with some fields changed."""
    return msgspec.structs.replace(value, **changes)


def latency(n: int = 62, p50: float | None = 0.42, **changes: Any) -> Latency:
    """A stage's latency whose other quantiles follow from the median."""
    scaled = [None if p50 is None else round(p50 * k, 3) for k in (2.1, 3.3, 4.0, 5.2)]
    value = Latency(
        n=n,
        censored=3,
        p50=p50,
        p90=scaled[0],
        p95=scaled[1],
        p99=scaled[2],
        max=scaled[3],
        grade="good",
        over_alert=9,
        alert_s=0.5,
        excellent_s=0.25,
        good_s=0.4,
        source="LLM metrics",
        observable="yes",
    )
    return changed(value, **changes)  # type: ignore[no-any-return]


def blind(why: str) -> Signal:
    """A signal that the log could not have shown."""
    return Signal(count=None, observable="no", why=why)


def input_info(path: str = "noisy.jsonl", **changes: Any) -> InputInfo:
    """One input that was understood whole."""
    value = InputInfo(
        path=path,
        format="LiveKit JSON",
        wrappers=(),
        bytes=2458654,
        lines=3657,
        understood=3657,
        unread={},
        first=START,
        last=START + 780.5,
    )
    return changed(value, **changes)  # type: ignore[no-any-return]


def openai_calls(**changes: Any) -> Signal:
    """OpenAI calls at three endpoints, some of them slow."""
    quantiles = {"p50": 210.0, "p90": 640.0, "p95": 980.0, "p99": 1843.0, "max": 2725.0}
    more = {
        "slow": 7,
        "threshold_ms": 1000.0,
        "processing_ms": quantiles,
        "by_endpoint": {
            "transcription": {"count": 111, "timed": 111, "slow": 0, "p50": 150.4, "max": 311.0},
            "speech": {"count": 89, "timed": 0, "slow": None, "p50": None},
            "chat": {"count": 83, "timed": 83, "slow": 7, **quantiles},
        },
        "timed": 194,
    }
    value = Signal(count=283, observable="yes", more=more)
    return changed(value, **changes)  # type: ignore[no-any-return]


def noisy(**changes: Any) -> Report:
    """Back-channels stop the agent: switch to `noisy`."""
    rate = Rate(
        events=18,
        exposure=12.4,
        unit="minute",
        value=1.4516,
        low=0.8603,
        high=2.2942,
        limit=1.0,
        p_above=0.941,
    )
    value = Report(
        inputs=(input_info(),),
        exposure=Exposure(calls=8, minutes=12.41, turns=62, basis="job_id"),
        signals={
            "false_interruptions": Signal(18, "yes", rate=rate, more={"phantom": 2}),
            "sync_warnings": Signal(6, "yes", more={"by_method": {"push_text": 4, "resume": 2}}),
            "openai_calls": openai_calls(),
            cast(Any, "real_interruptions"): blind("no line exists for them without the turn log"),
        },
        latency={
            "llm_ttft": latency(),
            "tts_ttfb": latency(
                n=57,
                p50=0.181,
                censored=0,
                grade="excellent",
                excellent_s=0.15,
                good_s=0.2,
                alert_s=0.3,
            ),
            "e2e": latency(
                n=0, p50=None, censored=0, grade="none", observable="no", why=NO_TURN_LOG
            ),
        },
        log_volume=Volume(3657, 294.7, {"DEBUG": 3100, "INFO": 540, "WARNING": 17}, {"asyncio": 1}),
        findings=(
            Finding(
                rule=RuleId("false-interruptions"),
                severity="high",
                title='The agent stops for noise and "mm-hm"',
                measured="18, 1.45/min [0.86-2.29]",
                limit="1/min",
                evidence=(
                    Evidence("noisy.jsonl", 412, "DEBUG resumed false interrupted speech"),
                    Evidence("noisy.jsonl", 800, "DEBUG resumed false interrupted speech"),
                ),
                advice="Let a sound last longer before it stops the agent.",
                total=18,
                remedies=("noisy",),
            ),
            Finding(
                rule=RuleId("sync-warnings"),
                severity="warning",
                title="The synchroniser is used after it was closed",
                measured="6 in 3 calls",
                limit="",
                evidence=(Evidence("noisy.jsonl", 988, "WARNING called after close"),),
                advice="A health alarm: no timing profile fixes it.",
                total=1,
            ),
        ),
        refusals=(Refusal(RuleId("slow-first-audio"), "no turn log", "TURN_LOG=stdout"),),
        recommendation=Recommendation(
            verdict="switch",
            profile="noisy",
            current="balanced",
            why="false interruptions 1.45/min [0.86-2.29] are above the limit of 1/min",
            changes=(
                Change(
                    "MIN_INTERRUPTION_DURATION",
                    0.5,
                    0.8,
                    "back-channels last about half a second",
                    "false interruptions under 0.3/min",
                    "estimated",
                ),
                Change("MIN_INTERRUPTION_WORDS", 0, 2, "mm-hm is one word", "", "bounds only"),
            ),
            price="real barge-ins stop the agent about 0.3 s later",
            against=(
                Against("patient", "no cut-offs that a longer wait would fix"),
                Against("fast", "would add false interruptions"),
            ),
        ),
        current=Current("balanced", "--current"),
        first=START,
        last=START + 780.5,
        also=(OtherLine("skipping reply to …", "livekit.agents", "WARNING", 3, 2),),
    )
    return changed(value, **changes)  # type: ignore[no-any-return]


def healthy(**changes: Any) -> Report:
    """A production log at INFO: nothing wrong, and most of it not visible."""
    hidden = "the level hides the DEBUG line: set LOG_LEVEL=DEBUG for livekit.agents"
    value = noisy(
        inputs=(input_info("healthy-info.jsonl", lines=1, understood=1, bytes=310),),
        exposure=Exposure(calls=1, minutes=1.0, turns=None, basis="room"),
        signals={
            "false_interruptions": blind(hidden),
            "openai_calls": blind("the openai and httpx loggers are at WARNING"),
            "sync_warnings": Signal(0, "yes"),
            "retries": Signal(1, "partly", "only those that were logged as warnings"),
        },
        latency={"end_of_turn_delay": latency(n=1, p50=0.553, censored=0, source="EOU metrics")},
        findings=(),
        refusals=(),
        recommendation=Recommendation(
            verdict="undecided",
            profile=None,
            current=None,
            why="nothing that was visible speaks for a change, and most was not visible",
            changes=(),
            price="",
            against=(),
            needs="about 6 calls logged under the profile evidence",
        ),
        current=Current(None, "unknown"),
        also=(),
        next_log="in your agent: from tuner.turn_log import attach; attach(session, {})",
    )
    return changed(value, **changes)  # type: ignore[no-any-return]


def damaged(**changes: Any) -> Report:
    """Several inputs, one of them unreadable and one half understood; stopped half-way."""
    value = noisy(
        inputs=(
            input_info("a.log.gz", format="LiveKit dev", wrappers=("docker", "cri")),
            input_info(
                "b.log",
                format="mixed",
                lines=1200,
                understood=1000,
                unread={"no shape": 150, "half a line": 49, "invalid JSON": 1},
                notes=("times have no zone: read as UTC",),
            ),
            input_info(
                "logs/a-folder-with-a-long-name/and-a-file-with-an-even-longer-name-2026-11-20.zst",
                format="",
                bytes=11,
                lines=0,
                understood=0,
                first=None,
                last=None,
                problem="the archive is cut short",
            ),
        ),
        recommendation=Recommendation(
            verdict="keep",
            profile="patient",
            current="patient",
            why="nothing measured is above its limit",
            changes=(),
            price="",
            against=(),
        ),
        findings=(),
        current=Current(
            "patient",
            "log",
            {"MIN_ENDPOINTING_DELAY": 0.8},
            ("balanced", "patient"),
            (
                SettingProblem(
                    "no-op",
                    ("MIN_ENDPOINTING_DELAY", "VAD_MIN_SILENCE_DURATION"),
                    "a delay of 0.3 s is below the VAD's silence wait of 0.55 s",
                    "lower VAD_MIN_SILENCE_DURATION first",
                ),
            ),
        ),
        partial="stopped with Ctrl-C after 2 of 3 files",
        notes=("calls overlap in time; they are identified by job_id",),
        also=(),
    )
    return changed(value, **changes)  # type: ignore[no-any-return]
