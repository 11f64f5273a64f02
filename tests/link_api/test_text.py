"""Free text is any script, without what cannot be seen or turns the text around it."""

import string

import pytest
from pydantic import TypeAdapter, ValidationError

from link_api.contract.text import Line, Lines

LINE: TypeAdapter[str] = TypeAdapter(Line)
LINES: TypeAdapter[str] = TypeAdapter(Lines)


@pytest.mark.parametrize("letter", string.printable)
def test_of_ascii_only_control_characters_are_refused(letter: str) -> None:
    """A line break is one, unless lines are allowed; a space at the end is not kept."""
    text = f"a{letter}b"
    if letter in string.whitespace.replace(" ", ""):
        with pytest.raises(ValidationError):
            LINE.validate_python(text)
    else:
        assert LINE.validate_python(text) == LINES.validate_python(f"{text} ") == text


@pytest.mark.parametrize("blank", ["", " ", "   ", "\u00a0", "\u200b", "\u2003 "])
def test_what_nobody_sees_is_no_text(blank: str) -> None:
    """ASCII or not."""
    with pytest.raises(ValidationError):
        LINE.validate_python(blank)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ɛyɛ fie", "Ɛyɛ fie"),
        ("a\u00a0b", "a b"),
        (" a ", "a"),
        ("🏠 12", "🏠 12"),
        ("a\U0001faffb", "a\U0001faffb"),  # of no Unicode version yet
        ("\U0001fae9 Chez Ama 👩🏽\u200d🍳\ufe0f", "\U0001fae9 Chez Ama 👩🏽\u200d🍳\ufe0f"),
        ("\u2067Ama\u2069\u200e", "Ama"),
        ("a\u202eb", "ab"),
    ],
)
def test_other_scripts_are_kept_with_plain_spaces(typed: str, kept: str) -> None:
    """Each kind of space is the one of the keyboard."""
    assert LINE.validate_python(typed) == kept


def test_direction_marks_are_not_counted() -> None:
    """A name at its limit that a chat wrapped in them."""
    assert LINE.validate_python("\u2068" + "H" * 120 + "\u2069") == "H" * 120
    with pytest.raises(ValidationError):
        LINE.validate_python("H" * 121)


def test_lines_keep_their_breaks() -> None:
    """In one spelling."""
    assert LINES.validate_python("a\r\nb\nc") == "a\nb\nc"
