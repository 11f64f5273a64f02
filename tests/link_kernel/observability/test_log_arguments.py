"""Lines of libraries: what is told of the arguments of their messages."""

import http
import json
import logging

import pytest

from link_kernel.observability.logs import configure_logs

pytestmark = pytest.mark.usefixtures("logging_as_before")

_log = logging.getLogger("test.logs")


class _Step:
    """An argument whose words may be anything."""

    def __repr__(self) -> str:
        return "secret-step"


@pytest.mark.parametrize(
    ("template", "arguments", "message"),
    [
        ("Executing %s took %.3f seconds", (_Step(), 0.25), "Executing <_Step> took 0.250 seconds"),
        ("exit status of %d: %r", (4321, None), "exit status of 4321: None"),
        ("%s of %s", (True, http.HTTPStatus.OK), "True of 200"),
        ("Running %s", (_Step(),), "Running <_Step>"),
        ("raised: %r", (LookupError("secret"),), "raised: <LookupError>"),
        ("%(who)s took %(long)d s", ({"who": "secret", "long": 3},), "*** took 3 s"),
        ("from %s", ("secret",), "from ***"),
        ("from %s", ({"secret": 3},), "from <dict>"),
        ("from %-9s|", (b"secret",), "from ***      |"),
        ("sent %s", (["secret"],), "sent <list>"),
        ("to %d", (233241234567,), "to %d"),
        ("to %s, code %s", (233241234567, 123456), "to ***, code ***"),
        ("for %.0f", (123456.0,), "for %.0f"),
        ("%d s", ("secret",), "%d s"),
        ("50% of %s", ("secret",), "50% of %s"),
        ("%s", (), "%s"),
        ("too few: %s %s", ("secret",), "too few: %s %s"),
    ],
)
def test_of_the_arguments_of_libraries_numbers_and_kinds_are_told(
    capsys: pytest.CaptureFixture[str],
    template: str,
    arguments: tuple[object, ...],
    message: str,
) -> None:
    """A number of six digits may be a code, and a longer one a phone; a text may be anything."""
    configure_logs("json", "info")
    _log.warning(template, *arguments)
    assert json.loads(capsys.readouterr().err)["message"] == message
