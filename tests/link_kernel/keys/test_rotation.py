"""Key rotation: when keys may be activated and when they may be removed."""

from pathlib import Path

import pytest

from elements_bridge.cli import KEYS as BRIDGE_KEYS
from elements_bridge.keyring import Keyring, KeyringFile, new_keyring_file, new_signing_key
from link_api.cli import KEYS as LINK_KEYS
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.keyring_file import (
    KeyringError,
    SecretKeyring,
    new_secret,
    read_keyring,
    write_keyring,
)
from tests.support.key_files import NOON_MS, StoppedClock, bridge_keys, link_keys, states

WAIT_MS = 360_000
ACCESS_TOKEN_MS = 12 * 3_600_000 + 910_000
ELEMENTS_SESSION_MS = 12 * 3600_000 + 60_000
LINK_SESSION_MS = 30 * 24 * 3600_000 + 10 * 60_000


@pytest.fixture
def clock() -> StoppedClock:
    """A clock that only the test moves."""
    return StoppedClock()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A new keyring of the bridge."""
    file = tmp_path / "keyring.json"
    write_keyring(file, new_keyring_file())
    return str(file)


@pytest.fixture
def keys(clock: StoppedClock) -> KeysCommand[KeyringFile]:
    """The bridge's `keys` command with the test's clock."""
    return bridge_keys(clock)


def test_first_the_next_keys_are_published_and_the_old_ones_sign_on(
    keys: KeysCommand[KeyringFile], path: str
) -> None:
    before = read_keyring(path, KeyringFile)

    lines = keys.rotate(path)

    after = read_keyring(path, KeyringFile)
    assert states(after) == (["active", "next"], ["active", "next"])
    assert after.signing_keys[0] == before.signing_keys[0]
    assert after.signing_keys[1].published_at == after.secrets[1].published_at == NOON_MS
    ready = Keyring.of(after)
    assert ready.signing_key.kid == before.signing_keys[0].kid
    assert len(ready.jwks()["keys"]) == 2
    assert (ready.secrets.active, ready.secrets.has(2)) == (1, True)
    assert "SIGHUP" in lines[-1]
    assert "360 s" in lines[-1]


def test_next_keys_take_over_one_jwks_life_after_they_were_published_and_not_before(
    keys: KeysCommand[KeyringFile], clock: StoppedClock, path: str
) -> None:
    keys.rotate(path)
    published = read_keyring(path, KeyringFile)

    clock.now += WAIT_MS - 1
    with pytest.raises(KeyringError, match="wait 1 s more") as error:
        keys.rotate(path)
    assert "\n" not in str(error.value)
    assert read_keyring(path, KeyringFile) == published

    clock.now += 1
    keys.rotate(path)

    after = read_keyring(path, KeyringFile)
    assert states(after) == (["retired", "active"], ["retired", "active"])
    assert after.signing_keys[0].retired_at == after.secrets[0].retired_at == clock.now
    assert Keyring.of(after).signing_key.kid == published.signing_keys[1].kid
    assert len(Keyring.of(after).jwks()["keys"]) == 2


def test_the_wait_is_told_in_whole_seconds(
    keys: KeysCommand[KeyringFile], clock: StoppedClock, path: str
) -> None:
    keys.rotate(path)
    clock.now += 100_500
    with pytest.raises(KeyringError, match="wait 260 s more"):
        keys.rotate(path)


def test_rotating_on_publishes_beside_retired_keys(
    keys: KeysCommand[KeyringFile], clock: StoppedClock, path: str
) -> None:
    for _ in range(2):
        keys.rotate(path)
        clock.now += WAIT_MS
        keys.rotate(path)
    file = read_keyring(path, KeyringFile)
    assert states(file) == (["retired", "retired", "active"],) * 2
    assert [entry.version for entry in file.secrets] == [1, 2, 3]
    assert len({entry.kid for entry in file.signing_keys}) == 3


def _rotated(keys: KeysCommand[KeyringFile], clock: StoppedClock, path: str) -> KeyringFile:
    keys.rotate(path)
    clock.now += WAIT_MS
    keys.rotate(path)
    return read_keyring(path, KeyringFile)


def test_a_retired_secret_stays_one_absolute_life_and_a_key_as_long_as_logout_takes_its_tokens(
    keys: KeysCommand[KeyringFile], clock: StoppedClock, path: str
) -> None:
    rotated = _rotated(keys, clock, path)
    retired_at, kid = clock.now, rotated.signing_keys[0].kid

    clock.now = retired_at + ELEMENTS_SESSION_MS - 1
    lines = keys.retire(path)
    assert read_keyring(path, KeyringFile) == rotated
    assert lines == [
        f"signing key {kid} is kept until 2026-01-02T00:21:10Z, 851 s from now",
        "secret version 1 is kept until 2026-01-02T00:07:00Z, 1 s from now",
    ]

    clock.now = retired_at + ELEMENTS_SESSION_MS
    keys.retire(path)
    assert states(read_keyring(path, KeyringFile)) == (["retired", "active"], ["active"])

    clock.now = retired_at + ACCESS_TOKEN_MS - 1
    keys.retire(path)
    assert states(read_keyring(path, KeyringFile)) == (["retired", "active"], ["active"])

    clock.now = retired_at + ACCESS_TOKEN_MS
    lines = keys.retire(path)
    assert states(read_keyring(path, KeyringFile)) == (["active"], ["active"])
    assert lines[0] == f"signing key {kid} is removed"
    assert keys.retire(path) == ["no key is retired"]


def test_a_login_outlives_its_secret_by_no_moment(tmp_path: Path, clock: StoppedClock) -> None:
    path = tmp_path / "keyring.json"
    write_keyring(path, SecretKeyring(secrets=(new_secret(),)))
    keys = link_keys(clock)
    keys.rotate(str(path))
    with pytest.raises(KeyringError, match="wait 360 s"):
        keys.rotate(str(path))
    clock.now += WAIT_MS
    keys.rotate(str(path))

    clock.now += LINK_SESSION_MS - 1
    keys.retire(str(path))
    keyring = read_keyring(str(path), SecretKeyring)
    assert [entry.state for entry in keyring.secrets] == ["retired", "active"]
    clock.now += 1
    keys.retire(str(path))
    keyring = read_keyring(str(path), SecretKeyring)
    assert [(entry.version, entry.state) for entry in keyring.secrets] == [(2, "active")]


def test_a_file_without_instants_counts_from_the_command_that_first_sees_it(
    keys: KeysCommand[KeyringFile], clock: StoppedClock, tmp_path: Path
) -> None:
    path = tmp_path / "keyring.json"
    retired = new_signing_key().model_copy(update={"state": "retired"})
    following = new_signing_key().model_copy(update={"state": "next"})
    older = KeyringFile(
        signing_keys=(retired, new_signing_key(), following),
        secrets=(new_secret(7), new_secret(8).model_copy(update={"state": "next"})),
    )
    write_keyring(path, older)
    assert "_at" not in path.read_text("utf-8")

    keys.retire(str(path))
    assert states(read_keyring(str(path), KeyringFile)) == states(older)
    clock.now += ACCESS_TOKEN_MS
    keys.retire(str(path))
    assert states(read_keyring(str(path), KeyringFile))[0] == ["active", "next"]

    keys.rotate(str(path))
    with pytest.raises(KeyringError, match="wait 360 s more"):
        keys.rotate(str(path))
    clock.now += WAIT_MS
    keys.rotate(str(path))
    assert states(read_keyring(str(path), KeyringFile)) == (["retired", "active"],) * 2


def test_in_an_emergency_the_waits_are_skipped_and_one_key_is_removed_at_once(
    keys: KeysCommand[KeyringFile], path: str
) -> None:
    stolen = read_keyring(path, KeyringFile)
    kid = stolen.signing_keys[0].kid

    with pytest.raises(KeyringError, match=r"is active; run `keys rotate --now` first"):
        keys.remove(path, keys.kinds[0], kid)
    lines = keys.rotate(path, now=True)
    assert states(read_keyring(path, KeyringFile)) == (["retired", "active"],) * 2
    assert any("may be refused" in line for line in lines)

    lines = keys.remove(path, keys.kinds[0], kid)
    assert states(read_keyring(path, KeyringFile)) == (["active"], ["retired", "active"])
    assert "access tokens it signed are refused" in lines[-1]
    lines = keys.remove(path, keys.kinds[1], "1")
    assert states(read_keyring(path, KeyringFile)) == (["active"], ["active"])
    assert "sessions born with it end" in lines[-1]
    with pytest.raises(KeyringError, match="there is no secret version 1"):
        keys.remove(path, keys.kinds[1], "1")


def test_an_emergency_takes_the_published_key_where_there_is_one(
    keys: KeysCommand[KeyringFile], path: str
) -> None:
    keys.rotate(path)
    published = read_keyring(path, KeyringFile).signing_keys[1].kid
    keys.rotate(path, now=True)
    assert Keyring.of(read_keyring(path, KeyringFile)).signing_key.kid == published


def test_a_next_key_that_leaked_is_removed_and_another_one_waits_anew(
    keys: KeysCommand[KeyringFile], clock: StoppedClock, path: str
) -> None:
    keys.rotate(path)
    leaked = read_keyring(path, KeyringFile).signing_keys[1].kid
    clock.now += WAIT_MS
    keys.remove(path, keys.kinds[0], leaked)

    keys.rotate(path)

    after = read_keyring(path, KeyringFile)
    assert states(after) == (["active", "next"],) * 2
    assert after.signing_keys[1].kid != leaked
    with pytest.raises(KeyringError, match="wait 360 s more"):
        keys.rotate(path)


def test_the_commands_keep_keys_for_the_longest_lives_the_settings_allow() -> None:
    kept_ms = [kind.key_list.keep_retired_ms for kind in (*BRIDGE_KEYS.kinds, *LINK_KEYS.kinds)]
    assert kept_ms == [ACCESS_TOKEN_MS, ELEMENTS_SESSION_MS, LINK_SESSION_MS]
