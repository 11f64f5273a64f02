"""Closes former customers whom nobody can come back as: `link-api forget-dormant`, once a day."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from link_api.account.service import AccountClosing
from link_api.account.storage import DUE
from link_api.customers.dormancy import today
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Database, reading, writing
from link_api.database.statements import Statement
from link_kernel.clock import Clock

KEPT_DAYS: Final = 90
_CUSTOMERS: Final = 100
_ROWS: Final = 1_000

_HAS_NO_DAY: Final = CustomerRow.active_on.is_(None) & CustomerRow.closed_at.is_(None)
# Locked in the order of ids, as `Activity` does: else the two might wait for each other.
_WITHOUT_DAY: Final = Statement(
    select(CustomerRow.id)
    .where(_HAS_NO_DAY)
    .order_by(CustomerRow.id)
    .limit(_ROWS)
    .with_for_update(key_share=True)
)
_BEGIN: Final = Statement(
    update(CustomerRow)
    .where(_HAS_NO_DAY, CustomerRow.id.between(bindparam("first"), bindparam("last")))
    .values(active_on=bindparam("today"))
)
_FIND: Final = Statement(DUE.order_by(CustomerRow.former_since).limit(_CUSTOMERS))
_GONE: Final = Statement(
    select(ContactRow.id)
    .where(ContactRow.goes_at <= bindparam("now"))
    .order_by(ContactRow.id)
    .limit(_ROWS)
    .with_for_update()
)
_DELETE: Final = Statement(
    delete(ContactRow).where(
        ContactRow.id.between(bindparam("first"), bindparam("last")),
        ContactRow.goes_at <= bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Closes who is without a contact for long. Raises `StoreUnavailable`; a repeat goes on."""

    database: Database
    clock: Clock
    closing: AccountClosing

    async def run(self) -> int:
        """Close every former customer who has been without a contact for 90 whole days.

        Return how many. Whoever has another contact is reached by it, and stays. The rows of
        contacts that were being removed and are gone by now are deleted too.
        """
        await self._begin_silences()
        await self._delete_gone()
        closed, day = 0, today(self.clock) - KEPT_DAYS
        while batch := await self._find(day):
            for customer_id in batch:
                closed += await self.closing.close_due(customer_id, day=day)
        return closed

    async def _begin_silences(self) -> None:
        """Let the silence of every customer without a day begin today.

        In batches, each in a transaction of its own: whoever writes for a customer waits for one.
        """
        while await self._in_batch(_WITHOUT_DAY, _BEGIN, today=today(self.clock)):
            pass

    async def _delete_gone(self) -> None:
        """Delete every contact that is gone, in batches as well."""
        now_ms = self.clock.now_ms()
        while await self._in_batch(_GONE, _DELETE, now=now_ms):
            pass

    async def _in_batch(self, find: Statement, change: Statement, **values: int) -> bool:
        """Lock a batch of rows and change those between its ends; tell whether there were any."""
        async with writing(self.database) as session:
            found = [row_id for (row_id,) in await session.fetch(find, **values)]
            if found:
                session.defer(change, first=found[0], last=found[-1], **values)
        return bool(found)

    async def _find(self, day: int) -> list[str]:
        async with reading(self.database) as session:
            found = await session.fetch(_FIND, day=day, now=self.clock.now_ms())
        return [customer_id for (customer_id,) in found]
