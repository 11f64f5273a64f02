"""The errors that only the Link API has (docs/protocol.md#errors); see `link_kernel.errors`."""

from http import HTTPStatus

from link_kernel.errors import ApiError


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
