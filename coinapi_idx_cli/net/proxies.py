"""The proxy that the environment names for a server: the same for the feed and for the REST side."""

from __future__ import annotations

import os
from importlib.util import find_spec

from msgspec import Struct

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.net.urls import Url, host_and_port, is_loopback, parse_url

DEFAULT_PORTS = {"http": 80, "socks5": 1080, "socks5h": 1080}
SOCKS_KINDS = ("socks5", "socks5h")
WRITE_IT_SO = "write http://[USER:PASSWORD@]HOST:PORT, with user and password percent-encoded"


class Proxy(Struct, frozen=True):
    """A proxy that the environment names.

    `kind`: http, socks5 (names are resolved here) or socks5h (there). `credentials`: user and password.
    """

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
    """None: go there directly. Raises UsageError when what the environment names cannot be used."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    proxies = getproxies_environment()
    kind = next((kind for kind in ("https" if secure else "http", "all") if proxies.get(kind)), None)
    if kind is None or is_loopback(host) or proxy_bypass_environment(f"{host}:{port}", proxies):
        return None
    return _checked(proxies[kind], f"{kind}_proxy")


def _checked(text: str, variable: str) -> Proxy:
    """Nothing of `text` is repeated but its kind: a password may be anywhere."""
    try:
        url = parse_url(text if "://" in text else f"http://{text}")
        if url.path not in ("", "/") or url.query is not None or url.fragment is not None:
            raise ValueError("it has a path, a query or a fragment")
    except ValueError as error:
        raise UsageError(f"the {variable} of the environment is not a valid URL: {error}", WRITE_IT_SO) from None
    _check_kind(url, variable)
    credentials = None if url.user is None else (url.user, url.password)
    return Proxy(url.scheme, url.host, url.port or DEFAULT_PORTS[url.scheme], credentials)


def _check_kind(url: Url, variable: str) -> None:
    """Before anything is sent: to an https:// proxy a password would go in the clear."""
    kind = url.scheme
    if kind not in DEFAULT_PORTS:
        hint = "name an http:// or socks5h:// proxy"
        if kind == "socks":
            hint = "socks:// does not say which version: write socks5h:// if it is a SOCKS5 proxy"
        raise UsageError(f"{kind}:// proxies, as {variable} names one, are not supported", hint)
    if kind in SOCKS_KINDS and find_spec("python_socks") is None:
        what = f"{kind}:// proxies, as {variable} names one, need a package that is not installed"
        raise UsageError(what, "pip install 'idxstream[socks]'")
