"""Certificates for tests: an authority of their own, and servers that it vouches for."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import trustme

from coinapi_idx_cli.simulator import Simulator


def server_context(authority: trustme.CA, *names: str, days_left: float | None = None) -> ssl.SSLContext:
    """Of a server with a certificate for `names`; one that is over has less than no days left."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = None if days_left is None else datetime.now(UTC) + timedelta(days_left)
    authority.issue_cert(*names, not_after=end).configure_cert(context)
    return context


@contextmanager
def tls_simulator(authority: trustme.CA, *names: str, days_left: float | None = None) -> Iterator[Simulator]:
    with Simulator(ssl_context=server_context(authority, *names, days_left=days_left)) as sim:
        yield sim
