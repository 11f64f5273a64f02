"""Text as customers write it: any script, but nothing that acts on its reader unseen."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

# Controls, halves of characters, private and unassigned ones (Unicode general categories).
_REFUSED: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# What shows nothing by itself: joiners, marks without a letter, spaces.
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me", "Zs", "Cc"})
# They turn the reading direction of what follows, also of what is not theirs (UAX 9).
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NEWLINE: Final = "\n"


def _one_line(text: str) -> str:
    return _plain(text, allowed="")


def _lines(text: str) -> str:
    return _plain(text.replace("\r\n", _NEWLINE), allowed=_NEWLINE)


def _plain(text: str, *, allowed: str) -> str:
    """Return the text with every kind of space as a space; `ValueError` for what acts unseen."""
    kinds = {letter: unicodedata.category(letter) for letter in set(text) - set(allowed)}
    if any(kind in _REFUSED for kind in kinds.values()) or not _TURNING.isdisjoint(kinds):
        raise ValueError("characters that are not text")
    plain = "".join(" " if kinds.get(letter) == "Zs" else letter for letter in text).strip()
    if all(unicodedata.category(letter) in _UNSEEN for letter in plain):
        raise ValueError("nothing to be seen")
    return plain


Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    AfterValidator(_one_line),
]
PersonName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_one_line),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    AfterValidator(_one_line),
]
Lines = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_lines),
]
"""As `Line`, and may be broken into lines."""
