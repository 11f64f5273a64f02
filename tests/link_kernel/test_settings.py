"""Settings from the environment: all faults are reported together, and no value is printed."""

from typing import Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from link_kernel.errors import InvalidSetting
from link_kernel.settings.environment import SettingsError, read_environment

_GOOD = {"ELEMENTS_REDIS_URL": "redis://:hunter2@10.0.0.1:6379/0"}


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    redis_url: SecretStr
    port: int = Field(default=8080, ge=1, le=65535, description="doors")
    mode: Literal["live", "test"] = "live"
    internal_token: SecretStr | None = Field(default=None, min_length=32)
    trusted_proxies: tuple[str, ...] = ()

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: str) -> tuple[str, ...]:
        return tuple(value.split(","))

    @field_validator("redis_url")
    @classmethod
    def _check(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if not text.startswith("redis://"):
            login = text.partition("://")[2].partition("@")[0]
            raise ValueError(f"{text} is no Redis URL,\n login {login}, pw {login.split(':')[-1]}")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.mode == "test" and self.port == 9999:
            raise ValueError(
                f"test mode refuses this port with {self.redis_url.get_secret_value()}"
            )
        return self


def _faults(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        read_environment("ELEMENTS", _Settings, environ)
    assert str(refused.value) == "\n".join(refused.value.faults)
    return refused.value.faults


def test_variables_become_fields_and_the_rest_keeps_its_default() -> None:
    """`ELEMENTS_PORT` is `port`, converted to the type of the field."""
    settings = read_environment(
        "ELEMENTS",
        _Settings,
        {**_GOOD, "ELEMENTS_PORT": "9000", "ELEMENTS_TRUSTED_PROXIES": "10.0.0.1,10.0.0.2"},
    )
    assert settings.port == 9000
    assert settings.mode == "live"
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert settings.redis_url.get_secret_value() == _GOOD["ELEMENTS_REDIS_URL"]


def test_variables_of_others_are_not_read() -> None:
    """Only names with the prefix and an underscore are read."""
    others = {"PATH": "/bin", "LINK_PORT": "1", "ELEMENTSX": "1", "MY_ELEMENTS_PORT": "x"}
    assert read_environment("ELEMENTS", _Settings, _GOOD | others).port == 8080


def test_an_empty_variable_counts_as_not_set() -> None:
    """Compose files and Helm charts write empty strings for values that were not given."""
    settings = read_environment(
        "ELEMENTS", _Settings, {**_GOOD, "ELEMENTS_PORT": "", "ELEMENTS_INTERNAL_TOKEN": ""}
    )
    assert settings.port == 8080
    assert settings.internal_token is None
    assert _faults({"ELEMENTS_REDIS_URL": " \n"}) == ("ELEMENTS_REDIS_URL: is required",)


def test_whitespace_around_a_value_is_none_of_it() -> None:
    """`echo` writes a line break into files from which secrets are made."""
    settings = read_environment("ELEMENTS", _Settings, {**_GOOD, "ELEMENTS_MODE": " test\r\n"})
    assert settings.mode == "test"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_around_a_value_are_told(quote: str) -> None:
    """Docker's `--env-file` keeps them; what else would be wrong is not told beside it."""
    quoted = f"{quote}{_GOOD['ELEMENTS_REDIS_URL']}{quote}"
    assert _faults({"ELEMENTS_REDIS_URL": quoted, "ELEMENTS_MODE": f"{quote}live{quote}"}) == tuple(
        f"ELEMENTS_{name}: stands in quotes, which are a part of it, as in Docker's --env-file:"
        " leave them out"
        for name in ("MODE", "REDIS_URL")
    )


def test_a_setting_under_a_name_that_nobody_reads_is_named() -> None:
    """A missing letter in the prefix hides a variable from us."""
    for misspelt in ("ELEMENT_REDIS_URL", "elements_redis_url", "ELEMENTSREDIS_URL"):
        assert _faults({misspelt: _GOOD["ELEMENTS_REDIS_URL"], "PATH": "/bin"}) == (
            f"ELEMENTS_REDIS_URL: is required; {misspelt} is set, which nobody reads",
        )


def test_a_setting_that_is_no_secret_is_read_from_no_file() -> None:
    """Secrets are, by the same ending."""
    assert _faults({**_GOOD, "ELEMENTS_PORT_FILE": "/run/secrets/issuer"}) == (
        "ELEMENTS_PORT_FILE: is not a setting; use ELEMENTS_PORT",
    )


def test_our_own_words_are_never_masked() -> None:
    """Here the value is a word of the advice."""

    class Advised(BaseModel):
        url: SecretStr

        @field_validator("url")
        @classmethod
        def _check(cls, value: SecretStr) -> SecretStr:
            raise InvalidSetting("must be postgresql://user:password@host/database")

    for value in ("mysql://user:password@host/database", "database"):
        with pytest.raises(SettingsError) as refused:
            read_environment("LINK", Advised, {"LINK_URL": value})
        assert str(refused.value) == "LINK_URL: must be postgresql://user:password@host/database"


def test_all_faults_come_together_one_line_a_variable() -> None:
    """Five faults are reported by one start, not by five."""
    faults = _faults(
        {
            "ELEMENTS_PORT": "70000",
            "ELEMENTS_MODE": "staging",
            "ELEMENTS_INTERNAL_TOKEN": "short-secret",
            "ELEMENTS_REDIS_ULR": "redis://:hunter2@h",
            "ELEMENTS_NONSENSE": "x",
        }
    )
    assert [fault.partition(": ")[0] for fault in faults] == [
        "ELEMENTS_INTERNAL_TOKEN",
        "ELEMENTS_MODE",
        "ELEMENTS_NONSENSE",
        "ELEMENTS_PORT",
        "ELEMENTS_REDIS_ULR",
        "ELEMENTS_REDIS_URL",
    ]
    text = "\n".join(faults)
    assert "ELEMENTS_REDIS_ULR: is not a setting; did you mean ELEMENTS_REDIS_URL?" in faults
    assert "ELEMENTS_NONSENSE: is not a setting" in faults
    assert "ELEMENTS_REDIS_URL: is required" in faults
    assert "ELEMENTS_MODE: must be live or test" in faults
    assert "ELEMENTS_PORT: must be a whole number of doors, from 1 to 65535" in faults
    for value in ("70000", "staging", "short-secret", "hunter2"):
        assert value not in text


def test_an_unknown_name_alone_stops_the_start() -> None:
    """A misspelt security setting must not fall back to its default."""
    assert _faults({**_GOOD, "ELEMENTS_MODES": "test"}) == (
        "ELEMENTS_MODES: is not a setting; did you mean ELEMENTS_MODE?",
    )
    assert _faults({**_GOOD, "ELEMENTS_mode": "test"}) == (
        "ELEMENTS_mode: is not a setting; did you mean ELEMENTS_MODE?",
    )


def test_a_password_in_a_url_never_shows() -> None:
    """A password stays hidden also where a validator quotes it, in parts or over two lines."""
    faults = _faults({"ELEMENTS_REDIS_URL": "http://user:hunter2@10.0.0.1:6379/0"})
    assert faults == ("ELEMENTS_REDIS_URL: *** is no Redis URL, login ***, pw ***",)


def test_a_fault_of_the_whole_names_the_prefix_and_no_value() -> None:
    """An error of the whole model: two settings exclude each other."""
    faults = _faults({**_GOOD, "ELEMENTS_MODE": "test", "ELEMENTS_PORT": "9999"})
    assert faults == ("ELEMENTS_*: test mode refuses this port with ***",)


def test_the_refusal_carries_no_cause_that_would_print_values() -> None:
    """A traceback shows the faults and no cause, which would hold the values."""
    with pytest.raises(SettingsError) as refused:
        read_environment("ELEMENTS", _Settings, {"ELEMENTS_PORT": "hunter2"})
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_what_kubernetes_injects_for_a_service_of_our_name_is_passed_over() -> None:
    """Services named `elements` and `elements-bridge` are in every container's environment."""
    injected = {
        "ELEMENTS_SERVICE_HOST": "10.0.0.1",
        "ELEMENTS_SERVICE_PORT": "80",
        "ELEMENTS_SERVICE_PORT_HTTP": "80",
        "ELEMENTS_PORT": "tcp://10.0.0.1:80",
        "ELEMENTS_PORT_80_TCP": "tcp://10.0.0.1:80",
        "ELEMENTS_PORT_80_TCP_PROTO": "tcp",
        "ELEMENTS_PORT_80_TCP_PORT": "80",
        "ELEMENTS_PORT_80_TCP_ADDR": "10.0.0.1",
        "ELEMENTS_BRIDGE_SERVICE_HOST": "10.0.0.2",
        "ELEMENTS_BRIDGE_PORT": "udp://10.0.0.2:80",
        "ELEMENTS_BRIDGE_PORT_80_UDP_ADDR": "10.0.0.2",
    }
    assert read_environment("ELEMENTS", _Settings, _GOOD | injected).port == 8080


@pytest.mark.parametrize(
    "name", ["ELEMENTS_BRIDGE_PORT", "ELEMENTS_PORT_HTTP", "ELEMENTS_SERVICE", "ELEMENTS_HOST_NAME"]
)
def test_what_only_looks_injected_is_a_fault(name: str) -> None:
    """A port in digits is a setting and not the address of a Kubernetes Service."""
    (fault,) = _faults({**_GOOD, name: "80"})
    assert fault.startswith(f"{name}: is not a setting")


def test_an_address_of_a_service_is_no_excuse_for_other_names() -> None:
    """Only `…_PORT` is written by Kubernetes with `tcp://`."""
    (fault,) = _faults({"ELEMENTS_REDIS_URL": "tcp://10.0.0.1:6379"})
    assert fault.startswith("ELEMENTS_REDIS_URL: *** is no Redis URL")


@given(st.text(min_size=7).filter(lambda text: text.strip() == text and text not in "is no Redis"))
def test_no_value_whatever_shows(value: str) -> None:
    """Whatever the value holds, the fault that names the variable does not hold it."""
    (fault,) = _faults({"ELEMENTS_REDIS_URL": value})
    assert value not in fault.replace("ELEMENTS_REDIS_URL", "")
