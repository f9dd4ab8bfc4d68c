"""Whom to ask, and with what."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from coinapi_idx_cli.credentials import ApiKey, Redactor

LIST_PATH = "/v1/indexes"


class RestServer(Struct, frozen=True):
    """`timeout_s`: to connect, and for each part of the answer."""

    url: str
    api_key: ApiKey | None = None
    ca_file: Path | None = None
    timeout_s: float = 10.0

    def __repr__(self) -> str:
        return f"RestServer({self.name})"

    @property
    def list_url(self) -> str:
        parts = urlsplit(self.url)
        return parts._replace(path=parts.path.rstrip("/") + LIST_PATH, fragment="").geturl()

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def name(self) -> str:
        """Host and port for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def redactor(self) -> Redactor:
        return Redactor([self.api_key.reveal()] if self.api_key is not None else [])
