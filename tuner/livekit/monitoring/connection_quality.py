"""A room in; how the sound of caller and agent travels into the turn log, one line each now and
then.

    log = attach(session)
    watch_connection(ctx.room, log)      # `make_call` does it for calls in a room

A line is written every 30 s, when LiveKit's judgement of the connection changes, and at the end.
Participants are `caller` and `agent`, without their identities, which may hold telephone numbers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from livekit import rtc

from tuner.turn_log.stretch import Sample, Stretch
from tuner.turn_log.writer import TurnLog
from tuner.turns.assembler import Line

if TYPE_CHECKING:
    from livekit.rtc._proto.stats_pb2 import RtcStats

FIRST_S, SAMPLE_S = 1.0, 5.0
LINE_S = 30.0
_QUALITIES = {
    rtc.ConnectionQuality.QUALITY_EXCELLENT: "excellent",
    rtc.ConnectionQuality.QUALITY_GOOD: "good",
    rtc.ConnectionQuality.QUALITY_POOR: "poor",
    rtc.ConnectionQuality.QUALITY_LOST: "lost",
}
_log = logging.getLogger(__name__)


def watch_connection(
    room: rtc.Room, log: TurnLog, *, sample_s: float = SAMPLE_S, line_s: float = LINE_S
) -> None:
    """Write `connection quality` lines until the turn log ends; needs a running event loop."""
    watch = _Watch(room, log)
    room.on("connection_quality_changed", watch.changed)
    task = asyncio.create_task(watch.run(sample_s, line_s))

    def end() -> list[Line]:
        task.cancel()
        return watch.lines()

    log.at_end(end)


class _Watch:
    """The stretches of one room, by participant."""

    def __init__(self, room: rtc.Room, log: TurnLog) -> None:
        self._room, self._log = room, log
        self._stretches: dict[str, Stretch] = {}

    def changed(self, who: rtc.Participant, quality: rtc.ConnectionQuality) -> None:
        """LiveKit judges a participant's connection anew: the stretch until now ends."""
        name = _QUALITIES.get(quality, "unknown")
        if (stretch := self._stretch(_role(who))).quality != name:
            self._write(_lines(_role(who), stretch, name))

    async def run(self, sample_s: float, line_s: float) -> None:
        """Sample and write; what cannot be read is left out, and the call goes on."""
        written, pause_s = time.monotonic(), min(FIRST_S, sample_s)
        while True:
            await asyncio.sleep(pause_s)
            pause_s = sample_s
            try:
                await self._sample()
            except Exception:  # whatever the room's library raises while it reconnects
                _log.debug("no statistics of the room", exc_info=True)
            if time.monotonic() - written >= line_s:
                self._write(self.lines())
                written = time.monotonic()

    def lines(self) -> list[Line]:
        """One line for each participant that was heard; their stretches begin anew."""
        return [line for role, own in self._stretches.items() for line in _lines(role, own)]

    def _write(self, lines: list[Line]) -> None:
        for message, fields in lines:
            self._log.emit(message, fields)

    def _stretch(self, role: str) -> Stretch:
        return self._stretches.setdefault(role, Stretch(time.monotonic()))

    async def _sample(self) -> None:
        if not self._room.isconnected():
            return
        for role, track in _tracks(self._room):
            sample = read(await track.get_stats())
            if sample is not None:
                self._stretch(role).add(sample)


def _lines(role: str, stretch: Stretch, changed_to: str | None = None) -> list[Line]:
    fields = stretch.end(time.monotonic(), changed_to)
    return [("connection quality", {"participant": role, **fields})] if fields else []


def _role(who: rtc.Participant) -> str:
    agent = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
    return "agent" if isinstance(who, rtc.LocalParticipant) or who.kind == agent else "caller"


def _tracks(room: rtc.Room) -> Iterator[tuple[str, rtc.Track]]:
    """The sound that is sent and received here, one stream each way."""
    people: list[rtc.Participant] = [room.local_participant, *room.remote_participants.values()]
    heard: set[str] = set()
    for who in people:
        for one in who.track_publications.values():
            track, role = one.track, _role(who)
            audio = track is not None and track.kind == rtc.TrackKind.KIND_AUDIO
            if track is not None and audio and role not in heard:
                heard.add(role)
                yield role, track


def read(stats: Sequence[RtcStats]) -> Sample | None:
    """The state of one stream, received or sent; None before its first packet."""
    found = {one.WhichOneof("stats"): one for one in stats}
    codec = found["codec"].codec.codec.mime_type.rpartition("/")[2] if "codec" in found else None
    if (inbound := found.get("inbound_rtp")) is not None:
        received = inbound.inbound_rtp.received
        return Sample(
            received.packets_received, received.packets_lost, received.jitter, None, codec
        )
    remote, sent = found.get("remote_inbound_rtp"), found.get("outbound_rtp")
    if remote is None or sent is None:  # LiveKit has not reported what arrived
        return None
    far = remote.remote_inbound_rtp
    arrived = sent.outbound_rtp.sent.packets_sent - far.received.packets_lost
    rtt = far.remote_inbound.round_trip_time or None
    return Sample(max(0, arrived), far.received.packets_lost, far.received.jitter, rtt, codec)
