"""Linked orders in SQL: an order has one customer, and one row for each order type."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    bindparam,
    select,
)
from sqlalchemy.dialects.postgresql import insert  # its `ON CONFLICT` is SQLite's too
from sqlalchemy.orm import Mapped, mapped_column

from link_api.addresses.storage import AddressRow, open_address_book
from link_api.customers.scope import CustomerScope
from link_api.customers.storage import SqlCustomer
from link_api.customers.tables import ID_LENGTH, CustomerRow
from link_api.database.session import Base, Session
from link_api.database.statements import Statement
from link_api.enrolment.service import Enrolments, LinkedOrder
from link_api.mobile_money.storage import MobileMoneyRow, open_wallets
from link_api.preferences.service import OrderType
from link_api.preferences.storage import ORDER_TYPE_LENGTH, open_preferences

_ORDER_ID_LENGTH: Final = 100


class OrderOwnerRow(Base):
    """The owner of an order; the primary key decides between concurrent claims."""

    __tablename__ = "order_owners"
    __table_args__ = (UniqueConstraint("business_id", "order_id", "customer_id"),)

    business_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(_ORDER_ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey(CustomerRow.id), index=True)


class LinkedOrderRow(Base):
    """A customer's order; it outlives the address and the wallet it refers to."""

    __tablename__ = "linked_orders"
    __table_args__ = (
        ForeignKeyConstraint(
            ["business_id", "order_id", "customer_id"],
            [OrderOwnerRow.business_id, OrderOwnerRow.order_id, OrderOwnerRow.customer_id],
        ),
    )

    business_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(_ORDER_ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_type: Mapped[str] = mapped_column(String(ORDER_TYPE_LENGTH), primary_key=True)
    address_id: Mapped[str | None] = mapped_column(
        ForeignKey(AddressRow.id, ondelete="SET NULL"), index=True
    )
    mobile_money_id: Mapped[str | None] = mapped_column(
        ForeignKey(MobileMoneyRow.id, ondelete="SET NULL"), index=True
    )
    linked_at: Mapped[int] = mapped_column(BigInteger)


_OWN_ORDER: Final = (
    (LinkedOrderRow.business_id == bindparam("business_id"))
    & (LinkedOrderRow.order_id == bindparam("order_id"))
    & (LinkedOrderRow.customer_id == bindparam("customer_id"))
    & (LinkedOrderRow.order_type == bindparam("order_type"))
)
_ORDERS: Final = select(
    LinkedOrderRow.business_id,
    LinkedOrderRow.order_id,
    LinkedOrderRow.order_type,
    LinkedOrderRow.address_id,
    LinkedOrderRow.mobile_money_id,
    LinkedOrderRow.linked_at,
)
_FIND: Final = Statement(_ORDERS.where(_OWN_ORDER))
_ALL: Final = Statement(
    # By the owners, whose table has an index of customers.
    _ORDERS.join(
        OrderOwnerRow,
        (OrderOwnerRow.business_id == LinkedOrderRow.business_id)
        & (OrderOwnerRow.order_id == LinkedOrderRow.order_id)
        & (OrderOwnerRow.customer_id == LinkedOrderRow.customer_id),
    )
    .where(OrderOwnerRow.customer_id == bindparam("of_customer"))
    .order_by(LinkedOrderRow.linked_at, LinkedOrderRow.business_id, LinkedOrderRow.order_id)
)
_INSERT: Final = Statement(insert(LinkedOrderRow))
_CLAIM: Final = Statement(insert(OrderOwnerRow).on_conflict_do_nothing())
_OWNER: Final = Statement(
    select(OrderOwnerRow.customer_id).where(
        OrderOwnerRow.business_id == bindparam("business_id"),
        OrderOwnerRow.order_id == bindparam("order_id"),
    )
)


class SqlLinkedOrders:
    """One customer's linked orders, within a SQL transaction."""

    def __init__(self, session: Session, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def find(
        self, business_id: str, order_id: str, order_type: OrderType
    ) -> LinkedOrder | None:
        """Return a linked order of the customer, or `None`."""
        found = await self._session.fetch(
            _FIND,
            business_id=business_id,
            order_id=order_id,
            customer_id=self._customer_id,
            order_type=order_type,
        )
        return LinkedOrder(*found[0]) if found else None

    async def all(self) -> list[LinkedOrder]:
        """Return all linked orders of the customer, the oldest first."""
        found = await self._session.fetch(_ALL, of_customer=self._customer_id)
        return [LinkedOrder(*row) for row in found]

    async def claim(self, business_id: str, order_id: str) -> bool:
        """Claim an order for the customer; `False` where another customer has claimed it.

        Where another transaction claims it concurrently, this one waits for its end.
        """
        order = {"business_id": business_id, "order_id": order_id}
        self._session.defer(_CLAIM, **order, customer_id=self._customer_id)
        [[owner]] = await self._session.fetch(_OWNER, **order)
        return bool(owner == self._customer_id)

    async def add(self, order: LinkedOrder) -> None:
        """Store an order that the customer has claimed."""
        self._session.defer(
            _INSERT,
            business_id=order.business_id,
            order_id=order.order_id,
            customer_id=self._customer_id,
            order_type=order.order_type,
            address_id=order.address_id,
            mobile_money_id=order.mobile_money_id,
            linked_at=order.linked_at,
        )


def open_enrolments(scope: CustomerScope) -> Enrolments:
    """Return the enrolment of the scope's customer, within its transaction."""
    return Enrolments(
        customer=SqlCustomer(scope.session, scope.customer_id, scope.clock),
        preferences=open_preferences(scope),
        orders=SqlLinkedOrders(scope.session, scope.customer_id),
        addresses=open_address_book(scope),
        wallets=open_wallets(scope),
        clock=scope.clock,
    )
