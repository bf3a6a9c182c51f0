"""One HTTP request while it is being answered; frozen into the record at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from tuner.bench.model import Decision, Endpoint, Kind
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.server_record import RequestTruth


@dataclass(slots=True)
class Exchange:
    """One HTTP request while it is being answered."""

    request_id: str
    caller: str
    endpoint: Endpoint
    received_at: float
    model: str = ""
    decision: Decision = field(default_factory=lambda: Decision(Kind.OK, 0.0, 0.0))
    answered_at: float | None = None
    completed: bool = False

    def as_truth(self, now: float) -> RequestTruth:
        """Freeze what happened, the moment being the end of the request."""
        return RequestTruth(
            request_id=self.request_id,
            caller=self.caller,
            endpoint=self.endpoint,
            model=self.model,
            planned=self.decision.kind,
            status=wire_format.status_of(self.decision.kind),
            processing_ms=round(self.decision.processing_s * 1000),
            received_at=self.received_at,
            answered_at=self.answered_at,
            finished_at=now,
            completed=self.completed,
        )
