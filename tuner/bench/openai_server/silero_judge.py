"""Takes frames of caller audio, gives the probability that somebody speaks, as Silero hears it.

The local Realtime server listens with these ears in the bench, so that noise is noise to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from livekit import rtc
from livekit.plugins.silero import onnx_model

from tuner.bench.openai_server.server_vad import SAMPLE_RATE, Judge

_RATE = 16_000


@lru_cache(maxsize=1)
def _session() -> Any:
    return onnx_model.new_inference_session(True)


def silero() -> Judge:
    """Make the judge of one call; it remembers what it has heard."""
    model = onnx_model.OnnxModel(onnx_session=_session(), sample_rate=_RATE)
    resampler = rtc.AudioResampler(SAMPLE_RATE, _RATE, quality=rtc.AudioResamplerQuality.QUICK)
    window = model.window_size_samples
    waiting = np.zeros(0, dtype=np.float32)
    probability = 0.0

    def judge(frame: bytes) -> float:
        nonlocal waiting, probability
        pieces = [_floats(piece) for piece in resampler.push(bytearray(frame))]
        waiting = np.concatenate([waiting, *pieces])
        while len(waiting) >= window:
            probability = float(model(waiting[:window]))
            waiting = waiting[window:]
        return probability

    return judge


def _floats(frame: rtc.AudioFrame) -> npt.NDArray[np.float32]:
    """Samples from -1 to 1."""
    return np.frombuffer(frame.data, dtype=np.int16).astype(np.float32) / np.float32(32768)
