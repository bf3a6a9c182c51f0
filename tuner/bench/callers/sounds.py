"""The sounds of simulated callers: recorded clips, made coughs and room noise.

The clips were made with espeak-ng (see `make_clips`); all samples are 16-bit mono at 24 kHz.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tuner.livekit.wav import read_wav

SAMPLE_RATE = 24_000
_CHARS_PER_S = 15.0
CLIPS = Path(__file__).parent / "clips"

Samples = npt.NDArray[np.int16]
Sound = npt.NDArray[np.float64]
"""Samples that are still to be computed with."""


class SoundKind(StrEnum):
    """What a sound of the caller is."""

    SENTENCE = "sentence"
    PHRASE = "phrase"  # part of a sentence that continues after a pause
    BACKCHANNEL = "backchannel"
    BARGE_IN = "barge_in"
    COUGH = "cough"
    BYSTANDER = "bystander"  # somebody else, not on the phone


TURNS = frozenset((SoundKind.SENTENCE, SoundKind.PHRASE, SoundKind.BARGE_IN))
"""Sounds with which the caller takes the turn; every other one is no turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recorded sound: what it is, the words in it, and 24 kHz samples."""

    name: str
    kind: SoundKind
    text: str
    samples: Samples

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE


@lru_cache(maxsize=1)
def clips() -> tuple[Clip, ...]:
    """Load the clips of the repository, in their order."""
    listed = json.loads((CLIPS / "clips.json").read_text())
    return tuple(
        Clip(item["file"], SoundKind(item["kind"]), item["text"], _read(CLIPS / item["file"]))
        for item in listed
    )


def clips_of(kind: SoundKind) -> tuple[Clip, ...]:
    """Return the clips of one kind; phrases come in pairs, beginning and end."""
    return tuple(clip for clip in clips() if clip.kind is kind)


def _read(path: Path) -> Samples:
    pcm, rate = read_wav(path)
    samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float64)
    return _whole(resample(samples, rate, SAMPLE_RATE))


def resample(samples: Sound, rate: int, wanted: int) -> Sound:
    """Return a whole sound at another sample rate (Hz), by its spectrum."""
    length = round(len(samples) * wanted / rate)
    return np.fft.irfft(np.fft.rfft(samples), length) * length / len(samples)


def _whole(samples: Sound) -> Samples:
    rounded: Samples = np.clip(samples, -32768, 32767).astype(np.int16)
    return rounded


def cough(rng: random.Random) -> Clip:
    """Make a cough: two short bursts of noise."""
    noise = np.random.default_rng(rng.getrandbits(32))
    bursts = []
    for seconds in (rng.uniform(0.12, 0.2), rng.uniform(0.15, 0.3)):
        count = int(seconds * SAMPLE_RATE)
        shape = np.exp(-np.linspace(0, 5, count)) * noise.normal(0, 5000, count)
        bursts += [shape, np.zeros(int(0.08 * SAMPLE_RATE))]
    return Clip("cough", SoundKind.COUGH, "", _whole(np.concatenate(bursts)))


def louder(samples: Samples, decibel: float) -> Samples:
    """Return the samples so many decibels louder; negative is quieter."""
    return _whole(samples.astype(np.float64) * 10 ** (decibel / 20)) if decibel else samples


def telephone(samples: Samples) -> Samples:
    """Return what a narrow-band telephone leaves of a sound: 300 to 3400 Hz, 8-bit mu-law."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    x = np.clip(np.fft.irfft(spectrum, len(samples)) / 32768, -1, 1)
    squeezed = np.round(np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256) * 127) / 127
    return _whole(np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255 * 32768)


def voice_of(text: str) -> bytes:
    """Return PCM (24 kHz) of a human-like voice, as long as the text takes to say.

    The words are those of the clips: it is for echoes, which a voice detection must judge.
    """
    wanted = int(max(0.4, len(text) / _CHARS_PER_S) * SAMPLE_RATE)
    return _speech()[:wanted].tobytes()


@lru_cache(maxsize=1)
def _speech() -> Samples:
    """Twenty seconds of clips in a row."""
    row = np.concatenate([clip.samples for clip in clips_of(SoundKind.SENTENCE)])
    return np.resize(row, 20 * SAMPLE_RATE)


def background(snr_db: float, seed: int, seconds: float = 5.0) -> Samples:
    """Make a loop of room noise that lies `snr_db` below the loudness of the clips' speech."""
    speech = np.concatenate([clip.samples for clip in clips_of(SoundKind.SENTENCE)])
    level = float(np.sqrt(np.mean(speech.astype(np.float64) ** 2)))
    white = np.random.default_rng(seed).normal(0, 1, int(seconds * SAMPLE_RATE))
    spectrum = np.fft.rfft(white)
    spectrum /= np.sqrt(np.arange(1, len(spectrum) + 1))  # falls with frequency, as rooms do
    room = np.fft.irfft(spectrum, len(white))
    room *= level / 10 ** (snr_db / 20) / np.sqrt(np.mean(room**2))
    return _whole(room)
