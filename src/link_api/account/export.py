"""All that is kept of a customer, from SQL and from Redis (docs/data-retention.md)."""

import asyncio
from dataclasses import dataclass
from typing import Final

from link_api.auth.codes.marks import ContactMarks, Marks
from link_api.customers.service import ProvedContact
from link_api.database.session import Database, reading
from link_api.enrolment.service import LinkedOrder
from link_api.enrolment.storage import SqlLinkedOrders
from link_api.overview.storage import Overview, Parts, read_overview
from link_api.sessions.service import CustomerSessions, Session
from link_kernel.clock import Clock

_EVERY_SESSION: Final = 1_000_000
_EVERYTHING: Final = Parts(addresses=True, mobile_money=True)


@dataclass(frozen=True, slots=True)
class MarkedContact:
    """A contact, and the marks of the networks where it was proved."""

    contact: ProvedContact
    marks: Marks


@dataclass(frozen=True, slots=True)
class Export:
    """What is kept of a customer at one instant, in epoch ms."""

    exported_at: int
    overview: Overview
    contacts: tuple[MarkedContact, ...]
    orders: tuple[LinkedOrder, ...]
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class AccountExport:
    """Reads an export. Raises `StoreUnavailable`, and `SessionRevoked` for a closed account."""

    database: Database
    clock: Clock
    marks: ContactMarks
    sessions: CustomerSessions

    async def read(self, customer_id: str) -> Export:
        """Return all that is kept of a customer."""
        now_ms = self.clock.now_ms()
        async with reading(self.database) as session:
            overview = await read_overview(session, customer_id, _EVERYTHING, now_ms=now_ms)
            orders = await SqlLinkedOrders(session, customer_id).all()
        contacts = overview.customer.contacts
        live, marks = await asyncio.gather(
            self.sessions.live(customer_id, most=_EVERY_SESSION),
            asyncio.gather(*(self.marks.count(own.contact) for own in contacts)),
        )
        marked = tuple(map(MarkedContact, contacts, marks))
        return Export(now_ms, overview, marked, tuple(orders), tuple(live))
