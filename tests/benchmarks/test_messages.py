"""Requests built by hand, and responses read by hand."""

import json

import pytest
from benchmarks.measuring.messages import Answer, AnswerUnreadable, read_answer, request

HEAD = b"HTTP/1.1 409 Conflict\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\n"


def test_a_request_without_a_body_says_no_length() -> None:
    sent = request("GET", "/jwks.json", {"Origin": "https://link.example"})

    assert sent == (
        b"GET /jwks.json HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://link.example\r\n\r\n"
    )


def test_a_body_is_sent_as_json_with_its_length_in_bytes() -> None:
    head, _, body = request("POST", "/x", body={"label": "Café"}).partition(b"\r\n\r\n")

    assert json.loads(body) == {"label": "Café"}
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Content-Type: application/json" in head


def test_bytes_are_sent_as_they_are() -> None:
    sent = request("POST", "/x", {"Content-Type": "text/plain"}, b"a=b")

    assert sent.endswith(b"Content-Type: text/plain\r\nContent-Length: 3\r\n\r\na=b")


@pytest.mark.parametrize("received", range(len(HEAD) + 5))
def test_a_part_of_a_response_is_no_response(received: int) -> None:
    assert read_answer((HEAD + b"12345")[:received]) is None


def test_a_response_is_its_status_and_body() -> None:
    assert read_answer(HEAD + b"12345") == Answer(409, b"12345")


def test_the_length_in_a_body_is_not_read() -> None:
    said = b"HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n\r\nContent-Length: 999"

    assert read_answer(said) == Answer(200, b"\r\nContent-Length: 999")


def test_a_response_without_length_is_refused() -> None:
    with pytest.raises(AnswerUnreadable):
        read_answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_204_has_no_body() -> None:
    assert read_answer(b"HTTP/1.1 204 No Content\r\n\r\n") == Answer(204, b"")


def test_another_status_than_expected_quotes_the_body() -> None:
    with pytest.raises(AssertionError, match="409 instead of 200: b'no'"):
        Answer(409, b"no").json()
