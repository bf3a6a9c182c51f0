"""Audio of the AudioCodes bridge: formats, mu-law, and the resampler beside an independent one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("numpy")

from agent.audiocodes.media import (
    MULAW,
    PCM_8,
    PCM_16,
    PCM_24,
    Decoder,
    Encoder,
    MediaFormat,
    choose,
    silence,
)
from agent.audiocodes.resampler import Resampler
from tuner.livekit import mulaw

RATES = [
    *((16_000, 24_000), (24_000, 16_000), (8_000, 24_000)),
    *((24_000, 8_000), (8_000, 16_000), (16_000, 8_000)),
]
HELD_BACK_S = {8_000: 0.0022, 16_000: 0.0007}


def speech(rate: int, seconds: float = 1.0) -> np.ndarray:
    """Tones up to 3 kHz, as loud as speech."""
    t = np.arange(int(rate * seconds)) / rate
    tones = sum(2500 * np.sin(2 * np.pi * f * t + f) for f in (180, 440, 1210, 2300, 3000))
    return np.asarray(tones).astype(np.int16)


def in_pieces(resampler: Resampler, samples: np.ndarray, size: int) -> np.ndarray:
    pieces = [samples[at : at + size] for at in range(0, len(samples), size)]
    return np.concatenate([resampler.push(piece) for piece in pieces])


@pytest.mark.parametrize(("rate", "wanted"), RATES)
def test_it_agrees_with_libsamplerate(rate: int, wanted: int) -> None:
    samplerate = pytest.importorskip("samplerate")
    samples = speech(rate)
    ours = in_pieces(Resampler(rate, wanted), samples, rate // 50).astype(float)
    theirs = np.asarray(samplerate.resample(samples.astype(float), wanted / rate, "sinc_best"))
    middle = slice(wanted // 10, wanted * 9 // 10)
    difference = ours[middle] - theirs[middle]
    assert np.sqrt(np.mean(difference**2)) < 0.03 * np.sqrt(np.mean(theirs[middle] ** 2))


@pytest.mark.parametrize(("rate", "wanted"), RATES)
def test_a_tone_keeps_its_place_in_time_and_its_loudness(rate: int, wanted: int) -> None:
    def tone(rate: int) -> np.ndarray:
        return 10_000 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)

    ours = in_pieces(Resampler(rate, wanted), tone(rate).astype(np.int16), rate // 50)
    middle = slice(wanted // 10, wanted // 2)
    assert np.max(np.abs(ours[middle] - tone(wanted)[middle])) < 60


@pytest.mark.parametrize(("rate", "wanted"), [(24_000, 8_000), (24_000, 16_000), (16_000, 8_000)])
def test_what_the_lower_rate_cannot_hold_is_not_heard(rate: int, wanted: int) -> None:
    high = (10_000 * np.sin(2 * np.pi * wanted * 0.62 * np.arange(rate) / rate)).astype(np.int16)
    ours = in_pieces(Resampler(rate, wanted), high, rate // 50)[wanted // 10 :]
    assert np.max(np.abs(ours)) < 10, "60 dB down"


@pytest.mark.parametrize(("rate", "wanted"), RATES)
def test_the_size_of_the_pieces_changes_nothing(rate: int, wanted: int) -> None:
    samples = speech(rate, 0.5)
    whole = Resampler(rate, wanted).push(samples)
    for size in (7, 160, 333):
        assert np.array_equal(in_pieces(Resampler(rate, wanted), samples, size), whole)


@pytest.mark.parametrize(("rate", "wanted"), RATES)
def test_almost_nothing_is_held_back(rate: int, wanted: int) -> None:
    given = len(Resampler(rate, wanted).push(speech(rate, 0.02)))
    assert given >= wanted * (0.02 - HELD_BACK_S[min(16_000, rate, wanted)])


def test_mu_law_is_that_of_the_standard_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop")
    every = np.arange(-32_768, 32_768).astype(np.int16)
    assert mulaw.encode(every) == audioop.lin2ulaw(every.tobytes(), 2)
    codes = bytes(range(256))
    assert mulaw.decode(codes).tobytes() == audioop.ulaw2lin(codes, 2)


@pytest.mark.parametrize(
    ("offered", "rate", "chosen"),
    [
        (("raw/lpcm16", "raw/lpcm16_24"), 24_000, PCM_24),
        (("raw/lpcm16_24", "raw/lpcm16"), 16_000, PCM_16),
        (("wav/lpcm16_24", "raw/mulaw", "raw/lpcm16_8"), 24_000, PCM_8),
        (("raw/mulaw",), 16_000, MULAW),
        (("wav/lpcm16", "raw/opus"), 24_000, None),
        ((), 24_000, None),
    ],
)
def test_the_format_with_the_least_work_is_taken_and_never_wav(
    offered: tuple[str, ...], rate: int, chosen: object
) -> None:
    assert choose(offered, rate) is chosen


def test_half_a_sample_waits_for_its_other_half() -> None:
    audio = speech(24_000, 0.1).tobytes()
    decoder = Decoder(PCM_24, 24_000)
    assert b"".join(decoder.decode(audio[at : at + 321]) for at in range(0, 4800, 321)) == audio


@pytest.mark.parametrize("media", [PCM_24, PCM_16, PCM_8, MULAW])
def test_what_is_encoded_is_decoded_to_the_same_sound(media: MediaFormat) -> None:
    audio = speech(24_000, 1.0)
    wire = Encoder(media, 24_000).encode(audio.tobytes())
    back = np.frombuffer(Decoder(media, 24_000).decode(wire), dtype=np.int16)
    middle = slice(2400, 21_000)
    error = (back[middle].astype(float) - audio[middle]) / np.std(audio)
    assert np.sqrt(np.mean(error**2)) < 0.05


def test_silence_is_silent_in_every_format() -> None:
    for media in (PCM_24, MULAW):
        assert not np.any(np.frombuffer(Decoder(media, 24_000).decode(silence(media, 480)), "<i2"))
