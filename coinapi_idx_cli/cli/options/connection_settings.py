"""How to connect, checked and complete: made of the options that all commands share which go to a server."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import CredentialsError, UsageError
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.net.urls import check_url, is_loopback, parse_url

DEFAULT_URL = "wss://ws-api.indexes.coinapi.io"
DEFAULT_REST_URL = "https://rest-api.indexes.coinapi.io"
STALE_AFTER_WITH_HEARTBEAT_S = 10.0
STALE_AFTER_WITHOUT_HEARTBEAT_S = 90.0  # the server pings once a minute


class ConnectionSettings(Struct, frozen=True):
    """How to connect, and for how long to keep at it. `demo`: against a simulator of our own; both URLs are empty."""

    url: str
    rest_url: str
    demo: bool
    api_key: ApiKey | None
    auth: str
    trust: Trust | None
    allow_plaintext: bool
    connect_timeout_s: float
    strategy: Strategy
    stale_after_s: float
    give_up_after_s: float | None
    redundant: bool = False


def resolve_url(url: str | None, name: str = "--url", *, demo: bool, allow_plaintext: bool) -> str:
    """The feed's address, empty for the demo. `name`: what gave the URL, in words. Raises UsageError."""
    if demo or not url:
        return "" if demo else DEFAULT_URL
    return check_url(name, url, secure="wss", plain="ws", allow_plaintext=allow_plaintext).text


def resolve_rest_url(
    url: str | None, name: str = "--rest-url", *, feed_url: str = "", demo: bool, allow_plaintext: bool
) -> str:
    """The REST side's address without a slash at its end, empty for the demo. Raises UsageError."""
    if demo:
        return ""
    if not url:
        return list_beside(feed_url or DEFAULT_URL) or DEFAULT_REST_URL
    there = check_url(name, url, secure="https", plain="http", allow_plaintext=allow_plaintext)
    return replace(there, path=there.path.rstrip("/")).text


def list_beside(feed_url: str) -> str | None:
    """Where a feed on this machine has its list, if it is a simulator: at the same port. None for other machines."""
    feed = parse_url(feed_url)
    here = replace(feed, scheme="https" if feed.scheme == "wss" else "http", path="", query=None)
    return here.text if is_loopback(feed.host) else None


def check_key(url: str, key: ApiKey | None) -> None:
    """Raises CredentialsError when a key is needed and there is none. `url` is empty for the demo."""
    _check_key(url, key, "no API key", "--demo needs none")


def check_rest_key(rest_url: str, key: ApiKey | None) -> None:
    """As `check_key`, before the list of indexes is asked for."""
    _check_key(rest_url, key, "no API key for the list of indexes", "a --rest-url on this machine needs none")


def check_history_key(rest_url: str, key: ApiKey | None) -> None:
    """As `check_key`, before history is asked for."""
    _check_key(rest_url, key, "no API key", "a --rest-url on this machine needs none")


def link_to(
    url: str,
    rest_url: str,
    key: ApiKey | None,
    trust: Trust | None,
    connect_timeout_s: float,
    *,
    allow_plaintext: bool,
) -> ConnectionSettings:
    """For a command that asks REST alone; nothing goes to the feed at `url`."""
    return ConnectionSettings(
        url=url,
        rest_url=rest_url,
        demo=False,
        api_key=key,
        auth="header",
        trust=trust,
        allow_plaintext=allow_plaintext,
        connect_timeout_s=connect_timeout_s,
        strategy=Strategy.HANDOVER,
        stale_after_s=STALE_AFTER_WITH_HEARTBEAT_S,
        give_up_after_s=None,
    )


def _check_key(url: str, key: ApiKey | None, what: str, way_out: str) -> None:
    if url and key is None and not is_loopback(parse_url(url).host):
        hint = f"set COINAPI_KEY, or --api-key-file; {way_out}. Keys: https://www.coinapi.io"
        raise CredentialsError(what, hint)


def check_redundant(strategy: Strategy, update_limit_ms: int | None) -> None:
    """What cannot be had with two connections at all times. Raises UsageError."""
    if update_limit_ms is not None:
        what = "--redundant and --update-limit-ms contradict each other"
        raise UsageError(what, "each server samples for itself, so that two connections do not carry the same series")
    if strategy is not Strategy.HANDOVER:
        what = f"--redundant and --reconnect {strategy.value} contradict each other"
        raise UsageError(what, "leave --reconnect out: with two connections at all times every end is a handover")


def default_stale_after_s(*, heartbeat: bool) -> float:
    return STALE_AFTER_WITH_HEARTBEAT_S if heartbeat else STALE_AFTER_WITHOUT_HEARTBEAT_S
