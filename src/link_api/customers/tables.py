"""The tables of customers and of their proved contacts."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from link_api.database.session import Base
from link_api.spelling.phone_numbers import LONGEST_E164

ID_LENGTH: Final = 40
LONGEST_NAME: Final = 100
_KIND_LENGTH: Final = 5
_EMAIL_LENGTH: Final = 254  # RFC 5321


class CustomerRow(Base):
    """A customer, last active on a day (docs/protocol.md#a-number-with-a-new-owner).

    `former_since` is the day on which its phone began anew with another customer; that one has its
    id as `former_id`. A closed account keeps its ids alone, and in `names_left` those of its
    contacts in Redis that are not deleted there yet. `phone` and `email` are for the release
    before, which has no table of contacts. They hold the contact of the first sign-in while it is
    the customer's, and after it an address that nobody has. The next release but one drops them.
    """

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("phone IS NOT NULL OR email IS NOT NULL", name="has_contact"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    phone: Mapped[str | None] = mapped_column(String(LONGEST_E164), unique=True)
    email: Mapped[str | None] = mapped_column(String(_EMAIL_LENGTH), unique=True)
    name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    created_at: Mapped[int] = mapped_column(BigInteger)
    active_on: Mapped[int | None] = mapped_column(Integer)
    former_since: Mapped[int | None] = mapped_column(Integer, index=True)
    former_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    closed_at: Mapped[int | None] = mapped_column(BigInteger)
    names_left: Mapped[str | None] = mapped_column(Text)


class ContactRow(Base):
    """A proved contact, of one customer at a time; it is gone from `goes_at` on, if that is set.

    A row that is gone is replaced when somebody proves the contact.
    """

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey(CustomerRow.id), index=True)
    contact_type: Mapped[str] = mapped_column(String(_KIND_LENGTH))
    address: Mapped[str] = mapped_column(String(_EMAIL_LENGTH), unique=True)
    proved_at: Mapped[int] = mapped_column(BigInteger)
    goes_at: Mapped[int | None] = mapped_column(BigInteger)
