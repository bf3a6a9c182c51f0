"""The words that only say "I am listening", by language, and those that always stop the agent."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tuner.lazy_patterns import lazy_pattern
from tuner.turns.speech import BACKCHANNELS

AUTO = "auto"
ANSWERS = frozenset(("yes", "sure"))
"""Counted as back-channels in a log that is over, but here they may be the answer to a question."""
BY_LANGUAGE = {
    "en": BACKCHANNELS - ANSWERS | {"mm hm", "uh huh", "i see", "got it", "alright", "yup"},
    "de": {"mhm", "hm", "hmm", "aha", "ach so", "genau", "ok", "okay", "alles klar", "verstehe"},
    "fr": {"mhm", "hm", "hum", "ah", "d'accord", "ok", "okay", "ouais", "je vois", "très bien"},
    "es": {"mhm", "ajá", "aha", "ya", "vale", "ok", "okay", "claro", "ya veo", "entiendo"},
    "it": {"mhm", "eh", "ah", "ok", "okay", "certo", "capisco", "ho capito", "va bene"},
    "nl": {"mhm", "hm", "aha", "ok", "oké", "precies", "juist", "ik snap het"},
    "pt": {"aham", "uhum", "hum", "tá", "ok", "certo", "entendi", "pois", "pois é"},
    "pl": {"mhm", "aha", "ok", "okej", "dobrze", "jasne", "rozumiem"},
    "ja": {"うん", "ええ", "へえ", "ふーん", "なるほど", "そうですか", "そうですね", "そうなんだ"},
    "zh": {"嗯", "哦", "噢", "这样啊", "原来如此", "明白", "明白了", "知道了", "好的"},
    "hi": {"हम्म", "अच्छा", "ठीक है", "समझ गया", "समझ गई"},
}
ALWAYS_STOP = frozenset(
    (
        *("stop", "wait", "hold on", "hang on", "no"),
        *("stopp", "halt", "warte", "warten sie", "moment", "nein"),
        *("arrête", "arrêtez", "attends", "attendez", "non"),
        *("para", "espera", "espere", "alto", "pare"),
        *("ferma", "fermati", "aspetta", "aspetti"),
        *("wacht", "nee", "stój", "czekaj", "nie", "não"),
        *("待って", "ちょっと待って", "止まって", "ストップ", "いいえ", "違います"),
        *("停", "等等", "等一下", "不", "不是", "不对"),
        *("रुको", "रुकिए", "ठहरो", "नहीं"),
    )
)
"""Whoever lists one of them still stops the agent with it."""
_LISTED = lazy_pattern("[,，、]")
_UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
"""Scripts that are written without blanks: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


def phrases(setting: str | None, language: str | None) -> frozenset[str]:
    """The phrases of BACKCHANNEL_WORDS: its own, or with "auto" those of the language (all
    languages where it is None); none where it is off."""
    if setting is None:
        return frozenset()
    if setting.strip().lower() != AUTO:
        listed = (_plain(part) for part in _LISTED.split(setting))
        return frozenset(part for part in listed if part) - ALWAYS_STOP
    code = (language or "").split("-")[0].lower()
    found = [BY_LANGUAGE[code]] if code in BY_LANGUAGE else BY_LANGUAGE.values()
    return frozenset(_plain(phrase) for each in found for phrase in each) - ALWAYS_STOP


def stops_listed(setting: str | None) -> frozenset[str]:
    """What the setting lists although it always stops the agent."""
    return ALWAYS_STOP & {_plain(part) for part in _LISTED.split(setting or "")}


def only_backchannels(text: str, known: frozenset[str]) -> bool:
    """Whether nothing but such phrases was said; False for no words at all."""
    words = _plain(text)
    return bool(words and known and _pattern(known).fullmatch(words))


@lru_cache(maxsize=16)
def _pattern(known: frozenset[str]) -> re.Pattern[str]:
    found = sorted(known, key=len, reverse=True)
    each = "|".join(map(re.escape, found))
    after_no_blank = "|".join(map(re.escape, filter(re.compile(_UNSPACED).match, found)))
    follows = f" (?:{each})|(?:{after_no_blank})" if after_no_blank else f" (?:{each})"
    return re.compile(rf"(?:{each})(?:{follows})*")


def _plain(text: str) -> str:
    """Words in lower case with one blank between them, without punctuation. The marks of a letter
    belong to it: without them हाँ (yes) and हो (be) would be one word."""
    text = unicodedata.normalize("NFKC", text.lower()).replace("’", "'")
    words = "".join(map(_letter, text)).split()
    return " ".join(word for each in words if (word := each.strip("'")))


def _letter(character: str) -> str:
    """A character of a word as it is, what only joins two letters as nothing, all else a blank."""
    kind = unicodedata.category(character)
    if character == "'" or character.isalnum() or kind.startswith("M"):
        return character
    return "" if kind == "Cf" else " "
