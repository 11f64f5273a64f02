"""Mounts everything below `/v1/link` that works on a customer's data: one slice a feature."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from link_api.addresses import handlers as addresses
from link_api.addresses.service import AddressBook
from link_api.addresses.storage import saved_addresses
from link_api.admission import ADMISSION, Admission
from link_api.answers import READING, WRITES
from link_api.database import reading
from link_api.mobile_money import handlers as mobile_money
from link_api.mobile_money.service import Wallets
from link_api.mobile_money.storage import saved_wallets
from link_api.mobile_money.verification import AccountResolver
from link_api.sessions import handlers as sessions
from link_api.sessions.service import CustomerSessions
from link_api.writes import Writes
from link_kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class CustomerData:
    """What the slices stand on."""

    engine: AsyncEngine
    writes: Writes
    admission: Admission
    clock: Clock
    default_region: str
    accounts: AccountResolver
    sessions: CustomerSessions

    def add_to(self, app: web.Application) -> None:
        """Add the routes of every slice to a sub-application."""
        app[ADMISSION] = self.admission
        app[WRITES] = self.writes
        app[READING] = self._reading
        addresses.add_routes(app, self._address_book)
        mobile_money.add_routes(app, self._wallets, self.accounts)
        sessions.add_routes(app, self.sessions)

    def _reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        return reading(self.engine)

    def _address_book(self, session: AsyncSession, customer_id: str) -> AddressBook:
        saved = saved_addresses(session, customer_id)
        return AddressBook(saved, customer_id, self.clock, self.default_region)

    def _wallets(self, session: AsyncSession, customer_id: str) -> Wallets:
        return Wallets(saved_wallets(session, customer_id), customer_id, self.clock)
