"""The proxy that the environment names for a server: the same for the feed and for the REST side."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from coinapi_idx_cli.errors import RefusedError
from coinapi_idx_cli.urls import host_and_port, is_loopback


class Proxy(Struct, frozen=True):
    """`credentials`: user and password."""

    kind: str
    host: str
    port: int
    credentials: tuple[str, str] | None

    def __repr__(self) -> str:
        return f"Proxy({self.address})"

    @property
    def address(self) -> str:
        return host_and_port(self.host, self.port)


def proxy_for(host: str, port: int, *, secure: bool) -> Proxy | None:
    """None: go there directly. Raises RefusedError when what the environment names is no URL."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    proxies = getproxies_environment()
    url = proxies.get("https" if secure else "http") or proxies.get("all")
    if not url or is_loopback(host) or proxy_bypass_environment(f"{host}:{port}", proxies):
        return None
    try:
        return _parsed(url if "://" in url else f"http://{url}")
    except ValueError:  # its text holds a part of the URL, where a password may stand
        what = f"the {'https' if secure else 'http'}_proxy of the environment is no URL"
        raise RefusedError(what, "write http://[USER:PASSWORD@]HOST:PORT, percent-encoded") from None


def _parsed(url: str) -> Proxy:
    parts = urlsplit(url)
    if "@" in parts.path + parts.query + parts.fragment:  # behind a password with a slash in it
        raise ValueError("no URL")
    if not parts.hostname:
        raise ValueError("no host")
    kind = "http" if parts.scheme in ("http", "https") else parts.scheme
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(kind, parts.hostname, parts.port or (80 if kind == "http" else 1080), credentials)
