"""What an `error` message of the server asks for."""

from __future__ import annotations

from coinapi_idx_cli.errors import SET_A_KEY, ConnectionLostError, CredentialsError, IdxstreamError, RefusedError

# Words of the vendor's messages. All errors are permanent but the one about the full buffer.
BUFFER_FULL = "maximum allowed buffered messages"
ABOUT_THE_KEY = ("api key", "apikey", "unauthorized", "forbidden", "quota", "subscription", "credit")


def meaning_of(message: str, server: str, *, with_key: bool = True) -> IdxstreamError:
    """Connect again (ConnectionLostError), another key (CredentialsError), or nothing that helps (RefusedError)."""
    lowered = message.lower()
    if BUFFER_FULL in lowered:
        return ConnectionLostError(f"{server} dropped what was buffered for us, as it was read too slowly")
    if any(words in lowered for words in ABOUT_THE_KEY):
        if not with_key:
            return CredentialsError(f"{server} refused, and was sent no API key: {message}", SET_A_KEY)
        return CredentialsError(f"{server} refused the API key: {message}", "check the key and its subscription")
    return RefusedError(f"{server} ended the feed: {message}", "check what is asked for")
