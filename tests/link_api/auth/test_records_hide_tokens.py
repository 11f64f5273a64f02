"""Tests that the text of a login's records, which a traceback may print, holds no token."""

from unittest.mock import create_autospec

from link_api.auth.records import OpenLinkSession
from link_api.auth.service import Login, RefreshInput

_SECRET = "a-token-or-a-key"


def test_the_text_of_a_refresh_holds_neither_token_nor_key() -> None:
    assert _SECRET not in repr(RefreshInput(_SECRET, by_cookie=False, key=_SECRET))


def test_the_text_of_a_login_holds_no_token() -> None:
    session = create_autospec(OpenLinkSession, instance=True)
    assert _SECRET not in repr(Login(session, _SECRET, _SECRET))
