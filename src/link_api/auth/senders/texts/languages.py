"""The texts of each language."""

from collections.abc import Mapping
from typing import Final

from link_api.auth.senders.texts.en import EN
from link_api.auth.senders.texts.fr import FR
from link_api.auth.senders.texts.texts import Texts
from link_kernel.contract.wire import Locale

TEXTS: Final[Mapping[Locale, Texts]] = {"en": EN, "fr": FR}
