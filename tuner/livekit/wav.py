"""Reads and writes WAV files of 16-bit mono PCM, the only kind that agent and bench use."""

from __future__ import annotations

import io
import wave
from pathlib import Path


def read_wav(file: Path | bytes) -> tuple[bytes, int]:
    """Return PCM and sample rate (Hz) of a WAV file, given by its path or its content.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a WAV file of 16-bit mono PCM.
    """
    content = io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")
    try:
        with content, wave.open(content) as wav:
            if (wav.getnchannels(), wav.getsampwidth()) != (1, 2):
                raise ValueError("not 16-bit mono")
            return wav.readframes(wav.getnframes()), wav.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"not a WAV file: {error}") from error


def wav_bytes(pcm: bytes, sample_rate: int) -> bytes:
    """Return a WAV file of 16-bit mono PCM at a sample rate (Hz)."""
    content = io.BytesIO()
    with wave.open(content, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(sample_rate)
        wav.writeframes(pcm)
    return content.getvalue()
