"""The thresholds that verdicts are made with: name, unit, source; each one is a setting.

`tuner analyze --limit false_interruptions_per_minute=2` overrides one; the report prints each
limit beside the figure that it judges.
"""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Every threshold. "Guides" are the tuning guides that this project came from; "ours" is a
    choice of this project that no source settles.
    """

    probability: float = 0.8
    """How sure a verdict must be: above a limit at >= this, below it at <= 1 - this (ours)."""
    min_events: int = 3
    """Fewer events than this are never more than an info (ours)."""
    min_call_time_s: float = 5.0
    """Calls whose lines span less than this in all give no rate per minute (ours)."""
    high_times: float = 1.5
    """A count or share this many times its limit is a high finding, not a warning (ours)."""
    prediction_events: int = 10
    """What another setting would do is predicted from this many events, not fewer (ours)."""
    prediction_calls: int = 8
    """... and from this many calls, because turns of one call are not independent (ours)."""

    false_interruptions_per_minute: float = 1.0
    """Audible false interruptions per minute of call (guides: 2 is a problem, below 1 the aim)."""
    false_cutoff_share: float = 0.10
    """Share of turns closed while the caller went on (eot-bench: 0.05-0.10 with a detector)."""
    openai_slow_ms: float = 1000.0
    """A call counts as slow above this `openai-processing-ms` (guides)."""
    openai_slow_share: float = 0.05
    """Share of OpenAI calls that may be slow; 0.05 makes it a limit on their P95 (ours)."""
    error_share: float = 0.01
    """Failed or repeated attempts per request (guides: error rate below 1 %)."""
    new_connection_share: float = 0.5
    """New connections per request; above half, connections are hardly reused (ours)."""
    late_transcript_share: float = 0.05
    """Share of turns whose transcript came after the turn was closed (ours)."""
    slow_flush_share: float = 0.25
    """Share of syntheses that fell behind playback (ours)."""
    sync_call_share: float = 0.5
    """Synchroniser warnings in more calls than this share are high; any is a warning (ours)."""
    failing_call_share: float = 0.1
    """Failures that end or disturb calls, in more calls than this share, are high (ours)."""
    loop_blocked_per_minute: float = 1.0
    """Blocked event loops per minute of call; below it a warning (ours)."""
    vad_slow_per_minute: float = 1.0
    """"Inference is slower than realtime" lines per minute of call; below it an info (ours)."""
    vad_behind_s: float = 1.0
    """How far the VAD may fall behind before it is high: barge-ins come that late (ours)."""
    poor_network_share: float = 0.05
    """Share of measured stretches of calls with lost, late or uneven sound (ours)."""
    log_lines_per_minute: float = 500.0
    """Log lines per minute of call (guides: 500 and more slow the agent down)."""
    log_lines_aim: float = 100.0
    """Log lines per minute of call to aim for (guides: 50-100)."""

    slow_majority: float = 0.5
    """A stage is slow when more than this share of its values is over the alert (the median)."""
    tail_share: float = 0.05
    """A stage has a slow tail when more than this share is over its tail limit (the P95)."""
    latency_warning_times: float = 1.25
    """A median this many times the alert is a warning, below it an info (ours)."""
    latency_high_times: float = 2.0
    """A median this many times the alert is a high finding (ours)."""
    llm_ttft_excellent_s: float = 0.25
    """Request to first token (guides)."""
    llm_ttft_good_s: float = 0.4
    """Request to first token (guides)."""
    llm_ttft_alert_s: float = 0.5
    """Request to first token (guides)."""
    llm_ttft_tail_s: float = 1.5
    """Request to first token, P95 (aiewf-eval: gpt-4o-class models reach 1.4-1.9)."""
    realtime_ttft_excellent_s: float = 0.3
    """Response created to first audio token of a Realtime model (guides: 0.3-0.6 typical)."""
    realtime_ttft_good_s: float = 0.6
    """Response created to first audio token of a Realtime model (guides: 0.3-0.6 typical)."""
    realtime_ttft_alert_s: float = 0.8
    """Response created to first audio token; more leaves no room below 1 s in all (ours)."""
    tts_ttfb_excellent_s: float = 0.15
    """Text to first audio byte (guides)."""
    tts_ttfb_good_s: float = 0.2
    """Text to first audio byte (guides)."""
    tts_ttfb_alert_s: float = 0.3
    """Text to first audio byte (guides)."""
    transcription_delay_excellent_s: float = 0.05
    """End of speech to final transcript (guides: best case)."""
    transcription_delay_good_s: float = 0.2
    """End of speech to final transcript (guides: typical)."""
    transcription_delay_alert_s: float = 0.5
    """End of speech to final transcript (guides: worst case)."""
    end_of_turn_delay_excellent_s: float = 0.3
    """Last speech to turn closed (guides: the delay of the quickest profile)."""
    end_of_turn_delay_good_s: float = 0.6
    """Last speech to turn closed (guides: 0.5 in production, 0.1 for the decision)."""
    end_of_turn_delay_alert_s: float = 1.0
    """Last speech to turn closed; the wait alone then takes all that a reply may (ours)."""
    e2e_excellent_s: float = 0.5
    """Last speech to the agent's first audio (guides)."""
    e2e_good_s: float = 0.8
    """Last speech to the agent's first audio (guides)."""
    e2e_alert_s: float = 1.0
    """Last speech to the agent's first audio (guides: callers notice from about 1 s)."""

    transcription_dominates: float = 0.8
    """The transcript is what turns wait for when its P50 is this share of the wait's P50 (ours)."""
    delay_slack_s: float = 0.2
    """A wait this much longer than the configured one is not due to the setting (ours)."""

    cost_false_interruption_s: float = 2.5
    """What one costs a caller: the guides' 2 s of dead air and the sound itself (ours)."""
    cost_false_cutoff_s: float = 4.0
    """What one costs a caller: being talked over, stopping, saying it again (ours)."""
    cost_wait_s: float = 1.0
    """What one second of waiting costs; the other costs are measured against it (ours)."""
    cost_failure_s: float = 10.0
    """What a failure costs that ends a call or loses a reply: asking or calling again (ours)."""

    def bands(self, stage: str) -> tuple[float, float, float]:
        """Excellent, good and alert of a latency by its name, in seconds."""
        excellent, good, alert = (
            float(getattr(self, f"{stage}_{band}_s")) for band in ("excellent", "good", "alert")
        )
        return excellent, good, alert


def names() -> tuple[str, ...]:
    """The names that `--limit` takes."""
    return Limits.__struct_fields__


def meanings() -> dict[str, str]:
    """The text under each limit, by its name; read from the source, so that it stands once."""
    import ast
    import inspect
    from itertools import pairwise

    body = ast.parse(inspect.getsource(Limits)).body[0]
    rows = body.body if isinstance(body, ast.ClassDef) else []
    return {
        row.target.id: " ".join(str(text.value.value).split())
        for row, text in pairwise(rows)
        if isinstance(row, ast.AnnAssign)
        and isinstance(row.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
