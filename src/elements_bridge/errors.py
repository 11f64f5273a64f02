"""The errors of the bridge alone (docs/protocol.md#errors); `link_kernel.errors` has the others.

A class docstring is the error's description in the contract.
"""

from http import HTTPStatus

from link_kernel.errors import ApiError
from link_kernel.observability.security_events import SecurityEvent


class BootstrapInvalid(ApiError):
    """The bootstrap token is not ours, or does not belong to this frame."""

    code = "BOOTSTRAP_INVALID"
    status = HTTPStatus.UNAUTHORIZED
    message = "The bootstrap token does not belong to this frame. Start a new handshake."
    action = "reinit"
    event: SecurityEvent | None = SecurityEvent.BOOTSTRAP_BINDING_MISMATCH


class BootstrapSecretUnknown(BootstrapInvalid):
    """The bootstrap token is of a bridge with another keyring, or of a removed secret: no theft."""

    event = None


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
    event = SecurityEvent.BOOTSTRAP_REUSED


class BusinessDisabled(ApiError):
    """The business is switched off."""

    code = "BUSINESS_DISABLED"
    status = HTTPStatus.FORBIDDEN
    message = "This business is disabled. Ask Cimplify to enable it."
    action = "fix_integration"
