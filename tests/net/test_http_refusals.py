"""What a server's refusal means by its status, headers and words, and how it is told."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import (
    ConnectionLostError,
    CredentialsError,
    CreditsUsedUpError,
    IdxstreamError,
    RefusedError,
)
from coinapi_idx_cli.net.http_refusals import HttpAnswer, HttpPurpose, http_refusal
from coinapi_idx_cli.net.server import Server

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
ASKED = HttpPurpose("the WebSocket", "--url", "check the key")
PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"


def refusal(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None, key: str | None = KEY
) -> IdxstreamError:
    server = Server("wss://feed.example", ApiKey(key) if key else None)
    return http_refusal(server, HttpAnswer(status, "Reason", headers or {}, body), ASKED)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", CredentialsError),
        (403, b"", CredentialsError),
        (403, b"Forbidden - Your API key don't have privileges to data type index", CredentialsError),
        (402, b"", CreditsUsedUpError),
        (403, b'{"error": "Insufficient Usage Credits"}', CreditsUsedUpError),
        (401, b"Quota exceeded", CreditsUsedUpError),
        (429, b'{"message": "Your quota is used up"}', CreditsUsedUpError),
        (429, b"", ConnectionLostError),
        (503, b"the quota service is down", ConnectionLostError),
        (403, PAGE, ConnectionLostError),
        (404, PAGE, RefusedError),
        (404, b"", RefusedError),
        (302, b"", RefusedError),
        (200, b"hello", RefusedError),
    ],
)
def test_what_it_means(status: int, body: bytes, kind: type[IdxstreamError]) -> None:
    assert type(refusal(status, body)) is kind


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "No such plan", "code": 7}', "No such plan"),
        (b'{"message": "No such plan"}', "No such plan"),
        (b'{"detail": "No such plan"}', '{"detail": "No such plan"}'),
        (b'["No such plan"]', '["No such plan"]'),
        (b"  No such plan\n", "No such plan"),
        (b"[" * 100_000, "[" * 100),
    ],
)
def test_the_words_of_the_server_come_first(body: bytes, words: str) -> None:
    assert refusal(404, body).what.startswith(f"feed.example:443 says: {words}")


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 503])
def test_it_speaks_of_the_key_only_where_the_server_does(status: int) -> None:
    silent, loud = refusal(status, b"No."), refusal(status, b"Invalid API key")
    assert "key" not in silent.what
    assert "key" in loud.what
    assert ("key" in silent.hint) == (status == 401), silent.hint


def test_success_at_something_else_is_no_refusal() -> None:
    assert refusal(200, b"hi!").what == "feed.example:443 did not give the WebSocket (HTTP 200 Reason: hi!)"
    assert refusal(204).what == "feed.example:443 did not give the WebSocket (HTTP 204 Reason)"


def test_without_a_key_it_says_that_none_was_sent() -> None:
    error = refusal(401, b"Invalid API key", key=None)
    assert error.what == "feed.example:443 says: Invalid API key (HTTP 401 Reason); no key was sent"
    assert "COINAPI_KEY" in error.hint


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize(
    ("body", "headers"),
    [(PAGE, {}), (b"\n\n" + PAGE, {}), (b"Just a moment...", {"content-type": "text/html; charset=UTF-8"})],
)
def test_a_web_page_is_never_shown(status: int, body: bytes, headers: dict[str, str]) -> None:
    assert "moment" not in str(refusal(status, body, headers))


@pytest.mark.parametrize("headers", [{"server": "cloudflare", "cf-mitigated": "challenge"}, {"server": "cloudflare"}])
def test_a_challenge_page_names_who_refused_and_not_the_key(headers: dict[str, str]) -> None:
    error = refusal(403, PAGE, {**headers, "retry-after": "7"})
    assert error.what == (
        "something that calls itself cloudflare, in front of feed.example:443 or on the way to it, "
        "answered with a web page (HTTP 403 Reason)"
    )
    assert isinstance(error, ConnectionLostError)
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(404, KEY, {}, KEY.encode()),
        HttpAnswer(403, "", {"server": KEY}, PAGE),
        HttpAnswer(404, "", {}, b"x" * 290 + KEY.encode()),
        HttpAnswer(404, "", {}, b'{"error": "' + KEY.replace("4", "\\u0034").encode() + b'"}'),
    ],
)
def test_the_key_is_in_nothing_that_is_told(answer: HttpAnswer) -> None:
    text = str(http_refusal(Server("wss://feed.example", ApiKey(KEY)), answer, ASKED))
    assert KEY[:8] not in text


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\x00\xff\xfe", b""])
def test_what_is_no_text_is_no_words(body: bytes) -> None:
    assert refusal(404, body).what == "feed.example:443 refused the WebSocket (HTTP 404 Reason)"
