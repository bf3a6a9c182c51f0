"""How many words a transcript has, as far as it shows its words.

Chinese, Japanese, Thai and their neighbours put no blanks between words: there a word is about two
Han characters, three kana, or four letters of Thai, Lao, Burmese or Khmer. A transcript that was
masked before the log was shared ("***", "[REDACTED]", a hash) shows nothing. The scan counts the
same way (`scan/csrc/words.h`).
"""

from __future__ import annotations

from tuner.lazy_patterns import lazy_pattern

_INSIDE = r"[\w .:*#-]{1,40}"
_MASKED = lazy_pattern(
    rf"(?a:[*#_\-\u2022\u2588]{{0,40}}|[xX]{{3,40}}|(?i:redacted)"
    rf"|[*_%~|\-]{{1,4}}(?i:redacted)[*_%~|\-]{{1,4}}"
    rf"|(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[\w+/=:\-]{{16,128}}"
    rf"|\[{_INSIDE}\]|<{_INSIDE}>|\({_INSIDE}\)|\{{{_INSIDE}\}})"
)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = r"\u3040-\u30ff"
_OTHERS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_MARKS = r"\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_PER_WORD = (
    (2, lazy_pattern(rf"[{_HAN}]")),
    (3, lazy_pattern(rf"[{_KANA}]")),
    (4, lazy_pattern(rf"[{_OTHERS}]")),
)
_NO_LETTERS = lazy_pattern(rf"[{_HAN}{_KANA}{_OTHERS}{_MARKS}]+")
_WHOLE = 12
"""Twelfths: a share of a word is a whole number of them, here and in the scan."""


def count(text: str) -> int | None:
    """The number of words; None where they were masked."""
    if _MASKED.fullmatch(text):
        return None
    if text.isascii():
        return len(text.split())
    shares = sum(_WHOLE // few * len(letter.findall(text)) for few, letter in _PER_WORD)
    return len(_NO_LETTERS.sub(" ", text).split()) + -(-shares // _WHOLE)
