"""The language of a message: what the call names, else the deployment's."""

from pathlib import Path

import pytest

from link_api.auth.records import CodeBinding, CodeToSend
from link_api.settings import Settings
from tests.support.clients.frames import Together
from tests.support.clients.link_client import LinkClient, granted, new_phone, refusal
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.servers.databases import sqlite_in


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """A deployment in Abidjan."""
    return link_settings_for(redis_url, sqlite_in(tmp_path), otp_locale="fr")


async def sent_in(link: LinkClient, **said: object) -> CodeToSend:
    """Ask for a code; return it as its sender got it."""
    body = {"contact": new_phone(), "contact_type": "phone", **said}
    await granted(await link.post("request-otp", body))
    return link.outbox.sent[-1][1]


@pytest.mark.parametrize(
    ("said", "locale"),
    [
        ("en", "en"),
        ("fr", "fr"),
        ("EN-gh", "en"),
        ("en-Latn-GH", "en"),
        ("tw", "fr"),
        ("eng", "fr"),
        ("english", "fr"),
        (None, "fr"),
    ],
)
async def test_a_language_that_nothing_is_worded_in_is_the_deployments(
    link: LinkClient, said: str | None, locale: str
) -> None:
    assert (await sent_in(link, locale=said)).locale == locale


async def test_without_one_it_is_the_deployments(link: LinkClient) -> None:
    assert (await sent_in(link)).locale == "fr"


async def test_the_code_is_the_same_in_each(link: LinkClient) -> None:
    """So that asking again in another language voids nothing."""
    contact = {"contact": "ama@example.com"}
    kind = {"contact_type": "email"}
    first = await sent_in(link, **contact, **kind, locale="en")
    body = {**contact, **kind, "otp_code": first.code}
    await granted(await link.post("verify-otp", body))


@pytest.mark.parametrize("said", ["", "e", "en_GH", "en-", "fr\n", "x" * 36, 1, ["fr"]])
async def test_what_is_no_language_names_the_field(link: LinkClient, said: object) -> None:
    body = {"contact": new_phone(), "contact_type": "phone", "locale": said}
    answer = await link.post("request-otp", body)

    assert await refusal(answer) == (400, "VALIDATION_ERROR")
    assert (await answer.json())["error"]["details"] == {"fields": ["locale"]}
    assert not link.outbox.sent


async def test_a_frames_language_is_handed_through(together: Together) -> None:
    """By the bridge, as it is said."""
    frame = await together.guest()
    for said, locale in (("en-GH", "en"), ("tw", "fr"), (None, "fr")):
        body = {"contact": new_phone(), "contact_type": "phone", "locale": said}
        assert (await frame.bridge.post("request-otp", body, token=frame.token)).status == 200
        _, sent = together.link.outbox.sent[-1]
        assert sent.locale == locale
        assert sent.binding != CodeBinding("", "")
