"""Whom to ask for the list."""

from __future__ import annotations

from urllib.parse import urlsplit

from coinapi_idx_cli.server import Server

LIST_PATH = "/v1/indexes"


class RestServer(Server, frozen=True):
    """`timeout_s` also holds for each part of the answer."""

    @property
    def list_url(self) -> str:
        parts = urlsplit(self.url)
        return parts._replace(path=parts.path.rstrip("/") + LIST_PATH, fragment="").geturl()
