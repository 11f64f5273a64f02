"""Confirms a purpose for a session, as a code of one of the customer's contacts does."""

from redis.asyncio import Redis

from link_api.auth.confirmations import Confirmations
from link_api.auth.records import CodePurpose, CodeUse
from link_kernel.ids import new_id
from link_kernel.sessions.store import SessionStore


async def confirm(redis: Redis, link_token: str, purpose: CodePurpose) -> None:
    """Confirm it for the login of a `lnk_`."""
    login = await SessionStore(redis).find_link_session_key(link_token)
    assert login is not None
    await confirm_in(redis, login.partition, login.session_id, purpose)


async def confirm_in(redis: Redis, customer_id: str, session_id: str, purpose: CodePurpose) -> None:
    """Confirm it for any session of a customer."""
    use = CodeUse(purpose, session_id)
    await Confirmations(redis).make(customer_id, use, nonce=new_id("non"), contact_id="con_1")
