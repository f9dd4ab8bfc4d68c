"""The one parser of URLs: what it does not understand beyond doubt, it refuses.

Other parsers end a host at a backslash, strip white space, decode `%2e`, read `127.1` as an address or split a query at
`;`, each in its own way, and where two of them differ a key goes to a host that nobody meant. So nothing of that is
valid here, and no library ever sees the text of a URL: it gets host and port from here, or a URL built from the parts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from urllib.parse import unquote

from msgspec import Struct

from coinapi_idx_cli.errors import UsageError

DEFAULT_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}
LONGEST_NAME = 253  # RFC 1035, 2.3.4, without the dot at its end
HIDDEN = "***"

_PARTS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://(?:([^/?#]*)@)?([^/?#@]*)(/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_HOST_AND_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([1-9][0-9]{0,4}))?")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_READ_DIFFERENTLY = re.compile(r"""[\\;"<>^`{|}@]""")
_KEY_WITHIN = re.compile(r"[?&;#][\w-]*(key|token|password|secret)=|/APIKEY-", re.IGNORECASE)


class Url(Struct, frozen=True):
    """The parts of a URL.

    `host` in lower case, of an IPv6 address without brackets. `user` and `password` as they are, not encoded.
    """

    scheme: str
    host: str
    port: int | None = None
    path: str = ""
    query: str | None = None
    fragment: str | None = None
    user: str | None = None
    password: str = ""

    def __repr__(self) -> str:
        return f"Url({self.bare})"

    @property
    def bare(self) -> str:
        """Scheme, host, port and path: neither user and password nor query and fragment."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{name}{f':{self.port}' if self.port else ''}{self.path}"

    @property
    def target(self) -> str:
        """What the server is asked for."""
        return (self.path or "/") + ("" if self.query is None else f"?{self.query}")

    @property
    def text(self) -> str:
        """Built from the parts, without user, password and fragment."""
        return self.bare if self.query is None else f"{self.bare}?{self.query}"


@lru_cache(maxsize=64)
def parse_url(text: str) -> Url:
    """Raises ValueError, which says why without repeating any of it: a password may be anywhere."""
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError("it does not have the form SCHEME://HOST[:PORT]")
    scheme, credentials, place, path, query, fragment = match.groups()
    if not text.isascii():
        raise ValueError("it holds characters outside ASCII: a host is written as xn--…, all else percent-encoded")
    if not text.isprintable() or " " in text:
        raise ValueError("it holds white space or a control character")
    if odd := _READ_DIFFERENTLY.search("".join(filter(None, (path, query, fragment)))):
        raise ValueError(f"it holds {odd[0]!r}, which has to be percent-encoded")
    host, port = _host_and_port(place)
    user, password = _user_and_password(credentials) if credentials is not None else (None, "")
    return Url(scheme.lower(), host, port, path or "", query, fragment, user, password)


def _host_and_port(place: str) -> tuple[str, int | None]:
    match = _HOST_AND_PORT.fullmatch(place)
    if match is None:
        raise ValueError("its HOST[:PORT] is not valid")
    in_brackets, name, digits = match.groups()
    port = int(digits) if digits else None
    if port is not None and port > 65_535:
        raise ValueError("its port is greater than 65535")
    return (_ipv6(in_brackets) if in_brackets else _name(name.lower())), port


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise ValueError("the text in brackets is not an IPv6 address") from None
    if address.ipv4_mapped is not None:
        raise ValueError("it holds an IPv4 address as an IPv6 one: write it as IPv4")
    return str(address)


def _name(text: str) -> str:
    """Also an IPv4 address, which has to be written in full: some read `127.1` and `0x7f.1` as one."""
    if _NUMBER.fullmatch(text.rpartition(".")[2]):
        try:
            return str(IPv4Address(text))
        except AddressValueError:
            raise ValueError("its host ends in a number and is not an IPv4 address in full") from None
    if len(text) > LONGEST_NAME or not _NAME.fullmatch(text):
        raise ValueError("its host is not a valid name")
    return text


def _user_and_password(text: str) -> tuple[str, str]:
    if any(character in text for character in "@\\[]"):
        raise ValueError("its user or password holds a character that has to be percent-encoded")
    user, _, password = text.partition(":")
    return unquote(user), unquote(password)


def is_loopback(host: str) -> bool:
    """Whether this machine is meant: by an address, or by the names that RFC 6761 reserves for it.

    What such a name resolves to is another matter: `streams` looks at that before anything is sent in the clear.
    """
    return host == "localhost" or host.endswith(".localhost") or is_loopback_address(host)


def is_loopback_address(text: str) -> bool:
    """As sockets give it; False for what is not an address."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_name(host: str) -> bool:
    """Not an address: it has to be resolved."""
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def check_url(option: str, text: str, *, secure: str, plain: str, allow_plaintext: bool) -> Url:
    """The parsed `text`. Raises UsageError unless it is a `secure` one, or a `plain` one that may be allowed.

    Of a name that is not this machine's that is decided by the address that it leads to (`streams`), since nothing but
    the resolver knows it. A key in the URL would show in messages, so credentials must come another way.
    """
    if "@" in text or _KEY_WITHIN.search(text):  # before anything is said of it, whatever it is else
        hint = "give the key with --api-key-file" + (", and --auth query" if secure == "wss" else "")
        raise UsageError(f"{option} holds a key or a password", hint)
    hint = f"give {secure}://HOST[:PORT]"
    try:
        url = parse_url(text)
    except ValueError as error:
        raise UsageError(f"{option} {_start(text)!r} is not a valid URL: {error}", hint) from None
    if url.scheme not in (secure, plain):
        raise UsageError(f"{option} {_start(text)!r} is not a {secure}:// URL", hint)
    if url.fragment is not None:
        raise UsageError(
            f"{option} {url.bare} has a fragment, which is never sent to a server", "remove # and what follows"
        )
    if url.scheme == plain and not allow_plaintext and not is_name(url.host) and not is_loopback(url.host):
        raise in_the_clear(url.scheme, url.host)
    return url


def in_the_clear(scheme: str, whom: str) -> UsageError:
    """Why nothing goes to `whom` without TLS."""
    secure = {"ws": "wss", "http": "https"}[scheme]
    return UsageError(
        f"{scheme}:// to {whom} would send the key and the data in the clear",
        f"use {secure}://, or --allow-plaintext if the network is safe",
    )


def _start(text: str) -> str:
    """As much of it as may be shown."""
    return re.split(r"[?#]", text, maxsplit=1)[0]


def host_and_port(host: str, port: int) -> str:
    """As it is in a URL, and for people."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bare_url(text: str) -> str:
    """Scheme, host, port and path: neither user and password nor query. Nothing of what is not a valid URL."""
    try:
        return parse_url(text).bare
    except ValueError:
        return "not a valid URL"


def shown_url(text: str) -> str:
    """For people who want to know what they set: whatever may be a secret is hidden, the names of a query are not."""
    try:
        url = parse_url(text)
    except ValueError:
        return HIDDEN
    query = "" if url.query is None else "?" + "&".join(map(_without_value, url.query.split("&")))
    return url.bare + query + ("" if url.fragment is None else f"#{HIDDEN}")


def _without_value(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}={HIDDEN}" if equals else HIDDEN
