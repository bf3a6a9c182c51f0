"""Changes the sample rate of a stream and holds back almost nothing of it.

LiveKit's resampler keeps 38 ms (16 to 24 kHz) or 75 ms (8 to 24 kHz) and then gives them in bursts.
This one is a polyphase filter: one view of the input, in which each row is the surroundings of a
few output samples, times one matrix. It looks ahead by half a filter: 0.5 ms between 16 and 24 kHz;
2 ms from and to 8 kHz, where a shorter filter would take the consonants with it.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
_Floats = npt.NDArray[np.float32]

_TAPS = {8_000: 32, 16_000: 16}
"""Length of the filter in samples of the lower rate."""
_PASSED = {8_000: 0.93, 16_000: 0.86}
"""Where the filter has fallen to half, as a part of the lower rate's half."""
_BETA = 7.0


class Resampler:
    """From `rate` to `wanted` (Hz), one stream; equal rates pass through untouched."""

    def __init__(self, rate: int, wanted: int) -> None:
        common = gcd(rate, wanted)
        self._ups, self._downs = wanted // common, rate // common
        self._matrix = _matrix(self._ups, self._downs, min(rate, wanted))
        reach = (len(self._matrix) - self._downs) // 2
        self._held: _Floats = np.zeros(reach, dtype=np.float32)

    def push(self, samples: Samples) -> Samples:
        """The samples that can be computed now; the rest waits for the next call."""
        if self._ups == self._downs:
            return samples
        stream = np.concatenate([self._held, samples], dtype=np.float32)
        blocks = max(0, (len(stream) - len(self._matrix)) // self._downs + 1)
        surroundings: _Floats = np.ndarray(  # 6 us less than as_strided
            (blocks, len(self._matrix)),
            np.float32,
            stream,
            strides=(self._downs * stream.itemsize, stream.itemsize),
        )
        computed = np.rint(surroundings @ self._matrix)
        self._held = stream[blocks * self._downs :]
        np.minimum(np.maximum(computed, -32768, out=computed), 32767, out=computed)
        whole: Samples = computed.astype(np.int16).ravel()
        return whole


@lru_cache
def _matrix(ups: int, downs: int, lower: int) -> _Floats:
    """One column for each output sample of a block of `downs` input samples."""
    kind = 8_000 if lower <= 8_000 else 16_000
    half = _TAPS[kind] * max(ups, downs) // 2  # at the rate of which both are a part
    reach = -(-half // ups)
    rows = 2 * reach + downs
    at = np.arange(rows)[:, None] - reach
    distance = at * ups - np.arange(ups)[None, :] * downs
    inside = np.abs(distance) <= half
    window = np.i0(_BETA * np.sqrt(np.where(inside, 1 - (distance / half) ** 2, 0.0)))
    passed = _PASSED[kind] / max(ups, downs)
    filtered = np.where(inside, passed * np.sinc(passed * distance) * window, 0.0)
    whole: _Floats = (filtered / filtered.sum(axis=0)).astype(np.float32)
    return whole
