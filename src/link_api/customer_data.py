"""Mounts everything below `/v1/link` that works on a customer's data: one slice a feature."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from link_api.addresses import routes as addresses
from link_api.addresses.service import AddressBook
from link_api.addresses.storage import saved_addresses
from link_api.customers import routes as customers
from link_api.customers.routes import StatusSlice
from link_api.customers.storage import SqlCustomer
from link_api.database.session import reading
from link_api.enrolment import routes as enrolment
from link_api.enrolment.businesses import RedisBusinesses
from link_api.enrolment.routes import EnrolmentSlice
from link_api.enrolment.service import Enrolments
from link_api.enrolment.storage import SqlLinkedOrders
from link_api.http.authenticate import ADMISSION, Admission
from link_api.http.responses import READING, WRITES
from link_api.idempotency import Writes
from link_api.mobile_money import routes as mobile_money
from link_api.mobile_money.service import Wallets
from link_api.mobile_money.storage import saved_wallets
from link_api.mobile_money.verification import AccountResolver
from link_api.overview import routes as overview
from link_api.preferences import routes as preferences
from link_api.preferences.service import PreferencesOf
from link_api.preferences.storage import SqlPreferences
from link_api.sessions import routes as sessions
from link_api.sessions.service import CustomerSessions
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
    businesses: RedisBusinesses
    status: Callable[[], StatusSlice]

    def add_to(self, app: web.Application) -> None:
        """Add the routes of every slice to a sub-application."""
        app[ADMISSION] = self.admission
        app[WRITES] = self.writes
        app[READING] = self._reading
        addresses.add_routes(app, self._address_book)
        mobile_money.add_routes(app, self._wallets, self.accounts)
        sessions.add_routes(app, self.sessions)
        preferences.add_routes(app, self._preferences)
        overview.add_routes(app)
        customers.add_routes(app, self.status)
        enrolment.add_routes(
            app, EnrolmentSlice(self._enrolments, self.businesses, self.default_region)
        )

    def _reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        return reading(self.engine)

    def _address_book(self, session: AsyncSession, customer_id: str) -> AddressBook:
        saved = saved_addresses(session, customer_id)
        return AddressBook(saved, customer_id, self.clock, self.default_region)

    def _wallets(self, session: AsyncSession, customer_id: str) -> Wallets:
        return Wallets(saved_wallets(session, customer_id), customer_id, self.clock)

    def _preferences(self, session: AsyncSession, customer_id: str) -> PreferencesOf:
        return PreferencesOf(SqlPreferences(session, customer_id), customer_id, self.clock)

    def _enrolments(self, session: AsyncSession, customer_id: str) -> Enrolments:
        return Enrolments(
            customer=SqlCustomer(session, customer_id),
            preferences=self._preferences(session, customer_id),
            orders=SqlLinkedOrders(session, customer_id),
            addresses=self._address_book(session, customer_id),
            wallets=self._wallets(session, customer_id),
            clock=self.clock,
        )
