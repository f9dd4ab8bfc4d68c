"""Certificates that verify or do not, and proxies of the environment, by real sockets."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.certificates import tls_simulator
from tests.cli.watch.endings import KEY, gave_up, the_line, watch
from tests.transport.servers import proxying, serving


def test_tls_with_an_extra_trust_anchor(authority: trustme.CA, ca_file: Path) -> None:
    with tls_simulator(authority, "localhost") as sim:
        done = watch(sim.url, "--ca-file", str(ca_file), "-n", "50", "--api-key", KEY)
        assert (done.wait(), len(done.out.lines), done.err.lines) == (0, 50, [])


def test_a_certificate_of_an_unknown_issuer_is_final(authority: trustme.CA) -> None:
    with tls_simulator(authority, "localhost") as sim:
        line = the_line(watch(sim.url), 4)
        assert "certificate" in line
        assert "--ca-file" in line


def test_a_certificate_for_another_name_is_final(authority: trustme.CA, ca_file: Path) -> None:
    with tls_simulator(authority, "other.example") as sim:
        assert "does not verify" in the_line(watch(sim.url, "--ca-file", str(ca_file)), 4)


def test_a_ca_file_without_a_certificate(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing here\n")
    for path in (empty, tmp_path):
        line = the_line(watch("wss://localhost:1", "--ca-file", str(path), "--api-key", KEY), 2)
        assert f"cannot use --ca-file {path}" in line


def test_tls_asked_of_a_server_that_speaks_none() -> None:
    def answer_anything(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(answer_anything) as port:
        assert "does not speak TLS" in the_line(watch(f"wss://localhost:{port}", "--api-key", KEY), 4)


def test_a_proxy_of_the_environment_is_used_and_its_password_is_not_shown() -> None:
    requests: list[bytes] = []
    with Simulator() as sim, proxying(requests) as port:
        # A name for this machine that is not taken for loopback, or the proxy would not be asked.
        arguments = ["--allow-plaintext", "--api-key", KEY, "-n", "1", "-vv"]
        env = {"http_proxy": f"http://user:p4ssw0rd@127.0.0.1:{port}"}
        done = watch(f"ws://0.0.0.0:{sim.port}", *arguments, env=env)
        assert done.wait() == 0
        assert requests[0].startswith(f"CONNECT 0.0.0.0:{sim.port} ".encode())
        assert b"Proxy-Authorization: Basic " in requests[0]
        assert "p4ssw0rd" not in done.err.text


def test_a_proxy_that_refuses_is_final_and_no_proxy_goes_round_it() -> None:
    with Simulator() as sim, proxying([], "407 Proxy Authentication Required") as port:
        env = {"http_proxy": f"http://127.0.0.1:{port}"}
        url = f"ws://0.0.0.0:{sim.port}"
        assert "407" in the_line(watch(url, "--allow-plaintext", "--api-key", KEY, env=env), 4)
        around = {**env, "no_proxy": "0.0.0.0"}
        assert watch(url, "--allow-plaintext", "--api-key", KEY, "-n", "1", env=around).wait() == 0
        assert watch(sim.url, "-n", "1", env=env).wait() == 0


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://127.0.0.1:1", "cannot connect to the proxy 127.0.0.1:1"),
        ("http://no-such-proxy.invalid:3128", "the name of the proxy no-such-proxy.invalid:3128 does not resolve"),
    ],
)
def test_a_proxy_that_cannot_be_reached_is_named(proxy: str, words: str) -> None:
    assert words in gave_up("ws://0.0.0.0:1", "--allow-plaintext", "--api-key", KEY, env={"http_proxy": proxy})
