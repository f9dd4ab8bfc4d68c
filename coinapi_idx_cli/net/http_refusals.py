"""What an HTTP answer other than the one that was asked for means, to the feed's upgrade and to REST alike.

The server's own words come first; of the key it is spoken only where they do, or the status is about nothing else. A
web page is nobody's words: it comes from something in between, and is never shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, RefusedError
from coinapi_idx_cli.net.retry_after import retry_after_s
from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.protocol.server_errors import credits_used_up, is_about_credits, is_about_the_key, key_refused
from coinapi_idx_cli.terminal.one_line import excerpt, words_in

BAD_REQUEST, UNAUTHORIZED, PAYMENT_REQUIRED, FORBIDDEN, TOO_MANY = 400, 401, 402, 403, 429
TRY_LATER_STATUSES = {408, 425, TOO_MANY}
FIELDS_OF_WORDS = ("error", "message")  # of the vendor's answers, older and newer


class HttpAnswer(Struct, frozen=True):
    """An HTTP answer, as far as its meaning depends on it.

    `headers` by their names in lower case. `body`: as much of it as was read.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class HttpPurpose(Struct, frozen=True):
    """What the server was asked for, in words; which option says where; what to check about the key.

    `details`: which options say what exactly, for a server that does not understand the question.
    """

    what: str
    option: str
    key_hint: str
    details: str = ""


def http_refusal(server: Server, answer: HttpAnswer, asked: HttpPurpose) -> IdxstreamError:
    """ConnectionLostError where another attempt may do better, else CredentialsError or RefusedError."""
    status = answer.status
    is_page = _is_page(answer)
    words = "" if is_page else _words(server, answer)
    code = excerpt(f"HTTP {status} {answer.reason}".rstrip(), server.redactor.clean)
    said = f"{server.name} says: {words} ({code})" if words else f"{server.name} refused {asked.what} ({code})"
    if status < 300:  # words of success, about something else
        said = f"{server.name} did not give {asked.what} ({code}{words and f': {words}'})"
    if status == PAYMENT_REQUIRED or (400 <= status < 500 and is_about_credits(words)):
        return credits_used_up(said, retry_after_s=_asked_to_wait_s(answer))
    if "cf-mitigated" in answer.headers or (is_page and status == FORBIDDEN):
        return _challenge(server, answer, code)
    if status in (UNAUTHORIZED, FORBIDDEN):
        is_certain = status == UNAUTHORIZED or is_about_the_key(words)
        hint = asked.key_hint if is_certain else "run idxstream doctor to see what refuses the connection"
        return key_refused(said, with_key=server.api_key is not None, hint=hint)
    if status in TRY_LATER_STATUSES or status >= 500:
        if not words:
            said = f"{server.name} cannot serve now ({code})"
        return ConnectionLostError(said, retry_after_s=_asked_to_wait_s(answer), is_refusal=status == TOO_MANY)
    if 300 <= status < 400:
        hint = f"redirects are never followed, because they would carry the key along; check {asked.option}"
        return RefusedError(f"{server.name} redirects elsewhere ({code})", hint)
    return RefusedError(said, f"check {asked.details if status == BAD_REQUEST and asked.details else asked.option}")


def _challenge(server: Server, answer: HttpAnswer, code: str) -> ConnectionLostError:
    name = excerpt(answer.headers.get("server", ""), server.redactor.clean).strip()
    who = f"something that calls itself {name}" if name else "something"
    what = f"{who}, in front of {server.name} or on the way to it, answered with a web page ({code})"
    hint = "ask for your address to be allowed; the key was not refused"
    return ConnectionLostError(what, hint, retry_after_s=_asked_to_wait_s(answer), is_refusal=True)


def _asked_to_wait_s(answer: HttpAnswer) -> float | None:
    return retry_after_s(answer.headers.get("retry-after"), answer.headers.get("date"))


def _is_page(answer: HttpAnswer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"


def _words(server: Server, answer: HttpAnswer) -> str:
    """Of the body: what its JSON says, or the text that it is."""
    text = words_in(answer.body)
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        text = next((fields[name] for name in FIELDS_OF_WORDS if isinstance(fields.get(name), str)), text)
    return excerpt(text, server.redactor.clean).strip()
