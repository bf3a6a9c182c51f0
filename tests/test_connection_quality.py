"""How sound travelled: samples in, stretches of a call out, and what `tuner` says of them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tuner
from tuner.turn_log.stretch import Sample, Stretch


def stretch(*samples: Sample, quality: str = "excellent") -> dict[str, Any]:
    """The line of a stretch of 30 s."""
    one = Stretch(100.0, quality)
    for sample in samples:
        one.add(sample)
    fields = one.end(130.0)
    assert fields is not None
    return fields


def test_a_stretch_has_means_and_the_packets_since_the_last_line() -> None:
    one = Stretch(100.0)
    one.add(Sample(400, 10, 0.002, 0.040, "opus"))
    assert one.end(110.0, "good") is not None
    one.add(Sample(900, 10, 0.004, 0.060, "opus"))
    one.add(Sample(1380, 30, 0.006, None, "opus"))
    assert one.end(140.0) == {
        "quality": "good",
        "changed_to": None,
        "codec": "opus",
        "rtt": 0.06,
        "jitter": 0.005,
        "loss": 0.02,
        "packets": 980,
        "lost": 20,
        "seconds": 30.0,
        "problem": "none",
        "poor": False,
    }


@pytest.mark.parametrize(
    ("sample", "quality", "problem"),
    [
        (Sample(960, 40, 0.001), "excellent", "loss"),
        (Sample(980, 20, 0.031), "excellent", "jitter"),
        (Sample(980, 20, 0.001, 0.31), "excellent", "rtt"),
        (Sample(980, 20, 0.030, 0.30), "poor", "quality"),
        (Sample(980, 20, 0.030, 0.30), "good", "none"),
        (Sample(8, 2, 0.001), "excellent", "none"),
    ],
)
def test_what_is_wrong_has_a_name(sample: Sample, quality: str, problem: str) -> None:
    fields = stretch(sample, quality=quality)
    assert (fields["problem"], fields["poor"]) == (problem, problem != "none")


def test_what_was_not_measured_is_null_and_nothing_at_all_is_no_line() -> None:
    fields = stretch(Sample(20, 0))
    assert (fields["rtt"], fields["jitter"], fields["loss"]) == (None, None, None)
    assert Stretch(0.0).end(30.0) is None
    silent = Stretch(0.0)
    silent.add(Sample(0, 0, 0.0))
    assert silent.end(30.0) is None


def test_a_new_stream_and_late_packets_never_count_below_zero() -> None:
    assert stretch(Sample(900, 40), Sample(100, 1), Sample(200, 2))["packets"] == 200
    one = Stretch(0.0)
    one.add(Sample(100, 5))
    one.end(10.0)
    one.add(Sample(200, 4))
    fields = one.end(20.0)
    assert fields is not None
    assert (fields["packets"], fields["lost"]) == (100, 0)


def turn_log(path: Path, calls: int, poor: int, lines: int = 6) -> Path:
    """Calls of so many stretches each, the first `poor` of every call with loss."""
    written = []
    for call in range(calls):
        ids = {"job_id": f"AJ_{call}", "room": f"r{call}", "pid": 1}
        for n in range(lines):
            fields = stretch(Sample(900, 100 if n < poor else 0, 0.004, 0.05, "opus"))
            at = f"2026-11-20T09:{call % 60:02}:{10 * n % 60:02}+00:00"
            head = {"message": "connection quality", "level": "INFO", "name": "tuner.turns"}
            line = {**head, "participant": "caller", **fields, **ids, "timestamp": at}
            written.append(json.dumps(line))
    path.write_text("\n".join(written) + "\n")
    return path


def test_a_poor_network_is_a_finding_that_blames_no_setting(tmp_path: Path) -> None:
    report = tuner.analyze([str(turn_log(tmp_path / "log.jsonl", 20, 2))])
    signal = report.signals["connection_quality"]
    assert (signal.count, signal.more["measured"]) == (40, 120)
    assert signal.more["problems"] == {"loss": 40}
    assert signal.more["rtt"] == {"p50": 0.05, "p95": 0.05}
    [finding] = [f for f in report.findings if f.rule == "poor-network"]
    assert (finding.severity, finding.cause, finding.remedies) == ("high", "network", ())
    assert "40 of 120 stretches; loss 40" in finding.measured
    shown = finding.evidence[0].text
    for part in ("participant=caller", "problem=loss", "loss=0.1", "jitter=0.004", "lost=100"):
        assert part in shown


def test_a_good_network_is_no_finding_and_no_line_is_no_verdict(tmp_path: Path) -> None:
    good = tuner.analyze([str(turn_log(tmp_path / "log.jsonl", 20, 0))])
    assert "poor-network" not in {f.rule for f in good.findings} | {r.rule for r in good.refusals}
    assert good.signals["connection_quality"].count == 0
    other = tmp_path / "other.jsonl"
    other.write_text((tmp_path / "log.jsonl").read_text().replace("connection quality", "turn"))
    blind = tuner.analyze([str(other)])
    assert blind.signals["connection_quality"].count is None
    [refusal] = [r for r in blind.refusals if r.rule == "poor-network"]
    assert "no connection quality" in refusal.why


def test_the_scan_and_the_careful_path_count_the_same(tmp_path: Path) -> None:
    log = turn_log(tmp_path / "log.jsonl", 400, 1)
    small = turn_log(tmp_path / "small.jsonl", 20, 1)
    assert log.stat().st_size > 500_000 > small.stat().st_size
    signals = [tuner.analyze([str(path)]).signals["connection_quality"] for path in (log, small)]
    assert [signal.count for signal in signals] == [400, 20]
    assert signals[0].more["jitter"] == signals[1].more["jitter"]


def test_figures_of_a_stream_are_read_from_webrtcs_reports() -> None:
    quality = pytest.importorskip("tuner.livekit.monitoring.connection_quality")
    stats = pytest.importorskip("livekit.rtc._proto.stats_pb2")
    codec, inbound, sent, far = (stats.RtcStats() for _ in range(4))
    codec.codec.codec.mime_type = "audio/PCMU"
    inbound.inbound_rtp.received.packets_received = 300
    inbound.inbound_rtp.received.packets_lost = 7
    inbound.inbound_rtp.received.jitter = 0.0125
    assert quality.read([inbound, codec]) == Sample(300, 7, 0.0125, None, "PCMU")
    sent.outbound_rtp.sent.packets_sent = 500
    assert quality.read([sent, codec]) is None, "nothing is known of what arrived"
    far.remote_inbound_rtp.received.packets_lost = 4
    far.remote_inbound_rtp.received.jitter = 0.25
    far.remote_inbound_rtp.remote_inbound.round_trip_time = 0.5
    assert quality.read([sent, far, codec]) == Sample(496, 4, 0.25, 0.5, "PCMU")


@pytest.mark.asyncio
async def test_a_change_of_quality_ends_the_stretch_before_it() -> None:
    quality = pytest.importorskip("tuner.livekit.monitoring.connection_quality")
    from livekit import rtc

    written: list[tuple[str, dict[str, Any]]] = []
    log = SimpleNamespace(emit=lambda message, fields: written.append((message, fields)))
    watch = quality._Watch(rtc.Room(), log)
    caller = SimpleNamespace(kind=rtc.ParticipantKind.PARTICIPANT_KIND_SIP)
    watch.changed(caller, rtc.ConnectionQuality.QUALITY_EXCELLENT)
    assert written == []
    watch._stretch("caller").add(Sample(200, 20, 0.002))
    watch.changed(caller, rtc.ConnectionQuality.QUALITY_EXCELLENT)
    watch.changed(caller, rtc.ConnectionQuality.QUALITY_POOR)
    [(message, fields)] = written
    assert (message, fields["participant"]) == ("connection quality", "caller")
    assert (fields["quality"], fields["changed_to"], fields["problem"]) == (
        "excellent",
        "poor",
        "loss",
    )
