"""`<NAME>_FILE` names a file that holds a secret, as platforms mount them."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from elements_bridge.cli import PREFIX
from elements_bridge.settings import Settings
from link_api.settings import Settings as LinkSettings
from link_kernel.settings.environment import SettingsError, read_environment
from link_kernel.settings.secret_files import secret_names
from tests.support.servers.commands import run_module

_URL = "redis://:hunter2@10.0.0.1:6379/0"
_TOKEN = "a-token-of-22-characters"
CURE = "; name a file of text that this user can read"
_REST = {
    "ELEMENTS_KEYRING": "/keys/keyring.json",
    "ELEMENTS_AUTH_SERVICE_URL": "http://127.0.0.1:8081",
    "ELEMENTS_AUTH_SERVICE_TOKEN": _TOKEN,
}


def _read(environ: Mapping[str, str]) -> Settings:
    return read_environment(PREFIX, Settings, {**_REST, **environ})


def _faults(environ: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        _read(environ)
    return refused.value.faults


def _file(folder: Path, text: str, name: str = "redis-url") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_its_file_without_the_last_line_end(tmp_path: Path, end: str) -> None:
    settings = _read({"ELEMENTS_REDIS_URL_FILE": _file(tmp_path, _URL + end)})
    assert settings.redis_url.get_secret_value() == _URL


def test_each_secret_may_stand_in_a_file_and_nothing_else() -> None:
    """A keyring's setting takes a path itself, and is read again from there."""
    assert secret_names(PREFIX, Settings) == {
        "ELEMENTS_REDIS_URL",
        "ELEMENTS_AUTH_SERVICE_TOKEN",
        "ELEMENTS_INTERNAL_TOKEN",
    }
    assert secret_names("LINK", LinkSettings) == {
        "LINK_REDIS_URL",
        "LINK_DATABASE_URL",
        "LINK_INTERNAL_TOKEN",
        "LINK_BRIDGE_TOKEN",
        "LINK_PAYSTACK_SECRET_KEY",
        "LINK_OTP_WEBHOOK_URL",
        "LINK_OTP_WEBHOOK_SECRET",
        "LINK_OTP_SMTP_URL",
    }
    faults = _faults(
        {
            "ELEMENTS_REDIS_URL": _URL,
            "ELEMENTS_KEYRING_FILE": "/k",
            "ELEMENTS_REDIS_URI_FILE": "/r",
            "ELEMENTS_X_FILE": "/x",
        }
    )
    assert faults == (
        "ELEMENTS_KEYRING_FILE: is not a setting; use ELEMENTS_KEYRING",
        "ELEMENTS_REDIS_URI_FILE: is not a setting; did you mean ELEMENTS_REDIS_URL_FILE?",
        "ELEMENTS_X_FILE: is not a setting",
    )


def test_a_setting_and_its_file_exclude_each_other(tmp_path: Path) -> None:
    """Nobody has to know which one would win; an empty one counts as not set."""
    path = _file(tmp_path, _URL)
    assert _faults({"ELEMENTS_REDIS_URL": _URL, "ELEMENTS_REDIS_URL_FILE": path}) == (
        "ELEMENTS_REDIS_URL_FILE: ELEMENTS_REDIS_URL is set, too; keep one of them",
    )
    for environ in (
        {"ELEMENTS_REDIS_URL": "", "ELEMENTS_REDIS_URL_FILE": path},
        {"ELEMENTS_REDIS_URL": _URL, "ELEMENTS_REDIS_URL_FILE": ""},
    ):
        assert _read(environ).redis_url.get_secret_value() == _URL


def test_a_file_that_cannot_be_read_is_one_fault_which_does_not_quote_its_path(
    tmp_path: Path,
) -> None:
    """Whoever writes the secret itself where its path belongs does not find it in the log."""
    secret = "hunter2-and-more"
    assert _faults({"ELEMENTS_REDIS_URL_FILE": secret}) == (
        f"ELEMENTS_REDIS_URL_FILE: cannot read the file: No such file or directory{CURE}",
    )
    assert _faults({"ELEMENTS_REDIS_URL_FILE": str(tmp_path)}) == (
        f"ELEMENTS_REDIS_URL_FILE: cannot read the file: Is a directory{CURE}",
    )
    assert _faults({"ELEMENTS_REDIS_URL_FILE": _file(tmp_path, " \n")}) == (
        "ELEMENTS_REDIS_URL_FILE: the file is empty",
    )
    os.mkfifo(tmp_path / "pipe")
    assert _faults({"ELEMENTS_REDIS_URL_FILE": str(tmp_path / "pipe")}) == (
        f"ELEMENTS_REDIS_URL_FILE: cannot read the file: it is a pipe or a device{CURE}",
    )
    assert _faults({"ELEMENTS_REDIS_URL_FILE": "/dev/zero"}) == (
        f"ELEMENTS_REDIS_URL_FILE: cannot read the file: it is a pipe or a device{CURE}",
    )
    assert _faults({"ELEMENTS_REDIS_URL_FILE": _file(tmp_path, "x" * 65_537)}) == (
        f"ELEMENTS_REDIS_URL_FILE: cannot read the file: it has more than 65536 bytes{CURE}",
    )
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert _faults({"ELEMENTS_REDIS_URL_FILE": str(tmp_path / "binary")}) == (
        f"ELEMENTS_REDIS_URL_FILE: cannot read the file: it is no text{CURE}",
    )


def test_a_faulty_value_of_a_file_is_not_quoted_either(tmp_path: Path) -> None:
    faults = _faults({"ELEMENTS_REDIS_URL_FILE": _file(tmp_path, "http://:hunter2@10.0.0.1")})
    assert [fault.partition(":")[0] for fault in faults] == ["ELEMENTS_REDIS_URL"]
    assert "hunter2" not in faults[0]


def test_commands_on_the_store_read_the_file_too(redis_url: str, tmp_path: Path) -> None:
    env = {"ELEMENTS_REDIS_URL_FILE": _file(tmp_path, redis_url)}
    assert (0, "", "") == run_module("elements_bridge", "business", "list", env=env)
