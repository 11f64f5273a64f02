"""`POST verify-otp`: a code turns a contact into a login, once, and the same login on a repeat."""

import asyncio
import re
from collections import Counter

from redis.asyncio import Redis

from link_kernel.ids import is_id
from link_kernel.redis import keys as redis_keys
from link_kernel.sessions.store import SessionStore
from tests.support.clients.link_client import (
    COOKIE,
    PHONE,
    SHOP,
    Asking,
    LinkClient,
    customers_in,
    granted,
    refusal,
    wrong,
)
from tests.support.time_machine import TimeMachine

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


async def test_a_login_is_what_the_shared_store_says(link: LinkClient, redis: Redis) -> None:
    """The bridge reads this very hash, index and token (docs/protocol.md#redis-keys)."""
    asking = Asking(origin=SHOP, address="198.51.100.77", headers={"User-Agent": "ﬁne\tbrowser"})
    body = await link.log_in(asking=asking)

    assert set(body) == {
        *("success", "session_token", "refresh_token", "account_id", "customer_id", "message"),
        "contacts_masked",
    }
    found = await SessionStore(redis).find_link_session(body["session_token"])
    assert found is not None
    assert is_id(found.id, "lses")
    assert is_id(body["customer_id"], "cus")
    assert is_id(body["account_id"], "acc")
    assert (found.customer_id, found.account_id) == (body["customer_id"], body["account_id"])
    assert found.amr == ("otp",)
    assert found.contact_masked == "+233 •• ••• 4567"
    assert found.expires_at - found.created_at == 30 * DAY
    stored = await redis.hgetall(redis_keys.link_session(found.customer_id, found.id))
    assert stored["ip"] == "198.51.100.0/24"
    assert stored["origin"] == SHOP
    assert re.fullmatch(r"[\x20-\x7e]{1,200}", str(stored["user_agent"]))
    assert stored["last_used_at"] == stored["created_at"]
    index = await redis.zrange(redis_keys.session_index(found.customer_id), 0, -1, withscores=True)
    assert [tuple(entry) for entry in index] == [(found.id, found.expires_at)]
    assert 0 < await redis.pttl(redis_keys.link_token(body["session_token"])) <= 60 * MINUTE


async def test_a_login_sets_the_refresh_cookie_and_is_never_stored(link: LinkClient) -> None:
    """The attributes are those of docs/protocol.md#login, in its words."""
    code = await link.code_for()
    response = await link.verify_otp(code)

    body = await granted(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Set-Cookie"] == (
        f"{COOKIE}={body['refresh_token']}; Secure; HttpOnly; SameSite=None; Partitioned; Path=/"
    )


async def test_an_ipv6_address_is_kept_by_its_48_bits(link: LinkClient, redis: Redis) -> None:
    """No more of an address than a customer needs to recognise a login."""
    body = await link.log_in(asking=Asking(address="2001:db8:1:2:3:4:5:6"))

    [session] = [key async for key in redis.scan_iter(f"*{body['customer_id']}*:session:*")]
    assert await redis.hget(session, "ip") == "2001:db8:1::/48"


async def test_no_customer_exists_before_a_code_is_verified(
    link: LinkClient, database_url: str
) -> None:
    """Asking for codes and guessing them makes nobody."""
    code = await link.code_for()
    await link.verify_otp(wrong(code))
    assert await customers_in(database_url) == []

    body = await granted(await link.verify_otp(code))
    assert await customers_in(database_url) == [(body["customer_id"], PHONE, None)]


async def test_one_mailbox_is_one_customer_however_it_is_spelt(
    link: LinkClient, time_machine: TimeMachine, database_url: str
) -> None:
    """Case does not make another person; a second login is another session of the same one."""
    first = await link.log_in("Ama.K@Example.COM", contact_type="email")
    await time_machine.forward(MINUTE)
    second = await link.log_in("ama.k@example.com", contact_type="email")

    assert first["customer_id"] == second["customer_id"]
    assert first["account_id"] == second["account_id"]
    assert first["session_token"] != second["session_token"]
    assert await customers_in(database_url) == [(first["customer_id"], None, "ama.k@example.com")]


async def test_a_wrong_code_is_invalid_and_five_of_them_burn_the_code(link: LinkClient) -> None:
    """The sixth try is refused, the right code too."""
    code = await link.code_for()
    for _ in range(5):
        assert await refusal(await link.verify_otp(wrong(code))) == (422, "OTP_INVALID")

    for tried in (code, wrong(code)):
        assert await refusal(await link.verify_otp(tried)) == (422, "OTP_ATTEMPTS_EXCEEDED")


async def test_tries_in_parallel_count_like_tries_in_turn(link: LinkClient) -> None:
    """Thirty guesses at once are five."""
    code = await link.code_for()
    answers = await asyncio.gather(*(link.verify_otp(wrong(code)) for _ in range(30)))

    codes = Counter([(await refusal(answer))[1] for answer in answers])
    assert codes == {"OTP_INVALID": 5, "OTP_ATTEMPTS_EXCEEDED": 25}


async def test_without_an_open_code_every_code_has_expired(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Never asked for, or ten minutes ago: the same answer."""
    assert await refusal(await link.verify_otp("000000")) == (422, "OTP_EXPIRED")
    code = await link.code_for()
    await time_machine.forward(10 * MINUTE)

    assert await refusal(await link.verify_otp(code)) == (422, "OTP_EXPIRED")


async def test_a_code_is_for_the_contact_it_was_sent_to(
    link: LinkClient,
) -> None:
    """Somebody else's contact cannot be claimed with one's own code."""
    code = await link.code_for()

    answer = await link.verify_otp(code, "+233209876543")
    assert await refusal(answer) == (422, "OTP_EXPIRED")
