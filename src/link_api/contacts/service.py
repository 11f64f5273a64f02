"""Codes that confirm, and the rules of adding and removing a contact (decision 0050)."""

from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from link_api.auth.confirmations import Confirmations, require_staying
from link_api.auth.notices import News
from link_api.auth.records import (
    Caller,
    Change,
    CodeAsker,
    CodeBinding,
    CodePurpose,
    CodeUse,
    SentCode,
)
from link_api.auth.service import LinkAuth
from link_api.customers.contacts import first_contact_id
from link_api.customers.service import CustomerRecord, ProvedContact
from link_api.errors import ConfirmationRequired, ContactTaken, LastContact, NoNumber, TooMany
from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock
from link_kernel.contract.wire import Channel, Locale
from link_kernel.errors import NotFound, OtpExpired

LEAVES_AFTER_MS: Final = 7 * 24 * 60 * 60_000
MOST_CONTACTS: Final = 10


@dataclass(frozen=True, slots=True)
class Asking:
    """A customer's session that asks for codes and enters them, its client, and what it presents.

    `unverified_confirmation` is empty where the call presents none.
    """

    customer_id: str
    session_id: str
    pages: CodeBinding
    client: Caller
    unverified_confirmation: str = field(default="", repr=False)

    def use(self, purpose: CodePurpose) -> CodeUse:
        """Return what a code confirms in this session."""
        return CodeUse(purpose, self.session_id)

    def presented(self, purpose: CodePurpose) -> tuple[CodeUse, str]:
        """Return what this call presents as the confirmation of a purpose."""
        return self.use(purpose), self.unverified_confirmation

    def asker(self, purpose: CodePurpose) -> CodeAsker:
        """Return who asks for a code that confirms this."""
        return CodeAsker(replace(self.pages, use=self.use(purpose)), self.session_id)


@dataclass(frozen=True, slots=True)
class Message:
    """How a code is to be sent: over this channel and in this language, if they are said."""

    channel: Channel | None
    locale: Locale | None


@dataclass(frozen=True, slots=True)
class ContactCodes:
    """Sends the codes by which a session confirms something, and takes them.

    Raises what `OneTimeCodes` raises, `ConfirmationRequired` and `NotFound` where it is said.
    """

    auth: LinkAuth
    confirmations: Confirmations

    async def request(
        self,
        asking: Asking,
        purpose: CodePurpose,
        contact_id: str | None,
        message: Message,
    ) -> tuple[ProvedContact, SentCode]:
        """Send a code to a contact of the customer, the first unless said; tell which it is.

        Raises `NotFound` for a contact that is not the customer's, and for one that is being
        removed where anything but a removal is to be confirmed.
        """
        customer = await self.auth.customers.get(asking.customer_id)
        to = contact_of(customer, contact_id)
        if to.is_leaving and purpose is not CodePurpose.REMOVE_CONTACT:
            raise NotFound("a contact that leaves")
        sent = await self.auth.request_otp(
            to.contact,
            asker=asking.asker(purpose),
            caller=asking.client,
            channel=message.channel,
            locale=message.locale,
        )
        await self.confirmations.note_asked(customer.id, asking.use(purpose), to.id)
        return to, sent

    async def confirm(
        self, asking: Asking, purpose: CodePurpose, otp_code: str, *, key_hash: str
    ) -> str:
        """Make a confirmation of a code, and return its secret; a repeat with its key gets it too.

        It makes no second confirmation.
        """
        use = asking.use(purpose)
        contact_id = await self.confirmations.find_asked(asking.customer_id, use)
        if contact_id is None:
            raise OtpExpired("none was asked for")
        customer = await self.auth.customers.get(asking.customer_id)
        spent = await self.auth.enter_code(
            contact_of(customer, contact_id).contact,
            otp_code,
            asker=asking.asker(purpose),
            key_hash=key_hash,
            caller=asking.client,
        )
        confirmation = self.auth.tokens.confirmation(spent.secret_version, spent.nonce, use)
        await self.confirmations.make(
            customer.id, use, confirmation=confirmation, contact_id=contact_id
        )
        return confirmation

    async def request_for_typed(
        self, asking: Asking, purpose: CodePurpose, contact: Contact, message: Message
    ) -> SentCode:
        """Send a code to a contact that is to be added or was: the same steps whoever has it.

        Raises `ConfirmationRequired` without one for `add_contact`, which stays; for a contact that
        was, the code of the number itself has to have confirmed that.
        """
        confirmed_by = await self.confirmations.require(
            asking.customer_id, *asking.presented(CodePurpose.ADD_CONTACT)
        )
        if purpose is CodePurpose.FORMER_CONTACT:
            await self._require_number(asking.customer_id, confirmed_by)
        return await self.auth.request_otp(
            contact,
            asker=asking.asker(purpose),
            caller=asking.client,
            channel=message.channel,
            locale=message.locale,
        )

    async def prove_typed(
        self, asking: Asking, purpose: CodePurpose, contact: Contact, otp_code: str, *, call: str
    ) -> str:
        """Take the typed contact's code, then use up the confirmation of adding one.

        Returns the id of the contact whose code confirmed that.
        """
        adding = asking.presented(CodePurpose.ADD_CONTACT)
        confirmed_by = await self.confirmations.require(asking.customer_id, *adding, call=call)
        if purpose is CodePurpose.FORMER_CONTACT:
            await self._require_number(asking.customer_id, confirmed_by)
        await self.auth.enter_code(
            contact,
            otp_code,
            asker=asking.asker(purpose),
            key_hash=call,
            caller=asking.client,
        )
        return await self.confirmations.consume(asking.customer_id, *adding, call=call)

    async def _require_number(self, customer_id: str, confirmed_by: str) -> None:
        """Return if the number by which the customer began confirmed that it goes back.

        Raises `ConfirmationRequired` for another contact, and `NoNumber` where it is theirs no
        more.
        """
        number = first_contact_id(customer_id, "phone")
        if confirmed_by == number:
            return
        if not (await self.auth.customers.get(customer_id)).stays(number):
            raise NoNumber(confirmed_by)
        details = {"purpose": CodePurpose.ADD_CONTACT, "contact_id": number}
        raise ConfirmationRequired("by another contact than the number", details=details)


class StoredContacts(Protocol):
    """One customer's contacts; see `link_api.contacts.storage`."""

    async def get(self) -> CustomerRecord:
        """Return the customer."""
        ...

    async def add(self, contact: Contact) -> bool:
        """Give a contact to the customer, for good; `False` where another customer has it."""
        ...

    async def remove(self, proved: ProvedContact, *, goes_at: int | None) -> None:
        """Remove a contact, at an instant if one is said, else now."""
        ...


@dataclass(frozen=True, slots=True)
class ContactBook:
    """One customer's contacts, within a SQL transaction. All methods raise `StoreUnavailable`."""

    stored: StoredContacts
    clock: Clock

    async def add(
        self, contact: Contact, *, confirmed_by: str
    ) -> tuple[ProvedContact, News | None]:
        """Add a contact that was proved for it; the customer's own stays, and leaves no more.

        Raises `ContactTaken`, `TooMany` for more than `MOST_CONTACTS`, and
        `ConfirmationRequired` where the contact that confirmed it is being removed.
        """
        before = await self.stored.get()
        require_staying(before, confirmed_by, CodePurpose.ADD_CONTACT)
        if not before.has(contact) and len(before.contacts) >= MOST_CONTACTS:
            raise TooMany("contacts", details={"limit": MOST_CONTACTS})
        if not await self.stored.add(contact):
            raise ContactTaken("contact", details={"fields": ["contact"]})
        after = await self.stored.get()
        added = next(own for own in after.contacts if own.contact == contact)
        if before.is_leaving(contact):
            return added, News(Change.CONTACT_STAYS, contact, before.others(contact))
        if before.has(contact):
            return added, None
        return added, News(Change.CONTACT_ADDED, contact, before.others(contact))

    async def require_removable(self, contact_id: str, *, confirmed_by: str) -> None:
        """Return if the contact may go, since another one stays.

        Raises `NotFound` for a contact that is not the customer's, `LastContact`, and
        `ConfirmationRequired` where another one confirmed it that is being removed itself.
        """
        customer = await self.stored.get()
        contact_of(customer, contact_id)
        if confirmed_by != contact_id:
            require_staying(customer, confirmed_by, CodePurpose.REMOVE_CONTACT)
        if all(own.is_leaving or own.id == contact_id for own in customer.contacts):
            raise LastContact("contact", details={"fields": ["id"]})

    async def remove(self, contact_id: str, *, confirmed_by: str) -> tuple[int | None, News]:
        """Remove a contact: at once if its own code confirmed it, else in seven days.

        Returns when it goes, `None` if it is gone. Raises what `require_removable` raises.
        """
        customer = await self.stored.get()
        leaving = contact_of(customer, contact_id)
        others = customer.others(leaving.contact)
        if confirmed_by == contact_id:
            await self.stored.remove(leaving, goes_at=None)
            return None, News(Change.CONTACT_REMOVED, leaving.contact, others)
        goes_at = leaving.goes_at or self.clock.now_ms() + LEAVES_AFTER_MS
        await self.stored.remove(leaving, goes_at=goes_at)
        to = [leaving.contact, *others]  # it may be its owner's still, who then signs in by it
        return goes_at, News(Change.CONTACT_LEAVES, leaving.contact, to)


def contact_of(customer: CustomerRecord, contact_id: str | None) -> ProvedContact:
    """Return one of a customer's contacts, the first unless said; raises `NotFound`."""
    for own in customer.contacts:
        if contact_id in {None, own.id}:
            return own
    raise NotFound("contact")
