"""A logout holds though Redis has lost it: a replica took over that had not heard of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import pytest
from redis.asyncio import Redis
from redis.typing import EncodableT

from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import SHOP, Verifier
from tests.support.clients.frames import Together
from tests.support.clients.link_client import Asking, Json, granted, refusal
from tests.support.servers.databases import sqlite_in
from tests.support.waiting import until_answered

ROUTE = "bootstrap?business_id={}"
LIFE_S = 600


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@dataclass
class Replica:
    """A login as a replica has it that hears nothing more."""

    redis: Redis
    token_key: str
    led_to: str
    session_key: str
    fields: dict[EncodableT, EncodableT]

    @classmethod
    async def of(cls, redis: Redis, login: Json) -> Self:
        """Keep a login as it is."""
        token_key = redis_keys.link_token(login["session_token"])
        led_to = str(await redis.get(token_key))
        session_key = redis_keys.link_session(*led_to.split(" "))
        return cls(
            redis,
            token_key,
            led_to,
            session_key,
            cast("dict[EncodableT, EncodableT]", await redis.hgetall(session_key)),
        )

    async def takes_over(self) -> None:
        """Put the login back."""
        await self.redis.hset(self.session_key, mapping=self.fields)
        await self.redis.set(self.token_key, self.led_to, ex=LIFE_S)
        await self.redis.expire(self.session_key, LIFE_S)

    async def has_ended(self) -> bool:
        """Tell whether the login has ended again."""
        return not await self.redis.exists(self.session_key)


@pytest.fixture
async def login(together: Together) -> Json:
    """A customer's login, that is logged out while a replica hears nothing."""
    return await together.link.log_in()


async def test_it_is_no_login_of_the_link_api(
    together: Together, login: Json, redis: Redis
) -> None:
    """Its token stands for nobody, and its refresh token is that of an ended session."""
    replica, link = await Replica.of(redis, login), together.link
    asking = Asking(token=login["session_token"])
    assert 200 == (await link.call("GET", "data", asking=asking)).status
    await granted(await link.logout(login["session_token"]))

    await replica.takes_over()
    assert (401, "UNAUTHENTICATED") == await refusal(await link.call("GET", "data", asking=asking))
    assert await replica.has_ended()

    await replica.takes_over()
    assert (401, "SESSION_REVOKED") == await refusal(await link.refresh(login["refresh_token"]))
    assert await replica.has_ended()


async def test_it_signs_no_element_in(together: Together, login: Json, redis: Redis) -> None:
    """The bridge has heard of the logout by the stream."""
    replica, bridge = await Replica.of(redis, login), together.bridge
    await granted(await together.link.logout(login["session_token"]))
    body = {"element": "auth", "code_challenge": Verifier.new().challenge}

    async def is_refused() -> bool:
        await replica.takes_over()
        answer = await bridge.post(
            ROUTE.format(bridge.business_id), body, origin=SHOP, token=login["session_token"]
        )
        return answer.status == 401

    await until_answered(is_refused)
    assert await replica.has_ended()
