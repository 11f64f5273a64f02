"""What each language words. A field that is missing in one is a fault that mypy names.

Texts to phones are of GSM-7 characters (no `ç` and no `ê`), or fewer of them fit into an SMS, and
hold no `@`, `#` and `%`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from link_api.auth.records import Change, CodePurpose


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language; the first of several that fits into a message is taken.

    `{code}` is in each, `{name}` is the shop's, `{deed}` what a code that is no sign-in lets its
    holder do. `{what_for}` of the mail is `mail_at_shop` where there is a name, or
    `mail_for_a_deed`, else empty; `{minutes}` is what is left of the code's life. `news` are of
    notices; their `{contact}` is masked, or `a_contact` where it is too long.
    """

    of_shop: tuple[str, ...]
    of_nobody: tuple[str, ...]
    for_a_deed: tuple[str, ...]
    deeds: Mapping[CodePurpose, str]
    news: Mapping[Change, str]
    a_contact: str
    news_subject: str
    mail_subject: str
    mail: str
    mail_at_shop: str
    mail_for_a_deed: str
