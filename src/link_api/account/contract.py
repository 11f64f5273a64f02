"""Wire models of `/v1/link/account` (docs/protocol.md#link-api)."""

from datetime import date
from typing import Self

from link_api.account.export import Export, MarkedContact
from link_api.addresses.contract import CustomerAddress
from link_api.contract.models import LinkWire
from link_api.customers.dormancy import day_of
from link_api.enrolment.service import LinkedOrder
from link_api.mobile_money.contract import CustomerMobileMoney
from link_api.preferences.contract import CustomerLinkPreferences
from link_api.preferences.service import OrderType, Preferences
from link_api.sessions.contract import LinkSession
from link_kernel.contract.wire import ContactType, Instant, rfc3339, rfc3339_or_none


class AccountClosed(LinkWire):
    """`data` of `DELETE account`; a repeat says the same instant."""

    closed_at: Instant


class ExportedCustomer(LinkWire):
    """The customer's row; `active_on` is the last UTC day of a sign-in, a refresh or a call."""

    id: str
    account_id: str
    name: str | None
    created_at: Instant
    active_on: date | None


class ExportedMarks(LinkWire):
    """How many networks are marked where a contact was proved, and the first and last proof."""

    count: int
    first_at: Instant | None
    last_at: Instant | None


class ExportedContact(LinkWire):
    """A contact; `leaves_at` is set while it is being removed."""

    id: str
    contact_type: ContactType
    contact: str
    proved_at: Instant
    leaves_at: Instant | None
    network_marks: ExportedMarks

    @classmethod
    def of(cls, marked: MarkedContact) -> Self:
        """Return the wire model of a contact."""
        own, marks = marked.contact, marked.marks
        return cls(
            id=own.id,
            contact_type=own.contact.contact_type,
            contact=own.contact.address,
            proved_at=rfc3339(own.proved_at),
            leaves_at=rfc3339_or_none(own.goes_at),
            network_marks=ExportedMarks(
                count=marks.count,
                first_at=rfc3339_or_none(marks.first_at),
                last_at=rfc3339_or_none(marks.last_at),
            ),
        )


class ExportedConsents(LinkWire):
    """What an enrolled customer agreed to, and when it was last changed."""

    enrolled_at: Instant
    enrollment_business_id: str | None
    notify_on_order: bool
    notify_on_payment: bool
    changed_at: Instant

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        """Return the wire model of the consents that preferences hold."""
        return cls(
            enrolled_at=rfc3339(preferences.enrolled_at),
            enrollment_business_id=preferences.enrollment_business_id,
            notify_on_order=preferences.notify_on_order,
            notify_on_payment=preferences.notify_on_payment,
            changed_at=rfc3339(preferences.updated_at),
        )


class ExportedOrder(LinkWire):
    """An order of the customer's; address and wallet are `null` if they were deleted since."""

    business_id: str
    order_id: str
    order_type: OrderType
    address_id: str | None
    mobile_money_id: str | None
    linked_at: Instant

    @classmethod
    def of(cls, order: LinkedOrder) -> Self:
        """Return the wire model of an order."""
        return cls(
            business_id=order.business_id,
            order_id=order.order_id,
            order_type=order.order_type,
            address_id=order.address_id,
            mobile_money_id=order.mobile_money_id,
            linked_at=rfc3339(order.linked_at),
        )


class AccountData(LinkWire):
    """All that is kept of a customer (docs/data-retention.md)."""

    exported_at: Instant
    customer: ExportedCustomer
    contacts: list[ExportedContact]
    addresses: list[CustomerAddress]
    mobile_money: list[CustomerMobileMoney]
    preferences: CustomerLinkPreferences | None
    consents: ExportedConsents | None
    orders: list[ExportedOrder]
    sessions: list[LinkSession]

    @classmethod
    def of(cls, export: Export, *, current: str | None) -> Self:
        """Return the wire model of an export; `current` is the caller's own session."""
        customer, preferences = export.overview.customer, export.overview.preferences
        return cls(
            exported_at=rfc3339(export.exported_at),
            customer=ExportedCustomer(
                id=customer.id,
                account_id=customer.account_id,
                name=customer.name,
                created_at=rfc3339(customer.created_at),
                active_on=None if customer.active_on is None else day_of(customer.active_on),
            ),
            contacts=[ExportedContact.of(marked) for marked in export.contacts],
            addresses=[CustomerAddress.of(item) for item in export.overview.addresses],
            mobile_money=[CustomerMobileMoney.of(item) for item in export.overview.mobile_money],
            preferences=None if preferences is None else CustomerLinkPreferences.of(preferences),
            consents=None if preferences is None else ExportedConsents.of(preferences),
            orders=[ExportedOrder.of(order) for order in export.orders],
            sessions=[LinkSession.of(session, current=current) for session in export.sessions],
        )
