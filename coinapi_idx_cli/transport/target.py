"""The feed's server, and what it is sent first."""

from __future__ import annotations

from coinapi_idx_cli.net.server import Server


class Target(Server, frozen=True):
    """The feed's server, and what it is sent first.

    `auth` is "header", "query" or "hello"; with the last `hello` holds the key.
    """

    auth: str = "header"
    hello: bytes = b""  # may hold the key
