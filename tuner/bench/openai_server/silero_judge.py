"""Takes frames of caller audio, gives the probability that somebody speaks, as Silero hears it.

The local Realtime server listens with these ears in the bench, so that noise is noise to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from livekit.plugins.silero import onnx_model

from tuner.bench.openai_server.server_vad import SAMPLE_RATE, Judge

_RATE = 16_000


@lru_cache(maxsize=1)
def _session() -> Any:
    return onnx_model.new_inference_session(True)


def silero() -> Judge:
    """Make the judge of one call; it remembers what it has heard."""
    model = onnx_model.OnnxModel(onnx_session=_session(), sample_rate=_RATE)
    window = model.window_size_samples
    waiting = np.zeros(0, dtype=np.float32)
    heard = 0.0

    def judge(frame: bytes) -> float:
        nonlocal waiting, heard
        waiting = np.concatenate([waiting, _slower(frame)])
        while len(waiting) >= window:
            heard = float(model(waiting[:window]))
            waiting = waiting[window:]
        return heard

    return judge


def _slower(frame: bytes) -> npt.NDArray[np.float32]:
    """A frame at the rate of the model, -1 to 1."""
    samples = np.frombuffer(frame, dtype=np.int16).astype(np.float32) / 32768
    places = np.arange(len(samples) * _RATE // SAMPLE_RATE) * (SAMPLE_RATE / _RATE)
    found: npt.NDArray[np.float32] = np.interp(places, np.arange(len(samples)), samples).astype(
        np.float32
    )
    return found
