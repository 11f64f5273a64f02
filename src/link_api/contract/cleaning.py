"""Cleans a typed or pasted contact; static/frame/session/contact.js does the same.

tests/vectors/typed-contacts.json holds both to one outcome.
"""

import re
import unicodedata
from typing import Final

_FULL_WIDTH_PLUS: Final = "\uff0b"
_MINUS: Final = "\u2212"
_AROUND: Final = re.compile(r"^(?:tel|mailto): *|[ ,;.]+\Z", re.IGNORECASE)


def clean_contact(text: str) -> str:
    """Return the text without format characters, with ASCII digits, hyphens and spaces, trimmed.

    Address books and chats wrap numbers in invisible direction marks, links to one begin with their
    scheme, and what is copied out of a sentence ends in its sign.
    """
    plain = text if text.isascii() and text.isprintable() else "".join(map(_plain, text))
    return _AROUND.sub("", plain.strip())


def _plain(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cf":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind == "Zs" or letter == "\t":
        return " "
    if kind == "Pd" or letter == _MINUS:
        return "-"
    return "+" if letter == _FULL_WIDTH_PLUS else letter
