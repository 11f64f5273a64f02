"""The texts of each language say the same things, and fit where they go."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from link_api.auth.records import CodeBinding
from link_api.auth.senders import texts as folder
from link_api.auth.senders.message import MESSAGE_SEPTETS, message_of
from link_api.auth.senders.texts.languages import TEXTS
from link_api.auth.senders.texts.texts import Texts
from link_kernel.contract.wire import Locale
from tests.link_api.auth.senders.test_message import GSM_7
from tests.support.codes import FRAMES, to_send

LOCALES: tuple[Locale, ...] = get_args(Locale)
CODES = {"of_shop", "of_nobody", "for_a_deed"}
FIELDS = [field.name for field in fields(Texts)]


def said_by(texts: Texts, name: str) -> list[str]:
    """Return the texts of a field, of which a language may have several."""
    value = getattr(texts, name)
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value)]
    return [value] if isinstance(value, str) else list(value)


def placeholders(text: str) -> set[str]:
    """Return the names of what is filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_each_language_has_a_file_and_every_text() -> None:
    files = {path.stem for path in Path(str(folder.__file__)).parent.glob("??.py")}
    assert files == set(LOCALES) == set(TEXTS)
    for texts in TEXTS.values():
        assert all(said and all(said) for said in (said_by(texts, name) for name in FIELDS))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", FIELDS)
def test_a_text_is_filled_in_as_the_english_one_is(locale: Locale, name: str) -> None:
    """And is in words of its own."""
    own, english = said_by(TEXTS[locale], name), said_by(TEXTS["en"], name)

    assert list(map(placeholders, own)) == list(map(placeholders, english))
    assert locale == "en" or not set(own) & set(english)


@pytest.mark.parametrize("locale", LOCALES)
def test_texts_to_phones_are_of_characters_that_cost_one_septet(locale: Locale) -> None:
    """And of none that a browser could take for its line; a code comes first."""
    for name in ("of_shop", "of_nobody", "for_a_deed", "deeds", "news", "a_contact"):
        for text in said_by(TEXTS[locale], name):
            bare = re.sub(r"\{\w+\}", "", text)
            assert set(bare) <= GSM_7 - set("@#%\n")
            assert name not in CODES or text.startswith("{code} ")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_usual_shops_message_is_whole_in_one_sms(locale: Locale) -> None:
    """With its name, the warning, and the line."""
    binding = CodeBinding("bus_0123456789abcdef", "https://shop.example", "Ama's Kitchen Accra")
    message = message_of(to_send("042917", binding=binding, locale=locale), FRAMES)

    longest = TEXTS[locale].of_shop[0].format(code="042917", name="Ama's Kitchen Accra")
    assert (message.text, len(message.whole) <= MESSAGE_SEPTETS) == (longest, True)
    assert message.last_line is not None
