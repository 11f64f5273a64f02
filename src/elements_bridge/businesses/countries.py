"""Countries: what may be said of where a shop's customers are."""

from typing import Annotated

from pydantic import AfterValidator

from elements_bridge.businesses.numbering import NUMBERING
from link_kernel.errors import InvalidSetting


def known_country(text: str) -> str:
    """Return the text if it is a country of the table; raises `ValueError`."""
    if text not in NUMBERING:
        raise InvalidSetting("must be a country such as GH (ISO 3166-1 alpha-2)")
    return text


Country = Annotated[str, AfterValidator(known_country)]
