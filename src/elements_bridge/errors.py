"""The bridge's own refusals (design section 8); the shared ones stand in `link_kernel.errors`."""

from http import HTTPStatus

from link_kernel.errors import ApiError


class TokenExpired(ApiError):
    """The access token's 300 seconds are over."""

    code = "TOKEN_EXPIRED"
    status = HTTPStatus.UNAUTHORIZED
    message = "The access token has expired. Refresh it."
    action = "refresh"


class TokenInvalid(ApiError):
    """Not an access token of ours, for this issuer, audience and mode."""

    code = "TOKEN_INVALID"
    status = HTTPStatus.UNAUTHORIZED
    message = "The access token is not valid here. Start a new session."
    action = "reinit"


class BootstrapInvalid(ApiError):
    """The bootstrap token is not ours, or does not belong to this frame."""

    code = "BOOTSTRAP_INVALID"
    status = HTTPStatus.UNAUTHORIZED
    message = "The bootstrap token does not belong to this frame. Start a new handshake."
    action = "reinit"


class BootstrapExpired(ApiError):
    """The bootstrap token's 60 seconds are over."""

    code = "BOOTSTRAP_EXPIRED"
    status = HTTPStatus.UNAUTHORIZED
    message = "The bootstrap token has expired. Start a new handshake."
    action = "reinit"


class BootstrapUsed(ApiError):
    """The bootstrap token has become a session already."""

    code = "BOOTSTRAP_USED"
    status = HTTPStatus.UNAUTHORIZED
    message = "The bootstrap token was used before. Start a new handshake."
    action = "reinit"


class BusinessDisabled(ApiError):
    """The business is switched off."""

    code = "BUSINESS_DISABLED"
    status = HTTPStatus.FORBIDDEN
    message = "This business is disabled. Ask Cimplify to enable it."
    action = "fix_integration"


class InsufficientScope(ApiError):
    """The customer must prove more than this session holds."""

    code = "INSUFFICIENT_SCOPE"
    status = HTTPStatus.FORBIDDEN
    message = "This needs a sign-in by one-time code in this frame."
    action = "reauth"


class UnknownBusiness(ApiError):
    """No business of this id in this deployment's mode."""

    code = "UNKNOWN_BUSINESS"
    status = HTTPStatus.NOT_FOUND
    message = "No business of this id is known here. Check business_id and the mode, live or test."
    action = "fix_integration"
