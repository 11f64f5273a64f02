"""Free-text fields: any script, as phones write it, without direction marks and controls."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints

# Controls, surrogates, private-use and unassigned characters, line and paragraph separators
# (Unicode general categories).
_REFUSED: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Characters that are invisible by themselves: joiners, marks without a letter, spaces.
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me", "Zs", "Cc"})
# Marks, embeddings, overrides and isolates, which also turn the text around the field (UAX 9).
_DIRECTION: Final = dict.fromkeys(
    map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
# A keyboard has emoji of a newer Unicode than this Python knows; these blocks hold symbols.
_EMOJI: Final = range(0x1F300, 0x1FB00)
_NEWLINE: Final = "\n"


def _undirected(value: object) -> object:
    """Take the marks out before characters are counted: who pasted them sees none."""
    return value.translate(_DIRECTION) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    return _plain(text, allowed="")


def _lines(text: str) -> str:
    return _plain(text.replace("\r\n", _NEWLINE), allowed=_NEWLINE)


def _plain(text: str, *, allowed: str) -> str:
    """Return the text with each kind of space as U+0020; `ValueError` for refused characters."""
    if text.isascii() and text.isprintable() and text.strip():
        return text.strip()  # as most texts are: no character's category need be looked up
    kinds = {letter: unicodedata.category(letter) for letter in set(text) - set(allowed)}
    if any(kind in _REFUSED and ord(letter) not in _EMOJI for letter, kind in kinds.items()):
        raise ValueError("characters that are not text")
    plain = "".join(" " if kinds.get(letter) == "Zs" else letter for letter in text).strip()
    if all(unicodedata.category(letter) in _UNSEEN for letter in plain):
        raise ValueError("nothing to be seen")
    return plain


Label = Annotated[
    str,
    BeforeValidator(_undirected),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    AfterValidator(_one_line),
]
PersonName = Annotated[
    str,
    BeforeValidator(_undirected),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_one_line),
]
Line = Annotated[
    str,
    BeforeValidator(_undirected),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_one_line),
]
Lines = Annotated[
    str,
    BeforeValidator(_undirected),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_lines),
]
"""Like `Line`, with line breaks allowed."""
