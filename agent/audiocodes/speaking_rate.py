"""How fast the agent speaks, as LiveKit estimates it, with all windows transformed at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

_WINDOW_S = 0.025


def spectral_flux(audio: npt.NDArray[np.float32], rate: int) -> float:
    """How much the spectrum changes from one half window to the next: LiveKit's figure for speech.

    `audio` is samples between -1 and 1 at `rate` (Hz). LiveKit transforms window by window.
    """
    window = _window(int(rate * _WINDOW_S))
    if len(audio) < len(window):
        return 0.0
    each = np.lib.stride_tricks.sliding_window_view(audio, len(window))[:: len(window) // 2]
    magnitudes = np.abs(np.fft.rfft(each * window))
    if len(magnitudes) < 2:
        return 0.0
    return float(np.abs(np.diff(magnitudes, axis=0)).sum(axis=1).mean())


@lru_cache
def _window(length: int) -> npt.NDArray[np.float32]:
    """Of float32, as is the audio, so that all is: twice as fast, and equal to six digits."""
    window = np.hanning(length)
    scaled: npt.NDArray[np.float32] = (window / np.sqrt(np.sum(window**2))).astype(np.float32)
    return scaled
