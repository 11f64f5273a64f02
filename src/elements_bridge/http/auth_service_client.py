"""The HTTP client of the main auth service (`ELEMENTS_AUTH_SERVICE_URL`).

Its `lnk_` and `rfr_` tokens and its `Set-Cookie` stay here: the browser never gets them.
"""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, get_args
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, hdrs
from pydantic import SecretStr

from elements_bridge.service.auth_service import (
    AuthServiceState,
    Caller,
    CodeAsker,
    ContactClaim,
    SentCode,
)
from link_kernel.contact_errors import CountryNotSupported, ReservedContact
from link_kernel.contract.wire import Channel
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyReused,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    RateLimited,
    StoreUnavailable,
    UpstreamUnavailable,
    ValidationFailed,
)
from link_kernel.limits.limit import FIELDS
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.observability.logs import REQUEST_ID
from link_kernel.observability.security_events import SecurityEvent
from link_kernel.tracing.upstream import traced_calls
from link_kernel.web.application import REQUEST_ID_HEADER
from link_kernel.web.client_address import FORWARDED_FOR

_BINDING_HEADER: Final = "Link-Otp-Binding"
_ASKER_HEADER: Final = "Link-Otp-Asker"
_BUSINESS_NAME_HEADER: Final = "Link-Otp-Business-Name"
_LONGEST_NAME: Final = 60  # in one message there is room for less
_NOBODY: Final = CodeAsker("els_0000000000000000", "bus_0000000000000000", "", "https://a.example")
_NO_CALLER: Final = Caller(None, "elements-bridge")
# Longer than the Link API waits for PostgreSQL (6 s), and shorter than a frame for us (8 s).
_TIMEOUT: Final = ClientTimeout(total=7, connect=1)
# Shorter than the time-out: of idle connections that died in silence one caller meets one.
_LONGEST_IDLE_S: Final = 2.0
_PASSED_ON: Final[dict[str, type[ApiError]]] = {
    refusal.code: refusal
    for refusal in (
        ValidationFailed,
        CountryNotSupported,
        ReservedContact,
        IdempotencyKeyReused,
        OtpInvalid,
        OtpExpired,
        OtpAttemptsExceeded,
        RateLimited,
        StoreUnavailable,
    )
}


def open_auth_client() -> ClientSession:
    """Return a client that stores no cookies."""
    connector = TCPConnector(keepalive_timeout=_LONGEST_IDLE_S)
    return ClientSession(
        timeout=_TIMEOUT,
        cookie_jar=DummyCookieJar(),
        connector=connector,
        trace_configs=traced_calls("auth-service", is_ours=True),
    )


class HttpAuthService:
    """The auth service over HTTP; its errors that concern the customer are passed on."""

    def __init__(self, client: ClientSession, base_url: str, token: SecretStr) -> None:
        """Take an open client, the service's URL without a trailing slash, and the credential."""
        self._client = client
        self._base = f"{base_url}/v1/link/auth"
        self._token = token
        self._state = AuthServiceState.OK
        self._no_answer = LastingFault(
            logging.getLogger(__name__), "auth_service_unavailable", "auth_service_answers_again"
        )
        self.cause = ""
        """What the examination met: a status or the name of an error."""

    @property
    def state(self) -> AuthServiceState:
        """How the last call ended; `OK` before the first."""
        return self._state

    async def examine(self) -> AuthServiceState:
        """Show the credential with a body that names no contact, so that no code is sent."""
        try:
            await self._post("request-otp", {}, {**_headers(_NO_CALLER), **self._said_of(_NOBODY)})
        except ValidationFailed:
            return AuthServiceState.OK
        except ApiError as error:
            self.cause = error.detail
            if self._state is AuthServiceState.CREDENTIAL_REFUSED:
                return self._state
        return AuthServiceState.NO_ANSWER

    async def request_otp(
        self,
        claim: ContactClaim,
        *,
        channel: Channel | None,
        locale: str | None,
        asker: CodeAsker,
        caller: Caller,
    ) -> SentCode:
        """Have a code sent. Raises `UpstreamUnavailable` or the auth service's error."""
        body = _body(claim)
        if channel is not None:
            body["channel"] = channel
        headers = _headers(caller)
        said = body if locale is None else {**body, "locale": locale}
        try:
            answer = await self._ask("request-otp", said, asker, headers)
        except ValidationFailed as refused:
            # The release before knows no languages, and rejects the field before anything is sent.
            if locale is None or (refused.details or {}).get("fields") != ["locale"]:
                raise
            answer = await self._ask("request-otp", body, asker, headers)
        return SentCode(
            _seconds(answer.get("expires_in")),
            _seconds(answer.get("ask_again_in")),
            _channels(answer.get("channels")),
        )

    async def verify_otp(
        self, claim: ContactClaim, otp_code: str, *, asker: CodeAsker, key: str, caller: Caller
    ) -> str:
        """Return the login's `lnk_`. Raises `UpstreamUnavailable` or the auth service's error."""
        body = {**_body(claim), "otp_code": otp_code}
        headers = {**_headers(caller), "Idempotency-Key": key}
        answer = await self._ask("verify-otp", body, asker, headers)
        link_token = answer.get("session_token")
        if not isinstance(link_token, str):
            raise UpstreamUnavailable("no session_token in the answer")
        return link_token

    async def _ask(
        self, route: str, body: dict[str, str], asker: CodeAsker, headers: dict[str, str]
    ) -> dict[str, Any]:
        """Call a route as the asker.

        An auth service of the release before knows a session for a binding alone, and rejects a
        shop before anything is counted or sent: it is asked again in its own words. That ends
        with the next release.
        """
        try:
            return await self._post(route, body, {**headers, **self._said_of(asker)})
        except ValidationFailed as refused:
            if (refused.details or {}).get("headers") != [_BINDING_HEADER]:
                raise
        return await self._post(route, body, {**headers, _BINDING_HEADER: asker.session_id})

    def _said_of(self, asker: CodeAsker) -> dict[str, str]:
        return {
            hdrs.AUTHORIZATION: f"Bearer {self._token.get_secret_value()}",
            _BINDING_HEADER: f"{asker.business_id} {asker.parent_origin}",
            _ASKER_HEADER: asker.session_id,
            _BUSINESS_NAME_HEADER: quote(asker.business_name[:_LONGEST_NAME], safe=""),
        }

    async def _post(
        self, route: str, body: dict[str, str], headers: dict[str, str]
    ) -> dict[str, Any]:
        try:
            answer = await self._exchange(route, body, headers)
        except ApiError as error:
            self._note(error)
            raise
        self._note(None)
        return answer

    def _note(self, error: ApiError | None) -> None:
        """Keep how a call ended, and log one that got no answer."""
        if not isinstance(error, UpstreamUnavailable | StoreUnavailable):
            self._state = AuthServiceState.OK
            self._no_answer.not_met()
        elif error.event is SecurityEvent.INTERNAL_CREDENTIAL_REFUSED:
            self._state = AuthServiceState.CREDENTIAL_REFUSED
        else:
            self._state = AuthServiceState.NO_ANSWER
            of_store = isinstance(error, StoreUnavailable)
            self._no_answer.met(error.code if of_store else error.detail)

    async def _exchange(
        self, route: str, body: dict[str, str], headers: dict[str, str]
    ) -> dict[str, Any]:
        try:
            async with self._client.post(
                f"{self._base}/{route}", json=body, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
        except (ClientError, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(type(error).__name__) from error
        # Whoever refuses the credential, a gateway too, may do so in words of its own.
        answer = {} if response.status == HTTPStatus.UNAUTHORIZED else _object(raw, response.status)
        if response.status == 200:  # noqa: PLR2004  # the contract's only success here
            return answer
        raise _refusal(answer, response.status, response.headers)


def _body(claim: ContactClaim) -> dict[str, str]:
    body: dict[str, str] = {"contact": claim.contact, "contact_type": claim.contact_type}
    return body if claim.country is None else {**body, "country": claim.country}


def _headers(caller: Caller) -> dict[str, str]:
    headers = {
        REQUEST_ID_HEADER: REQUEST_ID.get() or "",
        hdrs.USER_AGENT: caller.user_agent,
    }
    if caller.address is not None:
        headers[FORWARDED_FOR] = str(caller.address)
    return headers


def _seconds(told: object) -> int | None:
    """Return a number of seconds, `None` for anything else: the code is on its way all the same."""
    return told if type(told) is int and told >= 0 else None


def _channels(told: object) -> tuple[Channel, ...] | None:
    """Return the channels of this release: a newer auth service may know others."""
    if not isinstance(told, list):
        return None
    return tuple(channel for channel in told if channel in get_args(Channel)) or None


def _object(raw: bytes, status: int) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UpstreamUnavailable(f"auth service: status {status}, not JSON") from error
    if not isinstance(answer, dict):
        raise UpstreamUnavailable(f"auth service: status {status}, not an object")
    return answer


def _refusal(answer: dict[str, Any], status: int, headers: Mapping[str, str]) -> ApiError:
    error = answer.get("error")
    error = error if isinstance(error, dict) else {}
    refusal = _PASSED_ON.get(str(error.get("code")))
    if refusal is None:
        is_credential = status == HTTPStatus.UNAUTHORIZED
        event = SecurityEvent.INTERNAL_CREDENTIAL_REFUSED if is_credential else None
        return UpstreamUnavailable(f"auth service: status {status}", event=event)
    details = error.get("details") if refusal is ValidationFailed else None
    retry_after = headers.get(hdrs.RETRY_AFTER, "")
    limited = refusal is RateLimited
    return refusal(
        "auth service",
        details=details if isinstance(details, dict) else None,
        retry_after_s=int(retry_after) if retry_after.isdecimal() else None,
        headers={name: headers[name] for name in FIELDS if limited and name in headers},
        event=SecurityEvent.OTP_LIMITED if limited else None,
    )
