"""Audio of a caller who still speaks in, the words so far out, as a streaming transcriber has them.

`gpt-live-transcribe` and `gpt-realtime-whisper` send words while audio arrives and the final text
when the client commits; they have no turn detection of their own (OpenAI's guide to realtime
transcription).
"""

from __future__ import annotations

from tuner.bench.model import Heard, TranscriptFor
from tuner.bench.openai_server.server_vad import SAMPLE_RATE

BEHIND_S = 0.3
"""Words are sent so long after they were said: what OpenAI's own latency setting calls low."""
EVERY_S = 0.4
"""LiveKit passes interim words on every 0.5 s at most."""


class InterimWords:
    """The words of one segment that were sent already; `rest` begins the next segment."""

    def __init__(self, caller: str, transcript_for: TranscriptFor) -> None:
        self._caller = caller
        self._transcript_for = transcript_for
        self._sent: list[str] = []
        self._heard = 0

    def more(self, segment: bytes) -> str:
        """The words that are new in the audio so far, "" if there are none; asks now and then."""
        until = len(segment) - _bytes(BEHIND_S)
        if until - self._heard < _bytes(EVERY_S):
            return ""
        self._heard = until
        heard = Heard(self._caller, segment[:until], SAMPLE_RATE)
        return self._new(self._transcript_for(heard))

    def rest(self, transcript: str) -> str:
        """The words of the final transcript that were not sent yet."""
        found = self._new(transcript)
        self._sent, self._heard = [], 0
        return found

    def _new(self, transcript: str) -> str:
        words = transcript.split()
        if words[: len(self._sent)] != self._sent:  # another text than what was sent stays as it is
            return ""
        new = words[len(self._sent) :]
        before = " " if self._sent and new else ""
        self._sent = words
        return before + " ".join(new)


def _bytes(seconds: float) -> int:
    return int(seconds * SAMPLE_RATE) * 2
