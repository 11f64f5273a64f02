"""The Link API's settings: `LINK_*`, read once (docs/protocol.md#settings)."""

import re
from typing import Annotated, Literal, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from link_api.auth.senders.settings import SenderSettings
from link_api.database.engine import SqliteFile, parse_database_url
from link_api.mobile_money.providers import WALLET_COUNTRIES
from link_kernel.errors import InvalidSetting
from link_kernel.limits.networks import parse_networks
from link_kernel.origin import is_loopback, is_loopback_host, parse_http_url
from link_kernel.settings.kinds import (
    DrainSeconds,
    HostNames,
    HostText,
    InternalSecret,
    Milliseconds,
    Networks,
    OriginText,
    PerMinute,
    Port,
    RedisSettings,
    check_ports,
)
from link_kernel.settings.secret_files import KeyringText


def _origins(value: object) -> object:
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else value


def _region(value: object) -> object:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidSetting("must be a region such as GH (ISO 3166-1)")
    return value


def _countries(value: object) -> object:
    if not isinstance(value, str):
        return value
    return frozenset(str(_region(part)) for part in value.replace(",", " ").split())


def _http_url(value: str) -> str:
    parse_http_url(value)
    return value


def _database_url(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value())
    return value


def _api_url(value: str) -> str:
    parts = parse_http_url(value)
    if parts.query or parts.fragment:
        raise InvalidSetting("must be a URL without query and fragment")
    return value.rstrip("/")


def _paystack_key(key: SecretStr) -> SecretStr:
    if re.fullmatch(r"sk_(live|test)_[0-9A-Za-z]+", key.get_secret_value()) is None:
        raise InvalidSetting("must be a secret key: sk_live_… or sk_test_…")
    return key


def _dormant_days(value: int) -> int:
    if 0 < value <= _PROOF_DAYS:
        raise InvalidSetting(f"must be 0, or more than the {_PROOF_DAYS} days a proof is known for")
    return value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
HttpUrlText = Annotated[str, AfterValidator(_http_url)]
ApiUrlText = Annotated[str, AfterValidator(_api_url)]
PaystackKey = Annotated[SecretStr, AfterValidator(_paystack_key)]
Origins = Annotated[frozenset[OriginText], BeforeValidator(_origins)]
Region = Annotated[str, BeforeValidator(_region)]

Countries = Annotated[frozenset[str], BeforeValidator(_countries), Field(min_length=1)]

DatabaseRead = Annotated[int, Field(ge=2_000, le=30_000, description="milliseconds")]
Bound = Annotated[int, Field(ge=1, le=1_000)]
DormantDays = Annotated[int, Field(ge=0, le=3_650), AfterValidator(_dormant_days)]
HourlyOfAll = Annotated[int, Field(ge=1, le=1_000_000)]

# Where a contact was proved is known for so long (`CodeBounds`); a login lives for 30 days.
_PROOF_DAYS = 90

# The bridge is a sidecar on loopback and forwards the address of its client.
_SIDECAR = parse_networks("127.0.0.1/32, ::1/128")


class DatabaseSettings(BaseModel):
    """Where the database is, and how long a PostgreSQL may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: DatabaseUrl = SecretStr("sqlite:///link.db")
    database_connect_timeout: Milliseconds | None = None  # to a PostgreSQL; 2000 if not set
    database_read_timeout: DatabaseRead | None = None  # for its answer; 6000 if not set


class Settings(RedisSettings, SenderSettings, DatabaseSettings):
    """Everything that differs between two deployments of the Link API."""

    keyring: KeyringText
    host: HostText = "127.0.0.1"
    port: Port = 8081
    internal_host: HostText = "127.0.0.1"
    internal_port: Port = 8091
    internal_names: HostNames = frozenset()  # beside addresses and the internal host
    drain_s: DrainSeconds = 5
    internal_token: InternalSecret | None = None
    bridge_token: InternalSecret | None = None  # without it no bridge can have codes sent
    allowed_origins: Origins = frozenset()
    public_url: OriginText = "https://api.cimplify.io"
    elements_origin: OriginText = "https://link.cimplify.io"
    elements_jwks_url: HttpUrlText = "http://127.0.0.1:8080/v1/link/elements/jwks.json"
    elements_issuer: str = Field(default="https://api.cimplify.io", min_length=1)
    elements_audience: str = Field(default="https://api.cimplify.io/v1/link", min_length=1)
    trusted_proxies: Networks = _SIDECAR
    default_region: Region = "GH"
    dormant_days: DormantDays = 365  # of silence, after which a number may be another person's
    paystack_secret_key: PaystackKey | None = None  # without it no wallet can be verified
    paystack_url: ApiUrlText = "https://api.paystack.co"
    otp_countries: Countries = WALLET_COUNTRIES
    limit_otp_daily: Bound = 10  # messages to a contact, asked for where it was proved
    limit_otp_strangers: Bound = 5  # at once, asked for elsewhere; then one in 80 min
    limit_otp_hourly: Bound = 5  # of those, from one network
    limit_otp_contacts: Bound = 200  # never proved, that one network asks codes for in an hour
    limit_otp_hourly_all: HourlyOfAll = 3_000  # messages to phones that nobody proved
    limit_refused_calls: PerMinute = 600  # of one network in each process: credentials refused
    limit_check_status: Bound = 20  # a minute of one network
    limit_check_status_all: PerMinute = 600  # of all together
    limit_otp_tries: int = Field(default=5, ge=1, le=10)  # that a message gives to who asked for it
    log_format: Literal["json", "human"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def is_sqlite_in_live(self) -> bool:
        """Whether a live deployment has the default database or another file of SQLite."""
        address = parse_database_url(self.database_url.get_secret_value())
        return self.mode == "live" and isinstance(address, SqliteFile)

    @model_validator(mode="after")
    def _accounts_are_asked_in_secret(self) -> Self:
        key = self.paystack_secret_key
        if self.mode == "live" and key and key.get_secret_value().startswith("sk_test_"):
            raise InvalidSetting("LINK_PAYSTACK_SECRET_KEY: LINK_MODE=live needs sk_live_…")
        plain = self.paystack_url.startswith("http:")
        if plain and (self.mode == "live" or not is_loopback(self.paystack_url)):
            raise InvalidSetting("LINK_PAYSTACK_URL: http is for loopback in LINK_MODE=test alone")
        return self

    @model_validator(mode="after")
    def _internal_is_guarded_and_apart(self) -> Self:
        if self.internal_token is None and not is_loopback_host(self.internal_host):
            raise InvalidSetting(
                "LINK_INTERNAL_TOKEN is required when LINK_INTERNAL_HOST is not loopback"
            )
        check_ports("LINK", (self.host, self.port), (self.internal_host, self.internal_port))
        return self

    @model_validator(mode="after")
    def _pages_are_secure(self) -> Self:
        plain = [origin for origin in self.allowed_origins if origin.startswith("http:")]
        if self.elements_jwks_url.startswith("http:") and not is_loopback(self.elements_jwks_url):
            raise InvalidSetting("LINK_ELEMENTS_JWKS_URL: http is for loopback alone")
        if plain and (self.mode == "live" or not all(map(is_loopback, plain))):
            raise InvalidSetting(
                "LINK_ALLOWED_ORIGINS: http is for loopback in LINK_MODE=test alone"
            )
        return self
