"""Sessions as Redis holds them (docs/protocol.md#redis-keys). Instants are epoch milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

Element = Literal["auth", "address", "payment"]
Mode = Literal["live", "test"]
SessionState = Literal["guest", "authenticated"]

_GUEST_PREFIX: Final = "els_"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Where a session lies: its id and its slot, a customer id or a guest's own id."""

    session_id: str
    partition: str

    @property
    def customer_id(self) -> str | None:
        """The customer in whose slot it lies; `None` for a guest's."""
        return None if self.partition.startswith(_GUEST_PREFIX) else self.partition


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A customer's login with Cimplify Link, made by one-time code."""

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


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session speaks for, and how that was shown; a guest's is empty but for the time."""

    customer_id: str | None = None
    account_id: str | None = None
    link_session_id: str | None = None
    amr: tuple[str, ...] = ()
    authenticated_at: int | None = None


@dataclass(frozen=True, slots=True)
class NewElementsSession:
    """What is fixed about an elements session at its birth; `jkt` is the key it is bound to.

    `parent_session_id` is the session of the frame that signed it in, and must live at that moment.
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
        """Where it will lie."""
        return SessionKey(self.id, self.identity.customer_id or self.id)

    def fields(self) -> dict[str, str]:
        """Return the hash fields that its creator knows; the script adds the rest."""
        who = self.identity
        return {
            "customer_id": who.customer_id or "",
            "account_id": who.account_id or "",
            "amr": " ".join(who.amr),
            "authenticated_at": "" if who.authenticated_at is None else str(who.authenticated_at),
            "business_id": self.business_id,
            "element": self.element,
            "parent_origin": self.parent_origin,
            "secret_version": str(self.secret_version),
        }


@dataclass(frozen=True, slots=True)
class ElementsSession:
    """A live or ended elements session; `evicted` is the one that made room for it."""

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
    otp_contact: str
    upgrade_mac: str
    upgraded_to: SessionKey | None
    evicted: str
    ended_reason: str

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """Build from the stored hash."""
        authenticated_at = fields["authenticated_at"]
        upgraded_to = fields.get("upgraded_to")
        element: Element = fields["element"]  # type: ignore[assignment]  # our own script wrote it
        return cls(
            id=fields["id"],
            identity=Identity(
                customer_id=fields["customer_id"] or None,
                account_id=fields["account_id"] or None,
                link_session_id=fields["link_session_id"] or None,
                amr=tuple(fields["amr"].split()),
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
            otp_contact=fields.get("otp_contact", ""),
            upgrade_mac=fields.get("upgrade_mac", ""),
            upgraded_to=SessionKey(upgraded_to, fields["upgraded_customer"])
            if upgraded_to
            else None,
            evicted=fields.get("crowded_out", ""),
            ended_reason=fields.get("ended_reason", ""),
        )

    @property
    def state(self) -> SessionState:
        """`guest` until a customer is known."""
        return "guest" if self.identity.customer_id is None else "authenticated"

    @property
    def session_key(self) -> SessionKey:
        """Where it lies."""
        return SessionKey(self.id, self.identity.customer_id or self.id)
