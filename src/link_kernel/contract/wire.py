"""Wire types that both services speak: the strict base model, instants, contacts."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

# RFC 5321 section 4.5.3.1.3: a path holds 256 octets, two of them the angle brackets.
LONGEST_CONTACT: Final = 254

_INSTANTS_CACHED: Final = 4096  # a record is read more often than written

ContactType = Literal["phone", "email"]

Channel = Literal["sms", "whatsapp", "voice", "email"]
"""A way by which a code reaches a person."""

Locale = Literal["en", "fr"]
"""A language that messages with codes are worded in."""

LocaleTag = Annotated[
    Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None,
    Field(
        description="The language of the message, as a tag of BCP 47: `en` or `fr`, with or "
        "without a region. For any other it is the deployment's."
    ),
]
"""A language as a page names it; what follows the first part, as a region, does not count."""

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""RFC 3339 in UTC, as `rfc3339` writes it."""

TypedContact = Annotated[str, Field(min_length=3, max_length=LONGEST_CONTACT)]
"""A phone number or an e-mail address as a person types it."""


NumberCountry = Annotated[
    Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None,
    Field(
        description="The country of a number without country code; a code in the number goes "
        "before it. What is wrong with a number stands in `details.reasons`, by field: "
        "`country_required`, `country_not_served`, `unknown_country`, `too_short`, `too_long`, "
        "`not_mobile`, `unknown_range` or `not_a_number`."
    ),
]
"""ISO 3166-1 alpha-2, beside a number; an e-mail address needs none."""

Members = dict[str, Any]
"""The JSON members of a response that is written without its model.

What it shows was validated when it came in, and tests hold the members against the model.
"""


class Wire(BaseModel):
    """A message of a contract: closed (no unknown field), immutable, strict (no coercion)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        json_schema_serialization_defaults_required=True,  # a response has every field
    )


class ContactBody(Wire):
    """A body that names a contact and its kind."""

    contact: TypedContact
    contact_type: ContactType
    country: NumberCountry = None


def locale_of(tag: str | None) -> Locale | None:
    """Return the language of a tag, `None` for one that nothing is worded in."""
    language = (tag or "").partition("-")[0].lower()
    return next((locale for locale in get_args(Locale) if locale == language), None)


@lru_cache(maxsize=_INSTANTS_CACHED)
def rfc3339(epoch_ms: int) -> str:
    """Return an instant (epoch milliseconds) as RFC 3339: UTC, with milliseconds and `Z`."""
    instant = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_or_none(epoch_ms: int | None) -> str | None:
    """Return an instant as `rfc3339` does, `None` where there is none."""
    return None if epoch_ms is None else rfc3339(epoch_ms)
