"""Session records as stored in Redis (docs/protocol.md#redis-keys); times in epoch milliseconds.

What a refresh makes are named tuples, since a frozen dataclass takes several times as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Self

Element = Literal["auth", "address", "payment"]
Mode = Literal["live", "test"]
SessionState = Literal["guest", "authenticated"]

_GUEST_PREFIX: Final = "els_"


class SessionKey(NamedTuple):
    """The key of a session: its id and its partition, the hash tag of its Redis keys.

    The partition is the customer's id, or the session's own id for a guest.
    """

    session_id: str
    partition: str

    @property
    def customer_id(self) -> str | None:
        """The customer whose session it is; `None` for a guest session."""
        return None if self.partition.startswith(_GUEST_PREFIX) else self.partition


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A customer's login with Cimplify Link, created by a one-time code."""

    id: str
    customer_id: str
    account_id: str
    contact_masked: str
    amr: tuple[str, ...]
    created_at: int
    expires_at: int

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """Build from the stored hash."""
        return cls(
            id=fields["id"],
            customer_id=fields["customer_id"],
            account_id=fields["account_id"],
            contact_masked=fields["contact_masked"],
            amr=tuple(fields["amr"].split()),
            created_at=int(fields["created_at"]),
            expires_at=int(fields["expires_at"]),
        )


class Identity(NamedTuple):
    """The customer of a session and how they authenticated; a guest's has `authenticated_at` only.

    `amr` are the authentication methods (RFC 8176); `authenticated_at` is in epoch milliseconds.
    """

    customer_id: str | None = None
    account_id: str | None = None
    link_session_id: str | None = None
    amr: tuple[str, ...] = ()
    authenticated_at: int | None = None


@dataclass(frozen=True, slots=True)
class NewElementsSession:
    """The fields of an elements session that are fixed when it is created.

    `jkt` is the thumbprint of the key that the session is bound to. `parent_session_id` is the
    session of the frame that signed it in, which must be live when this one is created.
    """

    id: str
    identity: Identity
    business_id: str
    element: Element
    parent_origin: str
    secret_version: int
    jkt: str | None = None
    parent_session_id: str | None = None

    @property
    def session_key(self) -> SessionKey:
        """The key under which the session will be stored."""
        return SessionKey(self.id, self.identity.customer_id or self.id)

    def fields(self) -> dict[str, str]:
        """Return the fields of the Redis hash that are known here; the script adds the rest."""
        customer = self.identity
        signed_in_at = customer.authenticated_at
        return {
            "customer_id": customer.customer_id or "",
            "account_id": customer.account_id or "",
            "amr": " ".join(customer.amr),
            "authenticated_at": "" if signed_in_at is None else str(signed_in_at),
            "business_id": self.business_id,
            "element": self.element,
            "parent_origin": self.parent_origin,
            "secret_version": str(self.secret_version),
        }


class ElementsSession(NamedTuple):
    """A live or ended elements session.

    `evicted` is the id of the session that the session limit ended when this one was created.
    """

    id: str
    identity: Identity
    business_id: str
    element: Element
    parent_origin: str
    secret_version: int
    jkt: str | None
    generation: int
    created_at: int
    idle_expires_at: int
    expires_at: int
    upgrade_mac: str
    upgraded_to: SessionKey | None
    evicted: str
    ended_reason: str

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """Build from the stored hash.

        What a guest has not may be empty or absent: the next release stores no empty fields, and
        this one must read its sessions while both are deployed.
        """
        authenticated_at = fields.get("authenticated_at")
        upgraded_to = fields.get("upgraded_to")
        element: Element = fields["element"]  # type: ignore[assignment]  # our own script wrote it
        return cls(
            id=fields["id"],
            identity=Identity(
                customer_id=fields.get("customer_id") or None,
                account_id=fields.get("account_id") or None,
                link_session_id=fields.get("link_session_id") or None,
                amr=tuple(fields.get("amr", "").split()),
                authenticated_at=int(authenticated_at) if authenticated_at else None,
            ),
            business_id=fields["business_id"],
            element=element,
            parent_origin=fields["parent_origin"],
            secret_version=int(fields["secret_version"]),
            jkt=fields.get("jkt") or None,
            generation=int(fields["generation"]),
            created_at=int(fields["created_at"]),
            idle_expires_at=int(fields["idle_expires_at"]),
            expires_at=int(fields["expires_at"]),
            upgrade_mac=fields.get("upgrade_mac", ""),
            upgraded_to=SessionKey(upgraded_to, fields["upgraded_customer"])
            if upgraded_to
            else None,
            evicted=fields.get("crowded_out", ""),
            ended_reason=fields.get("ended_reason", ""),
        )

    @property
    def state(self) -> SessionState:
        """`guest` until a customer signs in."""
        return "guest" if self.identity.customer_id is None else "authenticated"

    @property
    def session_key(self) -> SessionKey:
        """The key under which the session is stored."""
        return SessionKey(self.id, self.identity.customer_id or self.id)
