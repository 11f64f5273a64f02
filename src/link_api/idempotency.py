"""Idempotent writes: the first response of a key is stored for 24 h, in the write's transaction.

So a write is never committed without its response. A lock serialises the writes of one customer;
two concurrent requests with one key are one write and one replay (docs/protocol.md#writes).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Self

from sqlalchemy import BigInteger, Integer, String, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from link_api.customers.storage import ID_LENGTH, CustomerRow, customer_missing
from link_api.database.locks import KeyedLocks
from link_api.database.session import Base, reading, writing
from link_kernel.clock import Clock
from link_kernel.errors import IdempotencyKeyReused, StoreUnavailable

KEPT_MS: Final = 24 * 60 * 60_000
_SWEEP_EVERY_S: Final = 10 * 60.0
_BATCH: Final = 1_000
_HASH_LENGTH: Final = 64
_METHOD_LENGTH: Final = 8
_PATH_LENGTH: Final = 200

_log: Final = logging.getLogger(__name__)


class KeptAnswerRow(Base):
    """The stored response of one `Idempotency-Key`; key and body are stored as SHA-256."""

    __tablename__ = "kept_answers"

    customer_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    method: Mapped[str] = mapped_column(String(_METHOD_LENGTH), primary_key=True)
    path: Mapped[str] = mapped_column(String(_PATH_LENGTH), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(_HASH_LENGTH), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(_HASH_LENGTH))
    status: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """The identity of a write: the customer, the route, the hashes of key and body (SHA-256).

    Without a `key_hash` the response is not stored, and a repeat is a new write.
    """

    customer_id: str
    method: str
    path: str
    key_hash: str | None
    body_hash: str


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A successful response as it is sent: the HTTP status and the JSON text, byte for byte."""

    status: int
    text: str = field(repr=False)


class Write:
    """A write in progress; `stored` is the response to an earlier write with the same key."""

    def __init__(self, stored: StoredResponse | None = None) -> None:
        """Take the stored response; without one the write has yet to be done."""
        self.stored = stored
        self.response: StoredResponse | None = None

    def store(self, response: StoredResponse) -> StoredResponse:
        """Store the response of the write that was just done, and return it."""
        self.response = response
        return response


class SqlWrite(Write):
    """A write in progress within the transaction of a SQL session."""

    def __init__(self, stored: StoredResponse | None, session: AsyncSession) -> None:
        """Take the stored response and the session."""
        super().__init__(stored)
        self.session = session


class IdempotentWrites:
    """Runs each write once. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        """Take the database and the clock by which stored responses expire."""
        self._engine = engine
        self._clock = clock
        self._customer_locks = KeyedLocks()

    @asynccontextmanager
    async def run(self, request: WriteRequest) -> AsyncIterator[SqlWrite]:
        """Run a write, the body of the `async with` statement, in one transaction.

        The body does the write and calls `store`, unless `stored` holds the response already. An
        exception rolls everything back and stores nothing: the same key may try again. Raises
        `IdempotencyKeyReused` for another body under the key.
        """
        # A write that waits for the lock holds no connection: one customer cannot take them all.
        async with (
            self._customer_locks.hold(request.customer_id),
            writing(self._engine) as session,
        ):
            await _lock_customer(session, request.customer_id)
            write = SqlWrite(await self._take_stored(session, request), session)
            yield write
            if write.response is not None and request.key_hash is not None:
                session.add(self._row(request, request.key_hash, write.response))

    @asynccontextmanager
    async def run_on_redis(self, request: WriteRequest) -> AsyncIterator[Write]:
        """Run a write to Redis alone, as `run` does; without a key it needs no database.

        Where the database fails to store the response, a repeat does the write again: the body
        of the `async with` statement must be safe to repeat.
        """
        if request.key_hash is None:
            yield Write()
            return
        async with self.run(request) as write:
            yield write

    async def find_stored(self, request: WriteRequest) -> StoredResponse | None:
        """Return the stored response, for a write that begins outside SQL.

        A concurrent write may store one a moment later: `run` looks again. Raises
        `IdempotencyKeyReused`.
        """
        async with reading(self._engine) as session:
            row = await _find(session, request)
            return None if row is None or self._is_expired(row) else _response(row, request)

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[Self]:
        """Delete expired responses every ten minutes while the context lasts."""
        sweeper = asyncio.create_task(self._sweep_on())
        try:
            yield self
        finally:
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper

    async def sweep(self) -> None:
        """Delete every response older than 24 h: it may hold personal data.

        In batches, each in a transaction of its own, so that other writers need not wait for all.
        """
        horizon, age = self._clock.now_ms() - KEPT_MS, KeptAnswerRow.created_at
        batch_end = select(age).where(age <= horizon).order_by(age).offset(_BATCH).limit(1)
        more = True
        while more:
            async with writing(self._engine) as session:
                until = await session.scalar(batch_end)
                more = until is not None
                await session.execute(delete(KeptAnswerRow).where(age <= (until or horizon)))

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
            except StoreUnavailable:
                _log.warning("kept_answers_not_swept")
            except Exception:  # noqa: BLE001  # a sweeper that ended would never delete again
                _log.exception("kept_answers_not_swept")
            await asyncio.sleep(_SWEEP_EVERY_S)  # noqa: TID251  # the pause between two sweeps

    async def _take_stored(
        self, session: AsyncSession, request: WriteRequest
    ) -> StoredResponse | None:
        """Return the stored response; delete an expired one, whose key may be used anew."""
        row = await _find(session, request)
        if row is None:
            return None
        if self._is_expired(row):
            await session.delete(row)
            await session.flush()
            return None
        return _response(row, request)

    def _row(self, request: WriteRequest, key_hash: str, response: StoredResponse) -> KeptAnswerRow:
        return KeptAnswerRow(
            customer_id=request.customer_id,
            method=request.method,
            path=request.path,
            key_hash=key_hash,
            body_hash=request.body_hash,
            status=response.status,
            text=response.text,
            created_at=self._clock.now_ms(),
        )

    def _is_expired(self, row: KeptAnswerRow) -> bool:
        return row.created_at <= self._clock.now_ms() - KEPT_MS


async def _find(session: AsyncSession, request: WriteRequest) -> KeptAnswerRow | None:
    if request.key_hash is None:
        return None
    return await session.get(
        KeptAnswerRow, (request.customer_id, request.method, request.path, request.key_hash)
    )


def _response(row: KeptAnswerRow, request: WriteRequest) -> StoredResponse:
    if row.body_hash != request.body_hash:
        raise IdempotencyKeyReused("another body")
    return StoredResponse(row.status, row.text)


async def _lock_customer(session: AsyncSession, customer_id: str) -> None:
    """Lock the customer's row until the transaction ends; SQLite has one writer anyway.

    The lock in memory is of one process; this one holds among all. Raises `StoreUnavailable`.
    """
    own_row = select(CustomerRow.id).where(CustomerRow.id == customer_id)
    # `FOR UPDATE` would block inserts that refer to the customer by a foreign key.
    if await session.scalar(own_row.with_for_update(key_share=True)) is None:
        raise customer_missing()
