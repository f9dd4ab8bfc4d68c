"""Where to connect, and with what."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from coinapi_idx_cli.credentials import ApiKey, Redactor


class Target(Struct, frozen=True):
    """Where to connect and with what. `auth` is "header", "query" or "hello"; with the last `hello` holds the key."""

    url: str
    api_key: ApiKey | None = None
    auth: str = "header"
    ca_file: Path | None = None
    connect_timeout_s: float = 10.0
    hello: bytes = b""  # may hold the key

    def __repr__(self) -> str:
        return f"Target({self.server})"

    @property
    def redactor(self) -> Redactor:
        """For text that has to be cut, which comes after taking the key out."""
        return Redactor([self.api_key.reveal()] if self.api_key is not None else [])

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "wss"

    @property
    def server(self) -> str:
        """Host and port for people; never the query, where the key may stand."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
