"""The bridge's settings: `ELEMENTS_*`, read once (docs/protocol.md#settings)."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from elements_bridge.businesses.countries import Country
from link_kernel.errors import InvalidSetting
from link_kernel.origin import is_loopback_host, parse_http_url
from link_kernel.sessions.records import Mode
from link_kernel.settings.kinds import (
    DrainSeconds,
    HostNames,
    HostText,
    InternalSecret,
    Networks,
    OriginText,
    PerMinute,
    Port,
    RedisSettings,
    check_ports,
)
from link_kernel.settings.secret_files import KeyringText


def _base_url(value: str) -> str:
    parts = parse_http_url(value)
    if parts.query or parts.fragment:
        raise InvalidSetting("must be a URL without query and fragment")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
# The headers in which a gateway describes the client's request: X-Forwarded-* or X-Original-*.
ForwardAuthHeaders = Literal["forwarded", "original"]


class SdkSettings(BaseModel):
    """The settings of the command that prints the HTML which pins the SDK."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: OriginText = "https://link.cimplify.io"


class Settings(RedisSettings):
    """Everything that differs between two deployments of the bridge. Lifetimes are in seconds."""

    keyring: KeyringText
    businesses: Path | None = None  # the file from which an empty Redis is filled
    public_url: OriginText = "https://api.cimplify.io"
    origin: OriginText = "https://link.cimplify.io"
    auth_service_url: BaseUrl
    auth_service_token: InternalSecret  # the auth service holds it too: LINK_BRIDGE_TOKEN
    issuer: str = Field(default="https://api.cimplify.io", min_length=1)
    audience: str = Field(default="https://api.cimplify.io/v1/link", min_length=1)
    mode: Mode = "live"
    host: HostText = "127.0.0.1"
    port: Port = 8080
    internal_host: HostText = "127.0.0.1"
    internal_port: Port = 8090
    internal_names: HostNames = frozenset()  # beside addresses and the internal host
    internal_token: InternalSecret | None = None
    forward_auth_headers: ForwardAuthHeaders = "forwarded"
    trusted_proxies: Networks = ()
    default_country: Country | None = None  # of a business that has said none
    drain_s: DrainSeconds = 5
    workers: int = Field(default=1, ge=1, le=64)
    access_ttl: int = Field(default=300, ge=60, le=900, description="seconds")
    idle_ttl: int = Field(default=30 * 60, ge=60, le=12 * 3600, description="seconds")
    absolute_ttl: int = Field(default=12 * 3600, ge=600, le=12 * 3600, description="seconds")
    # An address is often a whole mobile network: bounds on one stand above a carrier's busy hour.
    limit_bootstrap: PerMinute = 300  # of one network for one business; of an IPv6 /48 four times
    limit_init: PerMinute = 300  # likewise
    limit_guests: PerMinute = 24_000  # of one business
    limit_guests_crowd: PerMinute = 6_000  # of one business; from here on a network is bound too
    limit_guests_network: PerMinute = 30  # of one network for a business with such a crowd
    limit_rotations: int = Field(default=10, ge=1, le=100)  # of one session, stored in its hash
    limit_refresh: PerMinute = 6_000  # of one network
    limit_calls: PerMinute = 1_200  # of one network: codes asked for and tried
    limit_session_calls: PerMinute = 30  # of one session, likewise
    limit_refused_calls: PerMinute = 600  # of one network in each process: tokens refused
    limit_sessions: int = Field(default=50, ge=1)  # of one customer
    log_format: Literal["json", "human"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _internal_is_guarded_and_apart(self) -> Self:
        if self.internal_token is None and not is_loopback_host(self.internal_host):
            raise InvalidSetting(
                "ELEMENTS_INTERNAL_TOKEN is required when ELEMENTS_INTERNAL_HOST is not loopback"
            )
        check_ports("ELEMENTS", (self.host, self.port), (self.internal_host, self.internal_port))
        return self
