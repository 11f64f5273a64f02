"""API errors of refresh tokens (docs/protocol.md#refresh-rule); see `link_kernel.errors`."""

from http import HTTPStatus

from link_kernel.errors import ApiError
from link_kernel.observability.security_events import SecurityEvent


class RefreshTokenInvalid(ApiError):
    """Not a refresh token of ours, or one of a removed secret."""

    code = "REFRESH_TOKEN_INVALID"
    status = HTTPStatus.UNAUTHORIZED
    message = "The refresh token is not valid. Start a new session."
    action = "reinit"


class RefreshTokenReused(ApiError):
    """A spent refresh token came back with another key: its session is ended."""

    code = "REFRESH_TOKEN_REUSED"
    status = HTTPStatus.UNAUTHORIZED
    message = "The refresh token was used before, so its session was ended. Start a new one."
    action = "reinit"
    event = SecurityEvent.REFRESH_TOKEN_REUSED


class RefreshTokenSuperseded(ApiError):
    """A repeat came after its token's successor was spent: nothing is granted, nothing ends."""

    code = "REFRESH_TOKEN_SUPERSEDED"
    status = HTTPStatus.CONFLICT
    message = (
        "This repeat came after newer refreshes. Without a newer refresh token, log out and start "
        "a new session."
    )
    action = "reinit"
