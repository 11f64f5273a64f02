"""The table of `/v1/link/contacts`, and its handlers."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final, assert_never

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.auth.asker import read_caller, read_confirmation
from link_api.auth.notices import News
from link_api.auth.owners import come_back, tell_former
from link_api.auth.records import Change, CodeBinding, CodePurpose
from link_api.contacts.contract import (
    ContactCodeSent,
    ContactConfirmed,
    CustomerContact,
    RemovedContact,
    RequestContactCode,
    VerifyContactCode,
)
from link_api.contacts.service import (
    LEAVES_AFTER_MS,
    Asking,
    ContactBook,
    ContactCodes,
    Message,
)
from link_api.contacts.storage import SqlContacts
from link_api.contract.operations import WRITE_MEDIA_TYPES, read_operation, returns, write_operation
from link_api.customers.service import CustomerRecord
from link_api.database.session import Session
from link_api.errors import ConfirmationRequired
from link_api.http.authenticate import OTP, SignedInCaller, authenticate
from link_api.http.responses import created, identify_write, json_response, ok, showing
from link_api.spelling.contacts import Contact
from link_kernel.auth.requirements import Requirements
from link_kernel.contact_errors import CountryNotSupported, ReservedContact
from link_kernel.contract.wire import locale_of, rfc3339_or_none
from link_kernel.errors import (
    Conflict,
    NotFound,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
)
from link_kernel.web.request import read_body, read_no_body

_MAY_READ: Final = Requirements(scopes=frozenset({"profile"}))
_MAY_CHANGE: Final = replace(_MAY_READ, amr=OTP)


async def show_all(request: web.Request) -> web.Response:
    """`GET /v1/link/contacts`: the customer's contacts, those that stay first."""
    caller = await authenticate(request, _MAY_READ)
    customer = await request.app[SERVICES].keyed.current.auth.customers.get(caller.customer_id)
    return json_response(showing([CustomerContact.members(own) for own in customer.contacts]))


async def request_otp(request: web.Request) -> web.Response:
    """`POST /v1/link/contacts/request-otp`: a code for one purpose, or for a typed contact."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _MAY_CHANGE)
    body = await read_body(request, RequestContactCode, media_types=WRITE_MEDIA_TYPES)
    asking, codes = _asking(request, caller), _codes(request)
    message = Message(body.channel, locale_of(body.locale))
    typed, purpose = body.typed(services.countries), CodePurpose(body.purpose)
    if typed is not None:
        sent = await codes.request_for_typed(asking, purpose, typed, message)
        return json_response(ok(ContactCodeSent.of(sent, typed)))
    to, sent = await codes.request(asking, purpose, body.contact_id, message)
    return json_response(ok(ContactCodeSent.of(sent, to.contact)))


async def verify_otp(request: web.Request) -> web.Response:
    """`POST /v1/link/contacts/verify-otp`: a confirmation, or 201 with the contact added."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _MAY_CHANGE)
    body = await read_body(request, VerifyContactCode, media_types=WRITE_MEDIA_TYPES)
    typed = body.typed(services.countries)
    if typed is not None:
        is_new = CodePurpose(body.purpose) is CodePurpose.NEW_CONTACT
        return await (_add if is_new else _come_back)(request, caller, typed, body.otp_code)
    identity = await identify_write(request, caller)
    confirmation = await _codes(request).confirm(
        _asking(request, caller),
        CodePurpose(body.purpose),
        body.otp_code,
        key_hash=identity.route_key_hash(),
    )
    return json_response(ok(ContactConfirmed(purpose=body.purpose, confirmation=confirmation)))


async def _add(
    request: web.Request, caller: SignedInCaller, contact: Contact, otp_code: str
) -> web.Response:
    """Take the code of the new contact and add it; whose it is matters only after that."""
    services = request.app[SERVICES]
    identity = await identify_write(request, caller)
    auth = services.keyed.current.auth
    news: News | None = None
    former: CustomerRecord | None = None
    async with services.writes.run(identity) as write:
        response = write.stored
        if response is None:
            confirmed_by = await _codes(request).prove_typed(
                _asking(request, caller),
                CodePurpose.NEW_CONTACT,
                contact,
                otp_code,
                call=identity.call_hash(),
            )
            book = _book(request, write.session, caller)
            former = await auth.sign_ins.let_go(write.session, contact, caller.customer_id)
            added, news = await book.add(contact, confirmed_by=confirmed_by)
            response = write.store(created(CustomerContact.of(added)))
    if former is not None:
        tell_former(auth.notices, former, contact, Change.NUMBER_ADDED)
    await _follow_up(request, news)
    return json_response(response)


async def _come_back(
    request: web.Request, caller: SignedInCaller, contact: Contact, otp_code: str
) -> web.Response:
    """Take the code of the contact; where it is the former customer's, that one comes back.

    The answer is the same whoever's it is. No response is stored: the caller's sessions end, and
    the customers' rows are locked in an order of their own.
    """
    keyed = request.app[SERVICES].keyed.current
    identity = await identify_write(request, caller)
    purpose = CodePurpose.FORMER_CONTACT
    await _codes(request).prove_typed(
        _asking(request, caller), purpose, contact, otp_code, call=identity.call_hash()
    )
    await come_back(
        keyed.way_back,
        keyed.marks,
        keyed.auth.notices,
        fresh_id=caller.customer_id,
        proved=contact,
    )
    return json_response(
        ok(ContactConfirmed(purpose=purpose.value, confirmation=None, expires_in=0))
    )


async def remove(request: web.Request) -> web.Response:
    """`DELETE /v1/link/contacts/:id`: at once if its own code confirmed it, else in seven days."""
    services = request.app[SERVICES]
    caller = await authenticate(request, _MAY_CHANGE)
    await read_no_body(request, media_types=WRITE_MEDIA_TYPES)
    identity = await identify_write(request, caller)
    news: News | None = None
    async with services.writes.run(identity) as write:
        response = write.stored
        if response is None:
            book = _book(request, write.session, caller)
            goes_at, news = await _removed(request, caller, book, call=identity.call_hash())
            response = write.store(ok(RemovedContact(leaves_at=rfc3339_or_none(goes_at))))
    await _follow_up(request, news)
    return json_response(response)


async def _removed(
    request: web.Request, caller: SignedInCaller, book: ContactBook, *, call: str
) -> tuple[int | None, News]:
    """Use up a confirmation for the removal, but not where the contact cannot go."""
    services = request.app[SERVICES]
    presented = _asking(request, caller).presented(CodePurpose.REMOVE_CONTACT)
    contact_id = request.match_info["id"]
    confirmed_by = await services.confirmations.require(caller.customer_id, *presented, call=call)
    await book.require_removable(contact_id, confirmed_by=confirmed_by)
    await services.confirmations.consume(caller.customer_id, *presented, call=call)
    return await book.remove(contact_id, confirmed_by=confirmed_by)


def _asking(request: web.Request, caller: SignedInCaller) -> Asking:
    client = read_caller(request)
    pages = CodeBinding(caller.business_id or "", caller.parent_origin or client.origin)
    return Asking(caller.customer_id, caller.session_id, pages, client, read_confirmation(request))


def _codes(request: web.Request) -> ContactCodes:
    services = request.app[SERVICES]
    return ContactCodes(services.keyed.current.auth, services.confirmations)


def _book(request: web.Request, session: Session, caller: SignedInCaller) -> ContactBook:
    services = request.app[SERVICES]
    stored = SqlContacts(services.scope(session, caller.customer_id))
    return ContactBook(stored, services.clock)


async def _follow_up(request: web.Request, news: News | None) -> None:
    """Delete what is kept of a contact, after a change that was just committed, and tell of it.

    Not before: what was rolled back leaves everything. A repeat has no news.
    """
    if news is not None:
        request.app[SERVICES].keyed.current.auth.notices.tell(news)
        await _forget(request, news)


async def _forget(request: web.Request, news: News) -> None:
    """Delete the codes of a contact that is another's from now on, and the marks with a removal.

    A code that was spent for one customer would sign in to the next one.
    """
    keyed = request.app[SERVICES].keyed.current
    match news.change:
        case Change.CONTACT_ADDED:
            await keyed.marks.forget_codes(news.about)
        case Change.CONTACT_REMOVED:
            await keyed.marks.forget(keyed.marks.names_of(news.about))
        case Change.CONTACT_LEAVES:
            codes = keyed.auth.one_time_codes
            await codes.forget_networks(news.about, after_ms=LEAVES_AFTER_MS)
        case (
            Change.CONTACT_STAYS | Change.NUMBER_LEFT | Change.NUMBER_ADDED | Change.ACCOUNT_CLOSED
        ):
            pass
        case _:
            assert_never(news.change)


_CODE_REFUSALS: Final = (OtpAttemptsExceeded, OtpExpired, OtpInvalid)

OPERATIONS: Final = (
    read_operation(
        "contacts",
        "The customer's contacts, masked: those that stay first, the oldest first.",
        returns(CustomerContact, is_list=True),
        handler=show_all,
    ),
    write_operation(
        "POST",
        "contacts/request-otp",
        "Sends a code by which this session confirms one purpose, or proves a typed contact.",
        returns(ContactCodeSent),
        request=RequestContactCode,
        refusals=(ConfirmationRequired, CountryNotSupported, NotFound, ReservedContact),
        handler=request_otp,
    ),
    write_operation(
        "POST",
        "contacts/verify-otp",
        "A code confirms its purpose for 600 s; that of a new contact adds it, with 201, and that"
        " of a former one brings an earlier customer back, if it is theirs.",
        returns(ContactConfirmed),
        returns(CustomerContact, HTTPStatus.CREATED, description="Added."),
        request=VerifyContactCode,
        refusals=(ConfirmationRequired, Conflict, NotFound, ReservedContact, *_CODE_REFUSALS),
        handler=verify_otp,
    ),
    write_operation(
        "DELETE",
        "contacts/{id}",
        "Removes a contact: at once if its own code confirmed it, else in seven days.",
        returns(RemovedContact),
        refusals=(ConfirmationRequired, Conflict),
        handler=remove,
    ),
)
