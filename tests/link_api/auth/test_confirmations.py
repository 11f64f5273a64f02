"""Confirmations: one use, one session, one purpose, ten minutes."""

import asyncio

import pytest
from redis.asyncio import Redis

from link_api.auth.confirmations import CONFIRMED_FOR_MS, Confirmations
from link_api.auth.records import CodePurpose, CodeUse
from link_api.errors import ConfirmationRequired
from link_kernel.ids import sha256_hex
from tests.support.time_machine import TimeMachine

AMA = "cus_0123456789abcdef012345"
REMOVE = CodeUse(CodePurpose.REMOVE_CONTACT, "lses_0123456789abcdef012345")
OTHERS = (
    CodeUse(CodePurpose.ADD_CONTACT, REMOVE.session_id),
    CodeUse(CodePurpose.REMOVE_CONTACT, "lses_anotherloginofhers0000"),
)


async def made(redis: Redis, confirmation: str = "c1", contact_id: str = "con_a") -> Confirmations:
    """Return confirmations, one of them made."""
    confirmations = Confirmations(redis)
    await confirmations.make(AMA, REMOVE, confirmation=confirmation, contact_id=contact_id)
    return confirmations


async def test_a_confirmation_is_used_once(redis: Redis) -> None:
    """And it tells which contact's code it was."""
    confirmations = await made(redis)

    assert await confirmations.require(AMA, REMOVE, "c1") == "con_a"
    assert await confirmations.consume(AMA, REMOVE, "c1", call="first") == "con_a"

    with pytest.raises(ConfirmationRequired):
        await confirmations.consume(AMA, REMOVE, "c1", call="second")
    with pytest.raises(ConfirmationRequired):
        await confirmations.require(AMA, REMOVE, "c1")


async def test_of_many_calls_at_once_one_has_it(redis: Redis) -> None:
    """Redis decides in one script."""
    confirmations = await made(redis)
    calls = (confirmations.consume(AMA, REMOVE, "c1", call=f"call {n}") for n in range(20))

    found = await asyncio.gather(*calls, return_exceptions=True)

    assert found.count("con_a") == 1
    assert sum(isinstance(one, ConfirmationRequired) for one in found) == 19


async def test_the_same_call_again_finds_what_it_used(
    redis: Redis, time_machine: TimeMachine
) -> None:
    """Its answer may be lost, and a client comes back late."""
    confirmations = await made(redis)
    await confirmations.consume(AMA, REMOVE, "c1", call="first")
    await time_machine.forward(CONFIRMED_FOR_MS)

    assert await confirmations.consume(AMA, REMOVE, "c1", call="first") == "con_a"


@pytest.mark.parametrize("presented", ["", "c2", sha256_hex("c1"), "\udcff"])
async def test_without_its_secret_it_is_of_no_use(redis: Redis, presented: str) -> None:
    """Neither to who presents none, nor to who has read the store: it holds the hash alone."""
    confirmations = await made(redis)
    for found in (
        confirmations.require(AMA, REMOVE, presented),
        confirmations.consume(AMA, REMOVE, presented, call="first"),
    ):
        with pytest.raises(ConfirmationRequired):
            await found

    assert await confirmations.require(AMA, REMOVE, "c1") == "con_a"


@pytest.mark.parametrize("use", OTHERS, ids=["purpose", "session"])
async def test_it_is_of_no_use_for_another(redis: Redis, use: CodeUse) -> None:
    """Neither for another purpose, nor in another session of the same customer."""
    confirmations = await made(redis)

    with pytest.raises(ConfirmationRequired) as refused:
        await confirmations.consume(AMA, use, "c1", call="first")

    assert refused.value.details == {"purpose": use.purpose}
    await confirmations.require(AMA, REMOVE, "c1")


async def test_it_is_the_customers_alone(redis: Redis) -> None:
    """A session id of somebody else's reaches nothing."""
    confirmations = await made(redis)

    with pytest.raises(ConfirmationRequired):
        await confirmations.require("cus_somebodyelse0000000000", REMOVE, "c1")


async def test_it_ends_after_ten_minutes(redis: Redis, time_machine: TimeMachine) -> None:
    """To the millisecond it is Redis's clock that counts."""
    confirmations = await made(redis)
    await time_machine.forward(CONFIRMED_FOR_MS - 10_000)
    await confirmations.require(AMA, REMOVE, "c1")
    await time_machine.forward(10_000)

    with pytest.raises(ConfirmationRequired):
        await confirmations.require(AMA, REMOVE, "c1")


async def test_a_code_confirms_once_however_often_it_is_entered(
    redis: Redis, time_machine: TimeMachine
) -> None:
    """A repeat of the entry is answered for as long as the code lives, after another code too."""
    confirmations = await made(redis)
    await confirmations.consume(AMA, REMOVE, "c1", call="first")
    await made(redis, confirmation="c2", contact_id="con_b")
    assert await confirmations.consume(AMA, REMOVE, "c2", call="second") == "con_b"

    for _ in range(2):
        await made(redis)
        await made(redis, confirmation="c2")
        for used in ("c1", "c2"):
            with pytest.raises(ConfirmationRequired):
                await confirmations.consume(AMA, REMOVE, used, call="third")
        await time_machine.forward(CONFIRMED_FOR_MS - 1000)
