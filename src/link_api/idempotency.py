"""Idempotent writes: the first response of a key is stored for 24 h, in the write's transaction.

So a write is never committed without its response. A lock serialises the writes of one customer;
two concurrent requests with one key are one write and one replay (docs/protocol.md#writes).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Self

from sqlalchemy import BigInteger, Integer, String, Text, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from link_api.customers.storage import IS_OPEN, no_customer
from link_api.customers.tables import ID_LENGTH, CustomerRow
from link_api.database.locks import KeyedLocks
from link_api.database.session import Base, Database, Session, reading, writing
from link_api.database.statements import Call, Number, RowLock, Rows, Statement
from link_kernel.auth.authenticator import random_request_hash
from link_kernel.clock import Clock
from link_kernel.errors import IdempotencyKeyReused, StoreUnavailable
from link_kernel.ids import sha256_hex

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


_OWN_KEY: Final = (
    (KeptAnswerRow.customer_id == bindparam("of_customer"))
    & (KeptAnswerRow.method == bindparam("of_method"))
    & (KeptAnswerRow.path == bindparam("of_path"))
    & (KeptAnswerRow.key_hash == bindparam("of_key"))
)
_RESPONSE: Final = (
    KeptAnswerRow.created_at,
    KeptAnswerRow.body_hash,
    KeptAnswerRow.status,
    KeptAnswerRow.text,
)
_FIND: Final = Statement(select(*_RESPONSE).where(_OWN_KEY))
_DELETE: Final = Statement(delete(KeptAnswerRow).where(_OWN_KEY))
_INSERT: Final = Statement(insert(KeptAnswerRow))
_AGE: Final = KeptAnswerRow.created_at
_BATCH_END: Final = Statement(
    select(_AGE).where(bindparam("horizon") >= _AGE).order_by(_AGE).offset(_BATCH).limit(1)
)
_DELETE_UNTIL: Final = Statement(delete(KeptAnswerRow).where(bindparam("until") >= _AGE))
# The lock in memory is of one process; this one holds among all until the transaction ends.
_LOCK_CUSTOMER: Final = RowLock(CustomerRow.id, "cus", IS_OPEN)


@cache
def _find_and(reads_first: Number | None) -> Statement:
    """Return the statement that finds the stored response, after the number that a write needs."""
    if reads_first is None:
        return _FIND
    number = select(reads_first.column.label("number")).subquery("read_first")
    found = select(number.c.number, *_RESPONSE).select_from(number)
    return Statement(found.outerjoin(KeptAnswerRow, _OWN_KEY))


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

    def call_hash(self) -> str:
        """Name the call: a repeat of it has the same name, whatever else has its key another."""
        return sha256_hex(f"{self.route_key_hash()} {self.body_hash}")

    def route_key_hash(self) -> str:
        """Name the key on its route: another body under it has the same name."""
        key = self.key_hash or random_request_hash()
        return sha256_hex(f"{self.method} {self.path} {key}")


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

    def __init__(self, stored: StoredResponse | None, session: Session) -> None:
        """Take the stored response and the session."""
        super().__init__(stored)
        self.session = session


class IdempotentWrites:
    """Runs each write once. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take the database and the clock by which stored responses expire."""
        self._database = database
        self._clock = clock
        self._customer_locks = KeyedLocks()

    @asynccontextmanager
    async def run(
        self, request: WriteRequest, *, reads_first: Number | None = None
    ) -> AsyncIterator[SqlWrite]:
        """Run a write, the body of the `async with` statement, in one transaction.

        The body does the write and calls `store`, unless `stored` holds the response already. An
        exception rolls everything back and stores nothing: the same key may try again. What a new
        write reads first, one number of the customer's, is read with the stored response. Raises
        `IdempotencyKeyReused` for another body under the key.
        """
        # A write that waits for the lock holds no connection: one customer cannot take them all.
        async with (
            self._customer_locks.hold(request.customer_id),
            writing(self._database) as session,
        ):
            stored = await self._lock_and_find(session, request, reads_first)
            write = SqlWrite(stored, session)
            yield write
            if write.response is not None and request.key_hash is not None:
                session.defer(_INSERT, **self._row(request, request.key_hash, write.response))

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
        if request.key_hash is None:
            return None
        async with reading(self._database) as session:
            found = await session.fetch(_FIND, **_own_key(request))
        return _response(found, request) if found and not self._is_expired(found) else None

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
        horizon = self._clock.now_ms() - KEPT_MS
        more = True
        while more:
            async with writing(self._database) as session:
                batch_end = await session.fetch(_BATCH_END, horizon=horizon)
                more = bool(batch_end)
                session.defer(_DELETE_UNTIL, until=batch_end[0][0] if more else horizon)

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
            except StoreUnavailable:
                _log.warning("kept_answers_not_swept")
            except Exception:  # noqa: BLE001  # a sweeper that ended would never delete again
                _log.exception("kept_answers_not_swept")
            await asyncio.sleep(_SWEEP_EVERY_S)  # noqa: TID251  # the pause between two sweeps

    async def _lock_and_find(
        self, session: Session, request: WriteRequest, reads_first: Number | None
    ) -> StoredResponse | None:
        """Lock the customer's row, then look for the stored response: two statements.

        In one, PostgreSQL would look for it as things stood before it waited for the lock. An
        expired response is deleted; its key may be used anew. Raises `no_customer` where the
        customer is missing.
        """
        calls = [Call(_LOCK_CUSTOMER, {"row_id": request.customer_id})]
        if request.key_hash is not None:
            calls.append(Call(_find_and(reads_first), _own_key(request)))
        locked, *found = await session.run(*calls)
        if not locked:
            raise await no_customer(session, request.customer_id)
        if not found:
            return None
        return self._stored(session, request, found[0], reads_first)

    def _stored(
        self, session: Session, request: WriteRequest, found: Rows, reads_first: Number | None
    ) -> StoredResponse | None:
        if reads_first is not None:
            [[number, *response]] = found
            session.know(Call(reads_first, {"of_customer": request.customer_id}), [[number]])
            found = [] if response[0] is None else [response]
        if not found:
            return None
        if self._is_expired(found):
            session.defer(_DELETE, **_own_key(request))
            return None
        return _response(found, request)

    def _row(
        self, request: WriteRequest, key_hash: str, response: StoredResponse
    ) -> dict[str, str | int]:
        return {
            "customer_id": request.customer_id,
            "method": request.method,
            "path": request.path,
            "key_hash": key_hash,
            "body_hash": request.body_hash,
            "status": response.status,
            "text": response.text,
            "created_at": self._clock.now_ms(),
        }

    def _is_expired(self, found: Rows) -> bool:
        return bool(found[0][0] <= self._clock.now_ms() - KEPT_MS)


def _own_key(request: WriteRequest) -> dict[str, str | None]:
    return {
        "of_customer": request.customer_id,
        "of_method": request.method,
        "of_path": request.path,
        "of_key": request.key_hash,
    }


def _response(found: Rows, request: WriteRequest) -> StoredResponse:
    _, body_hash, status, text = found[0]
    if body_hash != request.body_hash:
        raise IdempotencyKeyReused("another body")
    return StoredResponse(status, text)
