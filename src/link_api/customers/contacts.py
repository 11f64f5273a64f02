"""The proved contacts of customers in SQL: a customer may have several, a contact has one customer.

A contact that is being removed goes at an instant of its own: whoever reads decides by the clock
whether it is there still. The release before writes no row of `contacts`, but the columns `phone`
and `email` of a customer, which are read where there is no row.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import BigInteger, String, bindparam, func, literal_column, or_, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import insert  # its `ON CONFLICT` is SQLite's too

from link_api.customers.service import ProvedContact
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.statements import Statement
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import ContactType

_PREFIX: Final = "con_"
NOBODYS_DOMAIN: Final = "@customer.invalid"
"""What follows a customer's id in the column `email` where it has no contact to note.

No mailbox is there (RFC 2606), and none is taken for a contact.
"""
NOBODYS_ADDRESS: Final = CustomerRow.id + NOBODYS_DOMAIN
"""What stands in the column `email` of a customer without a contact: the row needs one."""
IS_LIVE: Final = or_(ContactRow.goes_at.is_(None), ContactRow.goes_at > bindparam("now"))

_SPACE: Final = literal_column("' '", String)
_BREAK: Final = literal_column("'\n'", String)
_LINE: Final = (
    (ContactRow.id + _SPACE + ContactRow.contact_type + _SPACE + ContactRow.address)
    + (_SPACE + as_type(ContactRow.proved_at, String))
    + (_SPACE + func.coalesce(as_type(ContactRow.goes_at, String), literal_column("''", String)))
)
OWN_CONTACTS: Final = (
    select(func.aggregate_strings(_LINE, _BREAK))  # type: ignore[arg-type]  # takes SQL as well
    .where(ContactRow.customer_id == CustomerRow.id, IS_LIVE)
    .correlate(CustomerRow)
    .scalar_subquery()
    .label("contacts")
)
"""A customer's contacts as one text, a line for each, so that they come in the customer's row."""

_NAMES: Final = ("id", "customer_id", "contact_type", "address", "proved_at")
_NEW: Final = insert(ContactRow).from_select(
    _NAMES,
    # Of the customer's row, so that a customer whom another sign-in has just forestalled gets none.
    select(
        bindparam("contact_id", type_=String),
        CustomerRow.id,
        bindparam("contact_type", type_=String),
        bindparam("contact", type_=String),
        bindparam("proved_at", type_=BigInteger),
    )
    # Locked against a closing: else the contact would stay with an account that has none.
    .where(CustomerRow.id == bindparam("customer_id"), CustomerRow.closed_at.is_(None))
    .with_for_update(read=True),
)
ADD_CONTACT: Final = Statement(
    _NEW.on_conflict_do_update(
        index_elements=[ContactRow.address],
        set_={**{name: _NEW.excluded[name] for name in _NAMES}, "goes_at": None},
        where=ContactRow.goes_at <= bindparam("now"),
    )
)
"""Give a contact to a customer, unless somebody has it; one that is gone is nobody's."""

KEEP_CONTACT: Final = Statement(
    update(ContactRow)
    .where(
        ContactRow.address == bindparam("contact"),
        ContactRow.customer_id == bindparam("customer_id"),
        IS_LIVE,
    )
    .values(goes_at=None)
)
"""Take back that a contact of a customer is being removed."""


def added(proved: ProvedContact, customer_id: str, *, now_ms: int) -> dict[str, Any]:
    """Return the parameters of `ADD_CONTACT`."""
    return {
        "contact_id": proved.id,
        "customer_id": customer_id,
        "contact_type": proved.contact.contact_type,
        "contact": proved.contact.address,
        "proved_at": proved.proved_at,
        "now": now_ms,
    }


def first_contact_id(customer_id: str, contact_type: str) -> str:
    """Return the id of the contact that stands in a column of the customer's row."""
    return f"{_PREFIX}{customer_id.removeprefix('cus_')}{contact_type[0]}"


def contacts_of(lines: str | None, customer: Sequence[Any]) -> tuple[ProvedContact, ...]:
    """Return a customer's contacts from `OWN_CONTACTS`, those that stay first, the oldest first.

    Where there are none, they are those of the columns `id`, `phone`, `email`, `created_at`.
    """
    if lines is None:
        return _of_columns(*customer)
    found = []
    for line in lines.splitlines():
        contact_id, kind, address, proved_at, goes_at = line.split(" ")
        contact = Contact(cast("ContactType", kind), address)
        going = int(goes_at) if goes_at else None
        found.append(ProvedContact(contact_id, contact, int(proved_at), going))
    return tuple(sorted(found, key=_order))


def _order(one: ProvedContact) -> tuple[bool, int, bool, str]:
    return one.is_leaving, one.proved_at, one.contact.contact_type == "email", one.id


def _of_columns(
    customer_id: str, phone: str | None, email: str | None, created_at: int
) -> tuple[ProvedContact, ...]:
    contacts: tuple[tuple[ContactType, str | None], ...] = (("phone", phone), ("email", email))
    return tuple(
        ProvedContact(first_contact_id(customer_id, kind), Contact(kind, address), created_at, None)
        for kind, address in contacts
        if address is not None and not address.endswith(NOBODYS_DOMAIN)
    )
