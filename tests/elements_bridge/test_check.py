"""`elements-bridge check`: what an operator reads before anything is deployed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from elements_bridge.cli import main

TOKEN = "what-bridge-and-link-api-share"
NOBODY = "http://127.0.0.1:9"


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    """Serve an auth service that refuses every call alike; give its URL."""
    body = json.dumps({"success": False, "error": {"code": code}}).encode()

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # its name is http.server's
            """Refuse."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Valid settings, of an auth service that is not there."""
    for name, value in (
        ("REDIS_URL", "redis://127.0.0.1:9"),
        ("KEYRING", "/run/secrets/keyring.json"),
        ("AUTH_SERVICE_URL", NOBODY),
        ("AUTH_SERVICE_TOKEN", TOKEN),
    ):
        monkeypatch.setenv(f"ELEMENTS_{name}", value)
    return monkeypatch


def test_a_missing_token_is_a_fault_of_the_settings(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("ELEMENTS_AUTH_SERVICE_TOKEN", "")

    with pytest.raises(SystemExit, match="ELEMENTS_AUTH_SERVICE_TOKEN: is required"):
        main(["check"])


def test_an_auth_service_that_takes_the_token_is_ok(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(400, "VALIDATION_ERROR") as url:
        settings.setenv("ELEMENTS_AUTH_SERVICE_URL", url)
        main(["check"])

    assert capsys.readouterr().out == "settings: ok\nauth service: ok\n"


def test_the_file_of_businesses_is_checked(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "businesses.json"
    file.write_text('{"format": 1, "businesses": {}}', "utf-8")
    settings.setenv("ELEMENTS_BUSINESSES", str(file))
    with answering(400, "VALIDATION_ERROR") as url:
        settings.setenv("ELEMENTS_AUTH_SERVICE_URL", url)
        main(["check"])
        assert "businesses: 0 in the file\n" in capsys.readouterr().out
        file.unlink()
        with pytest.raises(SystemExit, match="No such file or directory"):
            main(["check"])


def test_a_token_that_differs_is_named_and_not_printed(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(401, "UNAUTHENTICATED") as url:
        settings.setenv("ELEMENTS_AUTH_SERVICE_URL", url)
        with pytest.raises(SystemExit, match=r"ELEMENTS_AUTH_SERVICE_TOKEN is refused") as refused:
            main(["check"])

    said = capsys.readouterr()
    assert TOKEN not in f"{refused.value}{said.out}{said.err}"
    assert not said.err


@pytest.mark.usefixtures("settings")
def test_an_auth_service_that_is_not_there_names_its_setting() -> None:
    with pytest.raises(SystemExit, match="no auth service answers at ELEMENTS_AUTH_SERVICE_URL"):
        main(["check"])
