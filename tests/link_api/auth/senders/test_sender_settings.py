"""`LINK_OTP_*`: which senders start, and what is refused with a line at its own variable."""

import pytest

from link_api.cli import PREFIX
from link_api.settings import Settings
from link_kernel.settings.environment import SettingsError, read_environment
from tests.support.servers.hook_receiver import SECRET

BASE = {"LINK_REDIS_URL": "redis://127.0.0.1:6379/0", "LINK_KEYRING": "/run/secrets/link.json"}
WEBHOOK = {
    "LINK_OTP_WEBHOOK_URL": "https://sms.example/otp?key=hunter2",
    "LINK_OTP_WEBHOOK_SECRET": SECRET,
}
SMTP = {
    "LINK_OTP_SMTP_URL": "smtp://link:hunter2@mail.example:587",
    "LINK_OTP_FROM": "Cimplify Link <code@link.example>",
}
BY_KIND = {"LINK_OTP_SENDER_PHONE": "webhook", "LINK_OTP_SENDER_EMAIL": "smtp", **WEBHOOK, **SMTP}


def faults_of(environment: dict[str, str]) -> dict[str, str]:
    """Return each variable at fault with what is said of it."""
    with pytest.raises(SettingsError) as refused:
        read_environment(PREFIX, Settings, BASE | environment)
    for private in ("hunter2", SECRET.removeprefix("whsec_"), "c2hvcnQ="):
        assert private not in str(refused.value)
    return dict(fault.split(": ", 1) for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("environment", "phone", "email"),
    [
        ({"LINK_MODE": "test"}, "console", "console"),
        ({"LINK_OTP_SENDER": "webhook", **WEBHOOK}, "webhook", "webhook"),
        (BY_KIND, "webhook", "smtp"),
        (
            {"LINK_OTP_SENDER": "smtp", "LINK_OTP_SENDER_PHONE": "webhook", **WEBHOOK, **SMTP},
            "webhook",
            "smtp",
        ),
        (
            {"LINK_MODE": "test", "LINK_OTP_SENDER_EMAIL": "smtp", **SMTP},
            "console",
            "smtp",
        ),
    ],
)
def test_each_kind_of_contact_has_its_sender(
    environment: dict[str, str], phone: str, email: str
) -> None:
    """That of its own variable, else that of `LINK_OTP_SENDER`; live mode starts with these."""
    settings = read_environment(PREFIX, Settings, BASE | environment)

    assert (settings.otp_sender_phone, settings.otp_sender_email) == (phone, email)
    assert "hunter2" not in repr(settings)
    assert SECRET not in repr(settings)


def test_smtp_for_phones_is_refused() -> None:
    """The line says what to set."""
    faults = faults_of({"LINK_OTP_SENDER": "smtp", **SMTP})

    assert faults == {
        "LINK_OTP_SENDER_PHONE": (
            "LINK_OTP_SENDER=smtp reaches no phone: set LINK_OTP_SENDER_PHONE=webhook"
        )
    }


def test_console_is_refused_in_live_mode_for_either_kind() -> None:
    """One kind of contact by console is as public as both."""
    told = "prints codes on the terminal"

    assert told in faults_of({})["LINK_OTP_SENDER_EMAIL"]
    assert told in faults_of({})["LINK_OTP_SENDER_PHONE"]
    assert set(faults_of(BY_KIND | {"LINK_OTP_SENDER_EMAIL": "console"})) == {
        "LINK_OTP_SENDER_EMAIL"
    }


def test_what_a_sender_needs_is_asked_for_all_at_once() -> None:
    """With the faults of other variables beside them."""
    chosen = {"LINK_OTP_SENDER_PHONE": "webhook", "LINK_OTP_SENDER_EMAIL": "smtp"}

    faults = faults_of(chosen | {"LINK_PORT": "70000"})

    assert "LINK_PORT" in faults
    assert {name: fault for name, fault in faults.items() if name != "LINK_PORT"} == {
        "LINK_OTP_WEBHOOK_URL": "is required by the sender webhook",
        "LINK_OTP_WEBHOOK_SECRET": "is required by the sender webhook",
        "LINK_OTP_SMTP_URL": "is required by the sender smtp",
        "LINK_OTP_FROM": "is required by the sender smtp",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINK_OTP_SENDER", "pigeon"),
        ("LINK_OTP_SENDER_PHONE", "sms"),
        ("LINK_OTP_WEBHOOK_URL", "http://sms.example/hunter2"),
        ("LINK_OTP_WEBHOOK_URL", "http://127.0.0.1:8000/hunter2"),
        ("LINK_OTP_WEBHOOK_URL", "https://user:hunter2@sms.example"),
        ("LINK_OTP_WEBHOOK_URL", "https://sms.example/#hunter2"),
        ("LINK_OTP_WEBHOOK_URL", "https://sms.example:hunter2/"),
        ("LINK_OTP_WEBHOOK_URL", "https:///hunter2"),
        ("LINK_OTP_WEBHOOK_SECRET", SECRET.removeprefix("whsec_")),
        ("LINK_OTP_WEBHOOK_SECRET", "whsec_c2hvcnQ="),
        ("LINK_OTP_WEBHOOK_SECRET", "whsec_hunter2!"),
        ("LINK_OTP_SMTP_URL", "mail.example"),
        ("LINK_OTP_SMTP_URL", "http://mail.example:25"),
        ("LINK_OTP_SMTP_URL", "smtp://"),
        ("LINK_OTP_SMTP_URL", "smtp://link@mail.example"),
        ("LINK_OTP_SMTP_URL", "smtp://:hunter2@mail.example"),
        ("LINK_OTP_SMTP_URL", "smtp://link:hunter2#@mail.example"),
        ("LINK_OTP_SMTP_URL", "smtp://mail.example/hunter2"),
        ("LINK_OTP_SMTP_URL", "smtp://mail.example:587?tls=hunter2"),
        ("LINK_OTP_SMTP_URL", "smtp://mail.example:99999"),
        ("LINK_OTP_FROM", "Cimplify Link"),
        ("LINK_OTP_FROM", "a@link.example, b@link.example"),
        ("LINK_OTP_FROM", "a@link.example\r\nBcc: b@link.example"),
    ],
)
def test_a_fault_is_told_at_its_own_variable(name: str, value: str) -> None:
    """In live mode, and without the value."""
    assert set(faults_of(BY_KIND | {name: value})) == {name}


def test_plain_http_is_for_a_receiver_on_loopback_in_test_mode() -> None:
    """On another host not even there."""
    plain = BASE | BY_KIND | {"LINK_MODE": "test"}
    read_environment(
        PREFIX, Settings, plain | {"LINK_OTP_WEBHOOK_URL": "http://otp.localhost:8000/"}
    )

    assert set(faults_of(plain | {"LINK_OTP_WEBHOOK_URL": "http://sms.example/"})) == {
        "LINK_OTP_WEBHOOK_URL"
    }


@pytest.mark.parametrize(
    ("channels", "named"),
    [
        (None, ("sms",)),
        ("whatsapp", ("whatsapp",)),
        ("sms,whatsapp", ("sms", "whatsapp")),
        ("voice, sms", ("voice", "sms")),
    ],
)
def test_the_channels_to_phones_are_named_the_usual_one_first(
    channels: str | None, named: tuple[str, ...]
) -> None:
    environment = {"LINK_MODE": "test"} | ({"LINK_OTP_CHANNELS": channels} if channels else {})

    assert read_environment(PREFIX, Settings, BASE | environment).otp_channels == named


@pytest.mark.parametrize("channels", ["email", "sms,sms", "SMS", ",", "sms,pigeon"])
def test_a_channel_that_is_none_stops_the_start(channels: str) -> None:
    """Mail has a setting of its own."""
    faults = faults_of({"LINK_MODE": "test", "LINK_OTP_CHANNELS": channels})

    assert set(faults) == {"LINK_OTP_CHANNELS"}


@pytest.mark.parametrize(("given", "locale"), [(None, "en"), ("en", "en"), ("fr", "fr")])
def test_messages_are_in_english_unless_said(given: str | None, locale: str) -> None:
    environment = {"LINK_MODE": "test"} | ({"LINK_OTP_LOCALE": given} if given else {})
    assert read_environment(PREFIX, Settings, BASE | environment).otp_locale == locale


@pytest.mark.parametrize("given", ["tw", "FR", "fr-CI", "english"])
def test_a_language_without_texts_is_a_fault_of_the_setting(given: str) -> None:
    """An operator is told; a page is not."""
    assert set(faults_of({"LINK_MODE": "test", "LINK_OTP_LOCALE": given})) == {"LINK_OTP_LOCALE"}
