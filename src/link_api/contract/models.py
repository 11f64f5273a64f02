"""Base classes of the Link API's wire models, and field types that several slices use."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    ConfigDict,
    StringConstraints,
    model_validator,
)

from link_kernel.contract.wire import Members, Wire
from link_kernel.ids import ID_PATTERN

ITEM_ID: Final = f"{{id:{ID_PATTERN}}}"
"""The path parameter of an item's id; a path with any other spelling is 404."""

ItemId = Annotated[str, StringConstraints(pattern=f"^{ID_PATTERN}$")]
"""An item's id in a body."""


class LinkWire(Wire):
    """A message of the contract; a request body tells which fields were sent."""

    def sent_fields(self) -> Mapping[str, Any]:
        """Return the fields of a request body, by their names."""
        return self.model_dump()


def fields_of(record: Any) -> dict[str, Any]:  # noqa: ANN401  # any dataclass
    """Return a flat dataclass as a mapping: `asdict` would copy every value."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


class RecordModel(LinkWire):
    """A response model that shows a record of a service."""

    @staticmethod
    @abstractmethod
    def members(record: Any, /) -> Members:  # noqa: ANN401  # each model shows its own record
        """Return the JSON members that show a record; instants become RFC 3339.

        A response is written of these, without the model: a record was validated when it came in.
        """

    @classmethod
    def of(cls, record: Any, /) -> Self:  # noqa: ANN401  # each model shows its own record
        """Return the wire model of a record."""
        return cls.model_validate(cls.members(record))


class PartialUpdate(LinkWire):
    """A body whose absent fields stay as they are, and whose `null` clears where that may be.

    Each field is declared with the type it may have when it is there; its default is never read.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("at least one field")
        return self

    def sent_fields(self) -> Mapping[str, Any]:
        """Return the fields that were sent, by their names, and no other."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _region(text: str) -> str:
    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("not a country")
    return text


CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_region)]
"""ISO 3166-1 alpha-2, of a country with telephone numbers of its own."""
