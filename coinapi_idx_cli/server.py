"""A server of the vendor, the feed's or the REST side's: where it is, and with what it is asked."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from coinapi_idx_cli.credentials import ApiKey, Redactor
from coinapi_idx_cli.urls import host_and_port

SECURE_SCHEMES = ("wss", "https")


class Server(Struct, frozen=True):
    """`timeout_s`: how long one attempt to connect may take."""

    url: str
    api_key: ApiKey | None = None
    ca_file: Path | None = None
    timeout_s: float = 10.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme in SECURE_SCHEMES

    @property
    def name(self) -> str:
        """Host and port for people; never the query, where the key may stand."""
        return host_and_port(self.host, self.port)

    @property
    def redactor(self) -> Redactor:
        """For text that has to be cut, which comes after taking the key out."""
        return Redactor([self.api_key.reveal()] if self.api_key is not None else [])
