"""What the program accepts as a server's address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from coinapi_idx_cli.errors import UsageError

_KEY_IN_QUERY = re.compile(r"[?&;][\w-]*(key|token|password)=", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1, and the names that RFC 6761 reserves for them."""
    if host in ("localhost", "::1") or host.endswith(".localhost"):
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)


def check_url(option: str, url: str, *, secure: str, plain: str, allow_plaintext: bool) -> str:
    """`url` itself. Raises UsageError unless it is a `secure` one, or a `plain` one that is allowed.

    A key in the URL would show in messages, so credentials must come another way.
    """
    if "@" in url or _KEY_IN_QUERY.search(url):  # before anything is said of it, whatever it is else
        hint = "give the key with --api-key-file" + (", and --auth query" if secure == "wss" else "")
        raise UsageError(f"{option} holds a key or a password", hint)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{option} {url!r} is no URL: {error}", f"give {secure}://HOST[:PORT]") from error
    if parts.scheme not in (secure, plain) or not host:
        raise UsageError(f"{option} {url!r} is no {secure}:// URL", f"give {secure}://HOST[:PORT]")
    if parts.scheme == plain and not allow_plaintext and not is_loopback(host):
        raise UsageError(
            f"{plain}:// to {host} would send the key and the data in the clear",
            f"use {secure}://, or --allow-plaintext if the way there is safe",
        )
    return url


def host_and_port(host: str, port: int) -> str:
    """As it stands in a URL, and for people."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bare_url(url: str) -> str:
    """Scheme, host, port and path: neither user and password nor query. Of no URL, where either can be, nothing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "no URL"
    if not host or "@" in parts.path + parts.query + parts.fragment:  # behind a password with a slash in it
        return "no URL"
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}{parts.path}"
