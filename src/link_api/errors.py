"""The errors that only the Link API has (docs/protocol.md#errors); see `link_kernel.errors`."""

from http import HTTPStatus

from link_kernel.errors import ApiError, Conflict


class NotEnrolled(ApiError):
    """The customer has proved a contact and not enrolled yet."""

    code = "NOT_ENROLLED"
    status = HTTPStatus.NOT_FOUND
    message = "This customer is not enrolled in Link yet. Call enroll first."


class VerificationFailed(ApiError):
    """The provider knows no such mobile-money account."""

    code = "VERIFICATION_FAILED"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "The provider knows no such mobile-money account. Check the number and the provider."


class ProviderUnavailable(ApiError):
    """No provider that could verify a wallet is configured, or it does not answer."""

    code = "PROVIDER_UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Wallets cannot be verified at the moment. Try again later; the wallet is saved."
    retryable = True


class ConfirmationRequired(ApiError):
    """The call needs a code that was sent to a contact of the customer for this very purpose."""

    code = "CONFIRMATION_REQUIRED"
    status = HTTPStatus.FORBIDDEN
    message = (
        "Confirm this first: have a code sent by contacts/request-otp with the purpose in"
        " `details.purpose`, enter it by contacts/verify-otp, then send this call"
        " again with the confirmation that this answers, in the header Link-Confirmation."
    )
    action = "confirm"


class TooMany(Conflict):
    """The customer has as many of these as there may be; `details.limit` is how many."""

    message = "There may be no more of these than `details.limit`. Remove one first."


class SavedAlready(Conflict):
    """The customer has the same already."""

    message = "This is saved already: `details.fields` names what is the same."


class NotOwnContact(Conflict):
    """A contact that the customer has not proved."""

    message = "This customer has not proved that contact. Add it first, by a code sent to it."


class ContactTaken(Conflict):
    """A contact that is another customer's; its code was right."""

    message = (
        "This contact is another customer's. Whoever has it can sign in by it, and remove it there"
        " before it is added here."
    )


class LastContact(Conflict):
    """The last contact of a customer that stays."""

    message = (
        "This is the last contact that stays, and the only way in. Add another one before it is"
        " removed, or close the account."
    )


class OrderTaken(Conflict):
    """An order that another customer has linked."""

    message = "This order is linked to another customer: each order of a business is linked once."


class NoNumber(Conflict):
    """A customer who has not, or no more, the number by which their account began."""

    message = (
        "An earlier account is found by the number that this one began with, and it has none, or no"
        " more. Sign in by another contact of the earlier account."
    )
