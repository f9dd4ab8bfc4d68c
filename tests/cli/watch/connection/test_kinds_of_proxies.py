"""Proxies of every kind that the environment may name: used, or refused by name before anything is sent."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
import trustme

from coinapi_idx_cli.cli import run
from coinapi_idx_cli.simulator import Simulator
from tests.certificates import tls_simulator
from tests.harness import run as run_program
from tests.names import resolving
from tests.transport.servers import black_hole, serving
from tests.transport.socks import NOT_ALLOWED, socks_proxying

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"
COMMANDS = pytest.mark.parametrize("command", [["watch", "--all"], ["indexes"], ["doctor"]], ids=lambda it: it[0])
SERVERS = ["--url", "wss://feed.invalid", "--rest-url", "https://rest.invalid", "--api-key", KEY]


def refused(command: list[str], env: dict[str, str], capfd: pytest.CaptureFixture[str]) -> str:
    """What is said on stderr, by doctor in its table."""
    with patch.dict(os.environ, env):
        assert run([*command, *SERVERS]) == 2
    said = capfd.readouterr()
    assert "p4ssw0rd" not in said.out + said.err
    return said.out if command[0] == "doctor" else said.err


@COMMANDS
@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_what_would_send_a_password_in_the_clear_is_refused_before_anything_is_sent(
    command: list[str], variable: str, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: list[bytes] = []
    with serving(lambda peer: heard.append(peer.recv(4096))) as port:
        said = refused(command, {variable: f"https://me:p4ssw0rd@127.0.0.1:{port}"}, capfd)
    assert f"https:// proxies, as {variable.lower()} names one, are not supported" in said
    assert heard == []


@COMMANDS
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("socks://me:p4ssw0rd@127.0.0.1:1080/", "write socks5h:// if it is a SOCKS5 proxy"),
        ("socks4://127.0.0.1:1080", "socks4:// proxies, as https_proxy names one, are not supported"),
        ("socks4a://127.0.0.1:1080", "socks4a:// proxies"),
        ("quic://127.0.0.1:1080", "name an http:// or socks5h:// proxy"),
        ("http://127.0.0.1:1080/path", "it has a path"),
        ("http://me:p4ssw0rd@127.0.0.1:70000", "its port is greater than 65535"),
    ],
)
def test_what_is_not_supported_is_named(
    command: list[str], url: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert words in " ".join(refused(command, {"https_proxy": url}, capfd).split())


@COMMANDS
@pytest.mark.parametrize("kind", ["socks5", "socks5h"])
def test_a_package_that_is_missing_is_named_with_how_to_install_it(
    command: list[str], kind: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_socks", None)  # as if it were not installed
    said = " ".join(refused(command, {"https_proxy": f"{kind}://127.0.0.1:1"}, capfd).split())
    assert f"{kind}:// proxies, as https_proxy names one, need a package that is not installed" in said
    assert "pip install 'idxstream[socks]'" in said


@pytest.mark.parametrize(
    ("kind", "asked_for"),
    [("socks5h", "name there.example"), ("socks5", "IPv4 192.0.2.7")],  # resolved there, and here
)
def test_socks5(kind: str, asked_for: str, authority: trustme.CA, ca_file: Path, tmp_path: Path) -> None:
    asked: list[str] = []
    with tls_simulator(authority, "there.example") as sim, socks_proxying(asked, login=("me", "p4ss@w0rd")) as port:
        env = resolving({"there.example": ["2001:db8::7", "192.0.2.7"]}, tmp_path)
        env |= {"https_proxy": f"{kind}://me:p4ss%40w0rd@127.0.0.1:{port}"}
        place = f"there.example:{sim.port}"
        arguments = ["--url", f"wss://{place}", "--rest-url", f"https://{place}", "--ca-file", str(ca_file)]
        for command in (["watch", "--all", "-n", "5"], ["indexes"], ["doctor"]):
            done = run_program(*command, *arguments, "--api-key", KEY, env=env)
            assert done.wait() == 0, done.err.lines + done.out.lines
            assert "p4ss" not in done.out.text + done.err.text
    assert set(asked) == {f"{asked_for}:{sim.port}"}


def test_a_name_that_is_resolved_here_and_is_not_known_is_the_servers(capfd: pytest.CaptureFixture[str]) -> None:
    with socks_proxying([]) as port:
        code, said = watch_with(f"socks5://127.0.0.1:{port}", capfd)
    assert (code, "the name of feed.invalid:443 does not resolve" in said) == (5, True), said


def test_plain_http_goes_through_socks_too() -> None:
    asked: list[str] = []
    with Simulator() as sim, socks_proxying(asked) as port:
        env = {"http_proxy": f"socks5h://127.0.0.1:{port}"}
        url = ["--url", f"ws://there.example:{sim.port}", "--rest-url", f"http://there.example:{sim.port}"]
        for command in (["watch", "--all", "-n", "1"], ["indexes"]):
            done = run_program(*command, *url, "--api-key", KEY, "--allow-plaintext", env=env)
            assert (done.wait(), done.err.lines) == (0, [])
    assert asked == [f"name there.example:{sim.port}"] * 2


def watch_with(proxy: str, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with patch.dict(os.environ, {"https_proxy": proxy}):
        arguments = ["--reconnect", "never", "--connect-timeout", "300ms"]
        code = run(["watch", "--all", *SERVERS, *arguments])
    return code, capfd.readouterr().err


def test_a_socks_proxy_that_says_no_is_what_is_blamed(capfd: pytest.CaptureFixture[str]) -> None:
    with socks_proxying([], reply=NOT_ALLOWED) as port:
        code, said = watch_with(f"socks5h://127.0.0.1:{port}", capfd)
        assert (code, "the proxy refused the connection" in said) == (4, True), said
    for login in ("", "me:wrong@"):
        with socks_proxying([], login=("me", "right")) as port:
            code, said = watch_with(f"socks5h://{login}127.0.0.1:{port}", capfd)
        assert (code, "the proxy refused the connection" in said) == (4, True), said
        assert "wrong" not in said
    with socks_proxying([], reply=5) as port:
        code, said = watch_with(f"socks5h://127.0.0.1:{port}", capfd)
        assert (code, "cannot connect through the proxy" in said) == (5, True), said


@pytest.mark.parametrize("answer", [b"", b"\x05", b"HTTP/1.1 400 No\r\n\r\n"])
def test_what_is_no_socks_proxy_is_blamed_too(answer: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    def handle(peer: socket.socket) -> None:
        peer.recv(100)
        peer.sendall(answer)

    with serving(handle) as port:
        code, said = watch_with(f"socks5h://127.0.0.1:{port}", capfd)
    assert (code, "through the proxy" in said) == (5, True), said


def test_a_socks_proxy_that_says_nothing_ends_with_the_time_out(capfd: pytest.CaptureFixture[str]) -> None:
    with black_hole() as port:
        code, said = watch_with(f"socks5h://127.0.0.1:{port}", capfd)
    assert code == 5
    assert "did not answer within 0.3 s" in said
