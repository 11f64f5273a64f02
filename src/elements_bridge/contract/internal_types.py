"""Wire types of the internal listener: `/introspect` (RFC 7662) and `/revoke`."""

from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from link_kernel.auth.access_token import VerifiedAccessToken

_LONGEST_ID: Final = 64


class RevokeRequest(BaseModel):
    """Body of `/revoke`: exactly one of the three."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    session_id: str | None = Field(default=None, max_length=_LONGEST_ID)
    link_session_id: str | None = Field(default=None, max_length=_LONGEST_ID)
    customer_id: str | None = Field(default=None, max_length=_LONGEST_ID)

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("exactly one of session_id, link_session_id and customer_id")
        return self


class RevokeAnswer(BaseModel):
    """Answer of `/revoke`: how many sessions ended by this call."""

    revoked: int


class Confirmation(BaseModel):
    """The key that a token is bound to (RFC 7800, RFC 9449 section 6.1)."""

    jkt: str


class ActiveToken(BaseModel):
    """Answer of `/introspect` for a token whose session lives (RFC 7662 section 2.2).

    What it does not have is left out.
    """

    active: Literal[True]
    token_type: Literal["DPoP", "Bearer"]
    scope: str
    client_id: str
    sub: str
    iss: str
    aud: str
    iat: int
    exp: int
    jti: str
    sid: str
    lsid: str | None = None
    account_id: str | None = None
    element: str
    parent_origin: str
    amr: tuple[str, ...]
    auth_time: int
    cnf: Confirmation | None = None

    @classmethod
    def of(cls, access: VerifiedAccessToken, *, issuer: str, audience: str) -> Self:
        """Return the wire model of a token's claims."""
        return cls(
            active=True,
            token_type="Bearer" if access.jkt is None else "DPoP",
            scope=" ".join(sorted(access.scopes)),
            client_id=access.business_id,
            sub=access.subject,
            iss=issuer,
            aud=audience,
            iat=access.issued_at_s,
            exp=access.expires_at_s,
            jti=access.jti,
            sid=access.session_id,
            lsid=access.link_session_id,
            account_id=access.account_id,
            element=access.element,
            parent_origin=access.parent_origin,
            amr=access.amr,
            auth_time=access.auth_time_s,
            cnf=None if access.jkt is None else Confirmation(jkt=access.jkt),
        )


class InactiveToken(BaseModel):
    """Answer of `/introspect` for everything else; it says nothing more (RFC 7662 section 2.2)."""

    active: Literal[False]
