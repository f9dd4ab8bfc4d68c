"""A stream of bytes to a server, for the feed and for REST: name, TCP, proxy, TLS, within one deadline.

All of it blocks, so it runs in a thread. Here is decided what may go without TLS: by the address that the socket is
connected to, before a byte is written.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection

from coinapi_idx_cli.net.addresses import Address, addresses_of, connected
from coinapi_idx_cli.net.deadline import Deadline
from coinapi_idx_cli.net.proxies import Proxy
from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.net.tls import client_context
from coinapi_idx_cli.net.tunnels import tunnel
from coinapi_idx_cli.net.urls import in_the_clear, is_loopback_address

KEEPALIVE = tuple(
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_NODELAY", 1), ("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
)


def open_stream(
    server: Server,
    proxy: Proxy | None,
    deadline: Deadline,
    hold: Callable[[socket.socket], None] = lambda _: None,
    *,
    tunnelled: bool = True,
    avoids: Collection[str] = (),
) -> socket.socket:
    """`hold` gets the socket as soon as there is one, to end the attempt by it; not `tunnelled`, the stream ends at an
    HTTP proxy, which is to be asked for the server. The addresses that it `avoids` are tried last.

    Raises OSError (ssl.SSLError, socket.gaierror, TimeoutError among them); UsageError for what would go in the clear,
    RefusedError or ConnectionLostError for a proxy that says no.
    """
    addresses = sorted(_addresses(server, proxy), key=lambda address: address.at[0] in avoids)
    sock = connected(addresses, deadline)
    try:
        hold(sock)
        deadline.limit(sock)
        if not _may_go_anywhere(server) and not is_loopback_address(peer := sock.getpeername()[0]):
            raise in_the_clear(server.scheme, peer)  # whatever the addresses said
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in KEEPALIVE:
            sock.setsockopt(*option)
        if proxy is not None and tunnelled:
            tunnel(sock, proxy, server.host, server.port, deadline)
        if server.secure:
            context = client_context(server.trust)
            sock = stream = context.wrap_socket(sock, server_hostname=server.host, do_handshake_on_connect=False)
            hold(stream)
            deadline.limit(stream)
            stream.do_handshake()
    except BaseException:
        sock.close()
        raise
    return sock


def _addresses(server: Server, proxy: Proxy | None) -> list[Address]:
    """Those to connect to: without TLS none but this machine's, unless more is allowed."""
    if _may_go_anywhere(server):
        there: Server | Proxy = proxy or server
        return addresses_of(there.host, there.port)
    if proxy is not None:
        raise in_the_clear(server.scheme, f"the proxy {proxy.address}")
    try:
        found = addresses_of(server.host, server.port)
    except socket.gaierror:
        raise in_the_clear(server.scheme, f"{server.host}, which does not resolve,") from None
    if not (here := [address for address in found if is_loopback_address(address.at[0])]):
        raise in_the_clear(server.scheme, f"{server.host}, which is {found[0]},")
    return here


def _may_go_anywhere(server: Server) -> bool:
    return server.secure or server.allow_plaintext
