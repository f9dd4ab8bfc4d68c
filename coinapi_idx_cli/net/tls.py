"""Whom to trust."""

from __future__ import annotations

import ssl
from pathlib import Path

from msgspec import Struct


class Trust(Struct, frozen=True):
    """The extra anchors of --ca-file. `pem`: its content when it was read, once: it may be a pipe, or go away."""

    path: Path
    pem: str

    def check(self) -> None:
        """Raises ValueError when there is no certificate in it."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=self.pem)
        except (ssl.SSLError, ValueError):
            raise ValueError("no PEM certificate in it") from None


def client_context(trust: Trust | None) -> ssl.SSLContext:
    """The platform's trust, and the extra anchors."""
    context = ssl.create_default_context()
    if trust is not None:
        context.load_verify_locations(cadata=trust.pem)
    return context
