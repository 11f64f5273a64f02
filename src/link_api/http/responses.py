"""How handlers of customer data answer: never stored by anybody, and writes once a key."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Final, TypeVar

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from link_api.http.authenticate import SignedInCaller
from link_api.idempotency import Answer, Intent, Work, Writes
from link_kernel.ids import sha256_hex
from link_kernel.web.request import JSON, read_optional_idempotency_key, read_raw_body
from link_kernel.web.response import never_stored, success_text

B = TypeVar("B")
T = TypeVar("T")

_NO_BODY: Final = b"{}"
WRITES: Final = web.AppKey("writes", Writes)
READING: Final = web.AppKey[Callable[[], AbstractAsyncContextManager[AsyncSession]]]("reading")
"""Opens a session for one statement; see `database.reading`."""


def shown(data: BaseModel | Sequence[BaseModel]) -> web.Response:
    """Answer a read in the envelope."""
    return _response(done(data))


def done(data: BaseModel | Sequence[BaseModel] | None = None) -> Answer:
    """Return the answer 200 in the envelope; no `data` stands for `{}`."""
    return Answer(HTTPStatus.OK, success_text(data))


def created(data: BaseModel) -> Answer:
    """Return the answer 201 in the envelope."""
    return Answer(HTTPStatus.CREATED, success_text(data))


def flat(data: BaseModel) -> Answer:
    """Return the answer 200 without the envelope, where the contract says so."""
    return Answer(HTTPStatus.OK, data.model_dump_json())


async def answered_once(request: web.Request, caller: SignedInCaller, work: Work) -> web.Response:
    """Answer a write; its `Idempotency-Key` gets one answer for 24 h, see `Writes.once`."""
    answer = await request.app[WRITES].once(await intent_of(request, caller), work)
    return _response(answer)


async def written(
    request: web.Request,
    caller: SignedInCaller,
    opened: Callable[[AsyncSession, str], B],
    ask: Callable[[B], Awaitable[T]],
    answer: Callable[[T], Answer],
) -> web.Response:
    """Answer a write to what is the caller's own, once a key.

    `opened` gives it within the transaction, `ask` writes, and `answer` shows what came of it.
    """

    async def work(session: AsyncSession) -> Answer:
        return answer(await ask(opened(session, caller.customer_id)))

    return await answered_once(request, caller, work)


async def kept_answer(request: web.Request, caller: SignedInCaller) -> web.Response | None:
    """Return the answer that a write's key has already, for work that begins outside SQL."""
    answer = await request.app[WRITES].replay(await intent_of(request, caller))
    return None if answer is None else _response(answer)


async def answered_beside_sql(
    request: web.Request, caller: SignedInCaller, ask: Callable[[], Awaitable[Answer]]
) -> web.Response:
    """Answer a write to Redis alone, once a key; without a key it needs no database.

    Should the database fail to keep the answer, the repeat asks again: `ask` is safe to repeat.
    """
    intent = await intent_of(request, caller)
    if intent.key_hash is None:
        return _response(await ask())

    async def work(_session: AsyncSession) -> Answer:
        return await ask()

    return _response(await request.app[WRITES].once(intent, work))


async def intent_of(request: web.Request, caller: SignedInCaller) -> Intent:
    """Name a write by who asks for what; the body counts as it came, byte for byte.

    No body is `{}`, as it is for every route that needs none. What the caller may see counts too:
    an answer that a login got is not for a frame.
    """
    body = (await read_raw_body(request) or _NO_BODY).hex()
    key = read_optional_idempotency_key(request)
    return Intent(
        customer_id=caller.customer_id,
        method=request.method,
        path=request.path,
        key_hash=None if key is None else sha256_hex(key),
        body_hash=sha256_hex(f"{caller.view} {body}"),
    )


def _response(answer: Answer) -> web.Response:
    return never_stored(web.Response(text=answer.text, status=answer.status, content_type=JSON))
