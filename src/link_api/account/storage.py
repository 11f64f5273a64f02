"""A customer's account in SQL, as it is closed: within one transaction."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Delete, Update, bindparam, delete, exists, or_, select, update

from link_api.addresses.storage import AddressRow
from link_api.customers.contacts import IS_LIVE, NOBODYS_ADDRESS, NOBODYS_DOMAIN
from link_api.customers.storage import LOCK_CUSTOMER, customer_missing
from link_api.customers.tables import ContactRow, CustomerRow
from link_api.database.session import Session
from link_api.database.statements import Statement
from link_api.idempotency import KeptAnswerRow
from link_api.mobile_money.storage import MobileMoneyRow
from link_api.preferences.storage import PreferencesRow
from link_api.saved_items.storage import DefaultsRow
from link_api.spelling.contacts import Contact

_ID: Final[BindParameter[str]] = bindparam("of_customer")
_CLOSING: Final = Statement(
    select(CustomerRow.closed_at, CustomerRow.names_left).where(CustomerRow.id == _ID)
)
_CONTACTS: Final = Statement(
    select(ContactRow.contact_type, ContactRow.address).where(ContactRow.customer_id == _ID)
)
_NOTED: Final = Statement(select(CustomerRow.phone, CustomerRow.email).where(CustomerRow.id == _ID))
# Pointers before what they point at. An order's link loses its address and wallet with these.
_OWN_ROWS: Final[tuple[Any, ...]] = (
    *(DefaultsRow, AddressRow, MobileMoneyRow),
    *(PreferencesRow, ContactRow, KeptAnswerRow),
)


def _all_of(rows: Any) -> Delete:  # noqa: ANN401  # a class of rows that name their customer
    return delete(rows).where(rows.customer_id == _ID)


def _change(**values: object) -> Update:
    return update(CustomerRow).where(CustomerRow.id == _ID).values(**values)


_DELETE: Final = tuple(Statement(_all_of(rows)) for rows in _OWN_ROWS)
_EMPTY: Final = Statement(
    _change(
        name=None,
        phone=None,
        email=NOBODYS_ADDRESS,  # a row without any contact is refused
        active_on=None,
        former_id=None,
        closed_at=bindparam("at"),
        names_left=bindparam("names"),
    )
)
_FINISH: Final = Statement(
    _change(names_left=None, former_since=None).where(
        or_(CustomerRow.names_left.is_not(None), CustomerRow.former_since.is_not(None))
    )
)
DUE: Final = select(CustomerRow.id).where(
    CustomerRow.former_since < bindparam("day"),
    ~exists(ContactRow.id).where(ContactRow.customer_id == CustomerRow.id, IS_LIVE),
    # What the release before may have noted, which writes no row of a contact.
    CustomerRow.phone.is_(None),
    or_(CustomerRow.email.is_(None), CustomerRow.email.endswith(NOBODYS_DOMAIN)),
)
"""Customers without a contact since before a `day`; takes the time as `now` (epoch ms)."""
_IS_DUE: Final = Statement(DUE.where(CustomerRow.id == _ID))


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed account; `names_left` name its contacts in Redis until their marks are deleted."""

    closed_at: int
    names_left: tuple[str, ...]


class SqlClosing:
    """The closing of one customer's account, within a SQL session."""

    def __init__(self, session: Session, customer_id: str) -> None:
        """Take the customer's id; every query is restricted to it."""
        self._session = session
        self._customer_id = customer_id

    async def lock(self) -> None:
        """Lock the customer's row; whoever writes for the customer waits for the transaction."""
        if not await self._session.fetch(LOCK_CUSTOMER, row_id=self._customer_id):
            raise customer_missing()

    async def find(self) -> Closing | None:
        """Return the closing, `None` while the account is open."""
        found = await self._session.fetch(_CLOSING, of_customer=self._customer_id)
        if not found:
            raise customer_missing()
        closed_at, names = found[0]
        return None if closed_at is None else Closing(closed_at, tuple((names or "").split()))

    async def contacts(self) -> set[Contact]:
        """Return every contact of the customer, those that are leaving too."""
        rows = await self._session.fetch(_CONTACTS, of_customer=self._customer_id)
        [(phone, email)] = await self._session.fetch(_NOTED, of_customer=self._customer_id)
        noted = (("phone", phone), ("email", email))
        found = {*map(tuple, rows), *((kind, address) for kind, address in noted if address)}
        return {
            Contact(kind, address)
            for kind, address in found
            if not address.endswith(NOBODYS_DOMAIN)
        }

    async def is_due(self, *, day: int, now_ms: int) -> bool:
        """Tell whether the customer is without a contact since before a day."""
        asked = {"day": day, "now": now_ms}
        return bool(await self._session.fetch(_IS_DUE, of_customer=self._customer_id, **asked))

    def close(self, closing: Closing) -> None:
        """Delete all that is the customer's, but whose each order was; the contacts are free."""
        for statement in _DELETE:
            self._session.defer(statement, of_customer=self._customer_id)
        self._session.defer(
            _EMPTY,
            of_customer=self._customer_id,
            at=closing.closed_at,
            names=" ".join(closing.names_left),
        )

    def finish(self) -> None:
        """Note that nothing is left in Redis under the names of the contacts, nor to be closed."""
        self._session.defer(_FINISH, of_customer=self._customer_id)
