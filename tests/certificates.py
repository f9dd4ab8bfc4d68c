"""Certificates for tests: an authority of their own, and servers that it vouches for."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import trustme

from coinapi_idx_cli.simulator import Simulator


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """Of a server with a certificate for `names`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@contextmanager
def tls_simulator(authority: trustme.CA, *names: str) -> Iterator[Simulator]:
    with Simulator(ssl_context=server_context(authority, *names)) as sim:
        yield sim
