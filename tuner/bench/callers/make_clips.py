"""Makes the callers' clips with espeak-ng: `python -m tuner.bench.callers.make_clips`.

Not needed to run anything: the clips are in the repository. 16 kHz, 16-bit, mono.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from tuner.bench.callers.sounds import CLIPS, Samples, Sound, resample
from tuner.livekit.wav import read_wav, wav_bytes

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
        (CLIPS / name).write_bytes(wav_bytes(samples.tobytes(), RATE))
        listed.append({"file": name, "kind": kind, "text": text, "voice": voice})
    (CLIPS / "clips.json").write_text(json.dumps(listed, indent=1) + "\n")
    sys.stderr.write(f"{len(listed)} clips in {CLIPS.name}\n")


def _espeak(text: str, voice: str) -> Sound:
    command = ["espeak-ng", "-v", voice, "-s", "165", "--stdout", text]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    pcm, rate = read_wav(made)
    return resample(np.frombuffer(pcm, dtype=np.int16).astype(np.float64), rate, RATE)


def _trim(samples: Sound) -> Samples:
    peak = float(np.abs(samples).max())
    loud = np.flatnonzero(np.abs(samples) > 0.02 * peak)
    cut = samples[loud[0] : loud[-1] + 1]
    return (cut / peak * _LOUD).astype(np.int16)


if __name__ == "__main__":
    main()
