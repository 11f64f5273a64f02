"""The errors of contacts that get no codes (docs/protocol.md#errors); see `link_kernel.errors`."""

from http import HTTPStatus

from link_kernel.errors import ApiError


class CountryNotSupported(ApiError):
    """No codes are sent to phones of this country, or of this range."""

    code = "COUNTRY_NOT_SUPPORTED"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "Codes cannot be sent to phones of this country. Use another number or e-mail."


class ReservedContact(ApiError):
    """The contact is reserved for tests, and this deployment is live or knows no such ending."""

    code = "RESERVED_CONTACT"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = (
        "This number or mailbox is reserved for tests: live mode takes none, test mode those with a"
        " documented ending. Use a contact of your own."
    )
