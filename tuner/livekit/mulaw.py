"""G.711 mu-law, by table: 8 bits of the telephone to 16 bits and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BIAS, _LOUDEST = 132, 32635


def _decoding_table() -> npt.NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code.astype(np.int32) >> 4) & 7, code.astype(np.int32) & 15
    loud = ((mantissa << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -loud, loud).astype(np.int16)


def _encoding_table() -> npt.NDArray[np.uint8]:
    """The code of every 16-bit value, by the value as unsigned."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    # the code is made of the upper 14 bits
    loud = np.minimum(np.abs(value >> 2) << 2, _LOUDEST) + _BIAS
    exponent = np.floor(np.log2(loud)).astype(np.int32) - 7
    code = np.where(value < 0, 0x80, 0) | exponent << 4 | (loud >> exponent + 3) & 15
    table: npt.NDArray[np.uint8] = (~code & 0xFF).astype(np.uint8)
    return table


_DECODED, _ENCODED = _decoding_table(), _encoding_table()


def decode(data: bytes) -> npt.NDArray[np.int16]:
    """Samples of mu-law bytes."""
    return _DECODED[np.frombuffer(data, dtype=np.uint8)]


def encode(samples: npt.NDArray[np.int16]) -> bytes:
    """Mu-law bytes of samples."""
    return _ENCODED[samples.view(np.uint16)].tobytes()
