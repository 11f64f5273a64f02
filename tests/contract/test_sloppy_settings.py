"""Settings of both services as a hurried operator writes them: one line names setting and cure."""

import re
from dataclasses import dataclass
from typing import Final

import pytest
from pydantic import BaseModel

from elements_bridge.settings import Settings as BridgeSettings
from link_api.settings import Settings as LinkSettings
from link_kernel.settings.environment import SettingsError, read_environment

TOKEN: Final = "what-bridge-and-link-api-share"


@dataclass(frozen=True)
class Service:
    """The settings of a service, and those that it needs."""

    prefix: str
    model: type[BaseModel]
    needed: dict[str, str]

    def told(self, **values: str) -> tuple[str, ...]:
        """Return the lines about these values, none where they are taken."""
        written = {f"{self.prefix}_{name}": value for name, value in values.items()}
        try:
            read_environment(self.prefix, self.model, self.needed | written)
        except SettingsError as refused:
            return refused.faults
        return ()


BRIDGE: Final = Service(
    "ELEMENTS",
    BridgeSettings,
    {
        "ELEMENTS_REDIS_URL": "redis://127.0.0.1",
        "ELEMENTS_KEYRING": "/run/keyring.json",
        "ELEMENTS_AUTH_SERVICE_URL": "http://127.0.0.1:8081",
        "ELEMENTS_AUTH_SERVICE_TOKEN": TOKEN,
    },
)
LINK: Final = Service(
    "LINK",
    LinkSettings,
    {
        "LINK_REDIS_URL": "redis://127.0.0.1",
        "LINK_KEYRING": "/run/keyring.json",
        "LINK_MODE": "test",
    },
)
SETTINGS: Final = [
    pytest.param(service, name.upper(), id=f"{service.prefix}_{name.upper()}")
    for service in (BRIDGE, LINK)
    for name in service.model.model_fields
]
SLOPPY: Final = (
    *("5m", "0x50", "-1", "99999999999999999999", "80a", "True", "none", "*", "."),
    *("https://user:hunter2@h.example", "HTTPS://H.example/a b", "h.example:99999", "//h.example"),
    *(
        "redis://user:hunter2@h.example:x",
        "smtp://user:hunter2@h",
        "sk_live_hunter2!",
        "+hunter2@h",
    ),
    *("a\nb", "x\x01", "\u00e9", "\ud800", '["https://h.example"]', "'live'", "10.0.0.1/8"),
)
# Words of the library that reads the settings, which say nothing to who sets them.
NOT_OURS: Final = re.compile(
    r"\*\*\*|Input should|Value (should|error)|validation|\bitems\b|pydantic"
)


@pytest.mark.parametrize(("service", "name"), SETTINGS)
def test_each_misreading_is_one_line_of_ours_that_names_its_setting(
    service: Service, name: str
) -> None:
    """Whatever is not understood; the value itself is never told."""
    for value in SLOPPY:
        lines = service.told(**{name: value})
        assert not lines or f"{service.prefix}_{name}" in "".join(lines), value
        for line in lines:
            assert line.isprintable(), (value, line)
            assert line.startswith(f"{service.prefix}_"), (value, line)
            assert not NOT_OURS.search(line), (value, line)
            assert "hunter2" not in line, (value, line)


@pytest.mark.parametrize(
    ("service", "values", "told"),
    [
        (BRIDGE, {"ACCESS_TTL": "5m"}, "ACCESS_TTL: must be a whole number of seconds, from 60 to"),
        (BRIDGE, {"REDIS_READ_TIMEOUT": "1s"}, "whole number of milliseconds, from 50 to 30000"),
        (LINK, {"LIMIT_OTP_DAILY": "0"}, "LIMIT_OTP_DAILY: must be a whole number, from 1 to 1000"),
        (BRIDGE, {"LIMIT_SESSIONS": "0"}, "must be a whole number, from 1 on"),
        (BRIDGE, {"PORT": "70000"}, "PORT: must be a whole number, from 0 to 65535"),
        (BRIDGE, {"PORT": "8090"}, "PORT: is that of ELEMENTS_INTERNAL_PORT too"),
        (LINK, {"HOST": "0.0.0.0", "PORT": "8091"}, "PORT: is that of LINK_INTERNAL_PORT too"),  # noqa: S104  # nobody listens
        (
            BRIDGE,
            {"HOST": "https://h.example"},
            "must be an address or a host name, without scheme",
        ),
        (BRIDGE, {"HOST": "0.0.0.0:8080"}, "0.0.0.0 is every IPv4 address of this machine"),
        (BRIDGE, {"INTERNAL_HOST": "bridge"}, "ELEMENTS_INTERNAL_TOKEN is required when ELEMENTS_"),
        (BRIDGE, {"INTERNAL_NAMES": "*.shop.svc"}, "without port and wildcard"),
        (BRIDGE, {"INTERNAL_NAMES": "bridge:8090"}, "without port and wildcard"),
        (BRIDGE, {"INTERNAL_TOKEN": "two words of many letters"}, "must be 22 visible ASCII"),
        (BRIDGE, {"AUTH_SERVICE_TOKEN": "short"}, "openssl rand -hex 16"),
        (
            BRIDGE,
            {"AUTH_SERVICE_URL": "http://h.example:443"},
            "has the port of https: begin it with",
        ),
        (
            BRIDGE,
            {"AUTH_SERVICE_URL": "https://h.example:80"},
            "has the port of http: begin it with",
        ),
        (BRIDGE, {"AUTH_SERVICE_URL": "https://h.example:99999"}, "a port from 1 to 65535"),
        (BRIDGE, {"AUTH_SERVICE_URL": "https://u:hunter2@h.example"}, "must have no user and pass"),
        (BRIDGE, {"AUTH_SERVICE_URL": "h.example:8081"}, "must be an http or https URL, such as"),
        (BRIDGE, {"PUBLIC_URL": "https://api.shop.example/"}, "no path, no slash at its end"),
        (BRIDGE, {"TRUSTED_PROXIES": "10.0.0.1/8"}, "whose address ends where the prefix does"),
        (LINK, {"ALLOWED_ORIGINS": '["https://a.example"]'}, "is a JSON list: write its entries"),
        (LINK, {"ELEMENTS_JWKS_URL": "http://127.0.0.1:443/jwks.json"}, "has the port of https"),
        (LINK, {"PAYSTACK_URL": "https://u:hunter2@p.example"}, "must have no user and password"),
        (LINK, {"DATABASE_URL": "mysql://user:hunter2@h/d"}, "postgresql://user:password@host/d"),
        (
            LINK,
            {
                "OTP_SENDER_EMAIL": "smtp",
                "OTP_FROM": "a@b.example",
                "OTP_SMTP_URL": "smtp://user:hunter2@mail.example:465",
            },
            "LINK_OTP_SMTP_URL: has a port of smtps://: begin it so, or change the port",
        ),
        (LINK, {"OTP_SMTP_URL": "smtp://mail.example:99999"}, "must have a port from 1 to 65535"),
        (
            LINK,
            {
                "OTP_SENDER_EMAIL": "smtp",
                "OTP_FROM": "a@b.example",
                "OTP_SMTP_URL": "smtps://mail.example:587",
            },
            "LINK_OTP_SMTP_URL: has a port of smtp://: begin it so, or change the port",
        ),
    ],
)
def test_the_line_says_what_to_write(service: Service, values: dict[str, str], told: str) -> None:
    """Cause and cure, without the value."""
    (line,) = service.told(**values)
    assert told in line
    assert "hunter2" not in line


def test_two_listeners_may_have_one_port_of_two_addresses() -> None:
    """Only where both would be asked is it a fault; 0 is any free port."""
    assert not BRIDGE.told(HOST="192.0.2.1", PORT="8090")
    assert not BRIDGE.told(PORT="0", INTERNAL_PORT="0")
