"""Writes that may be sent again: the first answer is kept for 24 h, in the write's own transaction.

So there is no moment at which the write is there and its answer is not. Writes of one customer come
one after the other; two at once with one key are one write, one replay (docs/protocol.md#writes).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Self

from sqlalchemy import BigInteger, Integer, String, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from link_api.customers.storage import ID_LENGTH, CustomerRow, customer_missing
from link_api.database.session import Base, reading, writing
from link_api.database.write_queue import Turns
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
    """The answer that one `Idempotency-Key` got; the key and the body stand as SHA-256."""

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
class Intent:
    """A write as it was asked for; without a `key_hash` it may not be repeated."""

    customer_id: str
    method: str
    path: str
    key_hash: str | None
    body_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A success as it goes out: the HTTP status and the JSON text, byte for byte."""

    status: int
    text: str = field(repr=False)


Work = Callable[[AsyncSession], Awaitable[Answer]]


class Writes:
    """Runs writes once. Raises `StoreUnavailable` where the database does not answer."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        """Take the database and the clock by which answers are kept."""
        self._engine = engine
        self._clock = clock
        self._turns = Turns()

    async def once(self, intent: Intent, work: Work) -> Answer:
        """Return what `work` answers in one transaction, or what it answered the first time.

        A refusal rolls everything back and is not kept: the same key may try again. Raises what
        `work` raises, and `IdempotencyKeyReused` for another body under the key.
        """
        # Who waits for a turn holds no connection: one customer cannot take them all.
        async with self._turns.of(intent.customer_id), writing(self._engine) as session:
            await _take_turn(session, intent.customer_id)
            kept = await self._kept(session, intent)
            if kept is not None:
                return kept
            answer = await work(session)
            if intent.key_hash is not None:
                session.add(self._row(intent, intent.key_hash, answer))
            return answer

    async def replay(self, intent: Intent) -> Answer | None:
        """Return the answer that is kept, if there is one; for work that begins outside SQL.

        None may become one a moment later: `once` looks again. Raises `IdempotencyKeyReused`.
        """
        async with reading(self._engine) as session:
            row = await _find(session, intent)
            return None if row is None or self._is_over(row) else _answer(row, intent)

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[Self]:
        """Forget answers of more than 24 h, every ten minutes while the context lasts."""
        sweeper = asyncio.create_task(self._sweep_on())
        try:
            yield self
        finally:
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper

    async def sweep(self) -> None:
        """Forget every answer of more than 24 h: it may hold personal data.

        In batches, each a transaction of its own: the writers in between do not wait for all.
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
            except Exception:  # noqa: BLE001  # a sweeper that ended would keep all for good
                _log.exception("kept_answers_not_swept")
            await asyncio.sleep(_SWEEP_EVERY_S)

    async def _kept(self, session: AsyncSession, intent: Intent) -> Answer | None:
        row = await _find(session, intent)
        if row is None:
            return None
        if self._is_over(row):
            await session.delete(row)
            await session.flush()
            return None
        return _answer(row, intent)

    def _row(self, intent: Intent, key_hash: str, answer: Answer) -> KeptAnswerRow:
        return KeptAnswerRow(
            customer_id=intent.customer_id,
            method=intent.method,
            path=intent.path,
            key_hash=key_hash,
            body_hash=intent.body_hash,
            status=answer.status,
            text=answer.text,
            created_at=self._clock.now_ms(),
        )

    def _is_over(self, row: KeptAnswerRow) -> bool:
        return row.created_at <= self._clock.now_ms() - KEPT_MS


async def _find(session: AsyncSession, intent: Intent) -> KeptAnswerRow | None:
    if intent.key_hash is None:
        return None
    return await session.get(
        KeptAnswerRow, (intent.customer_id, intent.method, intent.path, intent.key_hash)
    )


def _answer(row: KeptAnswerRow, intent: Intent) -> Answer:
    if row.body_hash != intent.body_hash:
        raise IdempotencyKeyReused("another body")
    return Answer(row.status, row.text)


async def _take_turn(session: AsyncSession, customer_id: str) -> None:
    """Wait until no other write of this customer runs; SQLite has one writer anyway."""
    mine = select(CustomerRow.id).where(CustomerRow.id == customer_id)
    # Not the stronger lock: it would stop inserts that refer to the customer by a foreign key.
    if await session.scalar(mine.with_for_update(key_share=True)) is None:
        raise customer_missing()
