# ruff: noqa: RUF001  # the table is of characters that look like others
"""Writes a business's name in the characters that a text message holds as one septet each."""

import re
import unicodedata
from typing import Final

# The basic alphabet, where a character is one septet, but for what has a meaning in the last line.
_GSM_LETTERS: Final = "àéùìòÇØøÅåÆæßÉÄÖÑÜäöñüàΔΦΓΛΩΠΨΣΘΞ"
_GSM_SIGNS: Final = " !\"&'()*+,-./:;<=>?¡¿£$¥¤§"
_ASCII_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_PLAIN: Final = frozenset(_GSM_LETTERS + _GSM_SIGNS + _ASCII_LETTERS)
_IN_PLACE_OF: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‛′`´ʼʻ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—−~_", "-"),
        **dict.fromkeys("[{", "("),
        **dict.fromkeys("]}", ")"),
        **dict.fromkeys("|\\·•⁄", "/"),
        "€": "EUR",
        "Ɔ": "O",
        "ɔ": "o",
        "Ɛ": "E",
        "ɛ": "e",
        "Ŋ": "N",
        "ŋ": "n",
        "Ɖ": "D",
        "ɖ": "d",
        "Đ": "D",
        "đ": "d",
        "Ɗ": "D",
        "ɗ": "d",
        "Ɓ": "B",
        "ɓ": "b",
        "Ƙ": "K",
        "ƙ": "k",
        "Ƴ": "Y",
        "ƴ": "y",
        "Ɣ": "G",
        "ɣ": "g",
        "Ʋ": "V",
        "ʋ": "v",
        "Ƒ": "F",
        "ƒ": "f",
        "Ə": "E",
        "ə": "e",
        "Ł": "L",
        "ł": "l",
        "Œ": "OE",
        "œ": "oe",
        "ı": "i",
        "Þ": "Th",
        "þ": "th",
        "ð": "d",
    }
)
_LONGEST_NAME: Final = 40


# Four digits or more with no letter between them: beside the code they would read as one. The signs
# and spaces around them go too.
_LIKE_A_CODE: Final = re.compile(r"[\W_]*[0-9](?:[\W_]*[0-9]){3,}[\W_]*")


def plain_name(name: str) -> str:
    """Return a business's name in GSM-7 letters and signs without `@`, `#` and `%`; "" for none.

    Letters of other alphabets go, and digits that could be taken for a code. A name that would lose
    half of its letters or more to the alphabet is left out: what is left could be another's.
    """
    composed = unicodedata.normalize("NFC", name)
    plain = "".join(filter(None, (_plain(character) for character in composed)))
    named = _LIKE_A_CODE.sub(" ", plain)
    lost = _count_letters(composed) - _count_letters(plain)
    if _count_letters(named) <= max(lost, 0):
        return ""
    return " ".join(named.split())[:_LONGEST_NAME].rstrip(" .")


def _plain(character: str) -> str:
    """Return a character in the plain alphabet: itself, its base letters, or nothing."""
    if character in _PLAIN:
        return character
    if character.isspace():
        return " "
    taken_apart = unicodedata.normalize("NFKD", character.translate(_IN_PLACE_OF))
    return "".join(part for part in taken_apart.translate(_IN_PLACE_OF) if part in _PLAIN)


def _count_letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
