"""A server of the vendor, the feed's or the REST side's: where it is, and with what it is asked."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.credentials.redactor import Redactor
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.net.urls import DEFAULT_PORTS, Url, host_and_port, parse_url

SECURE_SCHEMES = ("wss", "https")
PLAIN_SCHEMES = {"wss": "ws", "https": "http"}


class Server(Struct, frozen=True):
    """A server that is connected to, and with what.

    `timeout_s`: how long one attempt to connect may take. `allow_plaintext`: without TLS to other machines, too.
    """

    option: ClassVar[str] = "--url"  # what to check when it is not the right one

    url: str
    api_key: ApiKey | None = None
    trust: Trust | None = None
    timeout_s: float = 10.0
    allow_plaintext: bool = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    @property
    def parts(self) -> Url:
        """Raises ValueError when the URL is not valid, which the options have been checked for."""
        return parse_url(self.url)

    @property
    def host(self) -> str:
        return self.parts.host

    @property
    def port(self) -> int:
        parts = self.parts
        return parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def scheme(self) -> str:
        return self.parts.scheme

    @property
    def plain_scheme(self) -> str:
        return PLAIN_SCHEMES.get(self.scheme, self.scheme)

    @property
    def secure(self) -> bool:
        return self.scheme in SECURE_SCHEMES

    @property
    def name(self) -> str:
        """Host and port for people; never the query, where the key may be."""
        return host_and_port(self.host, self.port)

    @property
    def host_header(self) -> str:
        """As HTTP wants it (RFC 9110, 7.2): without the port that is usual."""
        return self.name.rpartition(":")[0] if self.port == DEFAULT_PORTS[self.scheme] else self.name

    @property
    def redactor(self) -> Redactor:
        """For text that has to be cut, which comes after taking the key out."""
        return Redactor([self.api_key.reveal()] if self.api_key is not None else [])
