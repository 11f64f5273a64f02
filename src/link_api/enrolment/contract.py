"""Wire models of `/v1/link/enroll` and `enroll-and-link-order` (docs/protocol.md#link-api)."""

from typing import Annotated, Self

from pydantic import Field

from link_api.addresses.contract import CreateAddressRequest, CustomerAddress
from link_api.contract.models import LinkWire
from link_api.contract.text import PersonName
from link_api.customers.contract import LinkCustomer, OfContact
from link_api.enrolment.service import (
    Enrolment,
    LinkedOrder,
    OrderEnrolment,
    OrderInput,
)
from link_api.mobile_money.contract import CreateMobileMoneyRequest, CustomerMobileMoney
from link_api.preferences.contract import CustomerLinkPreferences
from link_api.preferences.service import OrderType
from link_kernel.contract.wire import Instant, rfc3339
from link_kernel.ids import BUSINESS_ID_PATTERN

BusinessId = Annotated[str, Field(pattern=f"^{BUSINESS_ID_PATTERN}$")]
OrderId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")]
"""The business's own name for an order, whatever its spelling: visible ASCII."""


class EnrollRequest(OfContact):
    """Body of `POST enroll`."""

    name: PersonName | None = None


class EnrollAndLinkOrderRequest(LinkWire):
    """Body of `POST enroll-and-link-order`."""

    order_id: OrderId
    business_id: BusinessId
    address: CreateAddressRequest | None = None
    mobile_money: CreateMobileMoneyRequest | None = None
    order_type: OrderType = "delivery"

    def to_input(self) -> OrderInput:
        """Return the order to link, with its address and wallet."""
        address, wallet = self.address, self.mobile_money
        return OrderInput(
            business_id=self.business_id,
            order_id=self.order_id,
            order_type=self.order_type,
            address=None if address is None else address.sent_fields(),
            wallet=None if wallet is None else wallet.sent_fields(),
        )


class LinkEnrolment(LinkWire):
    """Answer of `POST enroll`."""

    customer: LinkCustomer
    preferences: CustomerLinkPreferences

    @classmethod
    def of(cls, enrolment: Enrolment, *, for_frame: bool) -> Self:
        """Return the wire model of an enrolment."""
        return cls(
            customer=LinkCustomer.of(enrolment.customer, for_frame=for_frame),
            preferences=CustomerLinkPreferences.of(enrolment.preferences),
        )


class CustomerLinkedOrder(LinkWire):
    """An order of the customer's."""

    order_id: str
    business_id: str
    order_type: OrderType
    linked_at: Instant

    @classmethod
    def of(cls, order: LinkedOrder) -> Self:
        """Return the wire model of an order."""
        return cls(
            order_id=order.order_id,
            business_id=order.business_id,
            order_type=order.order_type,
            linked_at=rfc3339(order.linked_at),
        )


class LinkedOrderEnrolment(LinkWire):
    """Answer of `POST enroll-and-link-order`.

    What was deleted since, or is not the caller's to read, is `null`.
    """

    customer: LinkCustomer
    preferences: CustomerLinkPreferences
    order: CustomerLinkedOrder
    address: CustomerAddress | None
    mobile_money: CustomerMobileMoney | None

    @classmethod
    def of(cls, enrolment: OrderEnrolment, *, for_frame: bool) -> Self:
        """Return the wire model of an enrolment with its order."""
        address, wallet = enrolment.address, enrolment.wallet
        return cls(
            customer=LinkCustomer.of(enrolment.customer, for_frame=for_frame),
            preferences=CustomerLinkPreferences.of(enrolment.preferences),
            order=CustomerLinkedOrder.of(enrolment.order),
            address=None if address is None else CustomerAddress.of(address),
            mobile_money=None if wallet is None else CustomerMobileMoney.of(wallet),
        )
