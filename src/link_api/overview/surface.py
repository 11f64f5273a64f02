"""The contract of `GET /v1/link/data` (design section 9)."""

from typing import Final

from link_api.operations import reading, shown
from link_api.overview.contract import LinkData

OPERATIONS: Final = (
    reading("data", "All that the caller may see of what a customer has.", shown(LinkData)),
)
