"""Makes the callers' clips with espeak-ng: `python -m tuner.bench.callers.make_clips`.

Not needed to run anything: the clips are in the repository. 16 kHz, 16-bit, mono.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

CLIPS = Path(__file__).parent / "clips"
RATE = 16_000
_LOUD = 9000  # peak of every clip
_VOICES = ("en-us+f3", "en-gb+m3", "en-gb-scotland+m7", "en-us+f5")

# kind, text as transcribed, text for espeak-ng when it differs
_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("sentence", "I would like to check my order please.", ""),
    ("sentence", "When will the parcel arrive?", ""),
    ("sentence", "Can you change the delivery address?", ""),
    ("sentence", "My order number is four seven two nine.", ""),
    ("sentence", "How long does the refund take?", ""),
    ("sentence", "No, that is all, thank you.", ""),
    ("phrase", "My order number is,", ""),
    ("phrase", "four seven two nine.", ""),
    ("phrase", "I would like to", ""),
    ("phrase", "send it to another address.", ""),
    ("phrase", "The thing is that", ""),
    ("phrase", "nobody was at home on Thursday.", ""),
    ("backchannel", "Mm-hm.", "[[m'm:h'@m:]]"),
    ("backchannel", "Uh-huh.", "[['Vh'V:]]"),
    ("backchannel", "Yeah, okay.", ""),
    ("backchannel", "Right, right.", ""),
    ("barge_in", "Wait, stop, that is the wrong order.", ""),
    ("barge_in", "Sorry, one question before you go on.", ""),
)


def main() -> None:
    """Write every clip and the list of them."""
    CLIPS.mkdir(exist_ok=True)
    listed = []
    for number, (kind, text, spoken) in enumerate(_TEXTS):
        voice = _VOICES[number // 2 % len(_VOICES)] if kind == "phrase" else _VOICES[number % 4]
        samples = _trim(_espeak(spoken or text, voice))
        name = f"{kind}-{number:02d}.wav"
        _write(CLIPS / name, samples)
        listed.append({"file": name, "kind": kind, "text": text, "voice": voice})
    (CLIPS / "clips.json").write_text(json.dumps(listed, indent=1) + "\n")
    sys.stderr.write(f"{len(listed)} clips in {CLIPS.name}\n")


def _espeak(text: str, voice: str) -> npt.NDArray[np.float64]:
    command = ["espeak-ng", "-v", voice, "-s", "165", "--stdout", text]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
    samples = np.frombuffer(made[44:], dtype=np.int16).astype(np.float64)
    return _resample(samples, round(len(samples) * RATE / rate))


def _resample(samples: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(samples)
    wanted = np.zeros(length // 2 + 1, dtype=complex)
    kept = min(len(spectrum), len(wanted))
    wanted[:kept] = spectrum[:kept]
    return np.fft.irfft(wanted, length) * length / len(samples)


def _trim(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    peak = float(np.abs(samples).max())
    loud = np.flatnonzero(np.abs(samples) > 0.02 * peak)
    cut = samples[loud[0] : loud[-1] + 1]
    return (cut / peak * _LOUD).astype(np.int16)


def _write(path: Path, samples: npt.NDArray[np.int16]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()
