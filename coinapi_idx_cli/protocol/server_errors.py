"""What a server's words ask for, wherever they are: in an `error` message, in an HTTP answer, in a close frame."""

from __future__ import annotations

from coinapi_idx_cli.errors import (
    SET_A_KEY,
    ConnectionLostError,
    CredentialsError,
    CreditsUsedUpError,
    IdxstreamError,
    RefusedError,
)

# Words of the vendor's messages. All errors are permanent but those about the full buffer, credits, other connections.
BUFFER_FULL = "maximum allowed buffered messages"
ABOUT_CREDITS = ("credit", "quota")
ABOUT_CONNECTIONS = ("concurren", "too many connections", "connection limit", "limit of connections")
ABOUT_THE_KEY = ("api key", "apikey", "api-key", "unauthorized", "forbidden", "subscription", "privilege")
MESSAGE_TOO_BIG = 1009  # RFC 6455, 7.4.1
ACCIDENTS = (1001, 1011, 1012)  # a server that goes away, that failed, that starts again

CHECK_KEY = "check the key and its subscription"
WAIT_FOR_CREDITS = "buy more, or wait: credits are renewed daily, UTC"


def is_about_credits(words: str) -> bool:
    return _has(words, ABOUT_CREDITS)


def is_about_the_key(words: str) -> bool:
    return _has(words, ABOUT_THE_KEY)


def key_refused(said: str, *, with_key: bool, hint: str = CHECK_KEY) -> CredentialsError:
    """The server's words, and what to do: about the key that was sent, or about none."""
    return CredentialsError(said, hint) if with_key else CredentialsError(f"{said}; no key was sent", SET_A_KEY)


def credits_used_up(
    said: str, *, retry_after_s: float | None = None, close_code: int | None = None
) -> CreditsUsedUpError:
    """The server's words, and what to do about the credits or the quota."""
    return CreditsUsedUpError(
        said, WAIT_FOR_CREDITS, retry_after_s=retry_after_s, close_code=close_code, is_refusal=True
    )


def meaning_of(message: str, server: str, *, with_key: bool = True) -> IdxstreamError:
    """Connect again (ConnectionLostError), another key (CredentialsError), or nothing that helps (RefusedError)."""
    said = f"{server} says: {message}"
    if _has(message, (BUFFER_FULL,)):
        return ConnectionLostError(f"{server} dropped its buffer for this connection, because it was read too slowly")
    if is_about_credits(message):
        return credits_used_up(said)
    if _has(message, ABOUT_CONNECTIONS):
        return ConnectionLostError(said, "stop other programs that use the key", is_refusal=True)
    if is_about_the_key(message):
        return key_refused(said, with_key=with_key)
    return RefusedError(said, "check the ids and options of this run")


def meaning_of_close(error: ConnectionLostError, hello_bytes: int) -> IdxstreamError:
    """What a close frame means that was all the answer to a hello of so many bytes."""
    if error.close_code is None:
        return error
    if error.close_code == MESSAGE_TOO_BIG:
        what = f"{error.what}: it does not accept a hello of {hello_bytes:,} bytes"
        return RefusedError(what, "watch fewer indexes, or all of them with --all")
    what = f"{error.what}, in answer to the hello"
    if is_about_credits(error.what.partition(": ")[2]):
        return credits_used_up(what, close_code=error.close_code)
    return ConnectionLostError(what, close_code=error.close_code, is_refusal=error.close_code not in ACCIDENTS)


def _has(words: str, parts: tuple[str, ...]) -> bool:
    lowered = words.lower()
    return any(part in lowered for part in parts)
