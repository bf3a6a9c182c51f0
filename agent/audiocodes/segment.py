"""One answer of the agent on its way to the caller: its chunks and the clock of its playing."""

from __future__ import annotations

from dataclasses import dataclass, field

_HEARD_S = 0.01


@dataclass(slots=True)
class Segment:
    """Chunks of `chunk_s` each. Times are seconds of one clock; positions count from the start."""

    chunk_s: float
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    """When each was captured, and its bytes."""
    pushed_s: float = 0.0
    complete: bool = False
    cut: bool = False
    heard: bool = False
    _sent: int = 0
    _held_at_s: float = 0.0
    _held_sent_s: float = 0.0
    _began: float | None = None
    """When position 0 was played, as if without pauses; None while the clock stands."""

    @property
    def running(self) -> bool:
        """The clock runs."""
        return self._began is not None

    @property
    def playable(self) -> bool:
        """There is something to do: a chunk to send, or an end to report."""
        return not self.cut and (not self.all_sent or self.complete)

    @property
    def all_sent(self) -> bool:
        """No chunk waits."""
        return self._sent >= len(self.chunks)

    @property
    def waiting_s(self) -> float:
        """How much has not been sent."""
        return (len(self.chunks) - self._sent) * self.chunk_s

    @property
    def ends_at(self) -> float:
        """When all that was sent has been played."""
        return self._start_time() + self._sent * self.chunk_s

    def start(self, now: float) -> None:
        """The clock runs from where it stood."""
        self._began = now - self._sent * self.chunk_s

    def hold(self, now: float) -> None:
        """Stop the clock; what was sent and not played will be sent again."""
        self._held_at_s, self._held_sent_s = self.played_s(now), self.sent_s
        self._sent = int(self._held_at_s / self.chunk_s + 1e-6)
        self._began = None

    def due(self, lead_s: float) -> float:
        """When the next chunk may be sent."""
        return self.ends_at - lead_s

    def catch_up(self, now: float) -> bool:
        """Move the clock when the next chunk is late; True when that was a silence to be heard."""
        late_s = now - self.ends_at
        if late_s > 0.0:
            self._began = self._start_time() + late_s
        return late_s > _HEARD_S

    def take(self) -> tuple[float, bytes]:
        """The next chunk, which counts as sent."""
        chunk = self.chunks[self._sent]
        self._sent += 1
        return chunk

    def played_s(self, now: float) -> float:
        """How much the caller has heard."""
        if self._began is None:
            return self._held_at_s
        return max(0.0, min(now - self._began, self._sent * self.chunk_s, self.pushed_s))

    @property
    def sent_s(self) -> float:
        """How much has been sent since the clock ran last; the same as played when all was."""
        if self._began is None:
            return self._held_sent_s
        return min(self._sent * self.chunk_s, self.pushed_s)

    def _start_time(self) -> float:
        if self._began is None:
            raise RuntimeError("the clock stands")
        return self._began
