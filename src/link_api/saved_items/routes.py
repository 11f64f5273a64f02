"""The rows of the route table that addresses and wallets have in common."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from link_api.contract.models import LinkWire, RecordModel
from link_api.customers.scope import CustomerScope
from link_api.http.plain_routes import PlainRead, PlainWrite, plain_read, plain_write
from link_api.saved_items.service import CustomerItems
from link_api.saved_items.storage import ItemTable, SavedItems
from link_kernel.auth.requirements import Requirements
from link_kernel.contract.operations import Operation
from link_kernel.errors import ApiError, Conflict

B = TypeVar("B", bound=CustomerItems[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRoutes(Generic[B]):
    """Builds the rows of one kind of item; `noun` and `plural` are for the summaries."""

    path: str
    noun: str
    plural: str
    may_read: Requirements
    may_write: Requirements
    open_store: Callable[[CustomerScope], SavedItems[Any]]
    open_items: Callable[[CustomerScope], B]
    response_model: type[RecordModel]
    table: ItemTable[Any]

    def write(
        self, method: Callable[..., Awaitable[Any]], body_model: type[LinkWire] | None = None
    ) -> PlainWrite[B]:
        """Return the route of a method of the items, which shows the item it returns."""
        return PlainWrite(
            requirements=self.may_write,
            open_book=self.open_items,
            method=method,
            body_model=body_model,
            response_model=self.response_model,
        )

    def list_all(self) -> Operation:
        """Return the row that lists all items."""
        route = PlainRead(
            requirements=self.may_read,
            open_book=self.open_store,
            method=SavedItems.all,
            response_model=self.response_model,
            is_list=True,
        )
        return plain_read(self.path, f"All {self.plural}, the oldest first.", route)

    def create(
        self,
        method: Callable[..., Awaitable[Any]],
        body_model: type[LinkWire],
        *refusals: type[ApiError],
    ) -> Operation:
        """Return the row that saves a new item; `refusals` are its own beside `Conflict`."""
        route = replace(
            self.write(method, body_model),
            status=HTTPStatus.CREATED,
            reads_first=self.table.count,
        )
        summary = f"Saves {self.noun}; the first is the default."
        return plain_write("POST", self.path, summary, route, refusals=(Conflict, *refusals))

    def delete_promote_track(self) -> tuple[Operation, ...]:
        """Return the rows that delete an item, make it the default and count a use of it."""
        item = f"{self.path}/{{id}}"
        delete = PlainWrite(
            requirements=self.may_write, open_book=self.open_store, method=SavedItems.delete
        )
        return (
            plain_write(
                "DELETE",
                item,
                f"Deletes {self.noun}; of a default the most used of the others takes the place.",
                delete,
            ),
            plain_write(
                "POST",
                f"{item}/default",
                "The one default from now on.",
                self.write(CustomerItems.promote),
            ),
            plain_write(
                "POST",
                f"{item}/track-usage",
                "Counts one use.",
                self.write(CustomerItems.track_usage),
            ),
        )
