"""Which of the rights that `redis-acl` prints a user of Redis lacks, found without doing anything.

Within `MULTI` the server checks the rights of each command and queues it. The connection is closed
then, and what was queued is never run.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import hiredis
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from link_kernel.redis.rights import HIDEABLE, Rights
from link_kernel.redis.server_info import is_hidden

_BEGIN: Final = ("MULTI",)
_END: Final = ("EXEC",)
_OF_TRANSACTIONS: Final = frozenset({"exec", "multi"})
_IS_BEGUN: Final = ("nested", "inside a transaction")  # of a second `MULTI`; Valkey's words
_QUEUED: Final = "QUEUED"
_NO_TRANSACTION: Final = "MULTI began no transaction"
_MOST_ARGUMENTS: Final = 4
_OF_COMMAND: Final = "run the '"  # in all releases; where a key is refused, the words are others

Command = tuple[str, ...]


async def lacking_rights(primary: Redis, rights: Rights, *, cluster: bool) -> list[str]:
    """Return what the user lacks, as words of an ACL rule.

    Raises redis-py's `ResponseError` if it cannot be asked, as without a right to `MULTI` or while
    the memory is full, and another error of redis-py if the server does not answer.
    """
    names = rights.all_commands(cluster=cluster)
    commands = [name for name in names if name not in HIDEABLE | _OF_TRANSACTIONS]
    tries = [*_tries_of_commands(commands, rights), *_tries_of_keys(rights)]
    pool = primary.connection_pool
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        # Outside of a transaction it says that there is none, or that it is not allowed.
        ended = await _ask(connection, [_END] if "exec" in names else [])
        # One after the other: were there none now either, all that follows would be done.
        for _ in range(2):
            [begun] = await _ask(connection, [_BEGIN])
        if not any(words in str(begun) for words in _IS_BEGUN):
            raise begun if isinstance(begun, ResponseError) else ResponseError(_NO_TRANSACTION)
        # Whatever stands between may say so and have begun none; a command that only reads tells.
        [queued] = await _ask(connection, [("GET", _sample(rights.all_keys()[0]))])
        if queued != _QUEUED and not isinstance(queued, ResponseError):
            raise ResponseError(_NO_TRANSACTION)
        replies = await _ask(connection, [words for _, words in tries])
    finally:
        await connection.disconnect(nowait=True)
        await pool.release(connection)
    answered = zip(tries, replies, strict=True)
    lacking = [right for (right, _), reply in answered if _is_for(right, reply)]
    if any(_OF_COMMAND in str(reply) for reply in ended):
        lacking.append("+exec")
    return list(dict.fromkeys(lacking))


def _tries_of_commands(commands: Sequence[str], rights: Rights) -> Iterator[tuple[str, Command]]:
    """Yield each command with any number of arguments: too few are refused before the rights."""
    key = _sample(rights.all_keys()[0])
    for name in commands:
        words = name.upper().split("|")
        for count in range(_MOST_ARGUMENTS + 1):
            yield f"+{name}", (*words, *[key] * count)


def _tries_of_keys(rights: Rights) -> Iterator[tuple[str, Command]]:
    for pattern in rights.all_keys():
        yield f"~{pattern}", ("GET", _sample(pattern))
        if pattern not in rights.only_read:
            yield f"~{pattern}", ("SET", _sample(pattern), "")


def _sample(pattern: str) -> str:
    return pattern.replace("*", "0")


def _is_for(right: str, reply: object) -> bool:
    """Tell whether a reply says that the user lacks this right, or the server this command."""
    if not isinstance(reply, ResponseError):
        return False
    is_of_command = not isinstance(reply, NoPermissionError) or _OF_COMMAND in str(reply)
    return is_hidden(reply) and is_of_command == right.startswith("+")


async def _ask(connection: Any, commands: Sequence[Command]) -> list[object]:  # noqa: ANN401  # redis-py's
    """Return the replies of commands that are sent at once, errors among them."""
    packed = [hiredis.pack_command(words) for words in commands]  # type: ignore[arg-type]
    await connection.send_packed_command(b"".join(packed))
    return [await _reply(connection) for _ in commands]


async def _reply(connection: Any) -> object:  # noqa: ANN401  # redis-py's
    try:
        reply: object = await connection.read_response()
    except ResponseError as error:
        return error
    return reply
