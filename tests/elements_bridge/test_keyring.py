"""Keyrings: which files are rejected, with which messages, and that no secret is shown."""

import os
import stat
from pathlib import Path

import pytest

from elements_bridge.keyring import Keyring, KeyringFile, new_keyring_file
from link_kernel.keys.keyring_file import (
    KeyringError,
    SecretKeyring,
    is_private,
    new_secret,
    read_keyring,
    write_keyring,
)


def test_a_new_keyring_is_written_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    written = new_keyring_file()
    write_keyring(path, written)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keyring(str(path), KeyringFile) == written
    assert read_keyring(written.model_dump_json(), KeyringFile) == written
    with pytest.raises(KeyringError, match="never overwritten"):
        write_keyring(path, written)


def test_a_keyring_others_may_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    write_keyring(path, new_keyring_file())
    path.chmod(0o640)
    with pytest.raises(KeyringError, match="chmod 600"):
        read_keyring(str(path), KeyringFile)


@pytest.mark.parametrize(
    ("mode", "owner", "reader", "is_right"),
    [
        (0o600, 10001, 10001, True),
        (0o400, 0, 0, True),
        (0o440, 0, 10001, True),
        (0o640, 0, 10001, True),
        (0o640, 0, 0, False),
        (0o440, 10001, 10001, False),
        (0o660, 0, 10001, False),
        (0o444, 0, 10001, False),
        (0o404, 0, 10001, False),
    ],
)
def test_a_group_may_read_what_is_root_s_as_kubernetes_mounts_secrets(
    mode: int, owner: int, reader: int, *, is_right: bool
) -> None:
    """Whoever is not root cannot own such a file; the group is the pod's own."""
    file = os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, 10001, 0, 0, 0, 0))
    assert is_right == is_private(file, reader)


@pytest.mark.parametrize("text", ["{", "{}", '{"signing_keys": [], "secrets": []}', '{"x": 1}'])
def test_a_broken_keyring_is_refused_without_its_content(text: str) -> None:
    with pytest.raises(KeyringError, match="no keyring of this service"):
        read_keyring(text, KeyringFile)


def test_the_keyring_of_the_other_service_is_told_by_its_members() -> None:
    """The same folder has both, and their names are alike."""
    bridge = new_keyring_file()
    link = SecretKeyring(secrets=bridge.secrets)
    with pytest.raises(KeyringError, match="signing_keys is missing; `keys init` writes one"):
        read_keyring(link.model_dump_json(), KeyringFile)
    with pytest.raises(KeyringError, match="it has more than secrets and index; `keys init`"):
        read_keyring(bridge.model_dump_json(), SecretKeyring)


@pytest.mark.parametrize(
    "value", ["hunter2", "-----BEGIN PRIVATE KEY-----\nhunter2", "/hunter2" * 40, "/hunter\0two"]
)
def test_what_may_be_a_key_in_place_of_a_path_is_not_told(value: str) -> None:
    """The line says that a path is read, or JSON."""
    with pytest.raises(
        KeyringError, match=r"the keyring at this path: .* or write the JSON itself"
    ):
        read_keyring(value, KeyringFile)


def test_a_pipe_is_no_keyring(tmp_path: Path) -> None:
    """To read it would wait for who writes to it, for ever."""
    (tmp_path / "empty").touch(0o600)
    with pytest.raises(KeyringError, match="empty is no file, or empty"):
        read_keyring(str(tmp_path / "empty"), KeyringFile)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyringError, match="pipe is no file, or empty; name a file"):
        read_keyring(str(tmp_path / "pipe"), KeyringFile)


def test_a_keyring_of_another_system_is_read(tmp_path: Path) -> None:
    """Its editor began it with a mark and ends lines with two characters; it may not be text."""
    path = tmp_path / "keyring.json"
    keyring = new_keyring_file()
    path.write_bytes(
        b"\xef\xbb\xbf" + keyring.model_dump_json(indent=1).replace("\n", "\r\n").encode()
    )
    path.chmod(0o600)
    assert read_keyring(str(path), KeyringFile) == keyring
    path.write_bytes(b"\xff\xfe{\0")
    with pytest.raises(KeyringError, match=r"keyring\.json is not UTF-8"):
        read_keyring(str(path), KeyringFile)


def test_a_missing_keyring_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match=r"nowhere\.json"):
        read_keyring(str(tmp_path / "nowhere.json"), KeyringFile)


def _with_two_active_keys(file: KeyringFile) -> KeyringFile:
    return file.model_copy(update={"signing_keys": file.signing_keys * 2})


def _with_no_active_key(file: KeyringFile) -> KeyringFile:
    retired = file.signing_keys[0].model_copy(update={"state": "retired"})
    return file.model_copy(update={"signing_keys": (retired,)})


def _with_no_key_at_all(file: KeyringFile) -> KeyringFile:
    broken = file.signing_keys[0].model_copy(update={"private_key_pem": "nonsense"})
    return file.model_copy(update={"signing_keys": (broken,)})


def _with_two_active_secrets(file: KeyringFile) -> KeyringFile:
    return file.model_copy(update={"secrets": (new_secret(1), new_secret(2))})


def _with_a_short_secret(file: KeyringFile) -> KeyringFile:
    return file.model_copy(
        update={"secrets": (new_secret().model_copy(update={"secret": "AAAA"}),)}
    )


@pytest.mark.parametrize(
    "spoil",
    [
        _with_two_active_keys,
        _with_no_active_key,
        _with_no_key_at_all,
        _with_two_active_secrets,
        _with_a_short_secret,
    ],
)
def test_an_unusable_keyring_is_refused_at_the_start(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(KeyringError):
        Keyring.of(spoil(new_keyring_file()))


def test_no_key_is_shown_by_accident() -> None:
    file = new_keyring_file()
    shown = repr(file) + repr(Keyring.of(file).secrets)
    assert "PRIVATE KEY" not in shown
    assert file.secrets[0].secret not in shown


def test_a_retired_key_still_verifies_and_is_published() -> None:
    file, retired = new_keyring_file(), new_keyring_file().signing_keys[0]
    both = file.model_copy(
        update={
            "signing_keys": (*file.signing_keys, retired.model_copy(update={"state": "retired"}))
        }
    )
    keyring = Keyring.of(both)
    assert keyring.signing_key.kid == file.signing_keys[0].kid
    assert {key["kid"] for key in keyring.jwks()["keys"]} == {
        file.signing_keys[0].kid,
        retired.kid,
    }


def test_a_directory_is_no_keyring(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o700)  # noqa: PTH101  # the mode is right, the kind of file is not
    with pytest.raises(KeyringError, match="is no file"):
        read_keyring(str(tmp_path), KeyringFile)
