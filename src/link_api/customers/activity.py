"""Stores on which day each customer last proved a sign-in or a refresh, in the background.

A refresh is decided in Redis and must not wait for SQL, nor fail with it. So a process remembers
whom SQL knows to be active today, and tells it of each other customer once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import Final, Self

from sqlalchemy import BindParameter, Integer, bindparam, or_, update

from link_api.customers.dormancy import today
from link_api.customers.tables import CustomerRow
from link_api.database.session import Database, writing
from link_api.database.statements import Statement
from link_kernel.clock import Clock
from link_kernel.errors import StoreUnavailable

_BATCH: Final = 100
_MOST_REMEMBERED: Final = 50_000
_LAST_BATCHES_S: Final = 1.0

_TODAY: Final[BindParameter[int]] = bindparam("today", type_=Integer)
_STORE: Final = Statement(
    update(CustomerRow)
    .where(CustomerRow.id == bindparam("customer_id"))
    .where(or_(CustomerRow.active_on.is_(None), CustomerRow.active_on < _TODAY))
    .values(active_on=_TODAY)
)
_log: Final = logging.getLogger(__name__)


class Activity:
    """Notes who is active, and tells SQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take the database and the clock that tells the day."""
        self._database = database
        self.clock = clock
        self._day = 0
        self._known: set[str] = set()
        self._untold: dict[str, int] = {}
        self._news = asyncio.Event()
        self._is_closing = False

    def note(self, customer_id: str) -> None:
        """Note that a customer is active today; SQL is told soon, by this process once a day."""
        day = today(self.clock)
        if day != self._day or len(self._known) >= _MOST_REMEMBERED:
            self._day, self._known = day, set()
        if customer_id in self._known or len(self._untold) >= _MOST_REMEMBERED:
            return  # in the second case SQL has been away for long: the next call is noted
        self._known.add(customer_id)
        self._untold[customer_id] = day
        self._news.set()

    @asynccontextmanager
    async def storing(self) -> AsyncIterator[Self]:
        """Tell SQL in the background while the context lasts, and of the rest at its end."""
        storing = asyncio.create_task(self._keep_storing())
        try:
            yield self
        finally:
            self._is_closing = True
            self._news.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(storing, _LAST_BATCHES_S)

    async def _keep_storing(self) -> None:
        is_last = False
        while not is_last:
            await self._news.wait()
            self._news.clear()
            is_last = self._is_closing
            try:
                while self._untold:
                    await self._store_batch()
            except StoreUnavailable:  # tried again with the next customer
                _log.warning("activity_not_stored")
            except Exception:  # noqa: BLE001  # a task that ended would never store again
                _log.exception("activity_not_stored")

    async def _store_batch(self) -> None:
        """Store in the order of ids: two processes that wait for each other's rows would deadlock.

        An `UPDATE` that finds the day writes nothing: one write a day, however many processes.
        """
        batch = sorted(islice(self._untold.items(), _BATCH))
        async with writing(self._database) as session:
            for customer_id, day in batch:
                session.defer(_STORE, customer_id=customer_id, today=day)
        for customer_id, day in batch:
            if self._untold.get(customer_id) == day:
                del self._untold[customer_id]
