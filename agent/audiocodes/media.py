"""Audio formats of the Bot API: which one to take, and how to read and write it.

16-bit audio is little-endian and mono. `wav/...` formats are never taken: whether their header
comes with each piece or only with the first is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.audiocodes.resampler import Resampler
from tuner.livekit import mulaw


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """A format by its name on the wire; `rate` in Hz, `width` in bytes a sample."""

    name: str
    rate: int
    width: int = 2


PCM_24 = MediaFormat("raw/lpcm16_24", 24_000)
PCM_16 = MediaFormat("raw/lpcm16", 16_000)
PCM_8 = MediaFormat("raw/lpcm16_8", 8_000)
MULAW = MediaFormat("raw/mulaw", 8_000, 1)

_PREFERRED = {24_000: (PCM_24, PCM_16, PCM_8, MULAW), 16_000: (PCM_16, PCM_24, PCM_8, MULAW)}


def choose(offered: Sequence[str], rate: int) -> MediaFormat | None:
    """The offered format that needs the least change to or from `rate` (Hz); None: none fits."""
    return next((one for one in _PREFERRED[rate] if one.name in offered), None)


class Decoder:
    """Pieces of any size from the wire in, 16-bit audio at `rate` out."""

    def __init__(self, media: MediaFormat, rate: int) -> None:
        self._media = media
        self._resampler = Resampler(media.rate, rate)
        self._odd = b""

    def decode(self, data: bytes) -> bytes:
        """The audio of one piece; half a sample at its end waits for the next."""
        if self._media is MULAW:
            return self._resampler.push(mulaw.decode(data)).tobytes()
        data = self._odd + data
        whole = len(data) & ~1
        self._odd = data[whole:]
        samples = np.frombuffer(data, dtype="<i2", count=whole // 2)
        return self._resampler.push(samples).tobytes()


class Encoder:
    """16-bit audio at `rate` in, bytes for the wire out."""

    def __init__(self, media: MediaFormat, rate: int) -> None:
        self._media = media
        self._resampler = Resampler(rate, media.rate)

    def encode(self, pcm: bytes | memoryview) -> bytes:
        """The bytes of these samples."""
        samples = self._resampler.push(np.frombuffer(pcm, dtype=np.int16))
        return mulaw.encode(samples) if self._media is MULAW else samples.astype("<i2").tobytes()


def silence(media: MediaFormat, size: int) -> bytes:
    """So many bytes in which nothing is heard."""
    return (b"\xff" if media is MULAW else b"\0") * size
