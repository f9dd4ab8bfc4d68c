"""Whom to ask for the list."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.net.urls import Url

LIST_PATH = "/v1/indexes"


class RestServer(Server, frozen=True):
    """The REST side of the vendor, or of a simulator.

    `timeout_s` also holds for each part of the answer.
    """

    option: ClassVar[str] = "--rest-url"

    @property
    def list_url(self) -> Url:
        parts = self.parts
        return replace(parts, path=parts.path.rstrip("/") + LIST_PATH)
