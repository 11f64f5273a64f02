"""Cleans a typed or pasted contact; static/frame/session/contact.js does the same.

tests/vectors/typed-contacts.json holds both to one outcome.
"""

import re
import unicodedata
from typing import Final

_FULL_WIDTH_PLUS: Final = "\uff0b"
_MINUS: Final = "\u2212"
# ASCII alone, as in JavaScript: else a long s would be one of the letters of `sms`.
_CHAT: Final = re.compile(r"^https?://wa\.me/", re.IGNORECASE | re.ASCII)
_LINK: Final = re.compile(r"^(?:tel|sms|mailto): *([^?]*)[\s\S]*", re.IGNORECASE | re.ASCII)
_LAST_SIGN: Final = re.compile(r"[ ,;.]+\Z")


def clean_contact(text: str) -> str:
    """Return the text without format characters, with ASCII digits, hyphens and spaces, trimmed.

    Address books and chats wrap numbers in invisible direction marks, a link to one has a scheme
    before it and what to write after it, and what is copied out of a sentence ends in its sign.
    """
    plain = text if text.isascii() and text.isprintable() else "".join(map(_plain, text))
    linked = _LINK.sub(r"\1", _CHAT.sub("tel:+", plain.strip()))
    return _LAST_SIGN.sub("", linked)


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
