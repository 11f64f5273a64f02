"""Tells customers that a contact of theirs has another owner, and brings a former one back."""

from link_api.auth.codes.marks import ContactMarks
from link_api.auth.notices import News, Notices
from link_api.auth.records import Change
from link_api.customers.service import CustomerRecord
from link_api.customers.sign_ins import SignedIn
from link_api.customers.way_back import Claim, WayBack
from link_api.spelling.contacts import Contact


def tell_of_sign_in(notices: Notices, signed_in: SignedIn, contact: Contact) -> None:
    """Tell of a contact that stays, having been removed, or of a number that began anew."""
    customer, former = signed_in.customer, signed_in.former
    if former is not None:
        tell_former(notices, former, contact, Change.NUMBER_LEFT)
    elif customer.is_leaving(contact):
        notices.tell(News(Change.CONTACT_STAYS, contact, customer.others(contact)))


def tell_former(notices: Notices, former: CustomerRecord, contact: Contact, change: Change) -> None:
    """Tell a former customer, by mail alone, that a number is theirs no more, and how it went.

    Another phone of a dormant customer may have a new owner too.
    """
    mailboxes = [own for own in former.others(contact) if own.contact_type == "email"]
    notices.tell(News(change, contact, mailboxes))


async def come_back(way_back: WayBack, marks: ContactMarks, notices: Notices, claim: Claim) -> None:
    """Give a former customer their phone back, if the claimed contact was theirs.

    The former one's contacts are told of each that came to them, and the fresh one's of what left
    them. Codes that were spent for the fresh one would sign in to the former one.
    """
    came = await way_back.bring_back(claim)
    if came is None:
        return
    for contact in came.got:
        notices.tell(News(Change.CONTACT_ADDED, contact, came.had))
    for contact, others in came.left.items():
        notices.tell(News(Change.CONTACT_REMOVED, contact, others))
    await way_back.end_fresh(came)
    for contact in came.got:
        await marks.forget_codes(contact)
