"""Settings of the OTP senders: `LINK_OTP_*` without the limits (`docs/otp-senders.md`)."""

from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from link_api.auth.senders.smtp import SmtpServer, read_mailbox
from link_api.auth.senders.webhook import checked_hook_url, read_hook_secret
from link_kernel.contract.wire import Locale
from link_kernel.errors import InvalidSetting
from link_kernel.sessions.records import Mode

SenderName = Literal["console", "webhook", "smtp"]
PhoneChannel = Literal["sms", "whatsapp", "voice"]


def _in_order(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _each_once(channels: tuple[PhoneChannel, ...]) -> tuple[PhoneChannel, ...]:
    if not channels or len(set(channels)) < len(channels):
        raise InvalidSetting("must name channels, each once, the usual one first")
    return channels


PhoneChannels = Annotated[
    tuple[PhoneChannel, ...], BeforeValidator(_in_order), AfterValidator(_each_once)
]

_SENDERS: Final = ("otp_sender_phone", "otp_sender_email")
_NEEDED_BY: Final[dict[str, SenderName]] = {
    "otp_webhook_url": "webhook",
    "otp_webhook_secret": "webhook",
    "otp_smtp_url": "smtp",
    "otp_from": "smtp",
}
_KIND: Final = "otp_sender"

V = TypeVar("V")


class SenderSettings(BaseModel):
    """The settings of the OTP senders.

    Each fault is reported at its own variable, so that all are reported together. The validator
    of a field reads the fields above it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    mode: Mode = "live"
    otp_sender: SenderName = "console"
    # Where the next two are not set, they become what `otp_sender` is.
    otp_sender_phone: SenderName | None = Field(default=None, validate_default=True)
    otp_sender_email: SenderName | None = Field(default=None, validate_default=True)
    otp_channels: PhoneChannels = ("sms",)
    otp_locale: Locale = "en"  # of messages to who names no language
    otp_webhook_url: SecretStr | None = Field(default=None, validate_default=True)
    otp_webhook_secret: SecretStr | None = Field(default=None, validate_default=True)
    otp_smtp_url: SecretStr | None = Field(default=None, validate_default=True)
    otp_from: str | None = Field(default=None, validate_default=True)

    @field_validator("otp_sender_phone", "otp_sender_email")
    @classmethod
    def _sender(cls, given: SenderName | None, info: ValidationInfo) -> SenderName | None:
        sender: SenderName | None = given or info.data.get("otp_sender")
        if sender == "console" and info.data.get("mode") == "live":
            raise PydanticCustomError(
                _KIND,
                "LINK_OTP_SENDER=console prints codes on the terminal:"
                " choose webhook or smtp, or set LINK_MODE=test",
            )
        if sender == "smtp" and info.field_name == "otp_sender_phone":
            raise PydanticCustomError(
                _KIND, "LINK_OTP_SENDER=smtp reaches no phone: set LINK_OTP_SENDER_PHONE=webhook"
            )
        return sender

    @field_validator(*_NEEDED_BY)
    @classmethod
    def _is_there(cls, given: V, info: ValidationInfo) -> V:
        needed_by = _NEEDED_BY[info.field_name or ""]
        if given is None and needed_by in {info.data.get(name) for name in _SENDERS}:
            raise PydanticCustomError(
                _KIND, "is required by the sender {sender}", {"sender": needed_by}
            )
        return given

    @field_validator("otp_webhook_url")
    @classmethod
    def _hook_url(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if given is not None:
            checked_hook_url(given.get_secret_value(), plain_on_loopback=_is_test(info))
        return given

    @field_validator("otp_webhook_secret")
    @classmethod
    def _hook_secret(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None:
            read_hook_secret(given.get_secret_value())
        return given

    @field_validator("otp_smtp_url")
    @classmethod
    def _smtp_url(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if given is not None:
            SmtpServer.parse(given.get_secret_value(), plain_on_loopback=_is_test(info))
        return given

    @field_validator("otp_from")
    @classmethod
    def _from(cls, given: str | None) -> str | None:
        if given is not None:
            read_mailbox(given)
        return given


def _is_test(info: ValidationInfo) -> bool:
    return info.data.get("mode") == "test"
