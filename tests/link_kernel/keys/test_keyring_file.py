"""Changes of a keyring file: atomic, locked against other commands, and never logged."""

import errno
import logging
import os
import stat
import threading
from pathlib import Path

import pytest

from elements_bridge.keyring import Keyring, KeyringFile, new_keyring_file
from link_kernel.keys.keyring_file import (
    KeyringError,
    read_keyring,
    replace_keyring,
    write_keyring,
)
from tests.support.key_files import StoppedClock, bridge_keys, link_keys, states


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A new keyring of the bridge."""
    file = tmp_path / "keyring.json"
    write_keyring(file, new_keyring_file())
    return str(file)


def _disk_full(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_failed_write_leaves_the_keyring_and_nothing_else(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Path(path).read_text("utf-8")
    monkeypatch.setattr("os.fsync", _disk_full)
    with pytest.raises(KeyringError, match="No space left"):
        replace_keyring(Path(path), new_keyring_file())
    assert Path(path).read_text("utf-8") == before
    assert [file.name for file in Path(path).parent.iterdir()] == ["keyring.json"]


def test_a_changed_keyring_stays_its_owners_alone_and_a_link_stays_a_link(path: str) -> None:
    link = Path(path).with_name("link.json")
    link.symlink_to(path)
    bridge_keys(StoppedClock()).rotate(str(link))
    assert link.is_symlink()
    assert states(read_keyring(path, KeyringFile)) == (["active", "next"],) * 2
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert {file.name for file in Path(path).parent.iterdir()} == {"keyring.json", "link.json"}


def test_commands_at_the_same_time_lose_no_key(path: str) -> None:
    """Each emergency rotation adds one key and one secret: ten at once add ten."""
    together = threading.Barrier(10)

    def rotate() -> None:
        together.wait()
        bridge_keys(StoppedClock()).rotate(path, now=True)

    threads = [threading.Thread(target=rotate) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file = read_keyring(path, KeyringFile)
    assert [entry.version for entry in file.secrets] == list(range(1, 12))
    assert len({entry.kid for entry in file.signing_keys}) == 11
    Keyring.of(file)


def test_a_keyring_in_the_setting_itself_is_not_changed() -> None:
    text = new_keyring_file().model_dump_json()
    for keys in (
        bridge_keys(StoppedClock(), {"ELEMENTS_KEYRING": text}),
        link_keys(StoppedClock(), {"LINK_KEYRING": text}),
    ):
        for change in (keys.rotate, keys.retire):
            with pytest.raises(KeyringError, match=r"_KEYRING holds the keyring itself") as error:
                change(None)
            assert "\n" not in str(error.value)
            assert "PRIVATE" not in str(error.value)


def test_each_change_is_one_warning_that_names_the_key_and_never_shows_it(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = StoppedClock()
    keys = bridge_keys(clock)
    with caplog.at_level(logging.WARNING):
        keys.rotate(path)
        clock.now += 360_000
        keys.rotate(path)
        file = read_keyring(path, KeyringFile)
        clock.now += 24 * 3600_000
        keys.retire(path)

    lines = [record.__dict__ for record in caplog.records]
    named = {(line["msg"], line.get("kid", line.get("version")), line["outcome"]) for line in lines}
    kid, successor = (entry.kid for entry in file.signing_keys)
    assert named == {
        ("keys_rotated", successor, "next"),
        ("keys_rotated", 2, "next"),
        ("keys_rotated", successor, "active"),
        ("keys_rotated", 2, "active"),
        ("keys_rotated", kid, "retired"),
        ("keys_rotated", 1, "retired"),
        ("keys_retired", kid, "removed"),
        ("keys_retired", 1, "removed"),
    }
    assert {line["levelname"] for line in lines} == {"WARNING"}
    assert "PRIVATE" not in str(lines)
    assert not any(secret.secret in str(lines) for secret in file.secrets)


def test_a_keyring_of_the_setting_is_told_by_its_name_and_one_of_the_command_line_by_its_path(
    path: str,
) -> None:
    """Of two services whose keyrings lie in one folder, the other's was set."""
    keys = link_keys(StoppedClock(), {"LINK_KEYRING": f"{path}\n"})
    for command in (keys.show, keys.rotate, keys.retire):
        with pytest.raises(KeyringError, match=r"^LINK_KEYRING: no keyring of this service: it"):
            command(None)
        with pytest.raises(KeyringError, match=r"^no keyring of this service: it has more than"):
            command(path)
