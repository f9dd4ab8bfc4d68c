"""What goes without TLS is decided by the address that is connected to, before a byte is written."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from coinapi_idx_cli.catalogue.rest import ask
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import IdxstreamError, UsageError
from coinapi_idx_cli.net import streams
from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.simulator import Simulator
from coinapi_idx_cli.transport.connection import Connection
from coinapi_idx_cli.transport.target import Target
from tests.transport.servers import proxying, serving

KEY = ApiKey("4F1C0FFE-5ECR-37KE-Y000-0123456789AB")
ELSEWHERE = "192.0.2.1"  # RFC 5737: nobody's


def go_to_feed(server: Server) -> None:
    connection = Connection(1, Target(url=f"ws{server.url[4:]}", api_key=KEY, allow_plaintext=server.allow_plaintext))
    try:
        connection.open()
    finally:
        connection.drop()


def go_to_list(server: Server) -> None:
    ask(RestServer(server.url, KEY, allow_plaintext=server.allow_plaintext), None)


WAYS = pytest.mark.parametrize("go", [go_to_feed, go_to_list])


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Host -> its addresses; what is not in it is resolved as ever."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> list[Any]:
        return [found for address in known.get(host, [host]) for found in real(address, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A port, and what is sent there."""
    heard: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))

    with serving(handle) as port:
        yield port, heard


@WAYS
def test_a_name_is_judged_by_what_it_resolves_to(go: Callable[[Server], None], names: dict[str, list[str]]) -> None:
    names["mine.example"] = ["127.0.0.1"]
    with Simulator() as sim:
        go(Server(f"http://mine.example:{sim.port}"))


@WAYS
@pytest.mark.parametrize("name", ["localhost", "sim.localhost", "elsewhere.example"])
def test_whatever_it_is_called_another_machine_is_not_connected_to(
    go: Callable[[Server], None], name: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names[name] = [ELSEWHERE]
    monkeypatch.setattr(streams, "connected", lambda *_: pytest.fail("connected"))
    with pytest.raises(UsageError, match=f"http://|ws:// to {name}, which is {ELSEWHERE}, .* in the clear"):
        go(Server(f"http://{name}"))


@WAYS
def test_of_several_addresses_only_this_machine_is_connected_to(
    go: Callable[[Server], None], names: dict[str, list[str]]
) -> None:
    names["both.example"] = [ELSEWHERE, "127.0.0.1"]
    with Simulator() as sim:
        go(Server(f"http://both.example:{sim.port}"))


@WAYS
def test_the_address_of_the_socket_has_the_last_word(
    go: Callable[[Server], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with an address that the system sends elsewhere."""
    monkeypatch.setattr(streams, "is_loopback_address", lambda address, seen=[]: seen.append(address) or len(seen) < 2)
    with listening() as (port, heard), pytest.raises(UsageError, match="in the clear"):
        go(Server(f"http://127.0.0.1:{port}"))
    assert heard in ([], [b""])


@WAYS
def test_a_name_that_does_not_resolve_is_not_this_machine(go: Callable[[Server], None]) -> None:
    with pytest.raises(UsageError, match=r"no-such-host[.]invalid, which does not resolve"):
        go(Server("http://no-such-host.invalid"))


@WAYS
def test_a_proxy_is_not_this_machine(
    go: Callable[[Server], None], names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[bytes] = []
    names["mine.example"] = ["127.0.0.1"]
    with Simulator() as sim, proxying(requests, "502 Bad Gateway") as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        with pytest.raises(UsageError, match=r"to the proxy .* in the clear"):
            go(Server(f"http://mine.example:{sim.port}"))
        assert requests == []
        go(Server(f"http://localhost:{sim.port}"))  # for which no proxy is asked
        with suppress(IdxstreamError):  # what the proxy says
            go(Server("http://there.invalid", allow_plaintext=True))
        assert len(requests) == 1


def test_with_tls_a_name_may_be_anywhere(names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    names["far.example"] = [ELSEWHERE]
    tried = threading.Event()

    def connected(addresses: list[Any], _deadline: object) -> socket.socket:
        assert [address.at[0] for address in addresses] == [ELSEWHERE]
        tried.set()
        raise TimeoutError

    monkeypatch.setattr(streams, "connected", connected)
    with pytest.raises(IdxstreamError, match="did not answer"):
        Connection(1, Target(url="wss://far.example")).open()
    assert tried.is_set()
