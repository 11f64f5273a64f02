"""Confirms a purpose for a session, as a code of one of the customer's contacts does."""

import secrets

from redis.asyncio import Redis

from link_api.auth.confirmations import Confirmations
from link_api.auth.records import CodePurpose, CodeUse
from link_api.customers.contacts import first_contact_id
from link_kernel.sessions.store import SessionStore
from tests.support.clients.link_client import Customer


async def confirm(redis: Redis, login: Customer, purpose: CodePurpose) -> None:
    """Confirm it for a login, whose next calls present that."""
    login.confirmations.append(await confirm_by_token(redis, login.token, purpose))


async def confirm_by_token(redis: Redis, link_token: str, purpose: CodePurpose) -> str:
    """Confirm it for the login of a `lnk_`; return the confirmation."""
    login = await SessionStore(redis).find_link_session_key(link_token)
    assert login is not None
    return await confirm_in(redis, login.partition, login.session_id, purpose)


async def confirm_in(redis: Redis, customer_id: str, session_id: str, purpose: CodePurpose) -> str:
    """Confirm it for any session of a customer, who has a phone; return the confirmation."""
    use, confirmation = CodeUse(purpose, session_id), secrets.token_urlsafe(32)
    contact_id = first_contact_id(customer_id, "phone")
    await Confirmations(redis).make(
        customer_id, use, confirmation=confirmation, contact_id=contact_id
    )
    return confirmation
