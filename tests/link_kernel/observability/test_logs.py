"""Logging: the lines written, and the redaction of secrets, arguments and exceptions."""

import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_kernel.observability.logs import (
    ALLOWED_FIELDS,
    REQUEST_ID,
    Format,
    HumanFormatter,
    JsonFormatter,
    configure_logs,
    masked,
)

pytestmark = pytest.mark.usefixtures("logging_as_before")

_log = logging.getLogger("test.logs")
_SECRETS = (
    "lnk_Zm9vYmFyYmF6cXV4",
    "rfr_0123456789abcdef",
    "elb_AAAA-BBBB_CCCC",
    "elr_AbCdEfGh12345678",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjdXNfMSJ9.c2lnbmF0dXJl",
    "ama.mensah@shop.example",
    "ama%40shop.example",
    "+233241234567",
    "+233 24 123 4567",
    "%2B233241234567",
    "redis://:hunter2@10.0.0.1:6379/0",
    "redis://user:p@ss@10.0.0.1",
)
_TELLTALE = re.compile(
    "Zm9vYmFy|0123456789abcdef|BBBB|AbCdEfGh|c2lnbmF0|c3ViIjoi"
    "|ama|mensah|hunter2|p@ss|user:|24 ?123"
)


class _Written:
    """The text written to standard error in this test so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> _Written:
    """Return the captured standard error."""
    return _Written(capsys)


def _fail(text: str) -> None:
    raise LookupError(text)


def _line(written: _Written) -> dict[str, object]:
    line = json.loads(written.getvalue())
    assert isinstance(line, dict)
    return line


def test_a_line_of_json_says_when_where_what_and_for_which_call(written: _Written) -> None:
    """Time in RFC 3339 UTC, the request id of the context, fields as they came."""
    configure_logs("json", "info")
    token = REQUEST_ID.set("4bf92f3577b34da6")
    try:
        _log.info("refused", extra={"code": "RATE_LIMITED", "status": 429, "duration_ms": 1.5})
    finally:
        REQUEST_ID.reset(token)

    line = _line(written)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("time")))
    assert line == {
        "level": "info",
        "logger": "test.logs",
        "message": "refused",
        "request_id": "4bf92f3577b34da6",
        "status": 429,
        "code": "RATE_LIMITED",
        "duration_ms": 1.5,
    }


def test_outside_a_call_there_is_no_request_id(written: _Written) -> None:
    """A field without a value is left out."""
    configure_logs("json", "info")
    _log.info("started", extra={"detail": None})
    assert _line(written).keys() == {"time", "level", "logger", "message"}


def test_a_line_for_people_stays_one_line(written: _Written) -> None:
    """A field cannot forge a second line, nor colour the terminal."""
    configure_logs("human", "INFO")
    _log.warning("refused", extra={"detail": "a\nFAKE ERROR \x1b[31m\x9b", "status": 403})

    assert re.fullmatch(
        r"\d\d:\d\d:\d\d WARNING test\.logs: refused status=403 "
        r'detail="a\\nFAKE ERROR \\u001b\[31m\\u009b"\n',
        written.getvalue(),
    )


@pytest.mark.parametrize("log_format", ["json", "human"])
def test_a_field_nobody_allowed_is_dropped(written: _Written, log_format: Format) -> None:
    """A log call with `extra={"body": …}` writes no body."""
    configure_logs(log_format, "info")
    _log.info("call", extra={"body": "secret-1", "query": "secret-2", "otp_code": "123456"})
    _log.info(
        "call", extra={"detail": {"a": "secret-3"}, "reason": ["secret-4"], "code": b"secret-5"}
    )
    _log.info("call", extra={"detail": ValueError("secret-6")})

    assert written.getvalue().count("call") == 3
    assert "secret" not in written.getvalue()
    assert "123456" not in written.getvalue()


@pytest.mark.parametrize("log_format", ["json", "human"])
def test_texts_are_not_put_into_messages(written: _Written, log_format: Format) -> None:
    """Messages are constants, also those of libraries."""
    configure_logs(log_format, "info")
    _log.info("Error handling request from %s", "203.0.113.77")
    _log.error("Task exception was never retrieved\nfuture: <Task exception=KeyError('secret')>")
    _log.error(KeyError("secret"))

    assert "Error handling request from ***" in written.getvalue()
    assert "Task exception was never retrieved" in written.getvalue()
    assert "KeyError" in written.getvalue()
    assert "203.0.113.77" not in written.getvalue()
    assert "secret" not in written.getvalue()


@pytest.mark.parametrize("log_format", ["json", "human"])
@pytest.mark.parametrize("secret", _SECRETS)
def test_no_secret_leaves_by_any_door(written: _Written, log_format: Format, secret: str) -> None:
    """In a message, field, request id, exception and its cause, also within other text."""
    configure_logs(log_format, "info")
    token = REQUEST_ID.set(secret)
    try:
        _log.info(f"constant they said: {secret}", extra={"detail": f"x={secret},y"})
        try:
            try:
                _fail(secret)
            except LookupError as error:
                raise RuntimeError(f"because of {secret}") from error
        except RuntimeError:
            _log.exception("failed")
    finally:
        REQUEST_ID.reset(token)

    assert "***" in written.getvalue()
    assert not _TELLTALE.search(written.getvalue())


def test_an_exception_leaves_types_and_lines_of_code(written: _Written) -> None:
    """The trace has no exception message, no values and no source text."""
    configure_logs("json", "info")
    hidden = "value-of-a-local"
    try:
        try:
            _fail(hidden)
        except LookupError as error:
            raise RuntimeError(hidden) from error
    except RuntimeError:
        _log.exception("failed")

    line = _line(written)
    trace = line["traceback"]
    assert isinstance(trace, list)
    assert line["exception"] == "RuntimeError"
    assert [step for step in trace if not step.startswith("at ")] == [
        "RuntimeError",
        "caused by LookupError",
    ]
    assert re.fullmatch(r"at .+test_logs\.py:\d+ in _fail", trace[-1])
    assert hidden not in written.getvalue()
    assert "raise LookupError" not in written.getvalue()


def test_an_endless_chain_and_a_deep_stack_are_cut(written: _Written) -> None:
    """Every log line has a maximum length."""

    def deeper(depth: int) -> None:
        if depth == 0:
            raise KeyError
        deeper(depth - 1)

    configure_logs("json", "info")
    try:
        deeper(200)
    except KeyError as error:
        error.__cause__ = ValueError()
        error.__cause__.__cause__ = error
        _log.exception("failed")

    trace = _line(written)["traceback"]
    assert isinstance(trace, list)
    assert len(trace) < 300


def test_a_long_text_is_cut(written: _Written) -> None:
    """A field cannot fill the disk, and is cut after its secrets are masked."""
    configure_logs("json", "info")
    _log.info("call", extra={"detail": "x" * 490 + "lnk_" + "Zm9vYmFy" * 10_000})

    detail = _line(written)["detail"]
    assert isinstance(detail, str)
    assert len(detail) <= 500
    assert not _TELLTALE.search(detail)


def test_levels_are_names_in_any_case(written: _Written) -> None:
    """`ELEMENTS_LOG_LEVEL=warning` is accepted, an unknown name is rejected."""
    configure_logs("json", "warning")
    _log.info("quiet")
    assert written.getvalue() == ""
    with pytest.raises(ValueError, match="level"):
        configure_logs("json", "loud")


def test_configuring_twice_writes_once(written: _Written) -> None:
    """A second configuration adds no second handler."""
    configure_logs("json", "info")
    configure_logs("json", "info")
    _log.info("once")
    assert written.getvalue().count("\n") == 1


def test_the_access_log_is_silent(written: _Written) -> None:
    """It would hold raw paths and queries."""
    configure_logs("json", "debug")
    access = logging.getLogger("aiohttp.access")
    access.critical("GET /v1?contact=ama@shop.example")
    assert written.getvalue() == ""
    assert not access.isEnabledFor(logging.CRITICAL)


def test_a_line_that_cannot_be_written_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """`logging` itself would print message and arguments without redaction."""
    configure_logs("json", "info")
    logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(nonsense)s"))
    _log.info("lnk_Zm9vYmFyYmF6cXV4")
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


@pytest.mark.parametrize(
    "harmless",
    [
        "store_unavailable",
        "els_0123456789abcdefghijkl",
        "bus_demo",
        "https://shop.example:8443",
        "/v1/link/addresses/{id}",
        "RATE_LIMITED",
        "http 404",
    ],
)
def test_what_is_no_secret_is_left_alone(harmless: str) -> None:
    """Ids are not masked, since a log without them would be of no use."""
    assert masked(harmless) == harmless


@given(st.text(), st.text(), st.sampled_from(["lnk", "rfr", "elb", "elr"]))
def test_a_token_is_masked_in_any_surroundings(before: str, after: str, kind: str) -> None:
    """A token is masked next to any other text."""
    assert "Zm9vYmFyQUJD" not in masked(f"{before}{kind}_Zm9vYmFyQUJD{after}")


@given(st.dictionaries(st.sampled_from(ALLOWED_FIELDS), st.text() | st.floats() | st.integers()))
def test_every_line_is_one_line_of_strict_json(fields: dict[str, object]) -> None:
    """Masking and odd values never break the format."""
    record = logging.makeLogRecord({"msg": "call", **fields})
    text = JsonFormatter().format(record)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(text, parse_constant=refuse)["message"] == "call"
    assert "\n" not in text
    assert "\n" not in HumanFormatter().format(record)
