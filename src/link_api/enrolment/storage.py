"""Linked orders in SQL: an order has one customer, and one row for each order type."""

from typing import Final, cast

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from link_api.addresses.storage import AddressRow, open_address_book
from link_api.customers.scope import CustomerScope
from link_api.customers.storage import ID_LENGTH, CustomerRow, SqlCustomer
from link_api.database.session import Base
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


class SqlLinkedOrders:
    """One customer's linked orders, within a SQL transaction."""

    def __init__(self, session: AsyncSession, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def find(
        self, business_id: str, order_id: str, order_type: OrderType
    ) -> LinkedOrder | None:
        """Return a linked order of the customer, or `None`."""
        key = (business_id, order_id, self._customer_id, order_type)
        row = await self._session.get(LinkedOrderRow, key)
        return None if row is None else _order_of(row)

    async def claim(self, business_id: str, order_id: str) -> bool:
        """Claim an order for the customer; `False` where another customer has claimed it.

        Where another transaction claims it concurrently, this one waits for its end.
        """
        owner = {"business_id": business_id, "order_id": order_id}
        claimed = insert(OrderOwnerRow).values(**owner, customer_id=self._customer_id)
        try:
            async with self._session.begin_nested():
                await self._session.execute(claimed)
        except IntegrityError:
            found = await self._session.scalar(select(OrderOwnerRow.customer_id).filter_by(**owner))
            return found == self._customer_id
        return True

    async def add(self, order: LinkedOrder) -> None:
        """Store an order that the customer has claimed."""
        self._session.add(
            LinkedOrderRow(
                business_id=order.business_id,
                order_id=order.order_id,
                customer_id=self._customer_id,
                order_type=order.order_type,
                address_id=order.address_id,
                mobile_money_id=order.mobile_money_id,
                linked_at=order.linked_at,
            )
        )
        await self._session.flush()


def open_enrolments(scope: CustomerScope) -> Enrolments:
    """Return the enrolment of the scope's customer, within its transaction."""
    return Enrolments(
        customer=SqlCustomer(scope.session, scope.customer_id),
        preferences=open_preferences(scope),
        orders=SqlLinkedOrders(scope.session, scope.customer_id),
        addresses=open_address_book(scope),
        wallets=open_wallets(scope),
        clock=scope.clock,
    )


def _order_of(row: LinkedOrderRow) -> LinkedOrder:
    return LinkedOrder(
        business_id=row.business_id,
        order_id=row.order_id,
        order_type=cast("OrderType", row.order_type),
        address_id=row.address_id,
        mobile_money_id=row.mobile_money_id,
        linked_at=row.linked_at,
    )
